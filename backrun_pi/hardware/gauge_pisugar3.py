"""Battery board PiSugar 3 (PiSugar wiki, I2C datasheet of PiSugar 3), read only."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.hardware.ports import I2cBus

ADDRESS = 0x57
CLOCK_ADDRESS = 0x68
"""Where its clock answers: the motion sensor's first address."""
MILLIVOLT, PERCENT = 0x22, 0x2A
CELL_V = (2.5, 4.5)
"""[V] What a lithium cell can have; memory chips share the address, and hold anything."""


@dataclass(frozen=True, slots=True)
class PiSugar3:
    """The board on its fixed address."""

    bus: I2cBus
    name: str = "PiSugar 3"

    def is_there(self) -> bool:
        """Return whether voltage and charge are those of a cell. Raises BusError."""
        return CELL_V[0] <= self._volt() <= CELL_V[1] and self._percent() <= 100

    def read(self) -> tuple[float, float | None]:
        """Return (cell voltage [V], state of charge [0, 1]). Raises BusError."""
        return self._volt(), min(100, self._percent()) / 100.0

    def _volt(self) -> float:
        return int.from_bytes(self.bus.read(ADDRESS, MILLIVOLT, 2), "big") / 1000.0

    def _percent(self) -> int:
        return self.bus.read(ADDRESS, PERCENT, 1)[0]
