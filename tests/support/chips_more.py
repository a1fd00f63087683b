"""ICM-20948, LSM6DSO and LSM6DS3TR-C at register level, as far as a FIFO user sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.chips import HandClock, Row, lying_still


@dataclass
class TimedChip:
    """A chip that makes samples as the clock goes on."""

    clock: HandClock
    who: int = 0
    row: Callable[[int], Row] = lying_still
    made: int = 0

    def __post_init__(self) -> None:
        self.power_on()

    def power_on(self) -> None:
        self._next_ns = float(self.clock.t_ns)
        self.clear()

    def clear(self) -> None:
        raise NotImplementedError

    def period_ns(self) -> float | None:
        raise NotImplementedError

    def sample(self, row: Row) -> None:
        raise NotImplementedError

    def run(self) -> None:
        period_ns = self.period_ns()
        if period_ns is None:
            self._next_ns = float(self.clock.t_ns)
            return
        while self._next_ns + period_ns <= self.clock.t_ns:
            self._next_ns += period_ns
            self.sample(self.row(self.made))
            self.made += 1


@dataclass
class IcmChip(TimedChip):
    """ICM-20948 after DS-000189: four banks, 512 B of FIFO that shift bytes when full."""

    who: int = 0xEA
    bank: int = 0
    banks: list[bytearray] = field(default_factory=list)
    fifo: bytearray = field(default_factory=bytearray)

    def clear(self) -> None:
        self.bank = 0
        self.banks = [bytearray(128) for _ in range(4)]
        self.banks[0][0x00] = self.who
        self.banks[0][0x06] = 0x41
        self.fifo = bytearray()

    def period_ns(self) -> float | None:
        if self.banks[0][0x06] & 0x40:
            return None
        return (1 + self.banks[2][0x00]) / 1125.0 * 1e9

    def sample(self, row: Row) -> None:
        if self.banks[0][0x03] & 0x40 and self.banks[0][0x67] == 0x1E:
            self.fifo += b"".join(value.to_bytes(2, "big", signed=True) for value in row)
        if (over := len(self.fifo) - 512) > 0:
            del self.fifo[:over]
            self.banks[0][0x1B] |= 0x01

    def read(self, register: int, count: int) -> bytes:
        self.run()
        if self.bank == 0 and register == 0x72:
            data = bytes(self.fifo[:count]).ljust(count, b"\xff")
            del self.fifo[:count]
            return data
        self.banks[0][0x70:0x72] = len(self.fifo).to_bytes(2, "big")
        data = bytes(self.banks[self.bank][register : register + count])
        if self.bank == 0 and register <= 0x1B < register + count:
            self.banks[0][0x1B] = 0
        return data

    def write(self, register: int, data: bytes) -> None:
        self.run()
        value = data[0]
        if register == 0x7F:
            self.bank = value >> 4 & 3
            for bank in self.banks:  # the selection can be read in each of them
                bank[0x7F] = value
        elif self.bank == 0 and register == 0x06 and value & 0x80:
            self.power_on()
        elif self.bank == 0 and register == 0x68 and value:
            self.fifo.clear()
        else:
            self.banks[self.bank][register] = value


@dataclass
class StChip(TimedChip):
    """What the LSM6 chips have in common."""

    registers: bytearray = field(default_factory=lambda: bytearray(128))

    def clear(self) -> None:
        self.registers[:] = bytes(128)
        self.registers[0x0F] = self.who
        self.registers[0x12] = 0x04

    def period_ns(self) -> float | None:
        is_on = self.registers[0x10] >> 4 == 4 and self.registers[0x11] >> 4 == 4
        return 1e9 / 104.0 if is_on else None

    def write(self, register: int, data: bytes) -> None:
        self.run()
        if register == 0x12 and data[0] & 1:
            self.power_on()
            return
        self.registers[register] = data[0]


@dataclass
class LsmTaggedChip(StChip):
    """LSM6DSO after DS12140: 512 words with a tag; the oldest word goes when full."""

    who: int = 0x6C
    words: list[bytes] = field(default_factory=list)
    is_accel_first: bool = False

    def clear(self) -> None:
        super().clear()
        self.words = []

    def sample(self, row: Row) -> None:
        if self.registers[0x0A] & 7 != 6 or self.registers[0x09] != 0x44:
            return
        moment = self.made & 3
        accel, gyro = (
            b"".join(value.to_bytes(2, "little", signed=True) for value in part)
            for part in (row[:3], row[3:])
        )
        words = [bytes((1 << 3 | moment << 1,)) + gyro, bytes((2 << 3 | moment << 1,)) + accel]
        self.words += reversed(words) if self.is_accel_first else words
        if len(self.words) > 512:
            self.words = self.words[-512:]
            self.registers[0x3B] |= 0x48

    def read(self, register: int, count: int) -> bytes:
        self.run()
        if register == 0x78:
            taken, self.words = self.words[: count // 7], self.words[count // 7 :]
            return b"".join(taken)
        self.registers[0x3A] = len(self.words) & 0xFF
        self.registers[0x3B] = self.registers[0x3B] & 0xFC | len(self.words) >> 8
        data = bytes(self.registers[register : register + count])
        if register <= 0x3B < register + count:
            self.registers[0x3B] &= 3
        return data

    def write(self, register: int, data: bytes) -> None:
        super().write(register, data)
        if register == 0x0A and data[0] & 7 == 0:
            self.words = []


@dataclass
class LsmPatternChip(StChip):
    """LSM6DS3TR-C after DS11996: 2048 words of 16 bit and a pattern counter."""

    who: int = 0x6A
    words: list[bytes] = field(default_factory=list)
    first: int = 0
    """Place of the oldest word in the pattern."""

    def clear(self) -> None:
        super().clear()
        self.words, self.first = [], 0

    def sample(self, row: Row) -> None:
        if self.registers[0x0A] != 0x26 or self.registers[0x08] != 0x09:
            return
        self.words += [
            value.to_bytes(2, "little", signed=True) for value in (*row[3:], *row[:3])
        ]
        if (over := len(self.words) - 2047) > 0:
            self._drop(over)
            self.registers[0x3B] |= 0x40

    def _drop(self, count: int) -> None:
        del self.words[:count]
        self.first = (self.first + count) % 6

    def read(self, register: int, count: int) -> bytes:
        self.run()
        if register == 0x3E:
            data = b"".join(self.words[: count // 2])
            self._drop(count // 2)
            return data
        self.registers[0x3A] = len(self.words) & 0xFF
        self.registers[0x3B] = self.registers[0x3B] & 0x40 | len(self.words) >> 8
        self.registers[0x3C], self.registers[0x3D] = self.first, 0
        return bytes(self.registers[register : register + count])

    def write(self, register: int, data: bytes) -> None:
        super().write(register, data)
        if register == 0x0A and data[0] & 7 == 0:
            self.words, self.first = [], 0
            self.registers[0x3B] = 0
