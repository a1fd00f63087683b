"""The I2C bus: transfers take time, and fail the way they do on a Pi."""

from __future__ import annotations

import errno
from typing import Protocol

import numpy as np

from backrun_pi.errors import BusError
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook

_BIT_S = 1.0 / 400_000.0
_OVERHEAD_BYTES = 3  # address, register, repeated address
_TIMEOUT_S = 0.1


class I2cDevice(Protocol):
    """A chip on the bus: a register file."""

    def read(self, register: int, count: int) -> bytes:
        """Return bytes from a register on."""

    def write(self, register: int, data: bytes) -> None:
        """Take bytes into a register and the following ones."""


class SimI2c:
    """Implements hardware.ports.I2cBus."""

    def __init__(
        self,
        clock: SimClock,
        faults: FaultBook,
        devices: dict[int, I2cDevice],
        imus: set[int],
        rng: np.random.Generator,
    ) -> None:
        """Put devices on the bus.

        Args:
            clock: Every transfer takes its time from it.
            faults: What breaks.
            devices: By address.
            imus: Addresses that fall silent with the IMU.
            rng: Chance of a noisy bus.
        """
        self._clock, self._faults, self._devices, self._rng = clock, faults, devices, rng
        self._imus = imus

    def fit(self, address: int, device: I2cDevice) -> None:
        """Put another device on the bus, in the place of the one there."""
        self._devices[address] = device

    def move(self, old: int, new: int) -> None:
        """Let a device answer at another address: its address pin floats."""
        self._devices[new] = self._devices.pop(old)
        if old in self._imus:
            self._imus.remove(old)
            self._imus.add(new)

    def read(self, address: int, register: int, count: int) -> bytes:
        """Read registers. Raises BusError."""
        device = self._device(address, register)
        data = device.read(register, count)
        self._clock.pass_s((count + _OVERHEAD_BYTES) * 9 * _BIT_S)
        return data

    def write(self, address: int, register: int, data: bytes) -> None:
        """Write registers. Raises BusError."""
        device = self._device(address, register)
        device.write(register, data)
        self._clock.pass_s((len(data) + 2) * 9 * _BIT_S)

    def _device(self, address: int, register: int) -> I2cDevice:
        t_s = self._clock.elapsed_s
        if self._faults.holds("i2c_stuck", t_s):
            self._clock.pass_s(_TIMEOUT_S)
            raise BusError(address, register, errno.ETIMEDOUT, "timed out")
        device = self._devices.get(address)
        is_silent = address in self._imus and self._faults.holds("imu_nak", t_s)
        if device is None or is_silent:
            self._clock.pass_s(2 * 9 * _BIT_S)
            raise BusError(address, register, errno.EREMOTEIO, "not acknowledged")
        share = self._faults.value("i2c_noise", t_s)
        if share is not None and self._rng.random() < share:
            raise BusError(address, register, errno.EREMOTEIO, "not acknowledged")
        return device
