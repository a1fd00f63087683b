"""The door of the room: what is oncoming, and what kind of place this is."""

from __future__ import annotations

from dataclasses import replace

from backrun_pi.errors import MapError
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import (
    BoutLimit,
    Direction,
    Gait,
    LinePlace,
    OncomingHazard,
    Place,
    RouteVerdict,
    RunnerState,
    StateChange,
    Suitability,
)
from backrun_pi.terrain.guide import Fix, Guide
from backrun_pi.terrain.places.bout_ground import LinePosition
from backrun_pi.terrain.places.start_route import StartRoute
from backrun_pi.terrain.scouting.felt_ground import Stumble
from backrun_pi.terrain.scouting.marks import Unmark, Walked, encode, read_notes
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.units import NS_PER_S

_S_PER_DAY = 86_400.0
MARKS_FILE = "state/marks.jsonl"
_OFF = "off the map"
_EDGE = "at the edge of the map: what comes next may be off it"
_LIMITS_S = 1.0  # a bout moves on by about a metre in that time
_STEP_M = 5.0  # the walked line is kept as a point every 5 m


class Terrain:
    """Looks behind the runner, on the map and the marks."""

    def __init__(
        self, map_file: MapFile | None, marks: bytes | None, settings: TerrainSettings
    ) -> None:
        """Take what is known about the ground.

        Args:
            map_file: None when there is no map: then nothing guides, and the place says so.
            marks: Content of the marks file, None when there is none.
            settings: Weights and thresholds.

        Raises:
            RouteError: The marks file has a line that is not ours.
        """
        self._map = map_file
        self._settings = settings
        self._notes = read_notes(marks or b"", MARKS_FILE)
        self._guide: Guide | None = None
        self._last: tuple[tuple[OncomingHazard, ...], Place] | None = None
        self._looked_ns = 0
        self._walked_m: tuple[float, float] | None = None
        self._set: list[str] = []
        self._line: LinePosition | None = None
        self._limits: tuple[BoutLimit, ...] = ()
        self._limits_ns = -(10**18)
        self._start_route: StartRoute | None = None
        self._is_judged = False
        self._no_map_because = "no map"
        self._trusted: tuple[RunnerState, Fix | str] | None = None

    def step(self, state: RunnerState) -> tuple[tuple[OncomingHazard, ...], Place]:
        """Return what is oncoming now, and the place; cheap unless something is new.

        A map that turns out damaged is given up, and the place says so.
        """
        try:
            return self._look(state)
        except MapError as error:
            self._give_up(error)
            return (), blind_place(state.t_ns, self._no_map_because)

    def _give_up(self, error: MapError) -> None:
        self._map = self._guide = self._start_route = self._last = None
        self._limits = ()
        self._no_map_because = str(error)

    def _look(self, state: RunnerState) -> tuple[tuple[OncomingHazard, ...], Place]:
        recent = 0 <= state.t_ns - self._looked_ns < self._settings.period_s * NS_PER_S
        fix = self._fix(state)
        if self._last is not None and recent and not isinstance(fix, str):
            return self._last
        if not isinstance(fix, str) and not self._has_ground():
            fix = self._no_map_because
        if isinstance(fix, str):
            self._last = None
            return (), blind_place(state.t_ns, fix)
        self._looked_ns = state.t_ns
        guide = self._guided(fix)
        hazards, place = guide.step(fix)
        missing = self._missing(fix)
        if missing is not None and not guide.is_on_scouted_line:
            place = replace(place, is_guiding=False, not_guiding_because=missing)
        self._last = hazards, place
        return self._last

    def bout_limits(self, state: RunnerState) -> tuple[BoutLimit, ...]:
        """Return what a backward bout from here would meet, worked out once a second."""
        if self._guide is None or self._last is None:
            return ()
        if not 0 <= state.t_ns - self._limits_ns < _LIMITS_S * NS_PER_S:
            self._limits_ns = state.t_ns
            try:
                self._limits = self._guide.bout_limits()
            except MapError as error:
                self._give_up(error)
        return self._limits

    def _has_ground(self) -> bool:
        """Say whether anything is known of any ground: a map, marks or a scouted line."""
        return self._map is not None or bool(self._notes.marks or self._notes.walked)

    def _missing(self, fix: Fix) -> str | None:
        """Return why the map says nothing, or not all, about what is oncoming here."""
        if self._map is None:
            return self._no_map_because
        if self._map.holds(fix.lat_deg, fix.lon_deg, self._settings.edge_margin_m):
            return None
        return _EDGE if self._map.holds(fix.lat_deg, fix.lon_deg, 0.0) else _OFF

    def line_place(self, state: RunnerState) -> LinePlace | None:
        """Return where on the line of the start route the runner is; None off it."""
        fix = self._fix(state)
        if self._line is None or self._guide is None or isinstance(fix, str):
            return None
        return self._line.step(*self._guide.metres(fix), fix.course_rad)

    def start_route(self, state: RunnerState) -> RouteVerdict | None:
        """Judge the way from here a little further; return the verdict once, when complete."""
        try:
            return self._judge(state)
        except MapError as error:
            self._give_up(error)
            return None

    def _judge(self, state: RunnerState) -> RouteVerdict | None:
        if self._is_judged:
            return None
        if self._start_route is None:
            fix = self._fix(state)
            if not isinstance(fix, str):
                self._start_route = self._guided(fix).start_route(fix)
            return None
        self._line = self._line or self._start_route.position
        verdict = self._start_route.go_on(state.t_ns)
        if verdict is not None:
            self._start_route, self._is_judged = None, True
        return verdict

    def news(self) -> tuple[OncomingHazard, ...]:
        """Return what was announced for the first time since this was last asked.

        For the look-behind alone (`backrun warn`): each object has a line of its own, also what
        only joined a pulse and the parts of an edge alongside.
        """
        if self._guide is None:
            return ()
        fresh, self._guide.news = tuple(self._guide.news), []
        return fresh

    def mark(self, state: RunnerState) -> StateChange | None:
        """Keep an obstacle where the runner is; None without a position to trust."""
        fix = self._fix(state)
        if isinstance(fix, str):
            return None
        place = self._guided(fix).snapped(fix)
        entry = self._notes.mark(f"m{state.t_ns}", place, fix.sigma_m)
        self._set.append(entry.id)
        self._guided(fix).rescout()
        return StateChange(MARKS_FILE, encode(entry), is_append=True)

    def unmark(self, now_ns: int) -> StateChange | None:
        """Take back the last mark of this session; None when there is none."""
        if not self._set:
            return None
        entry = Unmark(self._set.pop(), now_ns)
        self._notes.unmark(entry.id)
        if self._guide is not None:
            self._guide.rescout()
        return StateChange(MARKS_FILE, encode(entry), is_append=True)

    def scout(
        self, state: RunnerState, roughness_mps2: float | None = None
    ) -> StateChange | None:
        """Keep the walked line, a point every 5 m, with the ground felt there."""
        fix = self._fix(state)
        if isinstance(fix, str):
            return None
        guide = self._guided(fix)
        x, y = guide.metres(fix)
        last = self._walked_m
        if last is not None and (x - last[0]) ** 2 + (y - last[1]) ** 2 < _STEP_M**2:
            return None
        self._walked_m = (x, y)
        entry = Walked(*guide.snapped(fix), roughness_mps2, is_first=last is None)
        self._notes.add_walked(entry)
        return StateChange(MARKS_FILE, encode(entry), is_append=True)

    def feel(self, state: RunnerState, utc_s: float | None) -> StateChange | None:
        """Keep how the ground feels on a piece of way that was walked forward, or a stumble.

        Args:
            state: The runner now.
            utc_s: [s] The date, None while it is not known: then nothing is kept.
        """
        if utc_s is None or state.gait is not Gait.WALK or self._guide is None:
            return None
        today = int(utc_s // _S_PER_DAY)
        if self._notes.today != today:
            self._notes.today = today
            self._guide.rescout()
        fix = self._fix(state)
        if isinstance(fix, str):
            return None
        if (state.impact_mps2 or 0.0) > self._settings.stumble_mps2:
            stumble = Stumble(*self._guide.snapped(fix), today)
            self._notes.stumbles.append(stumble)
            self._guide.rescout()
            return StateChange(MARKS_FILE, encode(stumble), is_append=True)
        if state.direction is not Direction.FORWARD or state.roughness_mps2 is None:
            return None
        felt = self._guide.felt(state.roughness_mps2, today)
        if felt is None:
            return None
        self._notes.felt.append(felt)
        return StateChange(MARKS_FILE, encode(felt), is_append=True)

    def _guided(self, fix: Fix) -> Guide:
        if self._guide is None:
            self._guide = Guide(self._map, fix, self._notes, self._settings)
        return self._guide

    def _fix(self, state: RunnerState) -> Fix | str:
        """Return the position to trust, or why there is none; several ask on each tick."""
        if self._trusted is None or self._trusted[0] is not state:
            self._trusted = state, self._judged_fix(state)
        return self._trusted[1]

    def _judged_fix(self, state: RunnerState) -> Fix | str:
        settings = self._settings
        if state.lat_deg is None or state.lon_deg is None or state.sigma_m is None:
            return "no position"
        if state.position_age_s is None or state.position_age_s > settings.age_max_s:
            return f"last fix older than {settings.age_max_s:g} s"
        if state.sigma_m > settings.sigma_max_m:
            return f"position sigma {state.sigma_m:.0f} m"
        return Fix(
            t_ns=state.t_ns,
            lat_deg=state.lat_deg,
            lon_deg=state.lon_deg,
            sigma_m=state.sigma_m,
            speed_mps=state.speed_mps or 0.0,
            course_rad=state.course_rad,
            direction=state.direction,
            is_still=state.gait is Gait.STILL,
        )


def blind_place(t_ns: int, because: str) -> Place:
    """Return a place where nothing guides, and why."""
    return Place(
        t_ns=t_ns,
        is_guiding=False,
        not_guiding_because=because,
        way_id=None,
        busy_kind=None,
        verdict=Suitability.UNKNOWN,
        verdict_because=(because,),
        is_scouted=False,
    )
