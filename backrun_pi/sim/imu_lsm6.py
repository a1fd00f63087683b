"""The LSM6DSO and LSM6DS3TR-C at register level: same sensors, different FIFOs.

Sources: STMicroelectronics DS12140 revision 3 (LSM6DSO), DocID030071 revision 3 (LSM6DS3TR-C),
AN5192 and AN5130 for the FIFOs.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections import deque

from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.gaits import G
from backrun_pi.sim.registers import REGISTERS, RegisterFile
from backrun_pi.sim.sampler import Sampler

WHO_AM_I, CTRL1_XL, CTRL2_G, CTRL3_C, STATUS = 0x0F, 0x10, 0x11, 0x12, 0x1E
TEMP, GYRO, ACCEL = 0x20, 0x22, 0x28
FIFO_STATUS1, FIFO_STATUS2 = 0x3A, 0x3B
_READ_ONLY = {WHO_AM_I, STATUS, FIFO_STATUS1, FIFO_STATUS2, *range(TEMP, ACCEL + 6)}
_ODR_HZ = (0.0, 12.5, 26.0, 52.0, 104.0, 208.0, 416.0, 833.0, 1666.0, 3332.0, 6664.0)
_ACCEL_MG = (0.061, 0.488, 0.122, 0.244)  # per count, by FS_XL: 2, 16, 4, 8 g
_GYRO_MDPS = (8.75, 17.5, 35.0, 70.0)  # per count, by FS_G: 250, 500, 1000, 2000 dps
_CHIP_C = 31.0
_STOP_WHEN_FULL = 1


class Lsm6(RegisterFile):
    """What both chips share; a subclass has the FIFO."""

    identity = 0

    def __init__(
        self, sampler: Sampler, clock: SimClock, faults: FaultBook, who_am_i: int | None = None
    ) -> None:
        self._sampler, self._clock, self._faults = sampler, clock, faults
        self._who_am_i = self.identity if who_am_i is None else who_am_i
        self._is_overrun = False
        self.power_on()

    def power_on(self) -> None:
        """Take the values after reset: powered down, addresses count up."""
        self._registers = bytearray(REGISTERS)
        self._registers[WHO_AM_I] = self._who_am_i
        self._registers[CTRL3_C] = 0x04
        self._clear()
        self._reconfigure()

    def _write_one(self, register: int, value: int) -> None:
        if register in _READ_ONLY:
            return
        if register == CTRL3_C and value & 0x81:  # BOOT or SW_RESET
            self.power_on()
            return
        changed = self._registers[register] != value
        self._registers[register] = value
        if register in (CTRL1_XL, CTRL2_G) and changed:
            self._reconfigure()
        if self._mode() == 0:  # bypass empties the FIFO
            self._clear()

    def _reconfigure(self) -> None:
        xl, g = self._registers[CTRL1_XL], self._registers[CTRL2_G]
        code = max(xl >> 4, g >> 4)
        rate_hz = _ODR_HZ[code] if code < len(_ODR_HZ) else 0.0
        accel_lsb = _ACCEL_MG[xl >> 2 & 3] * 1e-3 * G
        gyro_mdps = 4.375 if g & 2 else _GYRO_MDPS[g >> 2 & 3]
        self._sampler.configure(
            rate_hz,
            accel_lsb,
            math.radians(gyro_mdps * 1e-3),
            "<i2",
            low_pass_hz=max(1.0, rate_hz / 2.0),  # LPF1 alone (datasheet 9.16, LPF2_XL_EN 0)
        )

    def _update(self) -> None:
        frames = self._sampler.take()
        if len(frames) == 0:
            return
        registers = self._registers
        registers[TEMP : TEMP + 2] = round((_CHIP_C - 25.0) * 256).to_bytes(2, "little")
        registers[GYRO : GYRO + 6] = frames[-1, 3:].tobytes()
        registers[ACCEL : ACCEL + 6] = frames[-1, :3].tobytes()
        registers[STATUS] = 0x07
        if self._mode() == 0 or self._faults.holds("imu_no_samples", self._clock.elapsed_s):
            return
        for frame in frames:
            self._take(frame[3:].tobytes(), frame[:3].tobytes())

    def _read_one(self, register: int) -> int:
        return self._registers[register]

    def _after(self, register: int) -> int:
        """Count up while IF_INC stands; the FIFO's output rolls round."""
        return self._next(register) if self._registers[CTRL3_C] & 0x04 else register

    def _next(self, register: int) -> int:
        return super()._after(register)

    @abstractmethod
    def _mode(self) -> int:
        """Return the mode of the FIFO."""

    @abstractmethod
    def _clear(self) -> None:
        """Empty the FIFO."""

    @abstractmethod
    def _take(self, gyro: bytes, accel: bytes) -> None:
        """Put one sample into the FIFO."""


class Lsm6dso(Lsm6):
    """LSM6DSO and LSM6DSOX: 512 tagged words of six bytes."""

    identity = 0x6C
    _CTRL3, _CTRL4, _TAG, _LAST = 0x09, 0x0A, 0x78, 0x7E
    _WORDS = 512
    _GYRO_TAG, _ACCEL_TAG = 0x01, 0x02

    def _clear(self) -> None:
        self._fifo: deque[bytes] = deque()
        self._word = bytes(7)
        self._slot = 0
        self._is_overrun = False

    def _mode(self) -> int:
        return self._registers[self._CTRL4] & 7

    def _take(self, gyro: bytes, accel: bytes) -> None:
        batched = self._registers[self._CTRL3]
        self._slot = (self._slot + 1) % 4
        if batched & 0xF0:
            self._put(self._GYRO_TAG, gyro)
        if batched & 0x0F:
            self._put(self._ACCEL_TAG, accel)

    def _put(self, tag: int, data: bytes) -> None:
        if len(self._fifo) >= self._WORDS:
            self._is_overrun = True
            if self._mode() == _STOP_WHEN_FULL:
                return
            self._fifo.popleft()
        head = tag << 3 | self._slot << 1
        head |= head.bit_count() & 1  # even parity
        self._fifo.append(bytes((head,)) + data)

    def _read_one(self, register: int) -> int:
        if register == FIFO_STATUS1:
            return len(self._fifo) & 0xFF
        if register == FIFO_STATUS2:
            full = 0x20 if len(self._fifo) >= self._WORDS else 0
            status = len(self._fifo) >> 8 | full | (0x48 if self._is_overrun else 0)
            self._is_overrun = False
            return status
        if register == self._TAG:
            self._word = self._fifo.popleft() if self._fifo else bytes(7)
        if self._TAG <= register <= self._LAST:
            return self._word[register - self._TAG]
        return self._registers[register]

    def _next(self, register: int) -> int:
        return self._TAG if register == self._LAST else super()._next(register)


class Lsm6ds3trc(Lsm6):
    """LSM6DS3TR-C, LSM6DSL: 2048 untagged 16-bit words, gyroscope before accelerometer."""

    identity = 0x6A
    _CTRL3, _CTRL5, _PATTERN, _OUT = 0x08, 0x0A, 0x3C, 0x3E
    _WORDS = 2048

    def _clear(self) -> None:
        self._fifo = bytearray()
        self._position = 0  # of the next word to be read inside the pattern
        self._is_overrun = False

    def _mode(self) -> int:
        return self._registers[self._CTRL5] & 7

    def _take(self, gyro: bytes, accel: bytes) -> None:
        data = gyro if self._registers[self._CTRL3] >> 3 & 7 else b""
        data += accel if self._registers[self._CTRL3] & 7 else b""
        if self._mode() == _STOP_WHEN_FULL and len(self._fifo) + len(data) > 2 * self._WORDS:
            self._is_overrun = True
            return
        self._fifo += data
        over = len(self._fifo) - 2 * self._WORDS
        if over > 0:
            self._is_overrun = True
            del self._fifo[:over]
            self._position = (self._position + over // 2) % self._length()

    def _length(self) -> int:
        control = self._registers[self._CTRL3]
        return max(1, 3 * bool(control >> 3 & 7) + 3 * bool(control & 7))

    def _read_one(self, register: int) -> int:
        words = len(self._fifo) // 2
        if register == FIFO_STATUS1:
            return words & 0xFF
        if register == FIFO_STATUS2:
            flags = 0x40 if self._is_overrun else 0
            flags |= 0x20 if words >= self._WORDS - 1 else 0
            flags |= 0x10 if words == 0 else 0
            self._is_overrun = False
            return words >> 8 & 7 | flags
        if register == self._PATTERN:
            return self._position & 0xFF
        if register == self._PATTERN + 1:
            return self._position >> 8
        if register in (self._OUT, self._OUT + 1):
            return self._next_byte(register)
        return self._registers[register]

    def _next_byte(self, register: int) -> int:
        if len(self._fifo) < 2:
            return 0
        if register == self._OUT:
            return self._fifo[0]
        value = self._fifo[1]
        del self._fifo[:2]
        self._position = (self._position + 1) % self._length()
        return value

    def _next(self, register: int) -> int:
        return self._OUT if register == self._OUT + 1 else super()._next(register)
