"""The MPU-6050 family at register level, from the datasheets.

Sources: InvenSense RM-MPU-6000A-00 revision 4.2 (register map), PS-MPU-6000A-00 revision 3.4;
RM-MPU-6500A-00 revision 2.1; DS-000143 (ICM-20689). The numbers are written down here again on
purpose: a mistake in the driver must not be copied into its chip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.gaits import G
from backrun_pi.sim.registers import REGISTERS, ByteFifo, FifoRegisterFile
from backrun_pi.sim.sampler import Sampler

SMPLRT_DIV, CONFIG, GYRO_CONFIG, ACCEL_CONFIG, ACCEL_CONFIG_2 = 0x19, 0x1A, 0x1B, 0x1C, 0x1D
FIFO_EN, INT_STATUS, DATA, TEMP = 0x23, 0x3A, 0x3B, 0x41
SIGNAL_PATH_RESET, USER_CTRL, PWR_MGMT_1, PWR_MGMT_2 = 0x68, 0x6A, 0x6B, 0x6C
FIFO_COUNT_H, FIFO_COUNT_L, FIFO_R_W, WHO_AM_I = 0x72, 0x73, 0x74, 0x75
_READ_ONLY = {INT_STATUS, FIFO_COUNT_H, FIFO_COUNT_L, WHO_AM_I, *range(DATA, 0x49)}
_OVERFLOW, _DATA_READY = 0x10, 0x01
_CHIP_C = 31.0
# Accelerometer bandwidth by DLPF_CFG, one filter for both sensors (RM-MPU-6000A 4.3), and by
# A_DLPF_CFG where it has its own (RM-MPU-6500A 4.8)
_JOINT_HZ = (260.0, 184.0, 94.0, 44.0, 21.0, 10.0, 5.0, 260.0)
_SPLIT_HZ = (218.1, 218.1, 99.0, 44.8, 21.2, 10.2, 5.05, 420.0)
_SHAPING = {
    SMPLRT_DIV,
    CONFIG,
    GYRO_CONFIG,
    ACCEL_CONFIG,
    ACCEL_CONFIG_2,
    PWR_MGMT_1,
    PWR_MGMT_2,
}
# FIFO_EN bit -> columns of (ax ay az temp gx gy gz), in the order they enter the FIFO
_FIFO_COLUMNS = ((0x08, (0, 1, 2)), (0x80, (3,)), (0x40, (4,)), (0x20, (5,)), (0x10, (6,)))


@dataclass(frozen=True, slots=True)
class Variant:
    """What differs inside the family."""

    who_am_i: int
    """Value of register 0x75."""
    fifo_bytes: int
    """[B] Size of the FIFO."""
    reset_power: int
    """PWR_MGMT_1 after reset: the 6050 sleeps, its successors run."""
    degree_lsb: float
    """[LSB/degC] Of the thermometer."""
    zero_c: float
    """[degC] At count 0."""


VARIANTS: dict[str, Variant] = {
    "mpu6050": Variant(0x68, 1024, 0x40, 340.0, 36.53),
    "mpu6500": Variant(0x70, 512, 0x01, 333.87, 21.0),
    "mpu9250": Variant(0x71, 512, 0x01, 333.87, 21.0),
    "icm20689": Variant(0x98, 4096, 0x41, 326.8, 25.0),
}


class Mpu6050(FifoRegisterFile):
    """One chip of the family."""

    def __init__(
        self,
        variant: Variant,
        sampler: Sampler,
        clock: SimClock,
        faults: FaultBook,
        who_am_i: int | None = None,
    ) -> None:
        self._variant, self._sampler = variant, sampler
        self._clock, self._faults = clock, faults
        self._identity = variant.who_am_i if who_am_i is None else who_am_i
        self._fifo = ByteFifo(variant.fifo_bytes)
        self.power_on()

    def power_on(self) -> None:
        """Take the values after reset."""
        self._registers = bytearray(REGISTERS)
        self._registers[PWR_MGMT_1] = self._variant.reset_power
        self._registers[WHO_AM_I] = self._identity
        self._fifo.clear()
        self._reconfigure()

    # --- bus ----------------------------------------------------------------------------

    def _is_port(self, register: int) -> bool:
        return register == FIFO_R_W

    def _read_one(self, register: int) -> int:
        if register in (FIFO_COUNT_H, FIFO_COUNT_L):
            count = len(self._fifo)
            return count >> 8 if register == FIFO_COUNT_H else count & 0xFF
        value = self._registers[register]
        if register == INT_STATUS:
            self._registers[INT_STATUS] = 0
        return value

    def _write_one(self, register: int, value: int) -> None:
        if register in _READ_ONLY:
            return
        if register == FIFO_R_W:
            self._push(bytes((value,)))
            return
        if register == PWR_MGMT_1 and value & 0x80:
            self.power_on()
            return
        if register == USER_CTRL:
            if value & 0x04:  # FIFO_RESET clears itself
                self._fifo.clear()
            value &= 0xF8
        if register == SIGNAL_PATH_RESET:
            value = 0
        self._registers[register] = value
        if register in _SHAPING:
            self._reconfigure()

    # --- inside -------------------------------------------------------------------------

    def _reconfigure(self) -> None:
        registers = self._registers
        accel_lsb = 2.0 * 2 ** (registers[ACCEL_CONFIG] >> 3 & 3) * G / 32768.0
        gyro_dps = 131.0 / 2 ** (registers[GYRO_CONFIG] >> 3 & 3)
        filtered = registers[CONFIG] & 7 not in (0, 7)
        rate_hz = (1000.0 if filtered else 8000.0) / (1 + registers[SMPLRT_DIV])
        asleep = bool(registers[PWR_MGMT_1] & 0x40)
        is_split = self._variant.who_am_i != VARIANTS["mpu6050"].who_am_i
        self._sampler.configure(
            0.0 if asleep else rate_hz,
            accel_lsb,
            math.radians(1 / gyro_dps),
            low_pass_hz=_SPLIT_HZ[registers[ACCEL_CONFIG_2] & 7]
            if is_split
            else _JOINT_HZ[registers[CONFIG] & 7],
        )

    def _update(self) -> None:
        """Take what was sampled since the last transfer into registers and FIFO."""
        frames = self._sampler.take()
        if len(frames) == 0:
            return
        temp = round((_CHIP_C - self._variant.zero_c) * self._variant.degree_lsb)
        registers = self._registers
        data = frames.tobytes()
        registers[DATA:TEMP] = data[-12:-6]
        registers[TEMP : TEMP + 2] = temp.to_bytes(2, "big", signed=True)
        registers[TEMP + 2 : TEMP + 8] = data[-6:]
        registers[INT_STATUS] |= _DATA_READY
        enabled = registers[FIFO_EN]
        if not registers[USER_CTRL] & 0x40 or not enabled & 0xF8:
            return
        if self._faults.holds("imu_no_samples", self._clock.elapsed_s):
            return
        if enabled & 0xF8 == 0x78:  # accelerometer and gyroscope: the usual case
            self._push(data)
        else:
            self._push(_selected(data, enabled, temp))

    def _push(self, data: bytes) -> None:
        is_stopping = bool(self._registers[CONFIG] & 0x40) and self._identity != 0x68
        if self._fifo.push(data, is_stopping=is_stopping):  # CONFIG bit 6: FIFO_MODE
            self._registers[INT_STATUS] |= _OVERFLOW


def _selected(frames: bytes, enabled: int, temp: int) -> bytes:
    columns = [column for bit, group in _FIFO_COLUMNS if enabled & bit for column in group]
    temperature = temp.to_bytes(2, "big", signed=True)
    out = bytearray()
    for start in range(0, len(frames), 12):
        frame = frames[start : start + 6] + temperature + frames[start + 6 : start + 12]
        for column in columns:
            out += frame[2 * column : 2 * column + 2]
    return bytes(out)
