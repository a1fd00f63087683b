"""Driver of the InvenSense ICM-20948 (DS-000189 rev. 1.5); its compass is not used.

The registers lie in four banks; everything that is read in a run lies in bank 0.
"""

from __future__ import annotations

from backrun_pi.errors import WrongDevice
from backrun_pi.hardware.ports import Clock, I2cBus
from backrun_pi.sensors.imu.fifo import CountScale
from backrun_pi.sensors.imu.invensense import ACCEL_LSB_G, GYRO_LSB_RPS, InvenSenseImu
from backrun_pi.sensors.imu.settings import ImuSettings

REG_BANK_SEL = 0x7F
BANK_0, BANK_2 = 0x00, 0x20  # bits 5:4

# bank 0, section 7.1
WHO_AM_I, USER_CTRL, PWR_MGMT_1, PWR_MGMT_2 = 0x00, 0x03, 0x06, 0x07
INT_ENABLE_2, FIFO_EN_2, FIFO_RST, FIFO_MODE = 0x12, 0x67, 0x68, 0x69
# bank 2, section 7.3
GYRO_SMPLRT_DIV, GYRO_CONFIG_1 = 0x00, 0x01
ODR_ALIGN_EN, ACCEL_SMPLRT_DIV_1, ACCEL_SMPLRT_DIV_2, ACCEL_CONFIG = 0x09, 0x10, 0x11, 0x14

IDENTITY = 0xEA
RESET, CLOCK_AUTO = 0x80, 0x01  # PWR_MGMT_1
DIVIDER_102_HZ = 10  # 1125 Hz / (1 + 10)
GYRO_2000_DPS_51_HZ = 0x1F  # DLPF 3 in bits 5:3, range 3 in bits 2:1, filter on
ACCEL_16_G_50_HZ = 0x1F  # the same layout
FIFO_ON = 0x40  # USER_CTRL
FIFO_ACCEL_GYRO = 0x1E  # accelerometer, gyroscope z, y, x; no temperature
ALL_FIFOS = 0x1F
SCALE = CountScale(11.0 / 1125.0, ACCEL_LSB_G, GYRO_LSB_RPS)


class Icm20948(InvenSenseImu):
    """One ICM-20948."""

    INT_STATUS, OVERFLOW = 0x1B, ALL_FIFOS
    FIFO_COUNT, FIFO_DATA, TEMP_OUT = 0x70, 0x72, 0x39

    def __init__(self, bus: I2cBus, clock: Clock, settings: ImuSettings, address: int) -> None:
        super().__init__(bus, clock, settings, address, SCALE)

    @property
    def name(self) -> str:
        """Return what was found, for people."""
        return f"ICM-20948 at 0x{self._address:02x}"

    def is_there(self) -> bool:
        """Return whether the chip says it is one. Raises BusError."""
        self._write(REG_BANK_SEL, BANK_0)
        return self._read(WHO_AM_I, 1)[0] == IDENTITY

    def _identify(self) -> None:
        if not self.is_there():
            raise WrongDevice(f"{self.name}: another chip answers now")

    def _reset_chip(self) -> None:
        self._write(REG_BANK_SEL, BANK_0)
        self._write(PWR_MGMT_1, RESET)

    def _set_up(self) -> None:
        self._write(REG_BANK_SEL, BANK_0)
        self._keep(((PWR_MGMT_1, CLOCK_AUTO), (PWR_MGMT_2, 0)))  # awake, all six axes on
        self._write(REG_BANK_SEL, BANK_2)
        self._keep(
            (
                (GYRO_SMPLRT_DIV, DIVIDER_102_HZ),
                (GYRO_CONFIG_1, GYRO_2000_DPS_51_HZ),
                (ODR_ALIGN_EN, 1),  # both sensors start their samples together
                (ACCEL_SMPLRT_DIV_1, 0),
                (ACCEL_SMPLRT_DIV_2, DIVIDER_102_HZ),
                (ACCEL_CONFIG, ACCEL_16_G_50_HZ),
            )
        )
        self._write(REG_BANK_SEL, BANK_0)
        self._write(INT_ENABLE_2, ALL_FIFOS)

    def _empty_fifo(self) -> None:
        self._write(FIFO_EN_2, 0)
        self._write(FIFO_MODE, 0)  # stream
        self._write(FIFO_RST, ALL_FIFOS)
        self._write(FIFO_RST, 0)
        self._write(USER_CTRL, FIFO_ON)
        self._write(FIFO_EN_2, FIFO_ACCEL_GYRO)
