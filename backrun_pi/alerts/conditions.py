"""Which conditions hold now, from what the other rooms say. No memory, no policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
}
_BACK: dict[Source, Condition] = {
    Source.IMU: Condition.IMU_BACK,
    Source.GNSS: Condition.GNSS_BACK,
    Source.PARTNER: Condition.PARTNER_CLEAR,
}
# Nothing that can wait is announced where a cue of the programme may come next.
_BETWEEN_CUES = frozenset({Phase.IDLE, Phase.PAUSED, Phase.FREE})
_OUTDOOR = (Source.GNSS, Source.MAP)
# A place that others use is no place for the bouts, so it is told before the first one too.
_TURNS_BACK = frozenset({Phase.STAND, Phase.WARM_UP, Phase.BACKWARD, Phase.RECOVER})


def facts(
    now_ns: int,
    health: Health,
    events: Sequence[SourceEvent],
    status: DeviceStatus | None,
    state: RunnerState | None,
    coach_state: CoachState,
    hazards: Sequence[OncomingHazard],
    place: Place | None,
    settings: AlertsSettings,
) -> tuple[ActiveCondition, ...]:
    """State every condition that holds on this tick.

    While no session is open the wearer relies on nothing, so only the device's own body is
    spoken of; a start checks the rest (coach) and says what is missing. A refusal is not cut
    short by the loss that it tells of.

    Args:
        now_ns: [ns] Time of this tick.
        health: Freshness of the sources.
        events: Losses and recoveries noticed on this tick.
        status: The device's own body, as last read.
        state: What the runner does, as last known.
        coach_state: What the runner should do.
        hazards: What is oncoming.
        place: Where he is on the map.
        settings: Thresholds.
    """
    found = list(_body(status, settings))
    is_quiet = coach_state.phase in _BETWEEN_CUES
    if is_quiet and health.sources.get(Source.KEPT) is Freshness.LOST:
        because = health.causes.get(Source.KEPT, "a kept file was damaged")
        found.append(ActiveCondition(Condition.KEPT_DAMAGED, (because,)))
    if not coach_state.is_recording or coach_state.phase is Phase.REFUSED:
        return tuple(found)
    is_outdoor = coach_state.kind is not SessionKind.TREADMILL
    found += _losses(now_ns, health, state, coach_state, settings)
    found += _recoveries(events, coach_state)
    if state is not None and health.sources.get(Source.IMU) is not Freshness.LOST:
        found += _runner(state, coach_state)
    if is_outdoor:
        found += _position(health, state, settings)
        found += _place(place, found, coach_state.phase, is_backward(state, coach_state))
        found += [_hazard(hazard) for hazard in hazards]
    return tuple(found)


def is_backward(state: RunnerState | None, coach_state: CoachState) -> bool:
    """Return whether warnings are due: he moves backward, or should and may be doing it.

    In a bout an unknown direction counts as backward: not knowing must never close the gate.
    """
    if state is None:
        return coach_state.phase is Phase.BACKWARD
    if state.direction is Direction.BACKWARD:
        return state.gait is not Gait.STILL
    is_unknown = state.direction is Direction.UNKNOWN and state.gait is not Gait.STILL
    return is_unknown and coach_state.phase is Phase.BACKWARD


_SURELY = frozenset({Gate.ALWAYS, Gate.NOT_BACKWARD})
_PERHAPS = _SURELY | {Gate.UNLESS_FORWARD}
_BACKWARD = frozenset({Gate.ALWAYS, Gate.BACKWARD, Gate.UNLESS_FORWARD})


def open_gates(state: RunnerState | None, coach_state: CoachState) -> frozenset[Gate]:
    """Return which rows may be told.

    Outside a bout an unknown direction leaves cautions aside, which would tell most of all who
    only turns round or climbs stairs. STOP asks nobody which phase it is: whoever moves and is
    not known to face what comes is told.
    """
    if is_backward(state, coach_state):
        return _BACKWARD
    if state is None or state.gait is Gait.STILL or state.direction is Direction.FORWARD:
        return _SURELY
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


def _losses(
    now_ns: int,
    health: Health,
    state: RunnerState | None,
    coach_state: CoachState,
    settings: AlertsSettings,
) -> Iterator[ActiveCondition]:
    is_indoor = coach_state.kind is SessionKind.TREADMILL
    is_imu_lost = False
    for source, word in health.sources.items():
        if word is not Freshness.LOST or (is_indoor and source in _OUTDOOR):
            continue
        if source is Source.PARTNER and not coach_state.is_partner_mode:
            continue
        if source not in _LOST:  # it takes no ability to warn away
            continue
        is_imu_lost = is_imu_lost or source is Source.IMU
        lost = f"{source.value} lost"
        cause = health.causes.get(source)
        yield ActiveCondition(_LOST[source], (lost if cause is None else f"{lost}: {cause}",))
    if not is_imu_lost and coach_state.phase is not Phase.CHECKING:
        age_s = None if state is None else (now_ns - state.t_ns) * 1e-9
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
    if (
        coach_state.phase is Phase.BACKWARD
        and state.direction is Direction.UNKNOWN
        and state.gait is not Gait.STILL
    ):
        yield ActiveCondition(Condition.DIRECTION_UNKNOWN, state.because or ("no evidence",))


def _position(
    health: Health, state: RunnerState | None, settings: AlertsSettings
) -> Iterator[ActiveCondition]:
    word = health.sources.get(Source.GNSS, Freshness.ABSENT)
    if state is None or word in (Freshness.LOST, Freshness.ABSENT):
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


def _place(
    place: Place | None, found: Sequence[ActiveCondition], phase: Phase, moves_backward: bool
) -> Iterator[ActiveCondition]:
    """State what the map says. Without a position the cause is told, not the missing map.

    Walking forward he sees the ground himself: of bad ground he hears at the start, where he
    can still choose another place, and while he moves backward.
    """
    told = {fact.condition for fact in found}
    if place is None or Condition.GNSS_LOST in told or Condition.MAP_OFF in told:
        return
    if not place.is_guiding:
        why = place.not_guiding_because or "the map does not guide here"
        yield ActiveCondition(Condition.MAP_OFF, (why,))
        return
    if place.busy_kind is not None:
        if moves_backward or phase in _TURNS_BACK:
            yield ActiveCondition(Condition.ON_BUSY_WAY, (f"on a {place.busy_kind}",))
        return  # a busy way is bad too, and was told as what it is
    if place.verdict is Suitability.BAD and (moves_backward or phase is Phase.STAND):
        # A way is cut into many pieces on the map; the same reason is told once.
        key = "; ".join(place.verdict_because)
        yield ActiveCondition(Condition.BAD_STRETCH, place.verdict_because, key)


def _hazard(hazard: OncomingHazard) -> ActiveCondition:
    if hazard.stage is Stage.STOP:
        condition = Condition.STOP_HAZARD
    elif hazard.kind == "bend":
        condition = Condition.BEND
    else:
        condition = Condition.CAUTION_HAZARD
    return ActiveCondition(condition, hazard.because, hazard.obstacle_id or hazard.hazard_id)
