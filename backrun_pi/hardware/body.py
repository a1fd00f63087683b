"""The device's own body: battery, temperature, supply, card."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Protocol

from backrun_pi.errors import BusError, RecordError
from backrun_pi.hardware.gauge_ina219 import Ina219
from backrun_pi.hardware.gauge_max17048 import Max17048
from backrun_pi.hardware.ports import Clock, I2cBus, Storage
from backrun_pi.messages import DeviceStatus

THERMAL = "class/thermal/thermal_zone0/temp"
"""[mdegC] Temperature of the processor, below /sys."""
HWMON = "class/hwmon"
SUPPLY_MONITOR = "rpi_volt"
"""Name of the firmware's supply monitor (kernel raspberrypi-hwmon)."""


class Gauge(Protocol):
    """A battery gauge."""

    @property
    def name(self) -> str:
        """Return the chip."""

    def is_there(self) -> bool:
        """Return whether it is this chip. Raises BusError."""

    def read(self) -> tuple[float, float | None]:
        """Return (voltage [V], charge [0, 1] or None). Raises BusError."""


class Body:
    """Reads what the board knows of itself; None where there is no sensor."""

    def __init__(
        self, bus: I2cBus, clock: Clock, storage: Storage, sys: Path = Path("/sys")
    ) -> None:
        self._bus, self._clock, self._storage, self._sys = bus, clock, storage, sys
        self._gauge: Gauge | None = None
        self._has_looked = False

    def status(self) -> DeviceStatus:
        """Return all of it now. A sensor that fails reads as None, never as an old value."""
        battery_v, charge_p = self._battery()
        milli_c = _number(self._sys / THERMAL)
        free_bytes: int | None = None
        with contextlib.suppress(RecordError):  # None is the word for it
            free_bytes = self._storage.free_bytes()
        return DeviceStatus(
            t_ns=self._clock.now_ns(),
            battery_v=battery_v,
            charge_p=charge_p,
            cpu_c=None if milli_c is None else milli_c / 1000.0,
            is_undervolted=self._is_undervolted(),
            card_free_bytes=free_bytes,
        )

    @property
    def gauge(self) -> str | None:
        """Return the battery gauge that answers; None without one."""
        gauge = self._found_gauge()
        return None if gauge is None else gauge.name

    def _found_gauge(self) -> Gauge | None:
        if not self._has_looked:
            self._has_looked = True
            self._gauge = self._find_gauge()
        return self._gauge

    def _battery(self) -> tuple[float | None, float | None]:
        gauge = self._found_gauge()
        if gauge is None:
            return None, None
        try:
            return gauge.read()
        except BusError:  # None is the word for it
            return None, None

    def _find_gauge(self) -> Gauge | None:
        gauges: tuple[Gauge, ...] = (Max17048(self._bus), Ina219(self._bus))
        for gauge in gauges:
            with contextlib.suppress(BusError):  # nobody answers: the part is optional
                if gauge.is_there():
                    return gauge
        return None

    def _is_undervolted(self) -> bool | None:
        for monitor in sorted((self._sys / HWMON).glob("hwmon*")):
            if _text(monitor / "name") == SUPPLY_MONITOR:
                alarm = _number(monitor / "in0_lcrit_alarm")
                return None if alarm is None else alarm != 0
        return None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:  # this board does not have it
        return None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text is not None and text.lstrip("-").isdigit() else None
