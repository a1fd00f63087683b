"""Voltage monitor INA219 (TI SBOS448G) wired to the battery."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.hardware.ports import I2cBus

ADDRESS = 0x40
CONFIGURATION, BUS_VOLTAGE = 0x00, 0x02
POWER_ON_CONFIGURATION = 0x399F  # figure 19: it has no identity register, but a known default
BUS_VOLTAGE_SHIFT = 3  # figure 24: the three low bits are flags
VOLT_PER_COUNT = 0.004


@dataclass(frozen=True, slots=True)
class Ina219:
    """The monitor with both address pins to ground, as it is after power-on."""

    bus: I2cBus
    name: str = "INA219"

    def is_there(self) -> bool:
        """Return whether the chip looks like one that was just switched on. Raises BusError."""
        return self._word(CONFIGURATION) == POWER_ON_CONFIGURATION

    def read(self) -> tuple[float, float | None]:
        """Return (battery voltage [V], None): a voltage alone is no charge. Raises BusError."""
        return (self._word(BUS_VOLTAGE) >> BUS_VOLTAGE_SHIFT) * VOLT_PER_COUNT, None

    def _word(self, register: int) -> int:
        return int.from_bytes(self.bus.read(ADDRESS, register, 2), "big")
