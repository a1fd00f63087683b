"""The message of a hazard: its names, how bad it is as it is met, STOP or caution, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from backrun_pi.maps import layout
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.maps.tags import Rule
from backrun_pi.messages import OncomingHazard, Stage
from backrun_pi.terrain.hazards.bends import Bend
from backrun_pi.terrain.hazards.candidate import HazardKey, MarkIndex
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.hazards.edges import EdgeAlongside
from backrun_pi.terrain.hazards.lookbehind import Threat
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.units import NS_PER_S

_OBEYED_S = 1.0  # standing for so long before an obstacle answers its STOP
_DEGREES = 57.29578  # in a radian


@dataclass(frozen=True, slots=True)
class Motion:
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

    opened: MapFile
    corridors: Corridors
    settings: TerrainSettings
    _same: dict[MarkIndex, HazardKey] = field(default_factory=dict)
    """Marks, and the mapped hazards that they were set for."""
    _stopped: dict[str, int] = field(default_factory=dict)
    """Obstacles whose STOP holds now or was answered, and when [ns] they were last oncoming."""
    _obeyed: set[str] = field(default_factory=set)
    _standing_ns: int | None = None

    def step(self, motion: Motion) -> None:
        """Take in whether the runner stands: a STOP that was answered is not given again."""
        now_ns = motion.t_ns
        keep_ns = self.settings.rearm_s * NS_PER_S
        if motion.speed_mps is not None:
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

    def pair_marks(self, threats: dict[HazardKey, Threat]) -> None:
        """Find the mapped hazard that a mark was set for: both are one, announced once."""
        for key, threat in threats.items():
            if not isinstance(key, MarkIndex) or key in self._same:
                continue
            beside = [
                (abs(other.distance_m - threat.distance_m), row)
                for row, other in threats.items()
                if not isinstance(row, MarkIndex) and other.p >= self.settings.stop_p
            ]
            if beside and min(beside)[0] <= self.settings.mark_same_m:
                self._same[key] = min(beside)[1]

    def of_threat(self, threat: Threat, motion: Motion) -> OncomingHazard:
        """Return the message of a spot, or of a line that the way meets."""
        names = self.names(threat.key)
        rule = None if isinstance(threat.key, MarkIndex) else self.corridors.rule(threat.key)
        severity = 3 if rule is None else met_severity(rule, threat.fall)
        contact = motion.contact_s(threat.distance_m)
        same = self._same.get(threat.key) if isinstance(threat.key, MarkIndex) else None
        obstacle = names.hazard_id if same is None else self.names(same).hazard_id
        is_stop = (
            contact is not None
            and self.settings.passed_s <= contact <= self.settings.stop_s
            and threat.distance_m > 0.0
            and threat.p >= self.settings.stop_p
            and severity > 1
        )
        what = "you marked something" if rule is None else f"{names.kind} on the map"
        return OncomingHazard(
            t_ns=motion.t_ns,
            hazard_id=names.hazard_id,
            kind=names.kind,
            osm_id=names.osm_id,
            severity=severity,
            stage=self._stage(obstacle, motion.t_ns, is_stop=is_stop),
            distance_m=round(max(0.0, threat.distance_m), 1),
            offset_m=round(threat.offset_m, 2),
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(min(1.0, threat.p), 3),
            because=(f"{what} in {max(0.0, threat.distance_m):.0f} m", *_where(threat)),
            obstacle_id=obstacle,
        )

    def of_edge(self, edge: EdgeAlongside, motion: Motion) -> OncomingHazard:
        """Return the message of an edge alongside."""
        names, threat = self.names(edge.feature), edge.threat
        contact = motion.contact_s(threat.distance_m)
        severity = met_severity(self.corridors.rule(edge.feature), threat.fall)
        is_stop = contact is not None and severity > 1 and edge.is_stop(motion.t_ns)
        return OncomingHazard(
            t_ns=motion.t_ns,
            hazard_id=names.hazard_id,
            kind=names.kind,
            osm_id=names.osm_id,
            severity=severity,
            stage=self._stage(names.hazard_id, motion.t_ns, is_stop=is_stop),
            distance_m=round(max(0.0, threat.distance_m), 1),
            offset_m=round(threat.offset_m, 2),
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(min(1.0, threat.p), 3),
            because=(f"edge alongside: {names.kind} on the map", *_where(threat)),
            obstacle_id=names.hazard_id,
            is_edge=True,
        )

    def of_bend(self, bend: Bend, motion: Motion) -> OncomingHazard:
        """Return the message of a bend of the way."""
        contact = motion.contact_s(bend.distance_m)
        side = "left" if bend.turn_rad > 0 else "right"
        degrees = abs(bend.turn_rad) * _DEGREES
        return OncomingHazard(
            t_ns=motion.t_ns,
            hazard_id=f"bend:{bend.node[0]}:{bend.node[1]}",
            kind="bend",
            osm_id=f"w{int(self.opened.ways[bend.way]['osm'])}",
            severity=2,
            stage=Stage.CAUTION,
            distance_m=round(bend.distance_m, 1),
            offset_m=0.0,
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(bend.p, 3),
            because=(f"the way bends {degrees:.0f} degrees to the {side} of the course",),
        )

    def names(self, key: HazardKey) -> Names:
        """Return what a hazard is called; the same within the session."""
        if isinstance(key, MarkIndex):
            return Names("mark", None, self.corridors.scouted.marks[key.index].id)
        rule = self.corridors.rule(key)
        osm_id = layout.osm_name(int(self.opened.features[key]["osm"]))
        return Names(rule.kind, osm_id, f"{osm_id}:{rule.kind}")

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


_FALLS = {1: ("the ground falls there",), -1: ("the ground rises there",)}


def _where(threat: Threat) -> tuple[str, ...]:
    side = "left" if threat.offset_m > 0 else "right"
    return (
        f"{abs(threat.offset_m):.1f} m {side} of the middle of the way",
        *_FALLS.get(threat.fall, ()),
        f"probability of contact {min(1.0, threat.p):.2f}",
    )
