"""Silences the motor after any kind of death of the companion: `python -m` this file.

Run by ExecStartPre and ExecStopPost. Raspberry Pi kernels keep an output's level after its
process died, and a haptic driver plays on, so both are told.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from backrun_pi.config import check_table, read_tables
from backrun_pi.errors import BackrunError, ConfigError
from backrun_pi.hardware.gpio import GpioMotor, raspberry_pins
from backrun_pi.hardware.linux_i2c import LinuxI2c
from backrun_pi.hardware.motor_drv2605l import Drv2605l, is_there
from backrun_pi.hardware.ports import I2cBus
from backrun_pi.hardware.settings import BoardSettings


def motor_off(settings: BoardSettings, bus: I2cBus, pins: Any) -> None:
    """Silence the haptic driver if there is one, and drive the motor's pin low.

    Raises:
        HardwareError: One of them could not be silenced; the other was tried too.
    """
    try:
        if is_there(bus):
            Drv2605l(bus).close()
    finally:
        GpioMotor(settings.motor_pin, settings.motor_pwm_hz, pins).close()


def main(words: list[str]) -> int:
    """Silence the motor of the board that a settings file (or its absence) describes."""
    try:
        settings = _wiring(words[0]) if words else BoardSettings()
        motor_off(settings, LinuxI2c(settings.i2c_bus), raspberry_pins())
    except BackrunError as fault:
        sys.stderr.write(f"motor off: {fault}\n")
        return 1
    return 0


def _wiring(path: str) -> BoardSettings:
    """Return the file's wiring; a file with faults must not keep the motor on."""
    if not Path(path).exists():
        return BoardSettings()
    try:
        found, _ = check_table(read_tables(Path(path)).get("board", {}), BoardSettings, path)
    except ConfigError:
        return BoardSettings()
    return found or BoardSettings()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
