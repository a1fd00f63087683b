"""What stands along one piece of way, and how likely a runner on it touches it.

Frame of a piece: s along it from a to b, l to its left, both in metres. The offset of a
candidate from the mapped way is known from the map; between that and contact stand the error of
the map and the runner's deviation from the middle. GNSS error does not enter: the runner is
known to be on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from backrun_pi.maps import layout
from backrun_pi.maps.tags import Rule
from backrun_pi.terrain.hazards import contact_probability, lie_to_way
from backrun_pi.terrain.hazards.candidate import (
    LONG_M,
    HazardCandidate,
    LineEnd,
    MarkIndex,
)
from backrun_pi.terrain.hazards.contact_probability import ContactChances, Widths
from backrun_pi.terrain.hazards.scouting_update import ScoutingUpdate
from backrun_pi.terrain.matching.way_graph import Edge, Net, Walk
from backrun_pi.terrain.scouting.scouted import Scouted
from backrun_pi.terrain.settings import TerrainSettings

FloatArray = npt.NDArray[np.float64]

_REACH_M = 6.0  # further off, no candidate of severity 2 is touched (6 sigma and its radius)
_RADIUS_CAP_M = 2.0  # a fountain of 2 m is met at its rim, not at its middle
_BENEATH_M = 25.0  # a stream that crosses a way so near passes beneath it
_MARK_RADIUS_M = 0.3  # half the size of what was marked, as far as we know


@dataclass(slots=True)
class Corridors:
    """Hazard candidates along pieces of way, worked out once for each piece."""

    net: Net
    settings: TerrainSettings
    scouted: Scouted
    _known: dict[int, tuple[HazardCandidate, ...]] = field(default_factory=dict)
    _rules: dict[int, Rule] = field(default_factory=dict)
    _evidence: ScoutingUpdate = field(init=False)
    _widths: Widths = field(init=False)
    _entered: Widths = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what the scouting says."""
        self.take_wander(self.settings.wander_m)

    def along(self, edge: Edge) -> tuple[HazardCandidate, ...]:
        """Return the candidates that may touch a runner on a piece."""
        key = id(edge)
        candidates = self._known.get(key)
        if candidates is None:
            candidates = self._known[key] = self._work_out(edge)
        return candidates

    def onward(self, walk: Walk) -> tuple[tuple[Walk, float], ...]:
        """Return the ways on with their probabilities; where a scout went, a runner goes."""
        options = self.net.onward(walk)
        if len(options) < 2 or not self.scouted.was_walked(walk.edge):
            return options
        walked = [self.scouted.was_walked(option.edge) for option, _ in options]
        known = sum(share for (_, share), was in zip(options, walked, strict=True) if was)
        if known <= 0.0:
            return options
        stay = self.settings.same_route_p
        return tuple(
            (option, (stay * share / known if was else 0.0) + (1.0 - stay) * share)
            for (option, share), was in zip(options, walked, strict=True)
        )

    def rescout(self, scouted: Scouted) -> None:
        """Take in another scouting and work everything out again."""
        self.scouted = scouted
        self.take_wander(self._widths.wander_m)

    def take_wander(self, wander_m: float) -> None:
        """Take in how far the runner deviates from the middle of the way."""
        settings = self.settings
        marked_m = settings.corridor_m + settings.mark_reach_m
        self._widths = Widths(
            settings.corridor_m, settings.near_m, marked_m, wander_m, settings.map_sigma_m
        )
        self._entered = replace(self._widths, touch_m=0.0)
        self._evidence = ScoutingUpdate(self.scouted, settings, self.rule, self._mapped)
        self._known.clear()

    def rule(self, at: int) -> Rule:
        """Return the rule of a feature."""
        known = self._rules.get(at)
        if known is None:
            opened = self.net.opened
            known = self._rules[at] = opened.rules[int(opened.features[at]["rule"])]
        return known

    def _work_out(self, edge: Edge) -> tuple[HazardCandidate, ...]:
        mapped = self._mapped(edge)
        if self.scouted.covers(edge):
            mapped = self._evidence.weigh(edge, mapped)
        for snap in self.scouted.marks_on(edge):
            marked = contact_probability.of_mark(_MARK_RADIUS_M, self._widths)
            p, near = (snap.weight * chance for chance in marked.after(1.0))
            begin, end = snap.s_m - 0.5, snap.s_m + 0.5
            mapped.append(
                HazardCandidate(
                    key=MarkIndex(snap.at),
                    s_m=begin,
                    s_back_m=end,
                    l_m=0.0,
                    p=p,
                    near_p=near,
                    fall=(0, 0),
                    chances=marked,
                )
            )
        mapped += self._ends(edge)
        return tuple(one for one in mapped if one.p > self.settings.keep_p)

    def _ends(self, edge: Edge) -> list[HazardCandidate]:
        """Return the ends of a scouted line: beyond them nothing is known."""
        if edge.row is not None:
            return []
        sure = ContactChances(*(1.0,) * 7)
        return [
            HazardCandidate(
                key=LineEnd(node),
                s_m=s_m,
                s_back_m=s_m,
                l_m=0.0,
                p=1.0,
                near_p=1.0,
                fall=(0, 0),
                chances=sure,
            )
            for node, s_m in ((edge.a, 0.0), (edge.b, edge.length_m))
            if len(self.net.leaving(node)) == 1
        ]

    def _mapped(self, edge: Edge) -> list[HazardCandidate]:
        opened = self.net.map_file
        if opened is None:
            return []
        middle_lat = (edge.a[0] + edge.b[0]) // 2
        middle_lon = (edge.a[1] + edge.b[1]) // 2
        found = opened.capsules_near(middle_lat, middle_lon, edge.length_m / 2 + _REACH_M)
        if not len(found):
            return []
        features = opened.features[found["feature"]]
        layers = features["layer"]
        is_met = (
            (layers == layout.ANY_LAYER)
            | (layers == edge.layer)
            | lie_to_way.joins(edge, found)
        )
        is_met |= self._lies_beside(edge, found, features["flags"])
        if edge.row is not None:
            own = int(opened.ways[edge.row]["osm"]) * 4 + layout.LINE
            is_met &= features["osm"] != own
        found = found[is_met]
        s, left = self._in_frame(edge, found)
        radius = np.minimum(found["radius_cm"] / 100.0, _RADIUS_CAP_M)
        best: dict[int, list[HazardCandidate]] = {}
        rows = zip(
            found["feature"].tolist(), s.tolist(), left.tolist(), radius.tolist(), strict=True
        )
        passes = max(1, self.scouted.passes(edge))
        for at, (s1, s2), (l1, l2), reach in rows:
            ends = (s1, l1, s2, l2)
            candidate = self._touch(at, edge.length_m, ends, reach, passes=passes)
            if candidate is not None:
                best.setdefault(at, []).append(candidate)
        return [lie_to_way.together(candidates) for candidates in best.values()]

    def _lies_beside(
        self, edge: Edge, found: npt.NDArray[np.void], flags: npt.NDArray[np.uint16]
    ) -> npt.NDArray[np.bool_]:
        """Return which pieces are open water of a lower layer that does not pass beneath."""
        beside: npt.NDArray[np.bool_] = (flags & layout.BELOW) != 0
        if edge.layer or not beside.any():
            return np.zeros(len(found), bool)
        s, left = self._in_frame(edge, found)
        s_m = (s[:, 0] + s[:, 1]) / 2.0
        is_near = (s_m > -_BENEATH_M) & (s_m < edge.length_m + _BENEATH_M)
        under = found["feature"][beside & is_near & (left[:, 0] * left[:, 1] <= 0.0)]
        beside &= ~np.isin(found["feature"], under)
        return beside

    def _in_frame(
        self, edge: Edge, found: npt.NDArray[np.void]
    ) -> tuple[FloatArray, FloatArray]:
        """Return s and l of both ends, shape (n, 2) each."""
        net = self.net
        lat = np.column_stack([found["lat1"], found["lat2"]]).astype(np.float64)
        lon = np.column_stack([found["lon1"], found["lon2"]]).astype(np.float64)
        x = (lon - net.lon0) * net.east_m - edge.ax
        y = (lat - net.lat0) * net.north_m - edge.ay
        return x * edge.ux + y * edge.uy, y * edge.ux - x * edge.uy

    def _touch(
        self,
        at: int,
        length: float,
        ends: tuple[float, float, float, float],
        radius: float,
        *,
        passes: int,
    ) -> HazardCandidate | None:
        s1, l1, s2, l2 = ends
        clipped = lie_to_way.clip(s1, l1, s2, l2, length)
        if clipped is None:
            return None
        s1, l1, s2, l2 = clipped
        low, high = min(l1, l2), max(l1, l2)
        reach = self.settings.corridor_m + radius
        if low > _REACH_M + reach or high < -_REACH_M - reach:
            return None
        offset = 0.0 if low < 0.0 < high else min(l1, l2, key=abs)
        first, last = lie_to_way.contact(s1, l1, s2, l2, max(abs(offset) + 0.3, reach))
        chances = self._chances(at, (low, high), radius, last - first, passes=passes)
        if chances.touch < self.settings.keep_p * 0.2:
            return None
        half = 0.7 * reach if abs(offset) < reach else 0.0
        fall = lie_to_way.fall(ends, offset, int(self.net.opened.features[at]["flags"]))
        touch, near = chances.touch, chances.near
        return HazardCandidate(
            key=at,
            s_m=first - half,
            s_back_m=last + half,
            l_m=offset,
            p=touch,
            near_p=near,
            fall=fall,
            chances=chances,
            lie=lie_to_way.lie(ends, (low, high), is_steps=self.rule(at).kind == "steps"),
        )

    def _chances(
        self,
        at: int,
        span: tuple[float, float],
        radius: float,
        length: float,
        *,
        passes: int,
    ) -> ContactChances:
        widths = self._widths
        if not self.rule(at).is_solid:  # a way or a surface is entered, not touched
            widths = self._entered
        is_line = length > LONG_M
        pressed = self.settings.line_marked if is_line else 1.0 - self.settings.mark_forgotten
        return contact_probability.chances(
            *span, radius, length, widths, pressed, passes=passes
        )
