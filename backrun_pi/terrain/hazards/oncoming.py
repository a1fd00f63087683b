"""The message of a hazard: its names, how bad it is as it is met, STOP or caution, and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from backrun_pi.maps import layout
from backrun_pi.maps.tags import Rule
from backrun_pi.messages import OncomingHazard, Stage
from backrun_pi.terrain.hazards.bends import BEND_M, Bend
from backrun_pi.terrain.hazards.candidate import FeatureRow, HazardKey, LineEnd, MarkIndex
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.hazards.edges import EdgeAlongside
from backrun_pi.terrain.hazards.lookbehind import Threat
from backrun_pi.terrain.matching.way_graph import Node
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.units import NS_PER_S

_OBEYED_S = 1.0  # standing for so long before an obstacle answers its STOP
_DEGREES = 57.29578  # in a radian


@dataclass(frozen=True, slots=True)
class Movement:
    """When, and how fast: None while standing."""

    t_ns: int
    """[ns] Now."""
    speed_mps: float | None
    """[m/s] None while standing."""

    def contact_s(self, distance_m: float) -> float | None:
        """Return the time to contact, None while standing."""
        return None if self.speed_mps is None else max(0.0, distance_m) / self.speed_mps


@dataclass(frozen=True, slots=True)
class Names:
    """What a hazard is called."""

    kind: str
    osm_id: str | None
    """None for a mark."""
    hazard_id: str


@dataclass(slots=True)
class Messages:
    """Makes messages of threats, edges and bends."""

    corridors: Corridors
    settings: TerrainSettings
    _same: dict[MarkIndex, FeatureRow | MarkIndex] = field(default_factory=dict)
    """Marks, and the mapped hazard or the earlier walk's mark that is the same obstacle."""
    _stopped: dict[str, int] = field(default_factory=dict)
    """Obstacles whose STOP holds now or was answered, and when [ns] they were last oncoming."""
    _obeyed: set[str] = field(default_factory=set)
    _standing_ns: int | None = None
    _bend: Node | None = None
    """The bend that was oncoming last."""

    def step(self, movement: Movement) -> None:
        """Take in whether the runner stands: a STOP that was answered is not given again."""
        now_ns = movement.t_ns
        keep_ns = self.settings.rearm_s * NS_PER_S
        if movement.speed_mps is not None:
            self._standing_ns = None
            self._stopped = {
                name: seen for name, seen in self._stopped.items() if now_ns - seen < keep_ns
            }
            self._obeyed &= self._stopped.keys()
            return
        if self._standing_ns is None:
            self._standing_ns = now_ns
        self._stopped = dict.fromkeys(self._stopped, now_ns)
        if now_ns - self._standing_ns >= _OBEYED_S * NS_PER_S:
            self._obeyed |= self._stopped.keys()

    def pair_marks(self, threats: Mapping[HazardKey, Threat]) -> None:
        """Find what each mark was set for: both are one obstacle, announced once.

        It is the mapped hazard beside it, else the mark that another walk set there.
        """
        for key, threat in threats.items():
            if not isinstance(key, MarkIndex) or key in self._same:
                continue
            mapped, marked = [], []
            for other_key, other in threats.items():
                away_m = abs(other.distance_m - threat.distance_m)
                if away_m > self.settings.mark_same_m:
                    continue
                if isinstance(other_key, FeatureRow) and other.p >= self.settings.stop_p:
                    mapped.append((away_m, other_key))
                elif isinstance(other_key, MarkIndex) and self._is_earlier(other_key, key):
                    marked.append((away_m, other_key.index))
            if mapped:
                self._same[key] = min(mapped)[1]
            elif marked:
                self._same[key] = MarkIndex(min(marked)[1])

    def _is_earlier(self, one: MarkIndex, other: MarkIndex) -> bool:
        scouted = self.corridors.scouted
        return scouted.walk_of(one.index) < scouted.walk_of(other.index)

    def _obstacle(self, key: HazardKey) -> str:
        """Return the name of the obstacle that a hazard is."""
        if isinstance(key, MarkIndex) and key in self._same:
            return self._obstacle(self._same[key])
        return self.names(key).hazard_id

    def of_threat(self, threat: Threat, movement: Movement) -> OncomingHazard:
        """Return the message of a spot, or of a line that the way meets."""
        names = self.names(threat.key)
        severity = self._severity(threat)
        contact = movement.contact_s(threat.distance_m)
        obstacle = self._obstacle(threat.key)
        is_stop = (
            contact is not None
            and self.settings.passed_s <= contact <= self.settings.stop_s
            and threat.distance_m > 0.0
            and threat.p >= self.settings.stop_p
            and severity > 1
        )
        return OncomingHazard(
            t_ns=movement.t_ns,
            hazard_id=names.hazard_id,
            kind=names.kind,
            osm_id=names.osm_id,
            severity=severity,
            stage=self._stage(obstacle, movement.t_ns, is_stop=is_stop),
            distance_m=round(max(0.0, threat.distance_m), 1),
            offset_m=round(threat.offset_m, 2),
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(min(1.0, threat.p), 3),
            because=_because(names, threat),
            obstacle_id=obstacle,
        )

    def of_edge(self, edge: EdgeAlongside, movement: Movement) -> OncomingHazard:
        """Return the message of an edge alongside."""
        names, threat = self.names(edge.feature), edge.threat
        contact = movement.contact_s(threat.distance_m)
        severity = met_severity(self.corridors.rule(edge.feature), threat.fall)
        is_stop = contact is not None and severity > 1 and edge.is_stop(movement.t_ns)
        return OncomingHazard(
            t_ns=movement.t_ns,
            hazard_id=names.hazard_id,
            kind=names.kind,
            osm_id=names.osm_id,
            severity=severity,
            stage=self._stage(names.hazard_id, movement.t_ns, is_stop=is_stop),
            distance_m=round(max(0.0, threat.distance_m), 1),
            offset_m=round(threat.offset_m, 2),
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(min(1.0, threat.p), 3),
            because=(f"edge alongside: {names.kind} on the map", *_where(threat)),
            obstacle_id=names.hazard_id,
            is_edge=True,
        )

    def of_bend(self, bend: Bend, movement: Movement) -> OncomingHazard:
        """Return the message of a bend of the way."""
        contact = movement.contact_s(bend.distance_m)
        side = "left" if bend.turn_rad > 0 else "right"
        degrees = abs(bend.turn_rad) * _DEGREES
        return OncomingHazard(
            t_ns=movement.t_ns,
            hazard_id=self._bend_id(bend),
            kind="bend",
            osm_id=self._way_id(bend.way),
            severity=2,
            stage=Stage.CAUTION,
            distance_m=round(bend.distance_m, 1),
            offset_m=0.0,
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(bend.p, 3),
            because=(f"the way bends {degrees:.0f} degrees to the {side} of the course",),
        )

    def of_left_line(self, left_ns: int, movement: Movement) -> OncomingHazard:
        """Return the message that the scouted line was left."""
        return OncomingHazard(
            t_ns=movement.t_ns,
            hazard_id=f"left_line:{left_ns}",
            kind="left_line",
            osm_id=None,
            severity=2,
            stage=Stage.CAUTION,
            distance_m=0.0,
            offset_m=0.0,
            contact_s=None,
            p_contact=0.0,
            because=(
                "you left the line that you scouted: nothing is known of what you marked",
            ),
        )

    def names(self, key: HazardKey) -> Names:
        """Return what a hazard is called; the same within the session."""
        if isinstance(key, MarkIndex):
            return Names("mark", None, self.corridors.scouted.marks[key.index].id)
        if isinstance(key, LineEnd):
            return Names("line_end", None, f"end:{key.node[0]}:{key.node[1]}")
        rule = self.corridors.rule(key)
        osm_id = layout.osm_name(int(self.corridors.net.opened.features[key]["osm"]))
        return Names(rule.kind, osm_id, f"{osm_id}:{rule.kind}")

    def _bend_id(self, bend: Bend) -> str:
        """Return the name of a bend: what is left of one in the middle of it is the same."""
        (lat, lon), net = bend.node, self.corridors.net
        last_lat, last_lon = self._bend or bend.node
        away_m = math.hypot((lat - last_lat) * net.north_m, (lon - last_lon) * net.east_m)
        if self._bend is None or away_m > BEND_M:
            self._bend = bend.node
        return f"bend:{self._bend[0]}:{self._bend[1]}"

    def _way_id(self, row: int | None) -> str | None:
        return None if row is None else f"w{int(self.corridors.net.opened.ways[row]['osm'])}"

    def _severity(self, threat: Threat) -> int:
        if isinstance(threat.key, MarkIndex):
            return 3
        if isinstance(threat.key, LineEnd):
            return 1
        return met_severity(self.corridors.rule(threat.key), threat.fall)

    def _stage(self, obstacle: str, now_ns: int, *, is_stop: bool) -> Stage:
        """Return STOP once for an obstacle: going on after it was answered is a caution."""
        if is_stop or obstacle in self._stopped:
            self._stopped[obstacle] = now_ns
        return Stage.STOP if is_stop and obstacle not in self._obeyed else Stage.CAUTION


def met_severity(rule: Rule, fall: int) -> int:
    """Return the severity of a hazard as it is met: a fall is worse than what stops a foot."""
    if fall > 0:
        return min(3, rule.severity + 1)
    if fall < 0 and rule.kind != "water":  # a coast is mapped with the land on its left
        return min(rule.severity, 2)
    return rule.severity


def _because(names: Names, threat: Threat) -> tuple[str, ...]:
    distance = f"in {max(0.0, threat.distance_m):.0f} m"
    if isinstance(threat.key, LineEnd):
        return (f"the scouted line ends {distance}: what comes next is not known",)
    is_mark = isinstance(threat.key, MarkIndex)
    what = "you marked something" if is_mark else f"{names.kind} on the map"
    return (f"{what} {distance}", *_where(threat))


_FALLS = {1: ("the ground falls there",), -1: ("the ground rises there",)}


def _where(threat: Threat) -> tuple[str, ...]:
    side = "left" if threat.offset_m > 0 else "right"
    return (
        f"{abs(threat.offset_m):.1f} m {side} of the middle of the way",
        *_FALLS.get(threat.fall, ()),
        f"probability of contact {min(1.0, threat.p):.2f}",
    )
