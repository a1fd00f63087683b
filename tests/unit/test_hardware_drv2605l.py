"""The haptic driver, and silencing the motor after a death."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from backrun_pi.errors import MotorFault
from backrun_pi.hardware import motor_off as silence
from backrun_pi.hardware.motor_drv2605l import Drv2605l, is_there
from backrun_pi.hardware.settings import BoardSettings
from tests.unit.chips import Bus, RegisterChip

MODE, RTP = 0x01, 0x02


def driver_chip() -> RegisterChip:
    return RegisterChip({0x00: b"\xe0"})


@pytest.fixture
def pins() -> Iterator[Any]:
    factory = MockFactory(pin_class=MockPWMPin)
    yield factory
    factory.close()


def test_it_is_found_by_its_identity_only() -> None:
    assert is_there(Bus({0x5A: driver_chip()}))
    assert not is_there(Bus({0x5A: RegisterChip({0x00: b"\x00"})}))
    assert not is_there(Bus())


@pytest.mark.parametrize(("strength", "value"), [(1.0, 127), (0.5, 64), (0.001, 1), (7.0, 127)])
def test_strength_is_the_playback_value_and_off_is_standby(strength: float, value: int) -> None:
    chip = driver_chip()
    motor = Drv2605l(Bus({0x5A: chip}))
    motor.pulse(strength, 1000.0)
    assert chip.memory[RTP] == bytes((value,))
    assert chip.memory[MODE] == b"\x05"
    motor.off()
    assert chip.memory[RTP] == b"\x00"
    assert chip.memory[MODE] == b"\x40"
    motor.close()


def test_the_end_of_a_pulse_that_failed_is_said_by_the_next_one() -> None:
    bus = Bus({0x5A: driver_chip()})
    motor = Drv2605l(bus)
    motor.pulse(1.0, 1000.0)
    bus.fault = errno.EREMOTEIO
    motor._ends(motor._pulse)
    bus.fault = None
    with pytest.raises(MotorFault, match="DRV2605L"):
        motor.pulse(1.0, 0.1)
    motor.pulse(1.0, 1000.0)
    motor.close()


def test_silencing_reaches_the_driver_and_the_pin(pins: Any) -> None:
    chip = driver_chip()
    chip.memory[MODE] = b"\x05"
    silence.motor_off(BoardSettings(), Bus({0x5A: chip}), pins)
    assert chip.memory[MODE] == b"\x40"
    assert pins.pin(18).state == 0.0


def test_a_driver_that_does_not_obey_does_not_keep_the_pin_on(pins: Any) -> None:
    class Deaf(RegisterChip):
        def write(self, register: int, data: bytes) -> None:
            raise MotorFault("deaf")

    with pytest.raises(MotorFault, match="deaf"):
        silence.motor_off(BoardSettings(), Bus({0x5A: Deaf({0x00: b"\xe0"})}), pins)
    assert pins.pin(18).function == "input"
    assert pins.pin(18).state == 0.0


@pytest.mark.parametrize(
    "text", ["[board]\nmotor_pin = 12\n", "[board\n", "[board]\nx = 1\n", None]
)
def test_a_settings_file_with_faults_never_keeps_the_motor_on(
    tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "backrun.toml"
    if text is not None:
        path.write_text(text)
    pin = silence._wiring(str(path)).motor_pin
    assert pin == (12 if text and "12" in text else 18)


def test_a_desk_without_pins_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    assert silence.main([]) == 1
    assert capsys.readouterr().err.count("\n") == 1
