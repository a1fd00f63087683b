"""The door of the room: what is oncoming, and what kind of place this is."""

from __future__ import annotations

from backrun_pi.messages import OncomingHazard, Place, RunnerState, Stage, StateChange, Verdict
from backrun_pi.terrain import layout, waytags
from backrun_pi.terrain.corridor import MARK, Corridors
from backrun_pi.terrain.lookbehind import LookBehind, Pulses, Threat
from backrun_pi.terrain.mapfile import MapFile, units
from backrun_pi.terrain.match import Hypothesis, Matcher
from backrun_pi.terrain.net import Net
from backrun_pi.terrain.scouting import Mark, Scouted, Unmark, Walked, encode, read_marks
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.suitability import is_rough, judge_way
from backrun_pi.terrain.tags import ROUGH_SURFACE

MARKS_FILE = "state/marks.jsonl"
_PERIOD_NS = 450_000_000  # the look-behind is worked out about twice a second
_STEP_M = 5.0  # the walked line is kept as a point every 5 m
_UNKNOWN = (Verdict.UNKNOWN, ("not on a mapped way",))


class Terrain:
    """Looks behind the runner, on the map and the marks."""

    def __init__(
        self,
        map_file: MapFile | None,
        marks: bytes | None,
        settings: TerrainSettings,
        *,
        is_scouted: bool = False,
    ) -> None:
        """Take what is known about the ground.

        Args:
            map_file: None when there is no map: then nothing is ever said to be clear.
            marks: Content of the marks file, None when there is none.
            settings: Weights and thresholds.
            is_scouted: The marks are from a walk on the very way that is run now.

        Raises:
            RouteError: The marks file has a line that is not ours.
        """
        self._map = map_file
        self._settings = settings
        self._marks, self._walked = read_marks(marks or b"", MARKS_FILE)
        self._is_scouted = is_scouted
        self._look: LookBehind | None = None
        self._pulses = Pulses(settings)
        self._fix: tuple[float, float] | None = None
        self._looked_ns: int | None = None
        self._hazards: tuple[OncomingHazard, ...] = ()
        self._place: Place | None = None
        self._last_walked: tuple[float, float] | None = None
        self._set: list[str] = []
        self._news: set[str] = set()

    def step(self, state: RunnerState) -> tuple[tuple[OncomingHazard, ...], Place]:
        """Return what is oncoming now, and the place; cheap unless something is new."""
        blind = self._blind_because(state)
        if blind is not None or self._map is None:
            self._hazards, self._looked_ns = (), None
            return (), _blind_place(state.t_ns, blind or "no map")
        recent = self._looked_ns is not None and state.t_ns - self._looked_ns < _PERIOD_NS
        if recent and self._place is not None:
            return self._hazards, self._place
        self._looked_ns = state.t_ns
        look = self._looking(state, self._map)
        self._follow(look.matcher, state)
        self._hazards = self._oncoming(look, state)
        self._place = self._placed(look, state)
        return self._hazards, self._place

    def mark(self, state: RunnerState) -> StateChange | None:
        """Keep an obstacle where the runner is; None without a position to trust."""
        if state.lat_deg is None or state.lon_deg is None or state.sigma_m is None:
            return None
        entry = Mark(f"m{state.t_ns}", *self._snapped(state), state.sigma_m)
        self._set.append(entry.id)
        self._marks.append(entry)
        self._rescout()
        return StateChange(MARKS_FILE, encode(entry), is_append=True)

    def unmark(self, now_ns: int) -> StateChange | None:
        """Take back the last mark of this session; None when there is none."""
        if not self._set:
            return None
        gone = self._set.pop()
        self._marks = [mark for mark in self._marks if mark.id != gone]
        self._rescout()
        return StateChange(MARKS_FILE, encode(Unmark(gone)), is_append=True)

    def scout(self, state: RunnerState, felt_mps2: float | None) -> StateChange | None:
        """Keep the walked line, a point every 5 m, with the ground felt there."""
        if state.lat_deg is None or state.lon_deg is None or self._look is None:
            return None
        x, y = self._look.corridors.net.metres(state.lat_deg, state.lon_deg)
        last = self._last_walked
        if last is not None and (x - last[0]) ** 2 + (y - last[1]) ** 2 < _STEP_M**2:
            return None
        self._last_walked = (x, y)
        entry = Walked(*self._snapped(state), felt_mps2)
        self._walked.append(entry)
        return StateChange(MARKS_FILE, encode(entry), is_append=True)

    def _snapped(self, state: RunnerState) -> tuple[float, float]:
        """Return the place on the matched way: the receiver's error across is taken off."""
        best = None if self._look is None else self._look.matcher.best
        if best is None or self._look is None:
            assert state.lat_deg is not None
            assert state.lon_deg is not None
            return state.lat_deg, state.lon_deg
        lat, lon = self._look.corridors.net.degrees(*best.walk.place(best.s_m))
        return round(lat, 7), round(lon, 7)

    def _blind_because(self, state: RunnerState) -> str | None:
        settings = self._settings
        if self._map is None:
            return "no map"
        if state.lat_deg is None or state.lon_deg is None or state.sigma_m is None:
            return "no position"
        if state.position_age_s is None or state.position_age_s > settings.age_max_s:
            return f"last fix older than {settings.age_max_s:g} s"
        if state.sigma_m > settings.sigma_max_m:
            return f"position sigma {state.sigma_m:.0f} m"
        if not self._map.holds(state.lat_deg, state.lon_deg, settings.edge_margin_m):
            return "off the map"
        return None

    def _looking(self, state: RunnerState, opened: MapFile) -> LookBehind:
        if self._look is None:
            assert state.lat_deg is not None
            assert state.lon_deg is not None
            net = Net(opened, *units(state.lat_deg, state.lon_deg))
            scouted = self._scouted(net)
            corridors = Corridors(net, self._settings, scouted)
            matcher = Matcher(net, self._settings)
            self._look = LookBehind(corridors, matcher, self._settings)
        return self._look

    def _scouted(self, net: Net) -> Scouted:
        return Scouted(net, self._settings, self._marks, self._walked, self._is_scouted)

    def _rescout(self) -> None:
        if self._look is not None:
            self._look.corridors.scouted = self._scouted(self._look.corridors.net)
            self._look.corridors.forget()

    def _follow(self, matcher: Matcher, state: RunnerState) -> None:
        assert state.lat_deg is not None
        assert state.lon_deg is not None
        assert state.sigma_m is not None
        speed = state.speed_mps or 0.0
        matcher.move(state.t_ns, speed)
        fix = (state.lat_deg, state.lon_deg)
        if fix != self._fix:
            self._fix = fix
            course = state.course_rad if speed >= self._settings.hold_speed_mps else None
            matcher.see(state.t_ns, matcher.net.metres(*fix), state.sigma_m, course)

    def _oncoming(self, look: LookBehind, state: RunnerState) -> tuple[OncomingHazard, ...]:
        speed = max(state.speed_mps or 0.0, self._settings.hold_speed_mps)
        threats = look.threats(self._settings.horizon_s * speed)
        worth = {at: self._worth(look, threat) for at, threat in threats.items()}
        worth = {at: harm for at, harm in worth.items() if harm > 0.0}
        if (state.speed_mps or 0.0) >= self._settings.hold_speed_mps:
            told = self._pulses.step(state.t_ns, threats, speed, worth)
            self._news |= {self._names(look, at)[3] for at in told}
        return tuple(
            self._hazard(look, threat, state)
            for at, threat in threats.items()
            if at in self._pulses.warned and threat.p > self._settings.keep_p
        )

    def _worth(self, look: LookBehind, threat: Threat) -> float:
        settings = self._settings
        if threat.at <= MARK:
            return 1.0
        rule = look.corridors.rule(threat.at)
        if self._is_underfoot(look, rule.kind):
            return 0.0
        if not rule.is_solid and rule.cls != "S":
            return 1.0 if threat.p >= settings.busy_p and rule.severity > 1 else 0.0
        weights = {3: 1.0, 2: settings.severity_2_weight, 1: settings.severity_1_weight}
        return weights[rule.severity]

    def _is_underfoot(self, look: LookBehind, kind: str) -> bool:
        """Say whether the runner is on ground or a way of this kind already."""
        best = look.matcher.best
        if best is None or self._map is None:
            return False
        way = self._map.ways[best.walk.edge.way]
        if kind == ROUGH_SURFACE.kind:
            return is_rough(way)
        return waytags.BUSY_KINDS[int(way["busy"])] == kind

    def _hazard(self, look: LookBehind, threat: Threat, state: RunnerState) -> OncomingHazard:
        speed = state.speed_mps or 0.0
        moving = speed >= self._settings.hold_speed_mps
        contact = threat.distance_m / speed if moving else None
        kind, osm_id, severity, hazard_id = self._names(look, threat.at)
        is_stop = (
            contact is not None
            and contact <= self._settings.stop_s
            and threat.p >= self._settings.stop_p
            and severity > 1
        )
        what = "you marked something" if osm_id is None else f"{kind} on the map"
        side = "left" if threat.offset_m > 0 else "right"
        across = f"{abs(threat.offset_m):.1f} m {side} of the middle"
        return OncomingHazard(
            t_ns=state.t_ns,
            hazard_id=hazard_id,
            kind=kind,
            osm_id=osm_id,
            severity=severity,
            stage=Stage.STOP if is_stop else Stage.CAUTION,
            distance_m=round(threat.distance_m, 1),
            offset_m=round(threat.offset_m, 2),
            contact_s=None if contact is None else round(contact, 1),
            p_contact=round(min(1.0, threat.p), 3),
            because=(
                f"{what} {threat.distance_m:.0f} m on, {across}",
                f"probability of contact {min(1.0, threat.p):.2f}",
            ),
        )

    def _names(self, look: LookBehind, at: int) -> tuple[str, str | None, int, str]:
        if at <= MARK:
            return "mark", None, 3, self._marks[MARK - at].id
        rule = look.corridors.rule(at)
        assert self._map is not None
        osm_id = layout.osm_name(int(self._map.features[at]["osm"]))
        return rule.kind, osm_id, rule.severity, f"{osm_id}:{rule.kind}"

    def _placed(self, look: LookBehind, state: RunnerState) -> Place:
        best = look.matcher.best
        verdict, because = _UNKNOWN
        way_id = busy = None
        is_scouted = False
        if best is not None and self._map is not None:
            way = self._map.ways[best.walk.edge.way]
            way_id = f"w{int(way['osm'])}"
            busy = waytags.BUSY_KINDS[int(way["busy"])] or None
            judged = judge_way(way)
            verdict, because = judged.verdict, judged.because
            is_scouted = look.corridors.scouted.covers(best.walk.edge)
        return Place(
            t_ns=state.t_ns,
            is_guiding=True,
            not_guiding_because=None,
            way_id=way_id,
            busy_kind=busy,
            verdict=verdict,
            verdict_because=because,
            is_scouted=is_scouted,
        )

    def news(self) -> frozenset[str]:
        """Return the hazards told of for the first time since this was last asked."""
        fresh, self._news = frozenset(self._news), set()
        return fresh

    @property
    def matched(self) -> Hypothesis | None:
        """Return the likeliest place on the ways."""
        return None if self._look is None else self._look.matcher.best


def _blind_place(t_ns: int, because: str) -> Place:
    return Place(
        t_ns=t_ns,
        is_guiding=False,
        not_guiding_because=because,
        way_id=None,
        busy_kind=None,
        verdict=Verdict.UNKNOWN,
        verdict_because=(because,),
        is_scouted=False,
    )
