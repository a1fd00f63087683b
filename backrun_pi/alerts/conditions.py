"""Which conditions hold now, from what the other rooms know. No memory, no policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import Gate
from backrun_pi.messages import (
    ActiveCondition,
    CoachState,
    Condition,
    DeviceStatus,
    Direction,
    Freshness,
    Gait,
    Health,
    MountState,
    OncomingHazard,
    Phase,
    Place,
    RunnerState,
    SessionKind,
    Source,
    SourceEvent,
    Stage,
    Suitability,
)

_LOST: dict[Source, Condition] = {
    Source.IMU: Condition.IMU_LOST,
    Source.GNSS: Condition.GNSS_LOST,
    Source.MAP: Condition.MAP_OFF,
    Source.MOTOR: Condition.MOTOR_FAULT,
    Source.RECORDER: Condition.RECORDER_FAULT,
    Source.BUTTON: Condition.BUTTON_FAULT,
    Source.PARTNER: Condition.PARTNER_LOST,
    Source.REAR_LIDAR: Condition.REAR_LOST,
    Source.REAR_RADAR: Condition.REAR_LOST,
}
_BACK: dict[Source, Condition] = {
    Source.IMU: Condition.IMU_BACK,
    Source.GNSS: Condition.GNSS_BACK,
    Source.PARTNER: Condition.PARTNER_CLEAR,
}
# Nothing that can wait is announced where a cue of the programme may come next.
_BETWEEN_CUES = frozenset({Phase.IDLE, Phase.PAUSED, Phase.FREE})
_OUTDOOR = (Source.GNSS, Source.MAP, Source.REAR_LIDAR, Source.REAR_RADAR)
_READY_NS = 2_000_000_000  # "ready" behind the tick of the press is over then
_BEFORE_SWITCH = frozenset({Phase.WARM_UP, Phase.BACKWARD, Phase.RECOVER})


@dataclass(frozen=True, slots=True)
class Situation:
    """What the other rooms know on one tick."""

    now_ns: int
    """[ns] Time of this tick."""
    health: Health
    """Freshness of the sources."""
    events: Sequence[SourceEvent]
    """Losses and recoveries noticed on this tick."""
    status: DeviceStatus | None
    """The device's own body, as last read."""
    state: RunnerState | None
    """What the runner does, as last known."""
    coach: CoachState
    """What the runner should do."""
    hazards: Sequence[OncomingHazard]
    """What is oncoming."""
    place: Place | None
    """Where the runner is on the map."""


def active_conditions(now: Situation, settings: AlertsSettings) -> tuple[ActiveCondition, ...]:
    """Return every condition that holds on this tick.

    While no session is open the wearer relies on nothing, so only the device's own body counts,
    and a card that has not taken the end of a session; a start checks the rest (coach) and says
    what is missing. A refusal is not cut short by the loss that it names.
    """
    found = list(_body(now.status, settings))
    is_quiet = now.coach.phase in _BETWEEN_CUES
    if is_quiet and now.health.sources.get(Source.KEPT) is Freshness.LOST:
        because = now.health.causes.get(Source.KEPT, "a kept file was damaged")
        found.append(ActiveCondition(Condition.KEPT_DAMAGED, (because,)))
    if not now.coach.is_recording or now.coach.phase is Phase.REFUSED:
        return (*found, *_unfinished_record(now))
    found += _losses(now, settings)
    found += _recoveries(now.events, now.coach)
    if now.state is not None and now.health.sources.get(Source.IMU) is not Freshness.LOST:
        found += _runner(now.state, now.coach)
    if now.coach.kind is not SessionKind.TREADMILL:
        found += _position(now.health, now.state, settings)
        found += _place(now, found)
        if now.coach.phase is Phase.STAND and now.now_ns - now.coach.since_ns < _READY_NS:
            # That the map does not guide here was known before: it does not cut "ready" short.
            found = [one for one in found if one.condition is not Condition.MAP_OFF]
        found += [_hazard(hazard) for hazard in now.hazards]
    return tuple(found)


def is_backward(state: RunnerState | None, coach_state: CoachState) -> bool:
    """Return whether warnings are due: they move backward, or should and may be doing it.

    In a bout an unknown direction counts as backward: not knowing must never close the gate.
    """
    if state is None:
        return coach_state.phase is Phase.BACKWARD
    if state.direction is Direction.BACKWARD:
        return state.gait is not Gait.STILL
    is_unknown = state.direction is Direction.UNKNOWN and state.gait is not Gait.STILL
    return is_unknown and coach_state.phase is Phase.BACKWARD


def switch_in_s(state: RunnerState | None, coach_state: CoachState) -> float | None:
    """Return when the next change of direction is due; None when that is not known.

    The clock of a rest stands while they go on backward.
    """
    if coach_state.phase not in _BEFORE_SWITCH:
        return None
    if coach_state.phase is not Phase.BACKWARD and is_backward(state, coach_state):
        return None
    return coach_state.remaining_s


_SURELY = frozenset({Gate.ALWAYS, Gate.NOT_BACKWARD})
_PERHAPS = _SURELY | {Gate.UNLESS_FORWARD}
_BACKWARD = frozenset({Gate.ALWAYS, Gate.BACKWARD, Gate.UNLESS_FORWARD, Gate.BEFORE_BOUT})
_BEFORE_BOUT = frozenset({Phase.WARM_UP, Phase.RECOVER})


def open_gates(
    state: RunnerState | None, coach_state: CoachState, settings: AlertsSettings
) -> frozenset[Gate]:
    """Return which rows may be announced.

    Outside a bout, cautions are suppressed while the direction is unknown: most would be false
    (turning round, stairs). STOP is independent of the phase: it is announced unless the runner
    stands or is known to face the hazard.
    """
    if is_backward(state, coach_state):
        return _BACKWARD
    if state is not None and state.mount is MountState.DOUBTED and state.gait is not Gait.STILL:
        return (
            _BACKWARD | _SURELY
        )  # perhaps backward: nothing closes, and the doubt is announced
    if state is None or state.gait is Gait.STILL:
        return _SURELY
    if state.direction is Direction.FORWARD:
        remaining_s = coach_state.remaining_s
        is_soon = remaining_s is not None and remaining_s <= settings.before_bout_s
        is_before = is_soon and coach_state.phase in _BEFORE_BOUT
        return _SURELY | {Gate.BEFORE_BOUT} if is_before else _SURELY
    return _PERHAPS


def _body(status: DeviceStatus | None, settings: AlertsSettings) -> Iterator[ActiveCondition]:
    if status is None:
        return
    charge, volts = status.charge_p, status.battery_v
    if status.is_undervolted:
        yield ActiveCondition(Condition.BATTERY_CRITICAL, ("the supply voltage is too low",))
    elif charge is not None and charge <= settings.charge_critical:
        yield ActiveCondition(Condition.BATTERY_CRITICAL, (f"battery at {charge:.0%}",))
    elif charge is None and volts is not None and volts <= settings.battery_critical_v:
        yield ActiveCondition(Condition.BATTERY_CRITICAL, (f"battery at {volts:.2f} V",))
    elif charge is not None and charge <= settings.charge_low:
        yield ActiveCondition(Condition.BATTERY_LOW, (f"battery at {charge:.0%}",))
    elif charge is None and volts is not None and volts <= settings.battery_low_v:
        yield ActiveCondition(Condition.BATTERY_LOW, (f"battery at {volts:.2f} V",))
    free = status.card_free_bytes
    if free is not None and free < settings.card_low_bytes:
        yield ActiveCondition(
            Condition.CARD_NEARLY_FULL, (f"{free / 1e6:.0f} MB left on the card",)
        )


def _unfinished_record(now: Situation) -> Iterator[ActiveCondition]:
    """Return the fault of the card where a session is over and not all of it is kept."""
    sources, causes = now.health.sources, now.health.causes
    if now.coach.phase is Phase.IDLE and sources.get(Source.RECORDER) is Freshness.LOST:
        because = causes.get(Source.RECORDER, "the card does not answer")
        yield ActiveCondition(Condition.RECORDER_FAULT, (because,))


def _losses(now: Situation, settings: AlertsSettings) -> Iterator[ActiveCondition]:
    is_indoor = now.coach.kind is SessionKind.TREADMILL
    is_imu_lost = False
    for source, freshness in now.health.sources.items():
        if freshness is not Freshness.LOST or (is_indoor and source in _OUTDOOR):
            continue
        if source is Source.PARTNER and not now.coach.is_partner_mode:
            continue
        if source not in _LOST:  # it takes no ability to warn away
            continue
        is_imu_lost = is_imu_lost or source is Source.IMU
        lost = f"{source.value} lost"
        cause = now.health.causes.get(source)
        yield ActiveCondition(_LOST[source], (lost if cause is None else f"{lost}: {cause}",))
    if not is_imu_lost and now.coach.phase is not Phase.CHECKING:
        age_s = None if now.state is None else (now.now_ns - now.state.t_ns) * 1e-9
        if age_s is None:
            yield ActiveCondition(Condition.IMU_LOST, ("nothing is known of the movement",))
        elif age_s > settings.state_lost_s:
            yield ActiveCondition(Condition.IMU_LOST, ("the movement is not felt any more",))


def _recoveries(
    events: Sequence[SourceEvent], coach_state: CoachState
) -> Iterator[ActiveCondition]:
    for event in events:
        if event.freshness is not Freshness.OK or event.source not in _BACK:
            continue
        is_indoor = coach_state.kind is SessionKind.TREADMILL
        if event.source is Source.GNSS and is_indoor:
            continue
        if event.source is Source.PARTNER and not coach_state.is_partner_mode:
            continue
        yield ActiveCondition(_BACK[event.source], (event.because,))


def _runner(state: RunnerState, coach_state: CoachState) -> Iterator[ActiveCondition]:
    if state.mount is MountState.WRONG:
        yield ActiveCondition(
            Condition.WRONG_MOUNT, ("worn in a way that cannot be corrected",)
        )
    elif state.mount is MountState.DOUBTED:
        yield ActiveCondition(
            Condition.WRONG_MOUNT, ("worn in front, or not the direction that was asked for",)
        )
    if (
        coach_state.phase is Phase.BACKWARD
        and state.direction is Direction.UNKNOWN
        and state.gait is not Gait.STILL
    ):
        yield ActiveCondition(Condition.DIRECTION_UNKNOWN, state.because or ("no evidence",))


def _position(
    health: Health, state: RunnerState | None, settings: AlertsSettings
) -> Iterator[ActiveCondition]:
    freshness = health.sources.get(Source.GNSS, Freshness.ABSENT)
    if state is None or freshness in (Freshness.LOST, Freshness.ABSENT):
        return
    age_s = state.position_age_s
    if state.lat_deg is None or age_s is None:
        yield ActiveCondition(Condition.GNSS_LOST, ("the receiver has no fix",))
    elif age_s > settings.position_lost_s:
        yield ActiveCondition(Condition.GNSS_LOST, ("no fix any more",))
    elif state.sigma_m is not None and state.sigma_m > settings.sigma_poor_m:
        yield ActiveCondition(Condition.GNSS_POOR, ("the position is uncertain",))
    elif Source.GNSS in health.degraded:
        yield ActiveCondition(
            Condition.GNSS_POOR, (health.degraded[Source.GNSS],), key="degraded"
        )


def _place(now: Situation, found: Sequence[ActiveCondition]) -> Iterator[ActiveCondition]:
    """Return what the map says. Without a position the cause counts, not the missing map.

    Walking forward the runner sees the ground and the others on it: bad ground and a busy way
    are announced at the start, where another place can still be chosen, and moving backward.
    """
    place, phase = now.place, now.coach.phase
    held = {active.condition for active in found}
    if place is None or Condition.GNSS_LOST in held or Condition.MAP_OFF in held:
        return
    if not place.is_guiding:
        why = place.not_guiding_because or "the map does not guide here"
        yield ActiveCondition(Condition.MAP_OFF, (why,))
        return
    if phase is not Phase.STAND and not is_backward(now.state, now.coach):
        return
    if place.busy_kind is not None:
        # A busy way is bad ground too, and is announced as what it is.
        yield ActiveCondition(Condition.ON_BUSY_WAY, (f"on a {place.busy_kind}",))
    elif place.verdict is Suitability.BAD:
        # A way is cut into many pieces on the map; the same reason is announced once.
        key = "; ".join(place.verdict_because)
        yield ActiveCondition(Condition.BAD_STRETCH, place.verdict_because, key)


def _hazard(hazard: OncomingHazard) -> ActiveCondition:
    key = hazard.obstacle_id or hazard.hazard_id
    if hazard.stage is Stage.STOP:
        return ActiveCondition(Condition.STOP_HAZARD, hazard.because, key)
    if hazard.is_edge:
        return ActiveCondition(Condition.EDGE, hazard.because, key)
    is_bend = hazard.kind == "bend"
    condition = Condition.BEND if is_bend else Condition.CAUTION_HAZARD
    return ActiveCondition(condition, hazard.because, key)
