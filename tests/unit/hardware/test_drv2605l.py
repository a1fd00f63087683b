"""The haptic driver on a chip that is only memory."""

from __future__ import annotations

import errno

import pytest

from backrun_pi.errors import BusError, MotorFault
from backrun_pi.hardware.motor_drv2605l import Drv2605l, found
from tests.support.chips import Bus, RegisterChip

MODE, GO, CLAMP = 0x01, 0x0C, 0x17


def driver_chip() -> RegisterChip:
    return RegisterChip({0x00: b"\xe0"})


def test_it_is_found_by_its_identity_only() -> None:
    assert found(Bus({0x5A: driver_chip()})) == "DRV2605L"
    assert found(Bus({0x5A: RegisterChip({0x00: b"\x60"})})) == "DRV2605"
    assert found(Bus({0x5A: RegisterChip({0x00: b"\x00"})})) is None
    assert found(Bus()) is None


def test_a_driver_without_waveforms_that_end_is_refused_by_name() -> None:
    with pytest.raises(MotorFault, match="DRV2604L"):
        found(Bus({0x5A: RegisterChip({0x00: b"\xc0"})}))


def test_a_bus_that_hangs_says_nothing_about_the_driver() -> None:
    with pytest.raises(BusError):
        found(Bus(fault=errno.ETIMEDOUT))


@pytest.mark.parametrize(
    ("strength", "clamp"), [(1.0, 0x8C), (0.5, 70), (0.001, 1), (7.0, 140)]
)
def test_strength_is_the_full_scale_and_off_is_standby(strength: float, clamp: int) -> None:
    chip = driver_chip()
    motor = Drv2605l(Bus({0x5A: chip}), "DRV2605L on i2c-1")
    motor.pulse(strength, 1000.0)
    assert chip.memory[CLAMP] == bytes((clamp,))
    assert chip.memory[MODE] == b"\x00\x00\x02" + b"\x10" * 5 + b"\x00" * 3
    assert chip.memory[GO] == b"\x01"
    motor.off()
    assert chip.memory[GO] == b"\x00"
    assert chip.memory[MODE] == b"\x40"
    motor.close()


def test_a_pulse_of_no_strength_is_silent() -> None:
    chip = driver_chip()
    motor = Drv2605l(Bus({0x5A: chip}), "DRV2605L on i2c-1")
    motor.pulse(0.0, 0.1)
    assert chip.memory[GO] == b"\x00"
    motor.close()
