"""Fuel gauge MAX17048 / MAX17049 (Maxim 19-6171 rev. 7) of a LiPo cell."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.hardware.ports import I2cBus

ADDRESS = 0x36
VCELL, SOC, VERSION = 0x02, 0x04, 0x08  # table 2: 16-bit registers, high byte first
VOLT_PER_COUNT = 78.125e-6
CHARGE_PER_COUNT = 1.0 / 256.0 / 100.0  # 1 % is 256 counts
VERSION_MASK, VERSION_VALUE = 0xFFF0, 0x0010


@dataclass(frozen=True, slots=True)
class Max17048:
    """The gauge on its fixed address."""

    bus: I2cBus
    name: str = "MAX17048"

    def is_there(self) -> bool:
        """Return whether the chip at the address says it is one. Raises BusError."""
        return self._word(VERSION) & VERSION_MASK == VERSION_VALUE

    def read(self) -> tuple[float, float | None]:
        """Return (cell voltage [V], state of charge [0, 1]). Raises BusError."""
        charge_p = min(1.0, self._word(SOC) * CHARGE_PER_COUNT)
        return self._word(VCELL) * VOLT_PER_COUNT, charge_p

    def _word(self, register: int) -> int:
        return int.from_bytes(self.bus.read(ADDRESS, register, 2), "big")
