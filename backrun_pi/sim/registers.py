"""The bus side of a chip: bursts over its registers, and InvenSense's FIFO of bytes."""

from __future__ import annotations

import abc

REGISTERS = 128


class RegisterFile(abc.ABC):
    """Implements sim.i2c.I2cDevice; a subclass says what one register does."""

    def read(self, register: int, count: int) -> bytes:
        """Burst read: the address counts up."""
        self._update()
        out = bytearray()
        while len(out) < count:
            out.append(self._read_one(register))
            register = self._after(register)
        return bytes(out)

    def write(self, register: int, data: bytes) -> None:
        """Burst write."""
        self._update()
        for value in data:
            self._write_one(register, value)
            register = self._after(register)

    def _after(self, register: int) -> int:
        """Return the register that a burst goes on with."""
        return (register + 1) % REGISTERS

    @abc.abstractmethod
    def _update(self) -> None:
        """Bring the registers up to the present moment."""

    @abc.abstractmethod
    def _read_one(self, register: int) -> int:
        """Return a register's value; reading may clear it."""

    @abc.abstractmethod
    def _write_one(self, register: int, value: int) -> None:
        """Take a value into a register."""


class ByteFifo:
    """A FIFO that knows no frames: full, it loses bytes wherever a frame happens to be."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._bytes = bytearray()
        self._last = 0

    def __len__(self) -> int:
        """Return how many bytes wait."""
        return len(self._bytes)

    def clear(self) -> None:
        """Forget what waits."""
        self._bytes.clear()

    def push(self, data: bytes, *, is_stopping: bool) -> bool:
        """Take bytes, return whether it ran over.

        Full, the oldest go, or the newest when it `is_stopping`.
        """
        self._bytes += data
        over = len(self._bytes) - self._size
        if over <= 0:
            return False
        if is_stopping:
            del self._bytes[self._size :]
        else:
            del self._bytes[:over]
        return True

    def pop(self, count: int) -> bytes:
        """Give bytes; empty, it repeats the last one."""
        data = bytes(self._bytes[:count])
        del self._bytes[:count]
        if data:
            self._last = data[-1]
        return data + bytes((self._last,)) * (count - len(data))


class FifoRegisterFile(RegisterFile):
    """Registers of which one is the port of a byte FIFO, where a burst stays."""

    _fifo: ByteFifo

    def read(self, register: int, count: int) -> bytes:
        """Burst read: the address counts up until it comes to the FIFO's port."""
        for before in range(count):
            if self._is_port((register + before) % REGISTERS):
                head = super().read(register, before)
                return head + self._fifo.pop(count - before)
        return super().read(register, count)

    def _after(self, register: int) -> int:
        return register if self._is_port(register) else super()._after(register)

    @abc.abstractmethod
    def _is_port(self, register: int) -> bool:
        """Return whether a register is the FIFO's port now."""
