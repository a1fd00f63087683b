"""The I2C bus through the kernel's i2c-dev, with transfers of any length."""

from __future__ import annotations

import errno
import fcntl
import os
from types import MappingProxyType

import smbus2

from backrun_pi.errors import BusError

MENDING = MappingProxyType(
    {
        errno.ENOENT: "enable I2C (dtparam=i2c_arm=on in config.txt) and reboot",
        errno.EACCES: "the user is not in the group i2c: sudo adduser $USER i2c",
    }
)
"""How to fix a bus that cannot be opened."""


I2C_TIMEOUT = 0x0702  # linux/i2c-dev.h, in units of 10 ms
WAIT_10MS = 20
"""[10 ms] Longest wait for one transfer. The kernel's own 1 s would stop the loop, and with it
the record, for longer than a loss may take to be announced; 1 KiB takes 92 ms at 100 kHz."""


class LinuxI2c:
    """One /dev/i2c-N. Combined transfers (I2C_RDWR), so a burst may exceed 32 bytes."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._bus: smbus2.SMBus | None = None

    def read(self, address: int, register: int, count: int) -> bytes:
        """Write the register number, repeated start, read `count` bytes.

        Raises:
            BusError: NAK (EREMOTEIO), timeout, arbitration lost, or no such bus.
        """
        ask = smbus2.i2c_msg.write(address, [register])
        answer = smbus2.i2c_msg.read(address, count)
        self._transfer(address, register, ask, answer)
        return bytes(answer)

    def write(self, address: int, register: int, data: bytes) -> None:
        """Write the register number and the data in one transfer.

        Raises:
            BusError: As in `read`.
        """
        self._transfer(address, register, smbus2.i2c_msg.write(address, [register, *data]))

    def close(self) -> None:
        """Close the bus; closing twice is allowed."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _transfer(self, address: int, register: int, *messages: smbus2.i2c_msg) -> None:
        try:
            if self._bus is None:
                self._bus = self._opened(address, register)
            self._bus.i2c_rdwr(*messages)
        except BusError:
            raise
        except OSError as error:
            text = os.strerror(error.errno) if error.errno else str(error)
            raise BusError(address, register, error.errno, text) from error

    def _opened(self, address: int, register: int) -> smbus2.SMBus:
        path = f"/dev/i2c-{self._number}"
        try:
            bus = smbus2.SMBus(path)
            if bus.fd is not None:
                fcntl.ioctl(bus.fd, I2C_TIMEOUT, WAIT_10MS)
        except OSError as error:
            how = MENDING.get(error.errno or 0, "check the wiring and config.txt")
            text = f"{path} cannot be opened: {error.strerror}; {how}"
            raise BusError(address, register, error.errno, text) from error
        return bus
