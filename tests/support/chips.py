"""Small chips at register level for the driver tests: a clock, a bus and what answers on it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from backrun_pi.errors import BusError

Row = tuple[int, int, int, int, int, int]
"""Counts: acceleration x y z, rate of turn x y z."""


class HandClock:
    """A clock that stands until it is reported to go on."""

    def __init__(self, t_ns: int = 1_000_000_000) -> None:
        self.t_ns = t_ns

    def now_ns(self) -> int:
        return self.t_ns

    def sleep_until_ns(self, t_ns: int) -> None:
        self.t_ns = max(self.t_ns, t_ns)

    def wall_utc_s(self) -> float:
        return 0.0

    def passes(self, seconds: float) -> None:
        self.t_ns += round(seconds * 1e9)


class Chip(Protocol):
    """Something with registers."""

    def read(self, register: int, count: int) -> bytes: ...

    def write(self, register: int, data: bytes) -> None: ...


@dataclass
class Bus:
    """An I2C bus; `fault` makes every transfer fail."""

    chips: dict[int, Chip] = field(default_factory=dict)
    fault: int | None = None
    transfers: int = 0

    def read(self, address: int, register: int, count: int) -> bytes:
        return self._chip(address, register).read(register, count)

    def write(self, address: int, register: int, data: bytes) -> None:
        self._chip(address, register).write(register, data)

    def _chip(self, address: int, register: int) -> Chip:
        self.transfers += 1
        if self.fault is not None:
            raise BusError(address, register, self.fault, "injected")
        if address not in self.chips:
            raise BusError(address, register, errno.EREMOTEIO, "nobody answers")
        return self.chips[address]


def lying_still(index: int) -> Row:
    """One g along z, and a count of noise."""
    return (index % 3 - 1, 0, 2048 + index % 2, index % 5 - 2, 0, 0)


@dataclass
class RegisterChip:
    """A chip that is only memory."""

    memory: dict[int, bytes]
    """Register -> what a read that starts there gives."""
    written: list[tuple[int, bytes]] = field(default_factory=list)

    def read(self, register: int, count: int) -> bytes:
        return self.memory.get(register, b"").ljust(count, b"\0")[:count]

    def write(self, register: int, data: bytes) -> None:
        self.written.append((register, data))
        self.memory[register] = data


@dataclass
class MpuChip:
    """MPU-6050 family after RM-MPU-6000A and RM-MPU-6500A, as far as a FIFO user sees it.

    The FIFO is a ring of bytes: when it overflows the oldest *bytes* go, so frames are no
    longer aligned. Samples are made when the clock is looked at.
    """

    clock: HandClock
    who: int = 0x68
    fifo_bytes: int = 1024
    row: Callable[[int], Row] = lying_still
    oscillator: float = 1.0
    """Real sample rate over nominal."""
    has_accel_filter: bool = False
    registers: bytearray = field(default_factory=lambda: bytearray(128))
    fifo: bytearray = field(default_factory=bytearray)
    made: int = 0
    taken_ns: list[int] = field(default_factory=list)
    """When each sample was truly taken."""

    def __post_init__(self) -> None:
        self.power_on()

    def power_on(self) -> None:
        self.registers[:] = bytes(128)
        self.registers[0x6B] = 0x40  # asleep
        self.registers[0x75] = self.who
        self.fifo.clear()
        self._next_ns: float = float(self.clock.t_ns)

    def read(self, register: int, count: int) -> bytes:
        self._run()
        if register == 0x74:  # the FIFO port does not count on
            data = bytes(self.fifo[:count]).ljust(count, b"\xff")
            del self.fifo[:count]
            return data
        self.registers[0x72:0x74] = len(self.fifo).to_bytes(2, "big")
        data = bytes(self.registers[register : register + count])
        if register <= 0x3A < register + count:
            self.registers[0x3A] = 0  # cleared by reading
        return data

    def write(self, register: int, data: bytes) -> None:
        self._run()
        for offset, value in enumerate(data):
            self._set(register + offset, value)

    def _set(self, register: int, value: int) -> None:
        if register == 0x6B and value & 0x80:
            self.power_on()
            return
        if register == 0x6A and value & 0x04:
            self.fifo.clear()
            value &= ~0x04
        if register == 0x1D and not self.has_accel_filter:
            return
        if register == 0x75:
            return
        if register in {0x6B, 0x19}:
            self._next_ns = float(self.clock.t_ns) + self._period_ns()
        self.registers[register] = value

    def _period_ns(self) -> float:
        return (1 + self.registers[0x19]) * 1e6 / self.oscillator

    def _run(self) -> None:
        while self._next_ns <= self.clock.t_ns:
            if not self.registers[0x6B] & 0x40:
                self._sample(round(self._next_ns))
            self._next_ns += self._period_ns()

    def _sample(self, t_ns: int) -> None:
        is_on = self.registers[0x6A] & 0x40 and self.registers[0x23] == 0x78
        values: tuple[int, ...] = self.row(self.made)
        self.made += 1
        if not is_on:
            return
        self.taken_ns.append(t_ns)
        if self.who == 0x12:  # the ICM-20602 cannot leave its temperature out
            values = (*values[:3], -1, *values[3:])
        self.fifo += b"".join(value.to_bytes(2, "big", signed=True) for value in values)
        if len(self.fifo) > self.fifo_bytes:
            del self.fifo[: len(self.fifo) - self.fifo_bytes]
            self.registers[0x3A] |= 0x10
