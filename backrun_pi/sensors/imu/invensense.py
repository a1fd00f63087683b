"""The FIFO that all InvenSense chips share: untagged frames and a byte counter."""

from __future__ import annotations

import abc
import math
from typing import ClassVar

import numpy as np

from backrun_pi.sensors.imu.batch import Counts
from backrun_pi.sensors.imu.fifo import FifoImu

PLAIN = (0, 1, 2, 3, 4, 5)
WITH_TEMPERATURE = (0, 1, 2, 4, 5, 6)  # the fourth word of a frame of seven
COUNT_MASK = 0x1FFF  # 13 bits
ACCEL_LSB_G = 1.0 / 2048.0  # 16 g: PS-MPU-6000A table 6.2, DS-000189 table 2
GYRO_LSB_RPS = math.radians(1.0 / 16.4)  # 2000 deg/s: table 6.1, DS-000189 table 1


class InvenSenseImu(FifoImu, abc.ABC):
    """Reads whole frames. An overflow throws away bytes, so the frames shift: reset it."""

    INT_STATUS: ClassVar[int]
    OVERFLOW: ClassVar[int]
    """Bits of INT_STATUS that say the FIFO ran over; cleared by reading."""
    FIFO_COUNT: ClassVar[int]
    TEMP_OUT: ClassVar[int]
    counts_per_c: float = 333.87
    """[1/degC] Temperature sensitivity."""
    zero_count_c: float = 21.0
    """[degC] Temperature at count 0."""
    columns: tuple[int, ...] = PLAIN
    """Where accelerations and rates stand in a frame of 16-bit words, high byte first."""

    def _take(self) -> Counts | None:
        if self._read(self.INT_STATUS, 1)[0] & self.OVERFLOW:
            return None
        words = self.columns[-1] + 1
        count = self._fifo_count()
        if count % (2 * words):  # a frame may be half written: look once more
            count = self._fifo_count()
        if count % (2 * words):
            return None
        data = self._read(self.FIFO_DATA, count) if count else b""
        rows = np.frombuffer(data, dtype=">i2").reshape(-1, words).astype(np.int16)
        return rows if self.columns is PLAIN else rows[:, self.columns]

    def _read_temperature_c(self) -> float:
        raw = int.from_bytes(self._read(self.TEMP_OUT, 2), "big", signed=True)
        return raw / self.counts_per_c + self.zero_count_c

    def _fifo_count(self) -> int:
        return int.from_bytes(self._read(self.FIFO_COUNT, 2), "big") & COUNT_MASK
