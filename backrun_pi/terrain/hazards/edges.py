"""An edge alongside is a state, not an event: announced as it begins, then silence.

A ditch, a wall or a road beside the path is drawn as many objects and goes on for minutes. All
that is of one kind on one side is one edge with one name, until it was out of the look-behind
for a while. After it was announced it is a STOP only when contact is predicted that was not
when it was announced: the edge comes nearer to the way, or the runner drifts towards it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backrun_pi.terrain.hazards.candidate import FeatureRow
from backrun_pi.terrain.hazards.lookbehind import Threat
from backrun_pi.terrain.matching.lateral_position import Drift
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.units import NS_PER_S

_LEFT_OR_RIGHT_M = 0.3  # nearer to the middle of the way than this, a side means nothing
_FOLLOW_S = 10.0  # a probability that fell is what the next rise is held against, so slowly
_STOP_S = 3.0  # for so long a STOP of an edge lasts
_LEAST_DRIFT_M = 0.6  # more than the usual deviation from the middle of a way
_DRIFT_SIGMAS = 2.5  # one false STOP in about 20 minutes alongside an edge
_DRIFT_REARM_S = 15.0

Side = tuple[str, int]
"""Kind of an edge, and 1 for the left, -1 for the right of the course."""


@dataclass(slots=True)
class EdgeAlongside:
    """One edge alongside, over all the objects it is drawn as."""

    feature: FeatureRow
    """The object it began with: gives the name."""
    threat: Threat
    """What is nearest of it now."""
    seen_ns: int
    """[ns] When it was last in the look-behind."""
    usual_p: float
    """[-] Probability of contact that was announced, or what it fell to since."""
    stop_ns: int | None = None
    """[ns] When its last STOP began."""

    def is_stop(self, now_ns: int) -> bool:
        """Say whether contact is predicted that was not announced as the edge began."""
        return self.stop_ns is not None and now_ns - self.stop_ns <= _STOP_S * NS_PER_S


@dataclass(slots=True)
class Edges:
    """Joins what lies alongside to edges."""

    settings: TerrainSettings
    _edges: dict[Side, EdgeAlongside] = field(default_factory=dict)
    _stepped_ns: int = 0
    _faced: dict[Side, EdgeAlongside] = field(default_factory=dict)
    """What was alongside before the runner turned."""

    def turn(self) -> None:
        """Begin again, with the same names: what was usual facing it is not backward."""
        self._faced, self._edges = self._edges, {}

    def step(
        self,
        now_ns: int,
        announced: Sequence[tuple[str, Threat, FeatureRow]],
        speed_mps: float,
        drift: Drift | None,
        radius_m: Mapping[FeatureRow, float],
    ) -> list[EdgeAlongside]:
        """Return the edges alongside now.

        Args:
            now_ns: [ns] Time.
            announced: Kind, threat and feature of what lies alongside and was announced.
            speed_mps: [m/s] For the time to contact.
            drift: Where the runner will be across the way.
            radius_m: [m] Half the size of each feature.
        """
        dt_s = (now_ns - self._stepped_ns) / NS_PER_S
        self._stepped_ns = now_ns
        keep_ns = self.settings.rearm_s * NS_PER_S
        self._edges = {
            side: edge for side, edge in self._edges.items() if now_ns - edge.seen_ns < keep_ns
        }
        for side, parts in self._by_side(announced).items():
            feature, nearest = min(parts, key=lambda part: part[1].distance_m)
            edge = self._edges.get(side)
            if edge is None:
                p = max(threat.p for _, threat in parts)
                faced = self._faced.pop(side, None)
                if faced is not None and now_ns - faced.seen_ns < keep_ns:
                    feature = faced.feature
                self._edges[side] = EdgeAlongside(feature, nearest, now_ns, p)
                continue
            edge.threat, edge.seen_ns = nearest, now_ns
            due_m = self.settings.stop_s * speed_mps
            near = [threat for _, threat in parts if threat.distance_m <= due_m]
            p = max((threat.p for threat in near), default=0.0)
            is_drifting = drift is not None and any(
                self._is_drifting(drift, threat.offset_m, radius_m[row])
                for row, threat in parts
                if threat.distance_m <= due_m
            )
            self._judge(edge, now_ns, p, dt_s, is_drifting=is_drifting)
        return list(self._edges.values())

    def _by_side(
        self, announced: Sequence[tuple[str, Threat, FeatureRow]]
    ) -> dict[Side, list[tuple[FeatureRow, Threat]]]:
        found: dict[Side, list[tuple[FeatureRow, Threat]]] = {}
        for kind, threat, row in announced:
            side = (kind, 1 if threat.offset_m > 0.0 else -1)
            other = (kind, -side[1])
            is_unclear = abs(threat.offset_m) < _LEFT_OR_RIGHT_M
            if is_unclear and other in self._edges and side not in self._edges:
                side = other
            found.setdefault(side, []).append((row, threat))
        return found

    def _judge(
        self, edge: EdgeAlongside, now_ns: int, p: float, dt_s: float, *, is_drifting: bool
    ) -> None:
        settings = self.settings
        has_come_nearer = (
            p >= settings.stop_p
            and p > settings.nearer_factor * edge.usual_p + settings.nearer_p
        )
        if has_come_nearer:
            edge.usual_p = p
        elif p < edge.usual_p:
            edge.usual_p += (p - edge.usual_p) * min(1.0, dt_s / _FOLLOW_S)
        last = edge.stop_ns
        may_drift = last is None or now_ns - last > _DRIFT_REARM_S * NS_PER_S
        if has_come_nearer or (is_drifting and may_drift):
            edge.stop_ns = now_ns

    def _is_drifting(self, drift: Drift, offset_m: float, radius_m: float) -> bool:
        towards_m = drift.left_m if offset_m > 0.0 else -drift.left_m
        if towards_m < max(_LEAST_DRIFT_M, _DRIFT_SIGMAS * drift.sigma_m):
            return False
        return abs(offset_m) - towards_m <= self.settings.corridor_m + radius_m
