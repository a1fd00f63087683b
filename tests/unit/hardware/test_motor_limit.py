"""The hard limit of the motor's on-time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import MotorFault
from backrun_pi.hardware.motor_limit import LimitedMotor, MotorLimitSettings
from tests.support.chips import HandClock

SETTINGS = MotorLimitSettings()


@dataclass
class TimedMotor:
    """A motor that remembers when it was on, as intervals in ns."""

    clock: HandClock
    name: str = "hand"
    failure: str | None = None
    on: list[list[int]] = field(default_factory=list)

    def pulse(self, strength: float, duration_s: float) -> None:
        self.off()
        self.on.append([self.clock.t_ns, self.clock.t_ns + round(duration_s * 1e9)])

    def off(self) -> None:
        if self.on:
            self.on[-1][1] = min(self.on[-1][1], self.clock.t_ns)

    def longest_s(self, break_s: float) -> float:
        """Return the longest on-time, gaps below `break_s` counted as on."""
        longest, start, end = 0, 0, -1
        for begin, finish in self.on:
            if end < 0 or begin - end >= break_s * 1e9:
                start = begin
            end = finish
            longest = max(longest, end - start)
        return longest * 1e-9


def limited() -> tuple[HandClock, TimedMotor, LimitedMotor]:
    clock = HandClock()
    motor = TimedMotor(clock)
    return clock, motor, LimitedMotor(motor, clock, SETTINGS)


def test_a_short_pulse_passes_as_it_is() -> None:
    clock, motor, limit = limited()
    limit.pulse(1.0, 0.2)
    clock.passes(1.0)
    assert motor.longest_s(0.0) == pytest.approx(0.2)


def test_one_endless_pulse_is_cut_at_the_limit() -> None:
    _, motor, limit = limited()
    limit.pulse(1.0, 1000.0)
    assert motor.longest_s(0.0) == pytest.approx(SETTINGS.on_max_s)


def test_after_the_limit_it_refuses_until_it_has_rested() -> None:
    clock, _, limit = limited()
    limit.pulse(1.0, 1000.0)
    clock.passes(SETTINGS.on_max_s + SETTINGS.rest_s - 0.01)
    with pytest.raises(MotorFault, match="rests"):
        limit.pulse(1.0, 0.1)
    clock.passes(0.02)
    limit.pulse(1.0, 0.1)


def test_a_long_pulse_that_was_stopped_early_needs_no_rest() -> None:
    clock, _, limit = limited()
    limit.pulse(1.0, 1000.0)
    clock.passes(0.5)
    limit.off()
    clock.passes(0.5)
    limit.pulse(1.0, 0.1)


@given(
    st.lists(st.tuples(st.floats(0.001, 8.0), st.floats(0.0, 2.0), st.booleans()), max_size=200)
)
def test_no_sequence_of_calls_keeps_the_motor_on_beyond_the_limit(
    story: list[tuple[float, float, bool]],
) -> None:
    clock, motor, limit = limited()
    for duration_s, wait_s, is_off in story:
        try:
            limit.pulse(1.0, duration_s)
        except MotorFault as error:
            assert "rests" in str(error)  # noqa: PT017 - the refusal is allowed, not demanded
        clock.passes(wait_s)
        if is_off:
            limit.off()
    assert motor.longest_s(SETTINGS.break_s) <= SETTINGS.on_max_s + 1e-6
