"""Driver of the InvenSense MPU-6050 / 6500 / 9250 / ICM-20689 family and its clones.

Register map: RM-MPU-6000A rev. 4.2 (MPU-6050); RM-MPU-6500A rev. 2.1 and ICM-20689 DS-000143
rev. 1.1, which keep the map and move the accelerometer's filter to register 0x1D.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backrun_pi.errors import WrongDevice
from backrun_pi.hardware.ports import Clock, I2cBus
from backrun_pi.sensors.imu.batch import STANDARD_GRAVITY_MPS2
from backrun_pi.sensors.imu.fifo import CountScale
from backrun_pi.sensors.imu.invensense import (
    ACCEL_LSB_G,
    GYRO_LSB_RPS,
    PLAIN,
    WITH_TEMPERATURE,
    InvenSenseImu,
)
from backrun_pi.sensors.imu.settings import ImuSettings

ADDRESSES = (0x68, 0x69)
"""AD0 low, AD0 high."""

SMPLRT_DIV, CONFIG, GYRO_CONFIG, ACCEL_CONFIG, ACCEL_CONFIG_2 = 0x19, 0x1A, 0x1B, 0x1C, 0x1D
FIFO_EN, INT_ENABLE = 0x23, 0x38
USER_CTRL, PWR_MGMT_1, PWR_MGMT_2 = 0x6A, 0x6B, 0x6C
WHO_AM_I = 0x75

RESET, CLOCK_FROM_GYRO = 0x80, 0x01  # PWR_MGMT_1
DIVIDER_100_HZ = 9  # 1 kHz / (1 + 9) with the low-pass on
LOW_PASS_44_HZ = 3  # below half the sample rate
RANGE_2000_DPS, RANGE_16_G = 0x18, 0x18
FIFO_ACCEL_GYRO = 0x78  # XG, YG, ZG and ACCEL
FIFO_ON, FIFO_RESET = 0x40, 0x04  # USER_CTRL
FIFO_OVERFLOW = 0x10  # INT_ENABLE and INT_STATUS
SCALE = CountScale(0.01, ACCEL_LSB_G, GYRO_LSB_RPS)


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
    columns: tuple[int, ...] = PLAIN
    """Where accelerations and rates stand in a FIFO frame."""


MODELS = {
    0x68: Model("MPU-6050", False, 340.0, 36.53),
    0x70: Model("MPU-6500", True, 333.87, 21.0),
    0x71: Model("MPU-9250", True, 333.87, 21.0),
    0x73: Model("MPU-9255", True, 333.87, 21.0),
    0x74: Model("MPU-6515", True, 333.87, 21.0),
    0x98: Model("ICM-20689", True, 326.8, 25.0),
    0x12: Model("ICM-20602", True, 326.8, 25.0, WITH_TEMPERATURE),
    0xAF: Model("ICM-20608", True, 326.8, 25.0),
}
"""WHO_AM_I -> model (kernel inv_mpu_iio.h). The 20602 always puts its temperature in."""


class Mpu6050(InvenSenseImu):
    """One chip of the family, or a clone."""

    INT_STATUS, OVERFLOW = 0x3A, FIFO_OVERFLOW
    FIFO_COUNT, FIFO_DATA, TEMP_OUT = 0x72, 0x74, 0x41

    def __init__(
        self, bus: I2cBus, clock: Clock, settings: ImuSettings, address: int, who: int
    ) -> None:
        super().__init__(bus, clock, settings, address, SCALE)
        self._who = who
        self._model = MODELS.get(who)
        model = self._model or MODELS[0x68]
        self.counts_per_c, self.zero_count_c = model.counts_per_c, model.zero_count_c
        self.columns = model.columns

    @property
    def name(self) -> str:
        """Return what was found, for people; a clone is named as one."""
        if self._model is not None:
            return f"{self._model.name} at 0x{self._address:02x}"
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
        super().start()
        if self._model is None:
            self._check_behaviour()

    def _identify(self) -> None:
        who = self._read(WHO_AM_I, 1)[0]
        if who != self._who:
            text = f"now says WHO_AM_I 0x{who:02x}, it was 0x{self._who:02x}"
            raise WrongDevice(f"{self.name}: {text}")

    def _reset_chip(self) -> None:
        self._write(PWR_MGMT_1, RESET)

    def _set_up(self) -> None:
        self._write(PWR_MGMT_1, CLOCK_FROM_GYRO)
        self._write(PWR_MGMT_2, 0)  # all six axes on
        if self._model is None or self._model.has_accel_filter:
            self._write(ACCEL_CONFIG_2, LOW_PASS_44_HZ)
        self._write(INT_ENABLE, FIFO_OVERFLOW)
        self._keep(
            (
                (SMPLRT_DIV, DIVIDER_100_HZ),
                (CONFIG, LOW_PASS_44_HZ),
                (GYRO_CONFIG, RANGE_2000_DPS),
                (ACCEL_CONFIG, RANGE_16_G),
            )
        )

    def _empty_fifo(self) -> None:
        self._write(FIFO_EN, 0)
        self._write(USER_CTRL, FIFO_RESET)
        self._write(USER_CTRL, FIFO_ON)
        self._write(FIFO_EN, FIFO_ACCEL_GYRO)

    def _check_behaviour(self) -> None:
        """Accept an unknown chip when it feels gravity and its FIFO runs at our rate."""
        self._wait(self._settings.check_s)
        batch = self.drain()
        if batch is None:
            raise WrongDevice(f"{self.name}: gives no samples")
        rate_hz = len(batch.t_ns) / self._settings.check_s
        tolerance_hz = 0.1 / SCALE.period_s + 2.0 / self._settings.check_s  # 10 %, both ends
        mean_g = float(np.linalg.norm(batch.accel_mps2.mean(axis=0))) / STANDARD_GRAVITY_MPS2
        if abs(rate_hz - 1.0 / SCALE.period_s) > tolerance_hz:
            raise WrongDevice(f"{self.name}: {rate_hz:.0f} samples/s instead of 100")
        if not self._settings.gravity_low_g < mean_g < self._settings.gravity_high_g:
            raise WrongDevice(f"{self.name}: feels {mean_g:.2f} g instead of 1 g")
