"""The device's own body: battery, temperature, supply, card."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Protocol

from backrun_pi.errors import BusError, RecordError
from backrun_pi.hardware.gauge_ina219 import ADDRESSES as INA219_ADDRESSES
from backrun_pi.hardware.gauge_ina219 import Ina219
from backrun_pi.hardware.gauge_max17048 import Max17048
from backrun_pi.hardware.gauge_pisugar3 import PiSugar3
from backrun_pi.hardware.ports import Clock, I2cBus, Storage
from backrun_pi.messages import DeviceStatus
from backrun_pi.units import NS_PER_S

THERMAL = "class/thermal/thermal_zone0/temp"
"""[mdegC] Temperature of the processor, below /sys."""
LOOK_AGAIN_S = 10.0
"""[s] A gauge that is missing is looked for this often."""
HANGING_S = 0.7
"""[s] A bus that hangs is left alone for so long: each transfer holds up the loop."""
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
        self._rest_until_ns = 0

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
        if self._gauge is None and self._clock.now_ns() >= self._rest_until_ns:
            self._gauge = self._find_gauge()
            if self._gauge is None:
                self._rest(LOOK_AGAIN_S)
        return self._gauge

    def _battery(self) -> tuple[float | None, float | None]:
        """Return voltage and charge; one failed transfer is repeated at once."""
        gauge = self._found_gauge()
        if gauge is None or self._clock.now_ns() < self._rest_until_ns:
            return None, None
        for _ in range(2):
            try:
                return gauge.read()
            except BusError as error:
                is_silence = error.is_silence
        if is_silence:
            self._gauge = None  # it may come back, or another one
        else:
            self._rest(HANGING_S)
        return None, None

    def _rest(self, rest_s: float) -> None:
        self._rest_until_ns = self._clock.now_ns() + round(rest_s * NS_PER_S)

    def _find_gauge(self) -> Gauge | None:
        gauges: tuple[Gauge, ...] = (
            Max17048(self._bus),
            PiSugar3(self._bus),
            *(Ina219(self._bus, address) for address in INA219_ADDRESSES),
        )
        for gauge in gauges:
            try:
                if gauge.is_there():
                    return gauge
            except BusError as error:
                if not error.is_silence:  # a bus that hangs holds up the loop at each question
                    return None
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
