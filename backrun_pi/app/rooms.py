"""The rooms behind their doors: one that fails is started afresh, and the others go on.

A room fails when it raises what nobody foresaw. It is then made again from what was kept; when
it fails a second time within a minute, without what was kept, which may be why.
`Companion` counts the faults and ends the program after three in a minute: the service manager
starts it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from backrun_pi.alerts.arbiter import Arbiter
from backrun_pi.alerts.motor_time import Moment
from backrun_pi.app.fault_book import FaultBook
from backrun_pi.app.kept_state import WEARER
from backrun_pi.app.rear_lines import fitted
from backrun_pi.app.settings import Settings
from backrun_pi.coach.coach import Coach
from backrun_pi.coach.inputs import CoachInput, CoachOutput
from backrun_pi.coach.journal import JOURNAL
from backrun_pi.coach.plan import Plan
from backrun_pi.coach.resume import RESUME
from backrun_pi.haptics.player import Player, PlayerOutput, effort_of
from backrun_pi.lookout.lookout import (
    LOOKOUT_FILE,
    NOTHING_FITTED,
    Lookout,
    LookoutOutput,
)
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import (
    ActiveCondition,
    Alert,
    BoutLimit,
    Direction,
    Gait,
    GnssFix,
    ImuBatch,
    LinePlace,
    MountState,
    OncomingHazard,
    Place,
    RearFrames,
    RouteVerdict,
    RunnerState,
    StateChange,
)
from backrun_pi.motion.belt import Belt
from backrun_pi.motion.estimator import Motion
from backrun_pi.sensors.rear.samples import SampleDecoder
from backrun_pi.terrain.terrain import MARKS_FILE, Terrain, blind_place

ResultT = TypeVar("ResultT")
Kept = Mapping[str, bytes]


class Rooms:
    """Every room, made from settings and from what was kept."""

    def __init__(
        self,
        settings: Settings,
        map_file: MapFile | None,
        plan: Plan,
        kept: Kept,
        boot_id: str,
    ) -> None:
        self._settings, self._map_file = settings, map_file
        self._plan, self._boot_id = plan, boot_id
        self.kept = kept
        """What was kept so far, for a room that has to be made again."""
        self.book = FaultBook()
        self._player = Player(settings.haptics)
        self._coach = self._made("coach", self._new_coach, 0)
        self.begin(kept, 0)

    def begin(self, kept: Kept, now_ns: int) -> None:
        """Begin a session: rooms that know what was kept, and nothing of what went before."""
        self.kept = kept
        self._motion = self._made("motion", self._new_motion, now_ns)
        self._belt = Belt()
        self._terrain = self._made("terrain", self._new_terrain, now_ns)
        self._arbiter = Arbiter(self._settings.alerts)
        self._lookout: Lookout | None = None
        if fitted(self._settings.rear):
            self._lookout = self._made("lookout", self._new_lookout, now_ns)
            self._decoder = SampleDecoder(self._settings.rear)

    # --- the doors, in the order of the flow ---------------------------------------------

    def motion(
        self,
        now_ns: int,
        imu: ImuBatch | None,
        fixes: tuple[GnssFix, ...],
        wanted: Direction | None,
        belt_mps: float | None,
    ) -> RunnerState:
        """Return what the runner does; nothing is known while the room is made again."""

        def step() -> RunnerState:
            return self._belt.step(self._motion.step(now_ns, imu, fixes, wanted), belt_mps)

        def without() -> RunnerState:
            self._motion = self._made("motion", self._new_motion, now_ns)
            self._belt = Belt()
            return _unknown_state(now_ns)

        return self.book.guarded("motion", now_ns, step, without)

    def terrain(self, state: RunnerState) -> tuple[tuple[OncomingHazard, ...], Place]:
        """Return what is oncoming, and the place."""
        because = "the look behind failed and was started again"
        nothing: tuple[OncomingHazard, ...] = ()
        blind = nothing, blind_place(state.t_ns, because)
        return self._in_terrain(lambda: self._terrain.step(state), blind, state.t_ns)

    def lookout(
        self, now_ns: int, state: RunnerState, frames: RearFrames | None
    ) -> LookoutOutput:
        """Return what the rear sensors see; nothing is known while the room is made again."""
        lookout = self._lookout
        if lookout is None:
            return NOTHING_FITTED

        def step() -> LookoutOutput:
            pose = self._motion.pose()
            samples = None if frames is None else self._decoder.samples(frames, now_ns)
            return lookout.step(now_ns, state, pose, samples)

        def without() -> LookoutOutput:
            self._lookout = self._made("lookout", self._new_lookout, now_ns)
            return replace(
                NOTHING_FITTED, blind_because="the lookout failed and was started again"
            )

        return self.book.guarded("lookout", now_ns, step, without)

    def coach(self, given: CoachInput) -> CoachOutput:
        """Return what the wearer should do; a coach that fails takes up its saved place."""

        def again() -> CoachOutput:
            self._coach = self._made("coach", self._new_coach, given.now_ns)
            return self._coach.step(given)

        def with_nothing() -> CoachOutput:
            self._coach = self._new_coach({})
            return self._coach.step(given)

        return self.book.guarded(
            "coach",
            given.now_ns,
            lambda: self._coach.step(given),
            lambda: self.book.guarded("coach", given.now_ns, again, with_nothing),
        )

    def arbiter(self, moment: Moment, found: Sequence[ActiveCondition]) -> Alert | None:
        """Return what begins to be announced; a new arbiter decides on the same tick."""

        def again() -> Alert | None:
            self._arbiter = Arbiter(self._settings.alerts)
            return self._arbiter.step(moment, found)

        return self.book.guarded(
            "alerts", moment.now_ns, lambda: self._arbiter.step(moment, found), again
        )

    def player(self, moment: Moment, alert: Alert | None, state: RunnerState) -> PlayerOutput:
        """Return what the motor must do."""
        settings, now_ns = self._settings.haptics, moment.now_ns

        def step() -> PlayerOutput:
            effort = effort_of(state, settings)
            return self._player.step(
                now_ns,
                alert,
                effort,
                is_motor_silent=moment.is_motor_silent,
                late_ns=moment.motor_late_ns,
            )

        def again() -> PlayerOutput:
            self._player = Player(settings)
            return self._player.step(now_ns, alert, 0.0)

        return self.book.guarded("haptics", now_ns, step, again)

    # --- what the coach asks of the others -----------------------------------------------

    def start_route(self, state: RunnerState) -> RouteVerdict | None:
        """Return the verdict on the way from here, once."""
        return self._in_terrain(lambda: self._terrain.start_route(state), None, state.t_ns)

    def bout_limits(self, state: RunnerState) -> tuple[BoutLimit, ...]:
        """Return what bounds a bout from here."""
        nothing: tuple[BoutLimit, ...] = ()
        return self._in_terrain(lambda: self._terrain.bout_limits(state), nothing, state.t_ns)

    def line_place(self, state: RunnerState) -> LinePlace | None:
        """Return where on the known line the runner is."""
        return self._in_terrain(lambda: self._terrain.line_place(state), None, state.t_ns)

    def scout(self, state: RunnerState) -> StateChange | None:
        """Return the next point of the walked line."""
        roughness_mps2 = state.roughness_mps2
        return self._in_terrain(
            lambda: self._terrain.scout(state, roughness_mps2), None, state.t_ns
        )

    def feel(self, state: RunnerState, utc_s: float | None) -> StateChange | None:
        """Return how the ground feels on a piece of way that was walked."""
        return self._in_terrain(lambda: self._terrain.feel(state, utc_s), None, state.t_ns)

    def mark(self, state: RunnerState) -> StateChange | None:
        """Return an obstacle where the runner is."""
        return self._in_terrain(lambda: self._terrain.mark(state), None, state.t_ns)

    def unmark(self, now_ns: int) -> StateChange | None:
        """Return that the last mark is taken back."""
        return self._in_terrain(lambda: self._terrain.unmark(now_ns), None, now_ns)

    def wearer(self, now_ns: int, *, is_end: bool) -> bytes | None:
        """Return what was learned of the wearer when it is worth keeping, or at the end."""
        motion = self._motion
        ask = motion.wearer if is_end else motion.worth_keeping
        return self.book.guarded("motion", now_ns, ask, lambda: None)

    # --- failing ---------------------------------------------------------------------------

    def _in_terrain(self, ask: Callable[[], ResultT], without: ResultT, now_ns: int) -> ResultT:
        def again() -> ResultT:
            self._terrain = self._made("terrain", self._new_terrain, now_ns)
            return without

        return self.book.guarded("terrain", now_ns, ask, again)

    def _made(self, room: str, make: Callable[[Kept], ResultT], now_ns: int) -> ResultT:
        """Return a room made from what was kept, or without it when that is why it fails."""
        if self.book.has_failed_again(room, now_ns):
            return make({})
        return self.book.guarded(room, now_ns, lambda: make(self.kept), lambda: make({}))

    def _new_motion(self, kept: Kept) -> Motion:
        return Motion(self._settings.motion, kept.get(WEARER), self._settings.position)

    def _new_terrain(self, kept: Kept) -> Terrain:
        return Terrain(self._map_file, kept.get(MARKS_FILE), self._settings.terrain)

    def _new_lookout(self, kept: Kept) -> Lookout:
        rear = self._settings.rear
        aim_deg = rear.aim_down_deg, rear.aim_left_deg
        return Lookout(self._settings.lookout, aim_deg, kept.get(LOOKOUT_FILE))

    def _new_coach(self, kept: Kept) -> Coach:
        return Coach(
            self._plan,
            kept.get(JOURNAL),
            kept.get(RESUME),
            self._settings.coach,
            boot_id=self._boot_id,
        )


def _unknown_state(now_ns: int) -> RunnerState:
    because = ("the room of motion failed and was started again",)
    return RunnerState(
        t_ns=now_ns,
        direction=Direction.UNKNOWN,
        gait=Gait.UNKNOWN,
        p_backward=None,
        because=because,
        cadence_spm=None,
        speed_mps=None,
        course_rad=None,
        facing_rad=None,
        lat_deg=None,
        lon_deg=None,
        sigma_m=None,
        position_age_s=None,
        distance_m=0.0,
        mount=MountState.UNKNOWN,
        turn_rps=None,
        impact_mps2=None,
    )
