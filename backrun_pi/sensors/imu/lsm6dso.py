"""Drivers of ST's LSM6DSO / LSM6DSOX (DS12140 rev. 2) and LSM6DS3TR-C (DS11996 rev. 7).

They share the sensor registers. The LSM6DSO's FIFO gives each word a tag; that of the
LSM6DS3TR-C has none and says only which word of the pattern comes next.
"""

from __future__ import annotations

import abc
import math

import numpy as np

from backrun_pi.errors import WrongDevice
from backrun_pi.hardware.ports import Clock, I2cBus
from backrun_pi.sensors.imu.batch import Counts
from backrun_pi.sensors.imu.fifo import CountScale, FifoImu
from backrun_pi.sensors.imu.settings import ImuSettings

ADDRESSES = (0x6A, 0x6B)
"""SA0 low, SA0 high."""

WHO_AM_I, CTRL1_XL, CTRL2_G, CTRL3_C, CTRL9_XL, OUT_TEMP = 0x0F, 0x10, 0x11, 0x12, 0x18, 0x20
FIFO_STATUS_1 = 0x3A

SOFTWARE_RESET, BLOCK_UPDATE_AND_INCREMENT = 0x01, 0x44  # CTRL3_C
ACCEL_104_HZ_16_G, GYRO_104_HZ_2000_DPS = 0x44, 0x4C
SCALE = CountScale(1.0 / 104.0, 0.488e-3, math.radians(70e-3))  # tables 2 and 3
TEMP_COUNTS_PER_C, TEMP_ZERO_C = 256.0, 25.0

NO_COUNTS: Counts = np.empty((0, 6), dtype=np.int16)


class Lsm6(FifoImu, abc.ABC):
    """What both have in common."""

    IDENTITY: int
    MODEL: str

    def __init__(self, bus: I2cBus, clock: Clock, settings: ImuSettings, address: int) -> None:
        super().__init__(bus, clock, settings, address, SCALE)

    @property
    def name(self) -> str:
        """Return what was found, for people."""
        return f"{self.MODEL} at 0x{self._address:02x}"

    def _identify(self) -> None:
        if self._read(WHO_AM_I, 1)[0] != self.IDENTITY:
            raise WrongDevice(f"{self.name}: another chip answers now")

    def _reset_chip(self) -> None:
        self._write(CTRL3_C, SOFTWARE_RESET)

    def _set_up(self) -> None:
        self._keep(
            (
                (CTRL3_C, BLOCK_UPDATE_AND_INCREMENT),
                (CTRL1_XL, ACCEL_104_HZ_16_G),
                (CTRL2_G, GYRO_104_HZ_2000_DPS),
            )
        )

    def _read_temperature_c(self) -> float:
        raw = int.from_bytes(self._read(OUT_TEMP, 2), "little", signed=True)
        return raw / TEMP_COUNTS_PER_C + TEMP_ZERO_C


class Lsm6dso(Lsm6):
    """LSM6DSO and LSM6DSOX: 512 words of a tag and three values."""

    IDENTITY, MODEL = 0x6C, "LSM6DSO"
    FIFO_CTRL3, FIFO_CTRL4, FIFO_DATA = 0x09, 0x0A, 0x78
    BATCH_104_HZ = 0x44  # both sensors
    BYPASS, CONTINUOUS = 0, 6
    I3C_OFF = 0xE2  # CTRL9_XL: the default 0xE0 and I3C_disable
    OVERRUN = 0x48  # FIFO_STATUS_2: now, and latched
    COUNT_MASK = 0x03FF
    WORD_BYTES = 7
    GYRO, ACCEL = 1, 2  # table 191, TAG_SENSOR

    def _set_up(self) -> None:
        super()._set_up()
        self._keep(((CTRL9_XL, self.I3C_OFF), (self.FIFO_CTRL3, self.BATCH_104_HZ)))

    def _empty_fifo(self) -> None:
        self._half: dict[int, tuple[int, bytes]] = {}
        self._write(self.FIFO_CTRL4, self.BYPASS)
        self._write(self.FIFO_CTRL4, self.CONTINUOUS)

    def _take(self) -> Counts | None:
        status = int.from_bytes(self._read(FIFO_STATUS_1, 2), "little")
        if status >> 8 & self.OVERRUN:
            return None
        words = status & self.COUNT_MASK
        if words == 0:
            return NO_COUNTS
        data = self._read(self.FIFO_DATA, words * self.WORD_BYTES)
        rows = b"".join(self._pairs(data))
        return np.frombuffer(rows, dtype="<i2").reshape(-1, 6).astype(np.int16)

    def _pairs(self, data: bytes) -> list[bytes]:
        """Join the two words of each moment: they carry the same two-bit counter.

        A word whose partner has not arrived yet waits for the next drain.
        """
        rows: list[bytes] = []
        for start in range(0, len(data), self.WORD_BYTES):
            sensor, moment = data[start] >> 3, data[start] >> 1 & 3
            if sensor not in {self.GYRO, self.ACCEL}:
                continue
            word = data[start + 1 : start + self.WORD_BYTES]
            other = self.ACCEL if sensor == self.GYRO else self.GYRO
            waiting = self._half.pop(other, None)
            if waiting is None or waiting[0] != moment:
                self._half[sensor] = (moment, word)
            else:
                rows.append(word + waiting[1] if sensor == self.ACCEL else waiting[1] + word)
        return rows


class Lsm6ds3trc(Lsm6):
    """LSM6DS3TR-C: 16-bit words in the pattern gyroscope x y z, accelerometer x y z."""

    IDENTITY, MODEL = 0x6A, "LSM6DS3TR-C"
    FIFO_CTRL3, FIFO_CTRL5, FIFO_DATA = 0x08, 0x0A, 0x3E
    NO_DECIMATION = 0x09  # both sensors
    BYPASS_104_HZ, CONTINUOUS_104_HZ = 0x20, 0x26
    OVERRUN = 0x40  # FIFO_STATUS2
    COUNT_MASK = 0x07FF
    PATTERN_WORDS = 6

    def _set_up(self) -> None:
        super()._set_up()
        self._keep(((self.FIFO_CTRL3, self.NO_DECIMATION),))

    def _empty_fifo(self) -> None:
        self._write(self.FIFO_CTRL5, self.BYPASS_104_HZ)
        self._write(self.FIFO_CTRL5, self.CONTINUOUS_104_HZ)

    def _take(self) -> Counts | None:
        status = self._read(FIFO_STATUS_1, 4)
        words = int.from_bytes(status[:2], "little") & self.COUNT_MASK
        next_in_pattern = int.from_bytes(status[2:], "little") & 0x03FF
        if status[1] & self.OVERRUN or (words and next_in_pattern):
            return None
        words -= words % self.PATTERN_WORDS
        data = self._read(self.FIFO_DATA, words * 2) if words else b""
        rows = np.frombuffer(data, dtype="<i2").reshape(-1, 6)
        return rows[:, [3, 4, 5, 0, 1, 2]].astype(np.int16)


MODELS: dict[int, type[Lsm6dso | Lsm6ds3trc]] = {
    Lsm6dso.IDENTITY: Lsm6dso,
    Lsm6ds3trc.IDENTITY: Lsm6ds3trc,
}
"""WHO_AM_I -> driver."""
