"""Driver of the InvenSense MPU-6050 / 6500 / 9250 / ICM-20689 family and its clones.

Register map: RM-MPU-6000A rev. 4.2 (MPU-6050); RM-MPU-6500A rev. 2.1 and ICM-20689 DS-000143
rev. 1.1, which keep the map and move the accelerometer's filter to register 0x1D.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backrun_pi.errors import BusError, WrongDevice
from backrun_pi.hardware.ports import Clock, I2cBus
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu_batch import BatchMaker, Counts
from backrun_pi.sensors.imu_settings import ImuSettings
from backrun_pi.sensors.imu_timing import SampleClock

ADDRESSES = (0x68, 0x69)
"""AD0 low, AD0 high."""

SMPLRT_DIV, CONFIG, GYRO_CONFIG, ACCEL_CONFIG, ACCEL_CONFIG_2 = 0x19, 0x1A, 0x1B, 0x1C, 0x1D
FIFO_EN, INT_ENABLE, INT_STATUS, TEMP_OUT = 0x23, 0x38, 0x3A, 0x41
USER_CTRL, PWR_MGMT_1, PWR_MGMT_2 = 0x6A, 0x6B, 0x6C
FIFO_COUNT, FIFO_R_W, WHO_AM_I = 0x72, 0x74, 0x75

RESET, CLOCK_FROM_GYRO = 0x80, 0x01  # PWR_MGMT_1
DIVIDER_100_HZ = 9  # 1 kHz / (1 + 9) with the low-pass on
LOW_PASS_44_HZ = 3  # below half the sample rate
RANGE_2000_DPS, RANGE_16_G = 0x18, 0x18
FIFO_ACCEL_GYRO = 0x78  # XG, YG, ZG and ACCEL
FIFO_ON, FIFO_RESET = 0x40, 0x04  # USER_CTRL
FIFO_OVERFLOW = 0x10  # INT_ENABLE and INT_STATUS
FRAME_BYTES = 12  # three accelerations, three rates, 16 bit each, high byte first
COUNT_MASK = 0x1FFF  # 13 bits in the 512 B and 1 kB chips
PERIOD_S = 0.01
ACCEL_LSB_G = 1.0 / 2048.0  # table 6.2 of PS-MPU-6000A
GYRO_LSB_RPS = math.radians(1.0 / 16.4)  # table 6.1 of PS-MPU-6000A


@dataclass(frozen=True, slots=True)
class Model:
    """What differs between the members of the family."""

    name: str
    has_accel_filter: bool
    """The accelerometer has its own low-pass in register 0x1D."""
    counts_per_c: float
    """[1/degC] Temperature sensitivity."""
    zero_count_c: float
    """[degC] Temperature at count 0."""


MODELS = {
    0x68: Model("MPU-6050", False, 340.0, 36.53),
    0x70: Model("MPU-6500", True, 333.87, 21.0),
    0x71: Model("MPU-9250", True, 333.87, 21.0),
    0x73: Model("MPU-9255", True, 333.87, 21.0),
    0x74: Model("MPU-6515", True, 333.87, 21.0),
    0x98: Model("ICM-20689", True, 326.8, 25.0),
    0x12: Model("ICM-20602", True, 326.8, 25.0),
    0xAF: Model("ICM-20608", True, 326.8, 25.0),
}
"""WHO_AM_I -> model (kernel inv_mpu_iio.h)."""


class Mpu6050:
    """One chip of the family; reads its FIFO."""

    def __init__(
        self, bus: I2cBus, clock: Clock, settings: ImuSettings, address: int, who: int
    ) -> None:
        self._bus, self._clock, self._settings = bus, clock, settings
        self._address = address
        self._model = MODELS.get(who)
        self._who = who
        self._samples = SampleClock(PERIOD_S, settings)
        self._maker = BatchMaker(address, ACCEL_LSB_G, GYRO_LSB_RPS, settings)
        self._chip_c: float | None = None
        self._chip_c_ns: int | None = None
        self._note = ""

    @property
    def name(self) -> str:
        """Return what was found, for people."""
        if self._model is not None:
            return f"{self._model.name} at 0x{self._address:02x}{self._note}"
        return (
            f"MPU-6050 clone at 0x{self._address:02x} "
            f"(WHO_AM_I 0x{self._who:02x} is no InvenSense part; accepted by its behaviour)"
        )

    def start(self) -> None:
        """Reset the chip, set it up, and check a chip with an unknown name by its behaviour.

        Raises:
            BusError: A transfer failed.
            WrongDevice: It does not keep its settings, or does not behave like the family.
        """
        self._write(PWR_MGMT_1, RESET)
        self._wait(self._settings.settle_s)
        self._set_up()
        if self._model is None:
            self._check_behaviour()

    def restart(self) -> None:
        """Set the chip up again after bus trouble or a brown-out, without waiting.

        Raises:
            BusError: A transfer failed.
            WrongDevice: Another chip answers now, or it does not keep its settings.
        """
        who = self._read(WHO_AM_I, 1)[0]
        if who != self._who:
            text = f"now says WHO_AM_I 0x{who:02x}, it was 0x{self._who:02x}"
            raise WrongDevice(f"{self.name}: {text}")
        self._set_up()

    def drain(self) -> ImuBatch | None:
        """Return all samples in the FIFO, None when there is no new one.

        An overflow or a misaligned FIFO is reset; the next batch then carries the gap.

        Raises:
            BusError: A transfer failed, or the chip repeats itself.
        """
        t_ns = self._clock.now_ns()
        has_overflowed = bool(self._read(INT_STATUS, 1)[0] & FIFO_OVERFLOW)
        count = self._fifo_count()
        if count % FRAME_BYTES:  # a frame may be half written: look once more
            count = self._fifo_count()
        if has_overflowed or count % FRAME_BYTES:
            self._reset_fifo()
            return None
        if count == 0:
            return None
        data = self._read(FIFO_R_W, count)
        counts: Counts = np.frombuffer(data, dtype=">i2").reshape(-1, 6).astype(np.int16)
        return self._maker.make(counts, self._samples, t_ns, self._temperature_c(t_ns))

    def _set_up(self) -> None:
        settings = {
            SMPLRT_DIV: DIVIDER_100_HZ,
            CONFIG: LOW_PASS_44_HZ,
            GYRO_CONFIG: RANGE_2000_DPS,
            ACCEL_CONFIG: RANGE_16_G,
        }
        if self._model is None or self._model.has_accel_filter:
            settings[ACCEL_CONFIG_2] = LOW_PASS_44_HZ
        self._write(PWR_MGMT_1, CLOCK_FROM_GYRO)
        self._write(PWR_MGMT_2, 0)  # all six axes on
        for register, value in settings.items():
            self._write(register, value)
        self._write(INT_ENABLE, FIFO_OVERFLOW)
        kept = self._read(SMPLRT_DIV, 4)
        if kept != bytes(list(settings.values())[:4]):
            raise WrongDevice(
                f"{self.name}: does not keep its settings (reads {kept.hex(' ')})"
            )
        self._reset_fifo()

    def _reset_fifo(self) -> None:
        self._write(FIFO_EN, 0)
        self._write(USER_CTRL, FIFO_RESET)
        self._write(USER_CTRL, FIFO_ON)
        self._write(FIFO_EN, FIFO_ACCEL_GYRO)
        self._samples.breaks()

    def _check_behaviour(self) -> None:
        """Accept an unknown chip when it feels gravity and its FIFO runs at our rate."""
        self._wait(self._settings.check_s)
        batch = self.drain()
        if batch is None:
            raise WrongDevice(f"{self.name}: gives no samples")
        rate_hz = len(batch.t_ns) / self._settings.check_s
        tolerance_hz = 0.1 / PERIOD_S + 2.0 / self._settings.check_s  # 10 %, and the two ends
        mean_g = float(np.linalg.norm(batch.accel_mps2.mean(axis=0))) / 9.80665
        if abs(rate_hz - 1.0 / PERIOD_S) > tolerance_hz:
            raise WrongDevice(f"{self.name}: {rate_hz:.0f} samples/s instead of 100")
        if not self._settings.gravity_low_g < mean_g < self._settings.gravity_high_g:
            raise WrongDevice(f"{self.name}: feels {mean_g:.2f} g instead of 1 g")

    def _temperature_c(self, t_ns: int) -> float | None:
        every_ns = self._settings.temperature_every_s * 1e9
        if self._chip_c_ns is None or t_ns - self._chip_c_ns >= every_ns:
            model = self._model or MODELS[0x68]
            raw = int.from_bytes(self._read(TEMP_OUT, 2), "big", signed=True)
            self._chip_c = raw / model.counts_per_c + model.zero_count_c
            self._chip_c_ns = t_ns
        return self._chip_c

    def _fifo_count(self) -> int:
        return int.from_bytes(self._read(FIFO_COUNT, 2), "big") & COUNT_MASK

    def _read(self, register: int, count: int) -> bytes:
        data = self._bus.read(self._address, register, count)
        if len(data) != count:
            raise BusError(self._address, register, None, f"{len(data)} of {count} bytes")
        return data

    def _write(self, register: int, value: int) -> None:
        self._bus.write(self._address, register, bytes((value,)))

    def _wait(self, duration_s: float) -> None:
        self._clock.sleep_until_ns(self._clock.now_ns() + int(duration_s * 1e9))
