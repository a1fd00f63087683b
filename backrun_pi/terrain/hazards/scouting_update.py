"""What a scout's marks, and the places without one, say about the mapped hazards."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from backrun_pi.maps.tags import Rule
from backrun_pi.terrain.hazards.candidate import LONG_M, FeatureRow, HazardCandidate, HazardKey
from backrun_pi.terrain.matching.way_graph import Edge
from backrun_pi.terrain.scouting.scouted import Scouted, Snap
from backrun_pi.terrain.settings import TerrainSettings


@dataclass(slots=True)
class ScoutingUpdate:
    """Weighs mapped hazards by Bayes.

    A mark has a cause: one of the mapped hazards near it, or something no map knows. A hazard
    without a mark was either not in the way or was not marked. A wall is marked once, where
    it begins: a mark anywhere on the route holds for all of it.
    """

    scouted: Scouted
    settings: TerrainSettings
    rule: Callable[[int], Rule]
    mapped: Callable[[Edge], list[HazardCandidate]]
    _lines: dict[HazardKey, float] | None = field(default=None)

    def weigh(self, edge: Edge, candidates: list[HazardCandidate]) -> list[HazardCandidate]:
        """Return the candidates along a piece of way with what the scouting says of them."""
        marks = self.scouted.marks_beside(edge)
        caused = self._caused(candidates, marks)
        return [
            self._weighed(candidate, caused.get(candidate.key, 0.0)) for candidate in candidates
        ]

    def _weighed(self, candidate: HazardCandidate, caused: float) -> HazardCandidate:
        if not isinstance(candidate.key, FeatureRow):
            return candidate
        rule = self.rule(candidate.key)
        if not rule.is_solid:
            return candidate
        after = candidate.marked(caused)
        if candidate.length_m <= LONG_M:
            return after
        elsewhere = self._marked_lines().get(candidate.key, 0.0)
        p = elsewhere * max(candidate.p, after.p) + (1.0 - elsewhere) * after.p
        near = (
            elsewhere * max(candidate.near_p, after.near_p) + (1.0 - elsewhere) * after.near_p
        )
        return replace(after, p=p, near_p=near)

    def _caused(
        self, candidates: Sequence[HazardCandidate], marks: Sequence[tuple[Snap, float]]
    ) -> dict[HazardKey, float]:
        """Return the chance of each candidate to be the cause of one of the marks."""
        caused: dict[HazardKey, float] = {}
        solid = [
            candidate
            for candidate in candidates
            if isinstance(candidate.key, FeatureRow) and self.rule(candidate.key).is_solid
        ]
        for snap, s in marks:
            sigma = math.hypot(self.scouted.marks[snap.at].sigma_m, self.settings.map_sigma_m)
            shares = {candidate.key: _share(candidate, s, sigma) for candidate in solid}
            total = sum(shares.values()) + self.settings.unmapped_per_m
            for at, share in shares.items():
                before = caused.get(at, 0.0)
                caused[at] = 1.0 - (1.0 - before) * (1.0 - snap.weight * share / total)
        return caused

    def _marked_lines(self) -> dict[HazardKey, float]:
        if self._lines is None:
            self._lines = {}
            for snap in self.scouted.snaps:
                candidates = self.mapped(snap.edge)
                for at, chance in self._caused(candidates, [(snap, snap.s_m)]).items():
                    before = self._lines.get(at, 0.0)
                    self._lines[at] = 1.0 - (1.0 - before) * (1.0 - chance)
        return self._lines


def _share(candidate: HazardCandidate, s_m: float, sigma_m: float) -> float:
    """Return how well a candidate explains a mark, per metre of way."""
    away = max(candidate.s_m - s_m, s_m - candidate.s_back_m, 0.0)
    if candidate.length_m <= LONG_M:
        away = abs(s_m - (candidate.s_m + candidate.s_back_m) / 2.0)
    z = away / sigma_m
    bell = math.exp(-0.5 * z * z) / (sigma_m * math.sqrt(2.0 * math.pi))
    return candidate.chances.noticed * bell
