"""The motor is off at the end of a pulse, whichever transfer is lost and whenever."""

from __future__ import annotations

import atexit
import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import BusError, MotorFault
from backrun_pi.hardware.gpio import GpioMotor
from backrun_pi.hardware.motor_drv2605l import CHIP_MAX_S, Drv2605l, sequence
from backrun_pi.hardware.motor_limit import LimitedMotor, MotorLimitSettings
from backrun_pi.hardware.motors import Motors
from backrun_pi.hardware.ports import I2cBus
from backrun_pi.messages import MotorPulse
from backrun_pi.sim.board import TwinBoard
from tests.support.real_parts import RealParts, longest_on_s
from tests.support.twin import board

FITTED = 'duration_s = 60\n[motor]\ndriver = "drv2605l"\n'
CODES = (errno.EREMOTEIO, errno.EIO, errno.ETIMEDOUT)


@dataclass
class Refusing:
    """The twin's bus, which refuses the transfers that are asked for by number or by time."""

    bus: I2cBus
    twin: TwinBoard
    refused: Callable[[int], bool]
    code: int = errno.EREMOTEIO
    count: int = field(default=0)

    def read(self, address: int, register: int, count: int) -> bytes:
        self._pass(address, register)
        return self.bus.read(address, register, count)

    def write(self, address: int, register: int, data: bytes) -> None:
        self._pass(address, register)
        self.bus.write(address, register, data)

    def _pass(self, address: int, register: int) -> None:
        number, self.count = self.count, self.count + 1
        if self.refused(number):
            if self.code == errno.ETIMEDOUT:
                self.twin.clock.pass_s(0.1)
            raise BusError(address, register, self.code, errno.errorcode[self.code])


def fitted(
    folder: Path, refused: Callable[[int], bool], code: int = errno.EREMOTEIO
) -> tuple[RealParts, Refusing]:
    twin = board(folder, FITTED)
    parts = RealParts(twin, folder / "sys")
    bus = Refusing(twin.i2c, twin, refused, code)
    parts.motor = Drv2605l(bus, "DRV2605L on i2c-1", parts.clock.later)
    return parts, bus


def wait(parts: RealParts, seconds: float) -> None:
    parts.clock.sleep_until_ns(parts.clock.now_ns() + round(seconds * 1e9))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("lost", range(12))
def test_one_lost_transfer_anywhere_costs_no_pulse_and_leaves_no_motor_on(
    tmp_path: Path, lost: int, code: int
) -> None:
    parts, _ = fitted(tmp_path, lambda number: number == lost, code)
    for _ in range(2):
        parts.motor.pulse(1.0, 0.2)
        wait(parts, 1.0)
    lengths = [pulse.off_s - pulse.on_s for pulse in parts.twin.motor.history]
    assert len(lengths) == 2
    assert all(0.19 <= length <= 0.45 for length in lengths)
    assert parts.motor.failure is None


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("duration_s", [0.1, 0.5, 0.7, 1.0, 2.5, 5.0])
def test_a_bus_that_dies_in_a_pulse_leaves_the_end_to_the_chip(
    tmp_path: Path, duration_s: float, code: int
) -> None:
    parts, bus = fitted(tmp_path, lambda number: False, code)
    parts.motor.pulse(1.0, duration_s)
    bus.refused = lambda number: True
    wait(parts, 20.0)
    atexit.unregister(parts.motor.close)  # it would say once more that the bus is dead
    (pulse,) = parts.twin.motor.history
    assert duration_s <= pulse.off_s - pulse.on_s <= min(duration_s * 1.15 + 1.0, CHIP_MAX_S)
    assert parts.motor.failure is not None


@given(st.floats(0.001, 30.0))
def test_the_chip_s_own_end_is_behind_the_pulse_and_never_behind_five_seconds(
    duration_s: float,
) -> None:
    effects = [effect for effect in sequence(duration_s) if effect]
    lasts_s = sum(0.75 if effect == 15 else 1.0 for effect in effects)
    assert len(sequence(duration_s)) == 8
    assert lasts_s <= CHIP_MAX_S
    assert lasts_s >= min(duration_s, CHIP_MAX_S)


@pytest.mark.parametrize("phase_s", [0.0, 0.05, 0.19, 0.199, 0.2, 0.201, 0.21, 0.3, 0.45])
@pytest.mark.parametrize("lasts_s", [0.005, 0.03, 0.2, 1.0])
def test_a_window_of_silence_at_any_phase_ends_in_silence_and_the_next_pulse_plays(
    tmp_path: Path, phase_s: float, lasts_s: float
) -> None:
    twin = board(tmp_path, FITTED)
    parts = RealParts(twin, tmp_path / "sys")
    from_s = twin.elapsed_s + phase_s
    bus = Refusing(twin.i2c, twin, lambda number: from_s <= twin.elapsed_s < from_s + lasts_s)
    motor = LimitedMotor(
        Drv2605l(bus, "DRV2605L", parts.clock.later), parts.clock, MotorLimitSettings()
    )
    try:
        motor.pulse(1.0, 0.2)
    except MotorFault:
        assert phase_s == 0.0
    wait(parts, phase_s + lasts_s + 0.6)
    assert longest_on_s(twin) <= 0.8
    played = len(twin.motor.history)
    motor.pulse(1.0, 0.2)
    wait(parts, 1.5)
    assert len(twin.motor.history) == played + 1
    assert motor.failure is None
    assert twin.motor.history[-1].off_s < twin.elapsed_s


def test_a_driver_that_lost_its_power_plays_the_next_pulse(tmp_path: Path) -> None:
    parts, _ = fitted(tmp_path, lambda number: False)
    parts.motor.pulse(0.5, 0.2)
    wait(parts, 0.1)
    parts.twin.reboot_parts()
    wait(parts, 1.0)
    parts.motor.pulse(0.5, 0.2)
    wait(parts, 1.0)
    assert [round(p.off_s - p.on_s, 2) for p in parts.twin.motor.history] == [0.1, 0.2]
    assert parts.twin.motor.history[-1].strength == pytest.approx(0.5, abs=0.01)


def test_a_driver_that_comes_back_is_found_again_and_takes_a_pulse(tmp_path: Path) -> None:
    parts, bus = fitted(tmp_path, lambda number: True)
    motors = Motors(parts, MotorLimitSettings())
    with pytest.raises(MotorFault, match="DRV2605L"):
        motors.play(MotorPulse(0, 0.2, 1.0, "stop"))
    asked = bus.count
    for _ in range(80):  # 4 s of ticks: a chip that is silent is asked at a slow pace
        with pytest.raises(MotorFault):
            motors.check()
        wait(parts, 0.05)
    assert bus.count - asked <= 12
    bus.refused = lambda number: False
    wait(parts, 2.1)
    motors.play(MotorPulse(0, 0.2, 1.0, "stop"))  # the fault is over once a pulse was taken
    motors.check()
    assert len(parts.twin.motor.history) == 1


class FailingPin(MockPWMPin):  # type: ignore[misc]
    """A pin whose driver refuses to be switched off so many times."""

    refusals = 0

    def _set_state(self, value: float) -> None:
        if value == 0.0 and type(self).refusals > 0:
            type(self).refusals -= 1
            raise OSError(5, "Input/output error")
        super()._set_state(value)


@pytest.mark.parametrize("refusals", [1, 2, 5])
def test_a_pin_that_refuses_to_go_low_is_asked_until_it_does(
    tmp_path: Path, refusals: int
) -> None:
    parts = RealParts(board(tmp_path, "duration_s = 60\n"), tmp_path / "sys")
    pins: Any = MockFactory(pin_class=FailingPin)
    motor = GpioMotor(18, 200, pins, parts.clock.later)
    motor.pulse(1.0, 0.2)
    FailingPin.refusals = refusals
    wait(parts, 0.2 + 0.02 * 2**refusals)
    assert pins.pin(18).state == 0.0
    motor.pulse(1.0, 0.2)  # it is not refused for what happened before it
    assert pins.pin(18).state == 1.0
    motor.close()
    pins.close()


def test_closing_tries_more_than_once(tmp_path: Path) -> None:
    parts, bus = fitted(tmp_path, lambda number: False)
    parts.motor.pulse(1.0, 5.0)
    start = bus.count
    bus.refused = lambda number: number < start + 3
    parts.motor.close()
    assert parts.twin.motor.history[-1].off_s <= parts.twin.elapsed_s
