"""Guides once there is a position: matcher, look-behind, pulses, edges, bends, place."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.maps.tags import ROUGH_SURFACE
from backrun_pi.messages import BoutLimit, Direction, OncomingHazard, Place
from backrun_pi.terrain.hazards.bends import next_bend
from backrun_pi.terrain.hazards.candidate import FeatureRow, HazardKey, Lie
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.hazards.edges import Edges
from backrun_pi.terrain.hazards.lookbehind import LookBehind, Threat
from backrun_pi.terrain.hazards.off_way import Cone, edges_oncoming, marks_oncoming
from backrun_pi.terrain.hazards.oncoming import Messages, Movement, met_severity
from backrun_pi.terrain.hazards.pulses import Pulses
from backrun_pi.terrain.matching.lateral_position import LateralPosition
from backrun_pi.terrain.matching.lateral_wander import LateralWander
from backrun_pi.terrain.matching.matcher import Hypothesis, Matcher
from backrun_pi.terrain.matching.way_graph import Net, Walk
from backrun_pi.terrain.places.bout_limits import bout_limits
from backrun_pi.terrain.places.current_place import CurrentPlace
from backrun_pi.terrain.places.start_route import StartRoute, scouted_line, this_way
from backrun_pi.terrain.places.suitability import is_rough
from backrun_pi.terrain.scouting.felt_ground import FeltPiece, PieceWalk
from backrun_pi.terrain.scouting.left_line import LeftLine
from backrun_pi.terrain.scouting.marks import Notes
from backrun_pi.terrain.scouting.scouted import Scouted
from backrun_pi.terrain.scouting.scouted_line import add_scouted_lines, walks_of
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.units import NS_PER_S

_TRACK = "running_track"
_LEFT_S = 10.0  # the caution that the scouted line was left waits so long for the motor
_FACING_S = 2.0  # walking forward for so long, the runner saw what is oncoming


@dataclass(frozen=True, slots=True)
class Fix:
    """A position to trust, and how the runner moves."""

    t_ns: int
    lat_deg: float
    lon_deg: float
    sigma_m: float
    speed_mps: float
    course_rad: float | None
    direction: Direction
    is_still: bool
    """The legs are known to stand, whatever the speed says."""


class Guide:
    """What is oncoming from here, and what kind of place this is."""

    def __init__(
        self, map_file: MapFile | None, first: Fix, notes: Notes, settings: TerrainSettings
    ) -> None:
        self._map = map_file
        self._settings = settings
        self._net = Net(map_file, *units(first.lat_deg, first.lon_deg))
        self._notes = notes
        add_scouted_lines(self._net, notes)
        self._corridors = Corridors(self._net, settings, Scouted(self._net, settings, notes))
        self._matcher = Matcher(self._net, settings)
        self._look = LookBehind(self._corridors, self._matcher, settings)
        self._current_place = CurrentPlace(map_file, self._matcher, self._corridors, settings)
        self._pulses = Pulses(settings)
        self._edges = Edges(settings)
        self._messages = Messages(self._corridors, settings)
        self._wander = LateralWander(settings)
        self._lateral = LateralPosition(settings)
        self._left_line = LeftLine(walks_of(self._net, notes), settings)
        self._piece = PieceWalk()
        self._seen: tuple[float, float] | None = None
        self._is_backward = False
        self._facing_ns: int | None = None
        self.news: list[OncomingHazard] = []
        """Hazards announced for the first time since this was last emptied, also those that
        only joined a pulse."""

    def rescout(self) -> None:
        """Take in that the notes of the scouting changed."""
        self._corridors.rescout(Scouted(self._net, self._settings, self._notes))

    @property
    def is_on_scouted_line(self) -> bool:
        """Say whether the runner is on a scouted line that is the way here."""
        best = self._matcher.best
        return best is not None and best.walk.edge.row is None

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

    def felt(self, roughness_mps2: float, today: int) -> FeltPiece | None:
        """Take in how the ground feels here; return the piece that was left, when walked."""
        best = self._matcher.best
        edge = None if best is None or best.weight < self._settings.busy_p else best.walk.edge
        s_m = 0.0
        if best is not None and edge is not None:
            s_m = best.s_m if best.walk.is_forward else edge.length_m - best.s_m
        done = self._piece.step(edge, s_m, roughness_mps2)
        if done is None or self._map is None or done.edge.row is None:
            return None
        lat, lon = self._net.degrees(*Walk(done.edge, True).place(done.edge.length_m / 2.0))
        surface = self._map.way(done.edge.row).tags.get("surface")
        return FeltPiece(
            round(lat, 7), round(lon, 7), round(done.roughness_mps2, 3), today, surface
        )

    def start_route(self, fix: Fix) -> StartRoute | None:
        """Return what judges the way from here; None in the open, far from a walked line."""
        line = scouted_line(self._net, self._notes, *self.metres(fix))
        is_scouted = line is not None
        best = self._matcher.best
        if line is None and best is not None:
            line = this_way(self._net, best.walk, best.s_m)
        if line is None:
            return None
        return StartRoute(self._net, self._corridors, line, is_scouted=is_scouted)

    def bout_limits(self) -> tuple[BoutLimit, ...]:
        """Return what a backward bout from here would meet, nearest first."""
        best = self._matcher.best
        if best is None or best.weight < self._settings.stop_p or self._is_on_track(best):
            return ()
        return bout_limits(self._net, self._corridors, best, self._settings)

    def step(self, fix: Fix) -> tuple[tuple[OncomingHazard, ...], Place]:
        """Take in a position; return what is oncoming and the place."""
        self._take_direction(fix)
        self._follow(fix)
        is_moving = fix.speed_mps >= self._settings.moving_mps and not fix.is_still
        speed = fix.speed_mps if is_moving else self._settings.plan_speed_mps
        movement = Movement(fix.t_ns, speed if is_moving else None)
        best = self._matcher.best
        threats = self._threats(fix, best, speed)
        if is_moving:
            self._announce(movement, threats, best, speed)
        self._messages.step(movement)
        self._messages.pair_marks(threats)
        hazards = self._spots(threats, movement)
        hazards += self._alongside(
            threats, movement, speed, is_faced=fix.direction is Direction.FORWARD
        )
        left_ns = self._left_line.left_ns
        if left_ns is not None and fix.t_ns - left_ns <= _LEFT_S * NS_PER_S:
            hazards.append(self._messages.of_left_line(left_ns, movement))
        bend = None if best is None else next_bend(self._net, best, self._settings, speed)
        if bend is not None:
            hazards.append(self._messages.of_bend(bend, movement))
        return tuple(hazards), self._current_place.place(fix.t_ns, is_moving=is_moving)

    def _take_direction(self, fix: Fix) -> None:
        """Count what was seen facing it as not announced, once the runner turns backward.

        A direction that flickers for a moment is no turn.
        """
        if fix.direction is Direction.FORWARD:
            self._facing_ns = fix.t_ns if self._facing_ns is None else self._facing_ns
            return
        if fix.direction is Direction.UNKNOWN:
            return
        facing_ns, self._facing_ns = self._facing_ns, None
        has_faced = facing_ns is not None and fix.t_ns - facing_ns >= _FACING_S * NS_PER_S
        if has_faced or not self._is_backward:
            self._pulses.forget()
            self._edges.turn()
        self._is_backward = True

    def _announce(
        self,
        movement: Movement,
        threats: dict[HazardKey, Threat],
        best: Hypothesis | None,
        speed: float,
    ) -> None:
        worth = {}
        for key, threat in threats.items():
            harm = self._worth(best, threat)
            if harm > 0.0:
                worth[key] = harm
        scouted = self._corridors.scouted
        self._pulses.is_scouted = best is not None and scouted.covers(best.walk.edge)
        fresh = self._pulses.step(movement.t_ns, threats, speed, worth)
        self.news += [self._messages.of_threat(threats[key], movement) for key in fresh]

    def _spots(
        self, threats: dict[HazardKey, Threat], movement: Movement
    ) -> list[OncomingHazard]:
        return [
            self._messages.of_threat(threat, movement)
            for threat in threats.values()
            if threat.lie is not Lie.ALONGSIDE
            and threat.p > self._settings.keep_p
            and self._pulses.is_announced(threat)
        ]

    def _alongside(
        self,
        threats: dict[HazardKey, Threat],
        movement: Movement,
        speed: float,
        *,
        is_faced: bool,
    ) -> list[OncomingHazard]:
        """Return the edges alongside; facing them those that a bout would begin beside."""
        along = []
        radius_m = {}
        for key, threat in threats.items():
            if (
                threat.lie is Lie.ALONGSIDE
                and isinstance(key, FeatureRow)
                and self._pulses.is_announced(threat)
            ):
                rule = self._corridors.rule(key)
                along.append((rule.kind, threat, key))
                radius_m[key] = rule.radius_m
        edges = self._edges.step(movement.t_ns, along, speed, self._lateral.drift(), radius_m)
        if is_faced:
            movement = Movement(movement.t_ns, None)  # no contact is predicted
            edges = [edge for edge in edges if edge.threat.p >= self._settings.stop_p]
        return [self._messages.of_edge(edge, movement) for edge in edges]

    def _follow(self, fix: Fix) -> None:
        self._matcher.move(fix.t_ns, fix.speed_mps)
        here = (fix.lat_deg, fix.lon_deg)
        if here == self._seen:
            return
        self._seen = here
        is_moving = fix.speed_mps >= self._settings.hold_speed_mps
        course = fix.course_rad if is_moving else None
        place = self._net.metres(*here)
        self._matcher.see(fix.t_ns, place, fix.sigma_m, course)
        best = self._matcher.best
        velocity = fix.speed_mps, course
        is_facing = fix.direction is Direction.FORWARD
        self._left_line.see(fix.t_ns, place, fix.sigma_m, is_facing=is_facing)
        self._lateral.see(fix.t_ns, best, place, fix.sigma_m, velocity)
        if course is not None and self._wander.see(
            fix.t_ns, self._net, best, fix.speed_mps, course
        ):
            self._corridors.take_wander(self._wander.wander_m)
            self._pulses.is_wide = self._wander.is_wide

    def _threats(
        self, fix: Fix, best: Hypothesis | None, speed: float
    ) -> dict[HazardKey, Threat]:
        reach_m = self._settings.horizon_s * speed
        if best is not None:
            return self._look.threats(reach_m)
        if fix.course_rad is None:
            return {}
        cone = Cone(self.metres(fix), fix.sigma_m, fix.course_rad, reach_m)
        threats = marks_oncoming(self._corridors.scouted, self._settings, cone)
        if self._map is not None:
            threats |= edges_oncoming(self._net, self._map, self._settings, cone)
        return threats

    def _worth(self, best: Hypothesis | None, threat: Threat) -> float:
        """Return the harm of missing a hazard, in missed falls; 0 if it is not announced."""
        settings = self._settings
        if not isinstance(threat.key, FeatureRow):
            return 1.0
        rule = self._corridors.rule(threat.key)
        if best is not None and self._is_on(best, rule.kind):
            return 0.0
        if not rule.is_solid and threat.p < settings.busy_p:
            return 0.0
        if rule.is_traffic:
            return 1.0 if rule.severity > 1 else 0.0
        if rule.kind == "building":
            return settings.building_weight
        weights = {3: 1.0, 2: settings.severity_2_weight, 1: settings.severity_1_weight}
        return weights[met_severity(rule, threat.fall)]

    def _is_on_track(self, best: Hypothesis) -> bool:
        """Say whether this is a running track: its bends are known and nobody crosses it."""
        row = best.walk.edge.row
        return self._map is not None and row is not None and self._map.way(row).road == _TRACK

    def _is_on(self, best: Hypothesis, kind: str) -> bool:
        """Say whether the runner is on ground or a way of this kind already."""
        row = best.walk.edge.row
        if self._map is None or row is None:
            return False
        way = self._map.way(row)
        if kind == ROUGH_SURFACE.kind:
            return is_rough(way)
        return way.busy == kind
