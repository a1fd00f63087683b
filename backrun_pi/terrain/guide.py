"""Guides on one map once there is a position: matcher, look-behind, pulses, bends, place."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.maps import layout, way_record
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.maps.tags import ROUGH_SURFACE, Rule
from backrun_pi.messages import OncomingHazard, Place, Stage
from backrun_pi.terrain.hazards.bends import Bend, next_bend
from backrun_pi.terrain.hazards.candidate import MARK
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.hazards.lookbehind import LookBehind, Pulses, Threat
from backrun_pi.terrain.hazards.off_way import edges_oncoming
from backrun_pi.terrain.matching.lateral_wander import Stray
from backrun_pi.terrain.matching.matcher import Hypothesis, Matcher
from backrun_pi.terrain.matching.way_graph import Net
from backrun_pi.terrain.places.current_place import Underfoot
from backrun_pi.terrain.places.start_route import StartRoute, scouted_line, this_way
from backrun_pi.terrain.places.suitability import is_rough
from backrun_pi.terrain.scouting.marks import Notes, Scouted
from backrun_pi.terrain.settings import TerrainSettings


@dataclass(frozen=True, slots=True)
class Fix:
    """A position to trust."""

    t_ns: int
    lat_deg: float
    lon_deg: float
    sigma_m: float
    speed_mps: float
    course_rad: float | None


class Guide:
    """What is oncoming from here, and what kind of place this is."""

    def __init__(
        self, opened: MapFile, first: Fix, notes: Notes, settings: TerrainSettings
    ) -> None:
        self._map = opened
        self._settings = settings
        self._net = Net(opened, *units(first.lat_deg, first.lon_deg))
        self._notes = notes
        self._corridors = Corridors(self._net, settings, Scouted(self._net, settings, notes))
        self._matcher = Matcher(self._net, settings)
        self._look = LookBehind(self._corridors, self._matcher, settings)
        self._underfoot = Underfoot(opened, self._matcher, self._corridors, settings)
        self._pulses = Pulses(settings)
        self._stray = Stray(settings)
        self._seen: tuple[float, float] | None = None
        self._same: dict[int, int] = {}
        self.news: set[str] = set()
        """Hazards told of for the first time since this was last emptied."""

    def rescout(self) -> None:
        """Take in that the notes of the scouting changed."""
        self._corridors.rescout(Scouted(self._net, self._settings, self._notes))

    def turn_backward(self) -> None:
        """Take in that he goes backward from now on: what he saw facing it counts as untold."""
        self._pulses.forget()

    def metres(self, fix: Fix) -> tuple[float, float]:
        """Return east and north of the session's first position."""
        return self._net.metres(fix.lat_deg, fix.lon_deg)

    def snapped(self, fix: Fix) -> tuple[float, float]:
        """Return the place on the matched way: the receiver's error across is taken off."""
        best = self._matcher.best
        if best is None:
            return fix.lat_deg, fix.lon_deg
        lat, lon = self._net.degrees(*best.walk.place(best.s_m))
        return round(lat, 7), round(lon, 7)

    def outlook(self, fix: Fix) -> StartRoute | None:
        """Return what judges the way from here; None in the open, far from a walked line."""
        line = scouted_line(self._net, self._notes, *self.metres(fix))
        is_scouted = line is not None
        best = self._matcher.best
        if line is None and best is not None:
            line = this_way(self._net, best.walk, best.s_m)
        if line is None:
            return None
        return StartRoute(self._net, self._corridors, line, is_scouted=is_scouted)

    def step(self, fix: Fix) -> tuple[tuple[OncomingHazard, ...], Place]:
        """Take in a position; return what is oncoming and the place."""
        self._follow(fix)
        is_moving = fix.speed_mps >= self._settings.moving_mps
        speed = fix.speed_mps if is_moving else self._settings.plan_speed_mps
        best = self._matcher.best
        threats = self._threats(fix, best, speed)
        told = {at: self._worth(best, threat) for at, threat in threats.items()}
        if is_moving:
            worth = {at: harm for at, harm in told.items() if harm > 0.0}
            fresh = self._pulses.step(fix.t_ns, threats, speed, worth)
            self.news |= {self._names(at)[2] for at in fresh}
        self._pair_marks(threats)
        hazards = [
            self._hazard(threat, fix, speed if is_moving else None)
            for at, threat in threats.items()
            if at in self._pulses.warned and threat.p > self._settings.keep_p
        ]
        bend = None if best is None else next_bend(self._net, best, self._settings, speed)
        if bend is not None:
            hazards.append(self._bend(bend, fix, speed if is_moving else None))
        return tuple(hazards), self._underfoot.place(fix.t_ns, is_moving=is_moving)

    def _pair_marks(self, threats: dict[int, Threat]) -> None:
        """Find the mapped thing that a mark was set for: both are one hazard, told once."""
        for at, threat in threats.items():
            if at > MARK or at in self._same:
                continue
            beside = [
                (abs(other.distance_m - threat.distance_m), there)
                for there, other in threats.items()
                if there > MARK and other.p >= self._settings.stop_p
            ]
            if beside and min(beside)[0] <= self._settings.mark_same_m:
                self._same[at] = min(beside)[1]

    def _follow(self, fix: Fix) -> None:
        self._matcher.move(fix.t_ns, fix.speed_mps)
        here = (fix.lat_deg, fix.lon_deg)
        if here != self._seen:
            self._seen = here
            is_moving = fix.speed_mps >= self._settings.hold_speed_mps
            course = fix.course_rad if is_moving else None
            self._matcher.see(fix.t_ns, self._net.metres(*here), fix.sigma_m, course)
            if course is not None and self._stray.see(
                fix.t_ns, self._net, self._matcher.best, fix.speed_mps, course
            ):
                self._corridors.stray(self._stray.wander_m)
                self._pulses.is_wide = self._stray.is_wide

    def _threats(self, fix: Fix, best: Hypothesis | None, speed: float) -> dict[int, Threat]:
        reach_m = self._settings.horizon_s * speed
        if best is not None:
            return self._look.threats(reach_m)
        if fix.course_rad is None:
            return {}
        place = (fix.lat_deg, fix.lon_deg)
        return edges_oncoming(
            self._net, self._settings, place, fix.sigma_m, fix.course_rad, reach_m
        )

    def _worth(self, best: Hypothesis | None, threat: Threat) -> float:
        """Return the harm of missing a thing, in missed falls; 0 if it is not told of."""
        settings = self._settings
        if threat.at <= MARK:
            return 1.0
        rule = self._corridors.rule(threat.at)
        if best is not None and self._is_underfoot(best, rule.kind):
            return 0.0
        if not rule.is_solid and threat.p < settings.busy_p:
            return 0.0
        if rule.is_traffic:
            return 1.0 if rule.severity > 1 else 0.0
        weights = {3: 1.0, 2: settings.severity_2_weight, 1: settings.severity_1_weight}
        return weights[_severity(rule, threat.fall)]

    def _is_underfoot(self, best: Hypothesis, kind: str) -> bool:
        """Say whether the runner is on ground or a way of this kind already."""
        way = self._map.ways[best.walk.edge.way]
        if kind == ROUGH_SURFACE.kind:
            return is_rough(way)
        return way_record.BUSY_KINDS[int(way["busy"])] == kind

    def _hazard(self, threat: Threat, fix: Fix, speed: float | None) -> OncomingHazard:
        contact = None if speed is None else threat.distance_m / speed
        kind, osm_id, hazard_id = self._names(threat.at)
        severity = _severity(self._corridors.rule(threat.at), threat.fall) if osm_id else 3
        same = self._same.get(threat.at)
        what = "you marked something" if osm_id is None else f"{kind} on the map"
        side = "left" if threat.offset_m > 0 else "right"
        falls = {1: ("the ground falls there",), -1: ("the ground rises there",)}
        return OncomingHazard(
            t_ns=fix.t_ns,
            hazard_id=hazard_id,
            kind=kind,
            osm_id=osm_id,
            severity=severity,
            stage=self._stage(threat.p, severity, contact),
            distance_m=round(threat.distance_m, 1),
            offset_m=round(threat.offset_m, 2),
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(min(1.0, threat.p), 3),
            because=(
                f"{what} in {threat.distance_m:.0f} m",
                f"{abs(threat.offset_m):.1f} m {side} of the middle of the way",
                *falls.get(threat.fall, ()),
                f"probability of contact {min(1.0, threat.p):.2f}",
            ),
            obstacle_id=hazard_id if same is None else self._names(same)[2],
        )

    def _bend(self, bend: Bend, fix: Fix, speed: float | None) -> OncomingHazard:
        contact = None if speed is None else bend.distance_m / speed
        side = "left" if bend.turn_rad > 0 else "right"
        degrees = abs(bend.turn_rad) * 57.3  # degrees in a radian
        return OncomingHazard(
            t_ns=fix.t_ns,
            hazard_id=f"bend:{bend.node[0]}:{bend.node[1]}",
            kind="bend",
            osm_id=f"w{int(self._map.ways[bend.way]['osm'])}",
            severity=2,
            stage=Stage.CAUTION,
            distance_m=round(bend.distance_m, 1),
            offset_m=0.0,
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(bend.p, 3),
            because=(f"the way bends {degrees:.0f} degrees to the {side} of the course",),
        )

    def _stage(self, p: float, severity: int, contact_s: float | None) -> Stage:
        settings = self._settings
        near = contact_s is not None and contact_s <= settings.stop_s
        return Stage.STOP if near and p >= settings.stop_p and severity > 1 else Stage.CAUTION

    def _names(self, at: int) -> tuple[str, str | None, str]:
        """Return kind, OSM id and the name within the session."""
        if at <= MARK:
            return "mark", None, self._corridors.scouted.marks[MARK - at].id
        rule = self._corridors.rule(at)
        osm_id = layout.osm_name(int(self._map.features[at]["osm"]))
        return rule.kind, osm_id, f"{osm_id}:{rule.kind}"


def _severity(rule: Rule, fall: int) -> int:
    """Return the severity of a thing as it is met: a fall is worse than what stops a foot."""
    if fall > 0:
        return min(3, rule.severity + 1)
    if fall < 0 and rule.kind != "water":  # a coast is mapped with the land on its left
        return min(rule.severity, 2)
    return rule.severity
