"""The haptic driver on a chip that is only memory."""

from __future__ import annotations

import errno

import pytest

from backrun_pi.errors import MotorFault
from backrun_pi.hardware.motor_drv2605l import Drv2605l, found
from tests.support.chips import Bus, RegisterChip

MODE, RTP = 0x01, 0x02


def driver_chip() -> RegisterChip:
    return RegisterChip({0x00: b"\xe0"})


def test_it_is_found_by_its_identity_only() -> None:
    assert found(Bus({0x5A: driver_chip()})) == "DRV2605L"
    assert found(Bus({0x5A: RegisterChip({0x00: b"\x60"})})) == "DRV2605"
    assert found(Bus({0x5A: RegisterChip({0x00: b"\x00"})})) is None
    assert found(Bus()) is None


@pytest.mark.parametrize(("strength", "value"), [(1.0, 127), (0.5, 64), (0.001, 1), (7.0, 127)])
def test_strength_is_the_playback_value_and_off_is_standby(strength: float, value: int) -> None:
    chip = driver_chip()
    motor = Drv2605l(Bus({0x5A: chip}), "DRV2605L on i2c-1")
    motor.pulse(strength, 1000.0)
    assert chip.memory[RTP] == bytes((value,))
    assert chip.memory[MODE] == b"\x05"
    motor.off()
    assert chip.memory[RTP] == b"\x00"
    assert chip.memory[MODE] == b"\x40"
    motor.close()


def test_the_end_of_a_pulse_that_failed_is_said_by_the_next_one() -> None:
    bus = Bus({0x5A: driver_chip()})
    motor = Drv2605l(bus, "DRV2605L on i2c-1")
    motor.pulse(1.0, 1000.0)
    bus.fault = errno.EREMOTEIO
    motor._ends(motor._pulse)
    bus.fault = None
    with pytest.raises(MotorFault, match="DRV2605L"):
        motor.pulse(1.0, 0.1)
    motor.pulse(1.0, 1000.0)
    motor.close()
