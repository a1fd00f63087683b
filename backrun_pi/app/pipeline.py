"""The flow in one sentence: sensors, motion, terrain, coach, alerts, haptics.

Pure: a step takes what the sensors gave since the last one and returns all that follows from
it. The same code runs live, on the twin and in replay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from backrun_pi.alerts import conditions
from backrun_pi.alerts.motor_time import Moment
from backrun_pi.app.kept_state import WEARER
from backrun_pi.app.rooms import Rooms
from backrun_pi.app.settings import Settings
from backrun_pi.coach.inputs import CoachInput, CoachOutput, Request
from backrun_pi.coach.journal import JOURNAL
from backrun_pi.coach.plan import Plan
from backrun_pi.coach.resume import RESUME
from backrun_pi.haptics.patterns import PATTERNS, Rhythm
from backrun_pi.haptics.player import PlayerOutput
from backrun_pi.lookout.lookout import LOOKOUT_FILE, LookoutOutput, merged
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import (
    ActiveCondition,
    Alert,
    BoutGround,
    ButtonEdge,
    CoachState,
    Condition,
    CueProgress,
    DeviceStatus,
    Direction,
    Feedback,
    Freshness,
    GnssFix,
    Health,
    ImuBatch,
    OncomingHazard,
    Phase,
    Place,
    ProgramFault,
    RearFrames,
    RouteVerdict,
    RunnerState,
    SessionKind,
    SetupReport,
    Source,
    SourceEvent,
    Stage,
    StateChange,
)
from backrun_pi.terrain.terrain import MARKS_FILE

KEPT = (JOURNAL, RESUME, WEARER, MARKS_FILE, LOOKOUT_FILE)
CARRY_NS = 1_000_000_000  # a fix this fresh; it stands in the record, which begins earlier
_LOOKS = frozenset({Condition.LOOK_LEFT, Condition.LOOK_RIGHT})
ASKED = {
    Phase.BACKWARD: Direction.BACKWARD,
    Phase.WARM_UP: Direction.FORWARD,
    Phase.RECOVER: Direction.FORWARD,
    Phase.COOL_DOWN: Direction.FORWARD,
}
"""The direction that a phase asks for."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that arrived since the last step."""

    now_ns: int
    """[ns] When the step is made."""
    wall_utc_s: float
    """[s] UTC as the operating system has it."""
    imu: ImuBatch | None
    """Samples, None when there were none."""
    fixes: tuple[GnssFix, ...]
    """Epochs, oldest first."""
    edges: tuple[ButtonEdge, ...]
    """Raw edges of the button."""
    partner_edges: tuple[ButtonEdge, ...]
    """Raw edges of the partner's button."""
    is_partner_linked: bool | None
    """None without a partner's button."""
    health: Health
    """Freshness of every source."""
    events: tuple[SourceEvent, ...]
    """Losses and recoveries noticed now."""
    status: DeviceStatus | None
    """The device's own body, when it was read and is news."""
    rear: RearFrames | None = None
    """What the rear sensors sent; None where none is fitted, and between two readings."""
    receiver: SetupReport | None = None
    """What the last set-up of the GNSS receiver found; for the record."""
    is_motor_silent: bool = False
    """No motor took the last pulse."""
    motor_late_ns: int = 0
    """[ns] How much later than ordered the pulse of the last tick began; 0 without one."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """All that follows from one step."""

    state: RunnerState
    """What the runner does."""
    hazards: tuple[OncomingHazard, ...]
    """What comes."""
    place: Place
    """Where on the map."""
    coach: CoachOutput
    """What they should do, and what the coach asks for."""
    alert: Alert | None
    """What begins to be announced now."""
    haptics: PlayerOutput
    """What the motor must do."""
    route: RouteVerdict | None
    """The way from the start, on the one tick when it is judged."""
    changes: tuple[StateChange, ...]
    """What must be kept across restarts."""
    faults: tuple[ProgramFault, ...]
    """Rooms that failed in this step and were started afresh."""
    feedback: Feedback
    """What the next tick needs from this one."""


class Pipeline:
    """All rooms in a row, with what they keep across restarts."""

    def __init__(
        self,
        settings: Settings,
        map_file: MapFile | None,
        plan: Plan,
        kept: Mapping[str, bytes],
        boot_id: str,
    ) -> None:
        self._settings = settings
        self._kept = dict(kept)
        self._feedback = Feedback()
        self._status: DeviceStatus | None = None
        self._fix: GnssFix | None = None
        self._carried: tuple[GnssFix, ...] = ()
        self._ground: BoutGround | None = None
        self._rooms = Rooms(settings, map_file, plan, self._kept, boot_id)
        self._unannounced: tuple[ProgramFault, ...] = ()
        self._has_stepped = False

    @property
    def kept(self) -> Mapping[str, bytes]:
        """Return everything kept so far, by name; never changed in place."""
        return self._kept

    def step(self, inputs: Inputs) -> Outputs:
        """Make one step of the flow."""
        outputs = self._flow(inputs, self._feedback)
        self._feedback = outputs.feedback
        return outputs

    def _flow(self, inputs: Inputs, feedback: Feedback) -> Outputs:
        """Let one tick's data flow through the rooms, in one direction."""
        now_ns = inputs.now_ns
        self._status = inputs.status or self._status
        self._fix = inputs.fixes[-1] if inputs.fixes else self._fix
        fixes, self._carried = self._carried + inputs.fixes, ()
        rooms = self._rooms
        asked = ASKED.get(feedback.phase)
        state = rooms.motion(now_ns, inputs.imu, fixes, asked, feedback.belt_mps)
        hazards, place = rooms.terrain(state)
        seen = rooms.lookout(now_ns, state, inputs.rear)
        hazards, health = merged(hazards, seen.hazards), _seeing(inputs.health, seen)
        is_bout_due = feedback.phase in ASKED
        coach = rooms.coach(
            CoachInput(
                now_ns=now_ns,
                utc_s=self._utc_s(now_ns),
                wall_utc_s=inputs.wall_utc_s,
                edges=inputs.edges,
                partner_edges=inputs.partner_edges,
                is_partner_linked=inputs.is_partner_linked,
                state=state,
                health=health,
                place=place,
                ground=self._ground,
                line_place=rooms.line_place(state) if is_bout_due else None,
                limits=rooms.bout_limits(state) if is_bout_due else (),
                status=self._status,
                last_alert_ns=feedback.last_alert_ns,
                last_caution_ns=feedback.last_caution_ns,
                last_look_ns=feedback.last_look_ns,
            )
        )
        found = coach.conditions
        if Request.START_RECORD in coach.requests:
            # A session starts with clean rooms: a recording then re-decides bit for bit.
            rooms.begin(self._kept, now_ns)
            self._ground = None
            self._carry_fix(now_ns)
        else:
            now = conditions.Situation(
                now_ns=now_ns,
                health=health,
                events=inputs.events,
                status=self._status,
                state=state,
                coach=coach.state,
                hazards=hazards,
                place=place,
            )
            found += rooms.book.guarded(
                "alerts",
                now_ns,
                lambda: conditions.active_conditions(now, self._settings.alerts),
                lambda: _stops(hazards),
            )
        faults = rooms.book.take()
        found += tuple(map(_announced, self._unannounced + faults))
        moment = Moment(
            now_ns=now_ns,
            is_open=conditions.open_gates(state, coach.state, self._settings.alerts),
            progress=feedback.cues,
            switch_in_s=conditions.switch_in_s(state, coach.state),
            is_motor_silent=inputs.is_motor_silent,
            motor_late_ns=inputs.motor_late_ns,
            is_first=not self._has_stepped,
        )
        self._has_stepped = True
        alert = rooms.arbiter(moment, found)
        haptics = rooms.player(moment, alert, state)
        changes = coach.changes + self._carry_out(coach, state)
        if seen.change is not None:
            changes += (seen.change,)
        self._keep(changes)
        route = self._judged(coach.state, state)
        if route is not None:
            self._ground = route.ground
        # What fails from the arbiter on is announced on the next tick.
        self._unannounced = rooms.book.take()
        return Outputs(
            state=state,
            hazards=hazards,
            place=place,
            coach=coach,
            alert=alert,
            haptics=haptics,
            route=route,
            changes=changes,
            faults=faults + self._unannounced,
            feedback=_feedback(feedback, coach.state, alert, haptics.progress),
        )

    def _judged(self, coach: CoachState, state: RunnerState) -> RouteVerdict | None:
        """Look at the way from here before the first bout of a session outdoors."""
        is_before = coach.phase in {Phase.STAND, Phase.WARM_UP}
        if coach.kind is not SessionKind.TRAINING or not is_before:
            return None
        return self._rooms.start_route(state)

    def _carry_out(self, coach: CoachOutput, state: RunnerState) -> tuple[StateChange, ...]:
        changes: list[StateChange | None] = []
        if coach.state.phase is Phase.SCOUTING:
            changes.append(self._rooms.scout(state))
        changes.append(self._rooms.feel(state, self._utc_s(state.t_ns)))
        for request in coach.requests:
            if request is Request.MARK:
                changes.append(self._rooms.mark(state))
            elif request is Request.UNMARK:
                changes.append(self._rooms.unmark(state.t_ns))
        wearer: bytes | None = None
        if Request.END_RECORD in coach.requests:
            wearer = self._rooms.wearer(state.t_ns, is_end=True)
        elif coach.state.is_recording:
            wearer = self._rooms.wearer(state.t_ns, is_end=False)
        if wearer is not None:
            changes.append(StateChange(WEARER, wearer, is_append=False))
        return tuple(change for change in changes if change is not None)

    def _carry_fix(self, now_ns: int) -> None:
        """Hand the place over to the new rooms: a fresh start is no loss of the position."""
        fix = self._fix
        if fix is not None and now_ns - fix.t_ns <= CARRY_NS:
            self._carried = (fix,)

    def _keep(self, changes: tuple[StateChange, ...]) -> None:
        for change in changes:
            before = self._kept.get(change.name, b"") if change.is_append else b""
            # A new mapping each time: a holder of the old one keeps what it held then.
            self._kept = {**self._kept, change.name: before + change.data}
        self._rooms.kept = self._kept

    def _utc_s(self, now_ns: int) -> float | None:
        fix = self._fix
        if fix is None or fix.utc_s is None:
            return None
        return fix.utc_s + (now_ns - fix.t_ns) * 1e-9


def _seeing(health: Health, seen: LookoutOutput) -> Health:
    """Return the health with a rear sensor that talks and sees nothing as lost."""
    if seen.blind_because is None or Source.REAR_LIDAR in health.causes:
        return health
    source = Source.REAR_LIDAR
    return replace(
        health,
        sources={**health.sources, source: Freshness.LOST},
        causes={**health.causes, source: seen.blind_because},
    )


def _stops(hazards: tuple[OncomingHazard, ...]) -> tuple[ActiveCondition, ...]:
    """Return what must be announced even when everything else of the alerts fails."""
    return tuple(
        ActiveCondition(
            Condition.STOP_HAZARD, hazard.because, hazard.obstacle_id or hazard.hazard_id
        )
        for hazard in hazards
        if hazard.stage is Stage.STOP
    )


def _announced(fault: ProgramFault) -> ActiveCondition:
    return ActiveCondition(
        Condition.PROGRAM_FAULT, (f"{fault.room}: {fault.error}",), fault.room
    )


def _feedback(
    before: Feedback, coach: CoachState, alert: Alert | None, cues: CueProgress
) -> Feedback:
    """Return what the next tick needs from this one."""
    is_caution = alert and PATTERNS[alert.pattern].rhythm is Rhythm.MEDIUM_BEATS
    is_look = alert and alert.condition in _LOOKS
    return Feedback(
        phase=coach.phase,
        belt_mps=coach.belt_mps,
        last_alert_ns=before.last_alert_ns if alert is None else alert.t_ns,
        last_caution_ns=alert.t_ns if is_caution and alert else before.last_caution_ns,
        last_look_ns=alert.t_ns if is_look and alert else before.last_look_ns,
        cues=cues,
    )
