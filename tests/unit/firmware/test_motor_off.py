"""The script that silences the motor after a death stands alone and never gives up half way."""

from __future__ import annotations

import ast
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.hardware import motor_drv2605l
from backrun_pi.hardware.settings import BoardSettings
from tests.support.firmware_scripts import loaded

SCRIPT = Path(__file__).parents[3] / "firmware/motor-off"


def script() -> Any:
    return loaded("motor-off")


@pytest.fixture
def pins(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    """Stand in for lgpio, which only a Pi has; return what was asked of it."""
    calls: list[tuple[str, int, int]] = []
    lgpio = types.ModuleType("lgpio")
    lgpio.__dict__["gpiochip_open"] = lambda number: number + 7
    lgpio.__dict__["gpio_claim_output"] = lambda chip, pin, level: calls.append(
        ("output", pin, level)
    )
    lgpio.__dict__["gpiochip_close"] = lambda chip: calls.append(("closed", chip, 0))
    monkeypatch.setitem(sys.modules, "lgpio", lgpio)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return calls


def test_the_pin_is_driven_low_and_given_back(
    pins: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = script()
    monkeypatch.setattr(module, "SETTINGS", tmp_path / "none.toml")
    assert module.main() == 0
    assert pins == [("output", BoardSettings().motor_pin, 0), ("closed", 7, 0)]


def test_its_numbers_are_those_of_the_program() -> None:
    module = script()
    assert BoardSettings().motor_pin == module.MOTOR_PIN
    assert BoardSettings().i2c_bus == module.I2C_BUS
    assert module.DRIVER_ADDRESS == motor_drv2605l.ADDRESS
    assert (module.MODE, module.STANDBY) == (motor_drv2605l.MODE, motor_drv2605l.STANDBY)


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        ("[board]\nmotor_pin = 12\n", 12),
        ("[board\n", 18),
        ("[board]\nmotor_pin = 'x'\n", 18),
        ("board = 3\n", 18),
        ("", 18),
    ],
)
def test_a_settings_file_with_faults_never_keeps_the_motor_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, pin: int
) -> None:
    module = script()
    file = tmp_path / "backrun.toml"
    file.write_text(text)
    monkeypatch.setattr(module, "SETTINGS", file)
    assert module.wiring() == ([pin], [1])


def test_a_second_motor_is_silenced_too_even_when_the_first_pin_cannot_be_driven(
    pins: list[tuple[str, int, int]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = script()
    file = tmp_path / "backrun.toml"
    file.write_text("[board]\nright_motor_pin = 13\nright_motor_i2c_bus = 3\n")
    monkeypatch.setattr(module, "SETTINGS", file)
    silenced: list[int] = []
    monkeypatch.setattr(module, "silence_driver", silenced.append)
    assert module.main() == 0
    assert [pin for what, pin, _ in pins if what == "output"] == [18, 13]
    assert silenced == [1, 3]
    drive_low = module.drive_low

    def refuse_the_first(pin: int) -> None:
        if pin == 18:
            raise OSError("busy")
        drive_low(pin)

    monkeypatch.setattr(module, "drive_low", refuse_the_first)
    assert module.main() == 1
    assert pins[-2:] == [("output", 13, 0), ("closed", 7, 0)]


def test_a_pin_that_cannot_be_driven_is_said_and_the_driver_is_silenced_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = script()
    silenced: list[int] = []
    monkeypatch.setitem(sys.modules, "lgpio", None)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(module, "silence_driver", silenced.append)
    assert module.main() == 1
    assert silenced == [1]
    assert capsys.readouterr().err.count("\n") == 1


def test_a_device_without_a_bus_or_a_driver_is_no_fault() -> None:
    script().silence_driver(31)


def test_it_imports_next_to_nothing_because_the_wearer_waits_for_it() -> None:
    tree = ast.parse(SCRIPT.read_text())
    names = {
        name.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert names <= {"__future__", "fcntl", "os", "sys", "tomllib", "pathlib", "lgpio"}
