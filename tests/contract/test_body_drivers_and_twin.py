"""Haptic driver and gauges, found by probing on the twin's bus, agree with its chips."""

from __future__ import annotations

from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from backrun_pi.hardware import raspberry
from backrun_pi.hardware.body import Body
from backrun_pi.hardware.motor_drv2605l import Drv2605l, found
from backrun_pi.hardware.raspberry import RaspberryBoard
from backrun_pi.hardware.settings import BoardSettings
from backrun_pi.sim.board import TwinBoard
from tests.support.twin import board, run_to

STAND = "duration_s = 60\n"
FITTED = STAND + '[motor]\ndriver = "drv2605l"\n'


def body(twin: TwinBoard, folder: Path) -> Body:
    return Body(twin.i2c, twin.clock, twin.storage, folder / "sys")


@pytest.fixture
def twin(tmp_path: Path) -> TwinBoard:
    return board(tmp_path, FITTED)


@pytest.mark.parametrize(("gauge", "name"), [("max17048", "MAX17048"), ("ina219", "INA219")])
def test_a_gauge_is_found_and_says_what_the_cell_holds(
    tmp_path: Path, gauge: str, name: str
) -> None:
    twin = board(tmp_path, STAND + f'[battery]\ngauge = "{gauge}"\ncharge_p = 0.42\n')
    part = body(twin, tmp_path)
    truth, reported = twin.status(), part.status()
    assert part.gauge == name == twin.gauge
    assert reported.battery_v == pytest.approx(truth.battery_v, abs=0.005)
    if gauge == "max17048":
        assert reported.charge_p == pytest.approx(truth.charge_p, abs=0.001)
    else:
        assert reported.charge_p is truth.charge_p is None


def test_a_gauge_follows_the_cell_as_it_runs_down(tmp_path: Path) -> None:
    text = "[[fault]]\nwhat = 'battery_at'\nfrom_s = 2\nvalue = 0.07\n"
    twin = board(tmp_path, STAND + text)
    part = body(twin, tmp_path)
    assert part.status().charge_p == pytest.approx(0.9, abs=0.01)
    run_to(twin, 3.0)
    assert part.status().charge_p == pytest.approx(0.07, abs=0.001)


def test_without_a_gauge_the_battery_is_unknown(tmp_path: Path) -> None:
    twin = board(tmp_path, STAND + "[battery]\nhas_gauge = false\n")
    part = body(twin, tmp_path)
    assert part.gauge is None
    assert part.status().battery_v is None


def test_a_stuck_bus_makes_the_battery_unknown_and_never_old(tmp_path: Path) -> None:
    text = "[[fault]]\nwhat = 'i2c_stuck'\nfrom_s = 1\nuntil_s = 2\n"
    twin = board(tmp_path, STAND + text)
    part = body(twin, tmp_path)
    assert part.status().charge_p is not None
    run_to(twin, 1.5)
    assert part.status().charge_p is None
    run_to(twin, 2.5)
    assert part.status().charge_p is not None


def test_an_imu_that_falls_silent_takes_no_gauge_with_it(tmp_path: Path) -> None:
    text = "[[fault]]\nwhat = 'imu_nak'\nfrom_s = 0\n"
    twin = board(tmp_path, STAND + text)
    assert body(twin, tmp_path).status().charge_p is not None


def test_the_haptic_driver_turns_the_motor_as_strongly_as_ordered(
    twin: TwinBoard,
) -> None:
    name = found(twin.i2c)
    assert name == "DRV2605L"
    motor = Drv2605l(twin.i2c, name)
    motor.pulse(0.5, 1000.0)  # the timer of this test's end is the real one
    run_to(twin, 0.3)
    motor.off()
    motor.close()
    (pulse,) = twin.motor.history
    assert pulse.strength == pytest.approx(0.5, abs=0.005)
    assert pulse.off_s - pulse.on_s == pytest.approx(0.3, abs=0.002)


def test_the_haptic_driver_is_silent_from_power_on(twin: TwinBoard) -> None:
    motor = Drv2605l(twin.i2c, "DRV2605L")
    motor.off()
    motor.close()
    assert twin.motor.history == []


def test_the_silencing_script_speaks_the_same_registers(twin: TwinBoard) -> None:
    motor = Drv2605l(twin.i2c, "DRV2605L")
    motor.pulse(1.0, 1000.0)
    run_to(twin, 0.2)
    twin.i2c.write(0x5A, 0x01, b"\x40")  # what firmware/motor-off writes
    run_to(twin, 0.4)
    (pulse,) = twin.motor.history
    assert pulse.off_s == pytest.approx(0.2, abs=0.002)
    motor.close()


def test_the_board_finds_driver_and_gauge_on_the_bus(
    twin: TwinBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twin.i2c, "close", lambda: None, raising=False)
    monkeypatch.setattr(raspberry, "LinuxI2c", lambda number: twin.i2c)
    pins = MockFactory(pin_class=MockPWMPin)
    device = RaspberryBoard(BoardSettings(), tmp_path / "root", pins)
    assert device.motor.name == "DRV2605L on i2c-1"
    assert device.gauge == "MAX17048"
    device.motor.pulse(1.0, 1000.0)
    run_to(twin, 0.2)
    device.close()
    assert [pulse.strength for pulse in twin.motor.history] == [1.0]
    assert pins.pins == {}


def test_without_a_driver_the_board_takes_the_pin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = board(tmp_path, STAND)
    monkeypatch.setattr(twin.i2c, "close", lambda: None, raising=False)
    monkeypatch.setattr(raspberry, "LinuxI2c", lambda number: twin.i2c)
    pins = MockFactory(pin_class=MockPWMPin)
    device = RaspberryBoard(BoardSettings(), tmp_path / "root", pins)
    assert device.motor.name == "transistor on GPIO18"
    device.close()
    pins.close()
