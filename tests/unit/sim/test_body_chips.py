"""The software haptic driver and battery gauges, read the way their datasheets say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pytest

from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.gauge_chips import Ina219, Max17048
from backrun_pi.sim.haptic_chip import Drv2605l


def cell() -> tuple[float, float]:
    return 3.7, 0.505


Drive = tuple[float, float]
"""Strength, and for how long [s]."""


@dataclass
class Fitted:
    """A driver and what it did to the motor."""

    clock: SimClock = field(default_factory=lambda: SimClock(0.0, 0.0))
    driven: list[Drive] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chip = Drv2605l(
            self.clock, lambda level, lasts_s: self.driven.append((level, lasts_s))
        )


@pytest.fixture
def fitted() -> Fitted:
    return Fitted()


def test_a_haptic_driver_wakes_in_standby_and_names_itself(fitted: Fitted) -> None:
    assert fitted.chip.read(0x00, 2) == b"\xe0\x40"
    fitted.chip.write(0x00, b"\x00")
    assert fitted.chip.read(0x00, 1) == b"\xe0"


def test_real_time_playback_goes_on_until_another_mode_is_set(fitted: Fitted) -> None:
    fitted.chip.write(0x02, b"\x7f")
    assert fitted.driven == []
    fitted.chip.write(0x01, b"\x05")
    assert fitted.driven == [(1.0, math.inf)]
    fitted.chip.write(0x01, b"\x45")
    assert fitted.driven[-1] == (0.0, 0.0)


def test_a_sequence_of_waveforms_ends_by_itself_and_says_so(fitted: Fitted) -> None:
    fitted.chip.write(0x01, b"\x00\x00\x02\x10\x0f\x00")  # library B, 1000 ms, 750 ms, end
    fitted.chip.write(0x0C, b"\x01")
    assert fitted.driven == [(1.0, 1.75)]
    fitted.clock.pass_s(1.7)
    assert fitted.chip.read(0x0C, 1) == b"\x01"
    fitted.clock.pass_s(0.1)
    assert fitted.chip.read(0x0C, 1) == b"\x00"


def test_the_overdrive_clamp_is_the_strength_of_a_waveform(fitted: Fitted) -> None:
    fitted.chip.write(0x17, b"\x46")
    fitted.chip.write(0x01, b"\x00\x00\x02\x10\x00")
    fitted.chip.write(0x0C, b"\x01")
    assert fitted.driven == [(0.5, 1.0)]


@pytest.mark.parametrize("ending", [(0x0C, b"\x00"), (0x01, b"\x40"), (0x01, b"\x80")])
def test_a_waveform_is_cut_by_go_standby_or_reset(
    fitted: Fitted, ending: tuple[int, bytes]
) -> None:
    fitted.chip.write(0x01, b"\x00\x00\x02\x10\x00")
    fitted.chip.write(0x0C, b"\x01")
    fitted.chip.write(*ending)
    assert fitted.driven[-1] == (0.0, 0.0)
    assert fitted.chip.read(0x0C, 1) == b"\x00"


def test_a_reset_silences_it(fitted: Fitted) -> None:
    fitted.chip.write(0x01, b"\x05\x40")
    fitted.chip.write(0x01, b"\x80")
    assert [level for level, _ in fitted.driven] == [pytest.approx(64 / 127), 0.0]
    assert fitted.chip.read(0x01, 2) == b"\x40\x00"


@pytest.mark.parametrize(
    ("control3", "value", "strength"),
    [(0xA0, 0x7F, 1.0), (0xA0, 0xFF, 0.0), (0xA8, 0xFF, 1.0), (0xA8, 0x80, 0.0)],
)
def test_playback_values_are_signed_unless_control3_says_otherwise(
    fitted: Fitted, control3: int, value: int, strength: float
) -> None:
    fitted.chip.write(0x1D, bytes((control3,)))
    fitted.chip.write(0x01, bytes((0x05, value)))
    assert (fitted.driven[-1][0] if fitted.driven else 0.0) == strength


def test_set_up_for_a_resonant_motor_it_turns_no_rotating_mass(fitted: Fitted) -> None:
    fitted.chip.write(0x1A, b"\xb6")
    fitted.chip.write(0x01, b"\x05\x7f")
    assert fitted.driven == []


def test_a_fuel_gauge_gives_voltage_and_charge_in_words() -> None:
    gauge = Max17048(cell)
    volts, charge = gauge.read(0x02, 2), gauge.read(0x04, 2)
    assert int.from_bytes(volts, "big") * 78.125e-6 == pytest.approx(3.7, abs=1e-4)
    assert int.from_bytes(charge, "big") / 256 == pytest.approx(50.5, abs=0.01)
    assert gauge.read(0x02, 4) == volts + charge
    assert gauge.read(0x08, 2) == b"\x00\x12"


def test_a_fuel_gauge_forgets_what_was_written_when_it_is_reset() -> None:
    gauge = Max17048(cell)
    gauge.write(0x02, b"\x00\x00")
    gauge.write(0x0C, b"\x12\x34")
    gauge.write(0x1A, b"\x00\x00")
    assert gauge.read(0x0C, 2) == b"\x12\x34"
    assert gauge.read(0x02, 2) != b"\x00\x00"
    gauge.write(0xFE, b"\x54\x00")
    assert gauge.read(0x0C, 2) == b"\x97\x1c"
    assert gauge.read(0x1A, 2) == b"\x01\x00"


def test_a_voltage_monitor_repeats_the_word_under_its_pointer() -> None:
    monitor = Ina219(cell)
    word = monitor.read(0x02, 2)
    assert (int.from_bytes(word, "big") >> 3) * 0.004 == pytest.approx(3.7, abs=0.004)
    assert monitor.read(0x02, 4) == word * 2
    assert monitor.read(0x00, 2) == b"\x39\x9f"


def test_a_voltage_monitor_keeps_its_configuration_until_a_reset() -> None:
    monitor = Ina219(cell)
    monitor.write(0x00, b"\x01\x9f")
    monitor.write(0x02, b"\x00\x00")
    assert monitor.read(0x00, 2) == b"\x01\x9f"
    assert monitor.read(0x02, 2) != b"\x00\x00"
    monitor.write(0x00, b"\x80\x00")
    assert monitor.read(0x00, 2) == b"\x39\x9f"
