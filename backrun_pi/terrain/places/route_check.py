"""A route as a line of places: walking along it on the map, judging it."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backrun_pi.geo import wrap_pi
from backrun_pi.messages import Suitability
from backrun_pi.terrain.hazards.candidate import (
    FeatureRow,
    HazardCandidate,
    HazardKey,
    Lie,
    MarkIndex,
)
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.way_graph import Edge, Net
from backrun_pi.terrain.places.polyline import LinePoint, Polyline, resampled
from backrun_pi.terrain.places.suitability import FELT_ROUGH, judge_way, tagged_share

_ON_WAY_M = 12.0  # a GPX drawn by hand lies this far from the mapped way
_STAY_M = 4.0  # another way must lie so much nearer than the one the route is on
_MANY_PER_100_M = 3.0  # obstacles likely to be touched, from which a stretch is bad
_AROUND_M = 50.0
_LIKELY_P = 0.15
_ACROSS_M = 5.0  # before and after what crosses the way
_TURN_RAD = 0.6
_TURN_M = 10.0
_OFF = "not on a mapped way"
OUTSIDE = "outside of the map"


@dataclass(slots=True)
class JudgedStretch:
    """Part of a route with one verdict and one reason."""

    from_m: float
    to_m: float
    verdict: Suitability
    because: tuple[str, ...]
    tagged_share: float
    """[-] How much of what a verdict asks for is tagged here, 0 to 1."""


@dataclass(slots=True)
class RouteStep:
    """One place of a route, judged."""

    along_m: float
    verdict: Suitability
    because: tuple[str, ...]
    course_rad: float
    """[rad] Of the way under it, or of the line where no way is."""
    is_on_way: bool = False
    tagged: float = 0.0
    obstacles: dict[HazardKey, str] = field(default_factory=dict)
    """What is likely to be touched."""


class RouteCheck:
    """Judges a line in stretches, a few places at a time: a session must not wait for it.

    Steps: 1. a place every 5 m, each on the nearest way that runs along, and on the same way
    as the place before it unless another one lies much nearer. 2. The way's tags give good,
    likely, bad or unknown. 3. What crosses the way, obstacles too dense and bends of the way
    make a good place bad, or name themselves where it is bad already. 4. Equal neighbours are
    joined.
    """

    def __init__(self, net: Net, corridors: Corridors, line: Polyline) -> None:
        self._net, self._corridors = net, corridors
        self._line = resampled(line)
        self._steps: list[RouteStep] = []
        self._last: Edge | None = None

    def go_on(self, places: int) -> list[JudgedStretch] | None:
        """Judge so many places more; return the stretches when that was the last of them."""
        done = len(self._steps)
        for point in self._line[done : done + places]:
            self._steps.append(self._step(point))
        if len(self._steps) < len(self._line):
            return None
        note_surroundings(self._steps)
        return joined(self._steps, self._line[-1].along_m)

    def steps(self) -> list[RouteStep]:
        """Judge every place, without a look at its neighbours."""
        return [self._step(point) for point in self._line]

    def _step(self, point: LinePoint) -> RouteStep:
        found = self._way_at(point)
        self._last = None if found is None else found[1]
        if found is None:
            place = self._net.degrees(point.x, point.y)
            held = self._net.map_file
            off = _OFF if held is not None and held.holds(*place, 0.0) else OUTSIDE
            return RouteStep(point.along_m, Suitability.UNKNOWN, (off,), point.course_rad)
        s_m, edge = found
        way = self._net.opened.way(edge.way)
        judged = judge_way(way, felt_even=self._corridors.scouted.felt_even(edge))
        step = RouteStep(
            point.along_m,
            judged.verdict,
            judged.because,
            _along(edge, point.course_rad),
            is_on_way=True,
            tagged=tagged_share(way),
        )
        for one in self._corridors.along(edge):
            self._note(step, one, way.busy, s_m)
        if self._corridors.scouted.is_felt_rough(edge):
            _spoil(step, FELT_ROUGH)
        return step

    def _way_at(self, point: LinePoint) -> tuple[float, Edge] | None:
        """Return the way under a place: near, along its course, fit to run on."""
        ux, uy = math.sin(point.course_rad), math.cos(point.course_rad)
        best, best_cost = None, math.inf
        for away, s_m, edge in self._net.near(point.x, point.y, _ON_WAY_M):
            across = 1.0 - abs(edge.ux * ux + edge.uy * uy)
            if edge.row is None:
                continue
            cost = away + 8.0 * across + 2.0 * (1.0 - edge.weight)
            if self._last is not None and edge.way == self._last.way:
                cost -= _STAY_M
            if cost < best_cost:
                best, best_cost = (s_m, edge), cost
        return best

    def _note(self, step: RouteStep, one: HazardCandidate, own_kind: str, s_m: float) -> None:
        """Note a hazard: what crosses here ends a good stretch, other obstacles are counted."""
        if isinstance(one.key, MarkIndex):
            step.obstacles[one.key] = "marked by you"
        if not isinstance(one.key, FeatureRow):
            return
        rule = self._corridors.rule(one.key)
        if rule.severity < 2:
            return
        first, last = sorted((one.s_m, one.s_back_m))
        is_here = first - _ACROSS_M <= s_m <= last + _ACROSS_M
        is_met = is_here and one.p >= self._corridors.settings.busy_p
        if rule.is_traffic:
            if is_met and rule.kind != own_kind:
                _spoil(step, _crossing_text(rule.kind, one.lie))
            return
        if is_met and rule.is_solid and one.lie is Lie.ACROSS:
            _spoil(step, f"{rule.kind} across the way")
        if rule.is_solid and rule.kind != "building" and one.p >= _LIKELY_P:
            step.obstacles[one.key] = rule.kind


def _crossing_text(kind: str, lie: Lie) -> str:
    if kind.endswith("crossing"):
        return f"a {kind}"
    if lie is Lie.ACROSS:
        return f"crosses {kind}"
    return f"{kind} alongside" if lie is Lie.ALONGSIDE else f"crosses a {kind}"


def _along(edge: Edge, course_rad: float) -> float:
    """Return the course of a way, in the direction nearest to a course."""
    own = math.atan2(edge.ux, edge.uy)
    return own if abs(wrap_pi(own - course_rad)) <= math.pi / 2.0 else wrap_pi(own + math.pi)


def note_surroundings(steps: Sequence[RouteStep]) -> None:
    """Note bends, and where too many obstacles stand within 50 m before and after a place."""
    _note_bends(steps)
    first = last = 0
    for step in steps:
        while last < len(steps) and steps[last].along_m - step.along_m <= _AROUND_M:
            last += 1
        while step.along_m - steps[first].along_m > _AROUND_M:
            first += 1
        near: dict[HazardKey, str] = {}
        for other in steps[first:last]:
            near.update(other.obstacles)
        if len(near) >= _MANY_PER_100_M:
            kinds = sorted(Counter(near.values()).items())
            text = ", ".join(f"{count} {kind}" for kind, count in kinds)
            _spoil(step, f"obstacles within 100 m: {text}")


def _note_bends(steps: Sequence[RouteStep]) -> None:
    """Note where the way turns within 10 m; where one begins or ends, nothing is known."""
    for at, step in enumerate(steps):
        later = [one for one in steps[at + 1 : at + 6] if one.along_m - step.along_m <= _TURN_M]
        if later and all(one.is_on_way == step.is_on_way for one in later):
            turn = abs(wrap_pi(later[-1].course_rad - step.course_rad))
            if turn > _TURN_RAD:
                _spoil(step, f"bend of {math.degrees(turn):.0f} degrees")


def _spoil(step: RouteStep, reason: str) -> None:
    if step.verdict is not Suitability.BAD:
        step.verdict, step.because = Suitability.BAD, (reason,)
    elif reason not in step.because:
        step.because = (*step.because, reason)


def joined(steps: Sequence[RouteStep], end_m: float) -> list[JudgedStretch]:
    """Return the stretches of equal neighbours."""
    groups = [list(group) for _, group in itertools.groupby(steps, key=_key)]
    ends = [group[0].along_m for group in groups[1:]] + [end_m]
    return [stretch for stretch in _stretches(groups, ends) if stretch.to_m > stretch.from_m]


def _stretches(groups: list[list[RouteStep]], ends: list[float]) -> Iterator[JudgedStretch]:
    for group, end in zip(groups, ends, strict=True):
        first, tagged = group[0], sum(step.tagged for step in group) / len(group)
        yield JudgedStretch(first.along_m, end, first.verdict, first.because, tagged)


def _key(step: RouteStep) -> tuple[Suitability, tuple[str, ...]]:
    """Return verdict and reasons without their numbers: a stretch is not cut at each lamp."""
    heads = (reason.partition(":")[0].partition(" of ")[0] for reason in step.because)
    return step.verdict, tuple(heads)
