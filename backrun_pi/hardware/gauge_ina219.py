"""Voltage monitor INA219 (TI SBOS448G) wired to the battery."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.hardware.ports import I2cBus

ADDRESS = 0x40
ADDRESSES = (0x40, 0x42, 0x43, 0x41, *range(0x44, 0x50))
"""Both address pins to ground, as common battery boards have it, all others (table 1)."""
CONFIGURATION, BUS_VOLTAGE, CALIBRATION = 0x00, 0x02, 0x05
NEVER_SET = 0xC000  # CONFIGURATION: reset reads as 0, the bit below is not used (figure 19)
MEASURES_BUS = 0x0002  # of the mode in its low bits: the bus voltage is measured (table 6)
NO_CONVERSIONS = range(4, 8)  # codes of both converters that do not exist (table 5)
BUS_VOLTAGE_SHIFT = 3  # figure 24: the three low bits are flags
VOLT_PER_COUNT = 0.004
BATTERY_V = (2.5, 26.0)
"""[V] From an empty cell to the end of the range."""


@dataclass(frozen=True, slots=True)
class Ina219:
    """The monitor at one of its addresses. It has no identity, only registers with a form."""

    bus: I2cBus
    address: int = ADDRESS
    name: str = "INA219"

    def is_there(self) -> bool:
        """Return whether the registers can be those of one that works. Raises BusError."""
        setting = self._word(CONFIGURATION)
        has_form = (
            not setting & NEVER_SET
            and setting & MEASURES_BUS
            and setting >> 7 & 0xF not in NO_CONVERSIONS
            and setting >> 3 & 0xF not in NO_CONVERSIONS
        )
        if not has_form or self._word(CALIBRATION) & 1:  # figure 27: its low bit is always 0
            return False
        return BATTERY_V[0] <= self.read()[0] <= BATTERY_V[1]

    def read(self) -> tuple[float, float | None]:
        """Return (battery voltage [V], None): a voltage alone is no charge. Raises BusError."""
        return (self._word(BUS_VOLTAGE) >> BUS_VOLTAGE_SHIFT) * VOLT_PER_COUNT, None

    def _word(self, register: int) -> int:
        return int.from_bytes(self.bus.read(self.address, register, 2), "big")
