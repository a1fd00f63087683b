"""Battery gauges at register level: MAX17048 and INA219, with 16-bit registers.

Sources: Maxim 19-6171 revision 7 (MAX17048), table 2; Texas Instruments SBOS448G (INA219),
section 8.6.
"""

from __future__ import annotations

from collections.abc import Callable

Cell = Callable[[], tuple[float, float]]
"""Tells the cell's voltage [V] and charge [0, 1] now."""


class Max17048:
    """Implements sim.i2c.I2cDevice at 0x36: byte addresses, a word at each even one."""

    VCELL, SOC, MODE, VERSION, CONFIG, STATUS, COMMAND = (
        0x02,
        0x04,
        0x06,
        0x08,
        0x0C,
        0x1A,
        0xFE,
    )
    _VOLT_LSB, _PERCENT_LSB = 78.125e-6, 1.0 / 256.0
    _POWER_ON_RESET = 0x5400  # written to COMMAND
    _READ_ONLY = frozenset((VCELL, SOC, VERSION))

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self.power_on()

    def power_on(self) -> None:
        """Take the values after reset; STATUS says so until it is cleared."""
        self._words = {self.VERSION: 0x0012, self.CONFIG: 0x971C, self.STATUS: 0x0100}

    def read(self, register: int, count: int) -> bytes:
        """Burst read: the address counts up in bytes."""
        volts, charge_p = self._cell()
        self._words[self.VCELL] = round(volts / self._VOLT_LSB)
        self._words[self.SOC] = round(charge_p * 100.0 / self._PERCENT_LSB)
        return bytes(self._byte((register + offset) % 256) for offset in range(count))

    def write(self, register: int, data: bytes) -> None:
        """Take whole words."""
        for offset in range(0, len(data) - 1, 2):
            at, value = register + offset, int.from_bytes(data[offset : offset + 2], "big")
            if at == self.COMMAND and value == self._POWER_ON_RESET:
                self.power_on()
            elif at not in self._READ_ONLY:
                self._words[at] = value

    def _byte(self, address: int) -> int:
        word = self._words.get(address & 0xFE, 0)
        return word & 0xFF if address & 1 else word >> 8


class Ina219:
    """Implements sim.i2c.I2cDevice at 0x40: a pointer that stays, a word behind it."""

    CONFIGURATION, SHUNT_VOLTAGE, BUS_VOLTAGE, POWER, CURRENT, CALIBRATION = range(6)
    _POWER_ON, _RESET = 0x399F, 0x8000
    _VOLT_LSB, _CONVERSION_READY = 0.004, 0x0002

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self.power_on()

    def power_on(self) -> None:
        """Take the values after reset: 32 V, continuous."""
        self._words = {self.CONFIGURATION: self._POWER_ON}

    def read(self, register: int, count: int) -> bytes:
        """Read the word behind the pointer, over and over."""
        volts, _ = self._cell()
        counts = round(volts / self._VOLT_LSB)
        self._words[self.BUS_VOLTAGE] = counts << 3 | self._CONVERSION_READY
        word = self._words.get(register, 0).to_bytes(2, "big")
        return (word * (count // 2 + 1))[:count]

    def write(self, register: int, data: bytes) -> None:
        """Take a word; only the configuration and the calibration can be written."""
        value = int.from_bytes(data[:2], "big")
        if register == self.CONFIGURATION and value & self._RESET:
            self.power_on()
        elif register in (self.CONFIGURATION, self.CALIBRATION):
            self._words[register] = value
