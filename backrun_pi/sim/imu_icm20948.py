"""The ICM-20948 at register level: four banks of registers, one FIFO.

Source: TDK InvenSense DS-000189 revision 1.3, register map of user banks 0 and 2.
"""

from __future__ import annotations

import math

from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.gaits import G
from backrun_pi.sim.registers import REGISTERS, ByteFifo, FifoRegisterFile
from backrun_pi.sim.sampler import Sampler

BANK_SELECT = 0x7F
# bank 0
WHO_AM_I, USER_CTRL, PWR_MGMT_1 = 0x00, 0x03, 0x06
DATA_READY_STATUS, OVERFLOW_STATUS, DATA, TEMP = 0x1A, 0x1B, 0x2D, 0x39
FIFO_EN_2, FIFO_RESET, FIFO_MODE = 0x67, 0x68, 0x69
FIFO_COUNT_H, FIFO_COUNT_L, FIFO_R_W = 0x70, 0x71, 0x72
# bank 2
GYRO_DIVIDER, GYRO_CONFIG, ACCEL_CONFIG = 0x00, 0x01, 0x14
_IDENTITY = 0xEA
_FIFO_BYTES = 512
_BASE_HZ = 1125.0
_LOW_PASS_HZ = (246.0, 246.0, 111.4, 50.4, 23.9, 11.5, 5.7, 473.0)  # by ACCEL_DLPFCFG
_CHIP_C, _ZERO_C, _DEGREE_LSB = 31.0, 21.0, 333.87
_READ_ONLY = {WHO_AM_I, DATA_READY_STATUS, OVERFLOW_STATUS, FIFO_COUNT_H, FIFO_COUNT_L}
_READ_ONLY |= set(range(DATA, TEMP + 2))


class Icm20948(FifoRegisterFile):
    """One chip."""

    def __init__(
        self, sampler: Sampler, clock: SimClock, faults: FaultBook, who_am_i: int | None = None
    ) -> None:
        self._sampler, self._clock, self._faults = sampler, clock, faults
        self._identity = _IDENTITY if who_am_i is None else who_am_i
        self._fifo = ByteFifo(_FIFO_BYTES)
        self.power_on()

    def power_on(self) -> None:
        """Take the values after reset: asleep, filters by-passed."""
        self._banks = [bytearray(REGISTERS) for _ in range(4)]
        self._banks[0][WHO_AM_I] = self._identity
        self._banks[0][PWR_MGMT_1] = 0x41
        self._banks[2][GYRO_CONFIG] = self._banks[2][ACCEL_CONFIG] = 0x01
        self._bank = 0
        self._fifo.clear()
        self._reconfigure()

    def _is_port(self, register: int) -> bool:
        return self._bank == 0 and register == FIFO_R_W

    def _read_one(self, register: int) -> int:
        if register == BANK_SELECT:
            return self._bank << 4
        if self._bank == 0 and register in (FIFO_COUNT_H, FIFO_COUNT_L):
            count = len(self._fifo)
            return count >> 8 if register == FIFO_COUNT_H else count & 0xFF
        value = self._banks[self._bank][register]
        if self._bank == 0 and register in (DATA_READY_STATUS, OVERFLOW_STATUS):
            self._banks[0][register] = 0
        return value

    def _write_one(self, register: int, value: int) -> None:
        if register == BANK_SELECT:
            self._bank = value >> 4 & 3
            return
        if self._bank == 0:
            if register in _READ_ONLY:
                return
            if register == PWR_MGMT_1 and value & 0x80:
                self.power_on()
                return
            if register == FIFO_RESET and value & 0x1F:
                self._fifo.clear()
        self._banks[self._bank][register] = value
        if (self._bank, register) in {
            (0, PWR_MGMT_1),
            (2, GYRO_DIVIDER),
            (2, GYRO_CONFIG),
            (2, ACCEL_CONFIG),
        }:
            self._reconfigure()

    def _reconfigure(self) -> None:
        gyro, accel = self._banks[2][GYRO_CONFIG], self._banks[2][ACCEL_CONFIG]
        accel_lsb = 2.0 * 2 ** (accel >> 1 & 3) * G / 32768.0
        gyro_lsb = math.radians(2 ** (gyro >> 1 & 3) / 131.0)
        rate_hz = _BASE_HZ / (1 + self._banks[2][GYRO_DIVIDER]) if gyro & 1 else 9000.0
        asleep = bool(self._banks[0][PWR_MGMT_1] & 0x40)
        low_pass_hz = _LOW_PASS_HZ[accel >> 3 & 7] if accel & 1 else 1209.0
        self._sampler.configure(
            0.0 if asleep else rate_hz, accel_lsb, gyro_lsb, low_pass_hz=low_pass_hz
        )

    def _update(self) -> None:
        frames = self._sampler.take()
        if len(frames) == 0:
            return
        temp = round((_CHIP_C - _ZERO_C) * _DEGREE_LSB).to_bytes(2, "big", signed=True)
        bank = self._banks[0]
        bank[DATA:TEMP] = frames[-1].tobytes()
        bank[TEMP : TEMP + 2] = temp
        bank[DATA_READY_STATUS] = 1
        enabled = bank[FIFO_EN_2] & 0x1F
        if not bank[USER_CTRL] & 0x40 or not enabled or bank[FIFO_RESET] & 0x1F:
            return  # as long as the reset bits stand, the FIFO takes nothing
        if self._faults.holds("imu_no_samples", self._clock.elapsed_s):
            return
        data = frames.tobytes()
        if enabled == 0x1E:  # accelerometer and gyroscope
            self._push(data)
            return
        for start in range(0, len(data), 12):
            self._push(_selected(data[start : start + 12] + temp, enabled))

    def _push(self, data: bytes) -> None:
        is_stopping = bool(self._banks[0][FIFO_MODE] & 0x1F)  # snapshot: keep the oldest
        if self._fifo.push(data, is_stopping=is_stopping):
            self._banks[0][OVERFLOW_STATUS] |= 0x1F


def _selected(frame: bytes, enabled: int) -> bytes:
    """Return what FIFO_EN_2 lets in: accel 4, gyro z 3, y 2, x 1, temp 0, in address order."""
    out = frame[0:6] if enabled & 0x10 else b""
    for bit, start in ((0x02, 6), (0x04, 8), (0x08, 10), (0x01, 12)):
        if enabled & bit:
            out += frame[start : start + 2]
    return out
