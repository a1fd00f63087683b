"""Button and motor on gpiozero's own mock pins."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from backrun_pi.errors import HardwareError, MotorFault
from backrun_pi.hardware.gpio import GpioButton, GpioMotor, raspberry_pins
from tests.support.chips import HandClock

BUTTON, MOTOR = 17, 18


@pytest.fixture
def pins() -> Iterator[Any]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.close()


def test_edges_carry_the_time_of_the_pin_and_come_once(pins: Any) -> None:
    clock = HandClock()
    button = GpioButton(BUTTON, clock, pins)
    clock.passes(1.0)
    pins.pin(BUTTON).drive_low()
    clock.passes(0.2)
    pins.pin(BUTTON).drive_high()
    first, second = button.edges()
    assert (first.is_pressed, second.is_pressed) == (True, False)
    assert second.t_ns - first.t_ns == 200_000_000
    assert list(button.edges()) == []
    button.close()


class HeldPin(MockPWMPin):  # type: ignore[misc]
    """A pin that somebody holds to ground, whatever the pull-up does."""

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.drive_low()


def test_a_button_that_is_held_at_the_start_is_announced() -> None:
    pins = MockFactory(pin_class=HeldPin)
    button = GpioButton(BUTTON, HandClock(), pins)
    assert [edge.is_pressed for edge in button.edges()] == [True]
    button.close()
    button.close()


def test_bounces_are_kept_raw_but_never_without_bound(pins: Any) -> None:
    button = GpioButton(BUTTON, HandClock(), pins)
    for _ in range(2000):
        pins.pin(BUTTON).drive_low()
        pins.pin(BUTTON).drive_high()
    assert len(button.edges()) == 1000
    button.close()


def test_a_pulse_ends_by_itself_without_the_main_loop(pins: Any) -> None:
    motor = GpioMotor(MOTOR, 200, pins)
    ended = threading.Event()

    class Listening(MockPWMPin):  # type: ignore[misc]
        def _set_state(self, value: float) -> None:
            super()._set_state(value)
            if value == 0.0:
                ended.set()

    pins.pin(MOTOR).__class__ = Listening
    motor.pulse(0.7, 0.02)
    assert pins.pin(MOTOR).state == pytest.approx(0.7)
    assert ended.wait(10.0)
    motor.close()


def test_a_new_pulse_is_not_ended_by_the_timer_of_the_old_one(pins: Any) -> None:
    motor = GpioMotor(MOTOR, 200, pins)
    motor.pulse(0.5, 1000.0)
    old = motor._pulse
    motor.pulse(1.0, 1000.0)
    motor._ends(old)
    assert pins.pin(MOTOR).state == 1.0
    motor.off()
    assert pins.pin(MOTOR).state == 0.0
    motor.close()


def test_closing_leaves_the_motor_off(pins: Any) -> None:
    motor = GpioMotor(MOTOR, 200, pins)
    motor.pulse(1.0, 1000.0)
    pin = pins.pin(MOTOR)
    motor.close()
    motor.close()
    assert pin.state == 0.0


def test_a_pin_that_is_taken_is_said_with_its_number(pins: Any) -> None:
    motor = GpioMotor(MOTOR, 200, pins)
    with pytest.raises(MotorFault, match="GPIO18"):
        GpioMotor(MOTOR, 200, pins)
    motor.close()


def test_a_missing_or_old_lgpio_is_never_replaced_by_another_factory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(HardwareError, match="apt install python3-lgpio"):
        raspberry_pins()
    monkeypatch.setitem(sys.modules, "lgpio", types.ModuleType("lgpio"))
    monkeypatch.setitem(sys.modules, "gpiozero.pins.lgpio", _with_factory())
    with pytest.raises(HardwareError, match="too old"):
        raspberry_pins()


def _with_factory() -> types.ModuleType:
    module = types.ModuleType("gpiozero.pins.lgpio")
    module.__dict__["LGPIOFactory"] = object
    return module
