"""What kind of place the runner is on: a way others use, good or bad ground, scouted or not."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import Place, Suitability
from backrun_pi.terrain.hazards.candidate import LONG_M, FeatureRow
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.matcher import Hypothesis, Matcher
from backrun_pi.terrain.places.suitability import FELT_ROUGH, judge_way
from backrun_pi.terrain.settings import TerrainSettings

_STANDS_M = 1.0  # from the track or the road: still in its way
_ON_LINE = "on the scouted line: no mapped way is here"
_OPEN = "not on a mapped way: only water, drops and rails are looked for"


@dataclass(frozen=True, slots=True)
class CurrentPlace:
    """Judges the place under the feet."""

    map_file: MapFile | None
    matcher: Matcher
    corridors: Corridors
    settings: TerrainSettings

    def place(self, t_ns: int, *, is_moving: bool) -> Place:
        """Return the place where the runner is now.

        Args:
            t_ns: [ns] Now.
            is_moving: The runner does not stand.
        """
        best = self.matcher.best
        verdict = Suitability.UNKNOWN
        because: tuple[str, ...] = (_OPEN,)
        way_id = busy = None
        is_scouted = False
        opened = self.map_file
        if best is not None and best.walk.edge.row is None:
            because = (_ON_LINE,)
        elif best is not None and opened is not None:
            way = opened.way(best.walk.edge.way)
            way_id = way.osm_id
            busy = self._busy(opened, best, is_moving=is_moving)
            felt_even = self.corridors.scouted.felt_even(best.walk.edge)
            judged = judge_way(way, is_surely_here=busy is not None, felt_even=felt_even)
            verdict, because = judged.verdict, judged.because
        if best is not None:
            scouted = self.corridors.scouted
            is_scouted = scouted.covers(best.walk.edge)
            if scouted.is_felt_rough(best.walk.edge):
                verdict, because = Suitability.BAD, (FELT_ROUGH, *because)
        return Place(
            t_ns=t_ns,
            is_guiding=True,
            not_guiding_because=None,
            way_id=way_id,
            busy_kind=busy,
            verdict=verdict,
            verdict_because=because,
            is_scouted=is_scouted,
        )

    def _busy(self, opened: MapFile, best: Hypothesis, *, is_moving: bool) -> str | None:
        """Return what others use under the feet, None while a quiet place is as likely.

        The receiver cannot separate a path from the cycleway beside it, and repeated false
        alerts about a neighbouring way would teach the runner to ignore real ones.
        """
        here = best.walk.edge
        kind = opened.way(here.way).busy
        likely_p = 0.0
        for hypothesis in self.matcher.hypotheses:
            row = hypothesis.walk.edge.row
            is_like = row == here.row
            if kind:
                is_like = row is not None and bool(opened.way(row).busy)
            if is_like:
                likely_p += hypothesis.weight
        if likely_p < self.settings.busy_p:
            return None
        return kind or self._across(opened, best, likely_p, is_moving=is_moving)

    def _across(
        self, opened: MapFile, best: Hypothesis, here_p: float, *, is_moving: bool
    ) -> str | None:
        """Return the crossing, road or track that a quiet way shares with others here.

        What lies across counts while standing on it: walking over it, it was announced before.
        """
        here = best.walk.edge
        if not is_moving and opened.way(here.way).is_crossing:
            return "crossing"
        s_m = best.s_m if best.walk.is_forward else here.length_m - best.s_m
        for candidate in self.corridors.along(here):
            is_at = candidate.s_m - _STANDS_M <= s_m <= candidate.s_back_m + _STANDS_M
            if not isinstance(candidate.key, FeatureRow) or not is_at:
                continue
            if is_moving and candidate.length_m < LONG_M:
                continue
            rule = self.corridors.rule(candidate.key)
            if rule.is_traffic and candidate.p * here_p >= self.settings.busy_p:
                return rule.kind
        return None
