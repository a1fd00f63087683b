"""What of a tick goes into the record, and in which order.

Inputs are recorded whole, so that a replay re-decides from them. Of the outputs only what
changed is recorded, and the runner's state five times a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.messages import (
    CoachState,
    Health,
    OncomingHazard,
    PartnerEdge,
    Place,
    SetupReport,
    StateChange,
    Tick,
)

STATE_EVERY_TICKS = 4
PRE_ROLL_TICKS = 60  # three seconds: longer than the longest gesture that starts a session

Message = object


class SessionLog:
    """Selects the messages of each tick; keeps the last ticks for the start of a session."""

    def __init__(self) -> None:
        self._pre_roll: deque[tuple[Mapping[str, bytes], Health, tuple[Message, ...]]]
        self._pre_roll = deque(maxlen=PRE_ROLL_TICKS)
        self._health: Health | None = None
        self._receiver: SetupReport | None = None
        self._ticks = 0
        self._place: Place | None = None
        self._coach: CoachState | None = None
        self._hazards: dict[str, OncomingHazard] = {}

    def inputs(self, inputs: Inputs, kept: Mapping[str, bytes]) -> tuple[Message, ...]:
        """Return the input messages of a tick, and remember them for a session's start.

        `kept` is what was kept before the tick.
        """
        found = tuple(self._input_messages(inputs))
        self._pre_roll.append((kept, inputs.health, found))
        return found

    def opening(self) -> Iterator[Message]:
        """Yield what a recording begins with: the last ticks, the present one included.

        What was kept and the health in force before the first of them lead.
        """
        self._place, self._coach, self._hazards = None, None, {}
        kept, health, _ = self._pre_roll[0]
        for name, data in sorted(kept.items()):
            yield StateChange(name, data, is_append=False)
        yield health
        if self._receiver is not None:
            yield self._receiver
        for _, _, messages in self._pre_roll:
            yield from messages

    def outputs(self, outputs: Outputs) -> Iterator[Message]:
        """Yield what a tick's outputs add to the record."""
        self._ticks += 1
        coach = outputs.coach.state
        if self._coach is None or _phase_key(coach) != _phase_key(self._coach):
            self._coach = coach
            yield coach
        yield from outputs.coach.presses
        if outputs.coach.plan is not None:
            yield outputs.coach.plan
        if self._place is None or _place_key(outputs.place) != _place_key(self._place):
            self._place = outputs.place
            yield outputs.place
        if outputs.route is not None:
            yield outputs.route
        yield from self._hazard_messages(outputs.hazards)
        if outputs.alert is not None:
            yield outputs.alert
        yield from outputs.haptics.pulses
        yield from outputs.changes
        yield from outputs.faults
        if self._ticks % STATE_EVERY_TICKS == 0 or outputs.alert is not None:
            yield outputs.state

    def _input_messages(self, inputs: Inputs) -> Iterator[Message]:
        yield Tick(
            inputs.now_ns,
            inputs.wall_utc_s,
            inputs.is_partner_linked,
            inputs.is_motor_silent,
            inputs.motor_late_ns,
        )
        if self._health is None or not _is_same_health(inputs.health, self._health):
            self._health = inputs.health
            yield inputs.health
        receiver = inputs.receiver
        if receiver is not self._receiver and receiver is not None:
            is_news = receiver != self._receiver
            self._receiver = receiver
            if is_news:
                yield receiver
        yield from inputs.events
        if inputs.imu is not None:
            yield inputs.imu
        yield from inputs.fixes
        if inputs.rear is not None:
            yield inputs.rear
        yield from inputs.edges
        for edge in inputs.partner_edges:
            yield PartnerEdge(edge.t_ns, edge.is_pressed)
        if inputs.status is not None:
            yield inputs.status

    def _hazard_messages(self, hazards: tuple[OncomingHazard, ...]) -> Iterator[Message]:
        now = {hazard.hazard_id: hazard for hazard in hazards}
        for key, hazard in now.items():
            before = self._hazards.get(key)
            if before is None or before.stage is not hazard.stage:
                yield hazard
        self._hazards = now


def _is_same_health(one: Health, other: Health) -> bool:
    return (one.sources, one.causes, one.degraded) == (
        other.sources,
        other.causes,
        other.degraded,
    )


def _phase_key(coach: CoachState) -> tuple[object, ...]:
    return coach.phase, coach.step, coach.bout, coach.kind, coach.session_id, coach.because


def _place_key(place: Place) -> tuple[object, ...]:
    return (
        place.is_guiding,
        place.not_guiding_because is None,
        place.way_id,
        place.busy_kind,
        place.verdict,
        place.is_scouted,
    )
