"""What a scout's marks, and the places he did not mark, say of the mapped things."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from backrun_pi.maps.tags import Rule
from backrun_pi.terrain.hazards.candidate import LONG_M, HazardCandidate
from backrun_pi.terrain.matching.way_graph import Edge
from backrun_pi.terrain.scouting.marks import Scouted, Snap
from backrun_pi.terrain.settings import TerrainSettings


@dataclass(slots=True)
class ScoutingUpdate:
    """Weighs mapped things by Bayes.

    A mark has a cause: one of the mapped things near it, or something no map knows. A thing
    without a mark was either not in the way or was not marked. A wall is marked once, where
    it begins: a mark anywhere on the route speaks for all of it.
    """

    scouted: Scouted
    settings: TerrainSettings
    rule: Callable[[int], Rule]
    mapped: Callable[[Edge], list[HazardCandidate]]
    _lines: dict[int, float] | None = field(default=None)

    def weigh(self, edge: Edge, things: list[HazardCandidate]) -> list[HazardCandidate]:
        """Return the things along a piece of way with what the scouting says of them."""
        marks = self.scouted.marks_beside(edge)
        caused = self._caused(things, marks)
        return [self._weighed(thing, caused.get(thing.at, 0.0)) for thing in things]

    def _weighed(self, thing: HazardCandidate, caused: float) -> HazardCandidate:
        rule = self.rule(thing.at)
        if not rule.is_solid or rule.severity < 2:
            return thing
        after = thing.marked(caused)
        if thing.length_m <= LONG_M:
            return after
        elsewhere = self._marked_lines().get(thing.at, 0.0)
        p = elsewhere * max(thing.p, after.p) + (1.0 - elsewhere) * after.p
        near = elsewhere * max(thing.near_p, after.near_p) + (1.0 - elsewhere) * after.near_p
        return replace(after, p=p, near_p=near)

    def _caused(
        self, things: Sequence[HazardCandidate], marks: Sequence[tuple[Snap, float]]
    ) -> dict[int, float]:
        """Return the chance of each thing to be the cause of one of the marks."""
        caused: dict[int, float] = {}
        solid = [thing for thing in things if self.rule(thing.at).is_solid]
        for snap, s in marks:
            sigma = math.hypot(self.scouted.marks[snap.at].sigma_m, self.settings.map_sigma_m)
            shares = {thing.at: _share(thing, s, sigma) for thing in solid}
            total = sum(shares.values()) + self.settings.unmapped_per_m
            for at, share in shares.items():
                before = caused.get(at, 0.0)
                caused[at] = 1.0 - (1.0 - before) * (1.0 - snap.weight * share / total)
        return caused

    def _marked_lines(self) -> dict[int, float]:
        if self._lines is None:
            self._lines = {}
            for snap in self.scouted.snaps:
                things = self.mapped(snap.edge)
                for at, chance in self._caused(things, [(snap, snap.s_m)]).items():
                    before = self._lines.get(at, 0.0)
                    self._lines[at] = 1.0 - (1.0 - before) * (1.0 - chance)
        return self._lines


def _share(thing: HazardCandidate, s_m: float, sigma_m: float) -> float:
    """Return how well a thing explains a mark, per metre of way."""
    away = max(thing.s_m - s_m, s_m - thing.s_back_m, 0.0)
    if thing.length_m <= LONG_M:
        away = abs(s_m - (thing.s_m + thing.s_back_m) / 2.0)
    z = away / sigma_m
    bell = math.exp(-0.5 * z * z) / (sigma_m * math.sqrt(2.0 * math.pi))
    return thing.chances.noticed * bell
