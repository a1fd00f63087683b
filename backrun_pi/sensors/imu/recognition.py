"""Tells a motion sensor from another chip at its address by reading alone.

A clock chip (DS1307, DS3231, PCF8523) shares the address 0x68, and so does what a battery
board carries: writing a reset or a range to it destroys its time. So nothing is written before
a chip was recognised, and by more than one byte: any byte may stand in a clock's memory.
"""

from __future__ import annotations

from collections.abc import Mapping

from backrun_pi.hardware.ports import I2cBus

# --- the MPU-6050 family (RM-MPU-6000A rev. 4.2) ---
_GYRO_CONFIG, _ACCEL_CONFIG, _DATA = 0x1B, 0x1C, 0x3B
_PWR_MGMT_1, _BEFORE_FIFO = 0x6B, 0x74
_NOT_USED = 0x07  # bits of both range registers that are always 0
_ASLEEP, _AWAKE = frozenset((0x40, 0x41)), frozenset((0x00, 0x01))  # on either clock
_DATA_BYTES = 14
_NOTHING = frozenset((0x00, 0xFF))  # what is read where there is no register
# A clock's address pointer goes round after so many registers (DS3231: 19, DS1307: 64).
_ROUND = range(8, 65)
_TICKED = 3

# --- others ---
_ICM_BANK, _ICM_BANK_BITS, _ICM_IDENTITY = 0x7F, 0x30, 0xEA  # DS-000189
_ICM_BANK_2, _ICM_BANK_2_RANGES = 0x20, (0x01, 0x14)  # GYRO_CONFIG_1, ACCEL_CONFIG
_ICM_RANGES = frozenset((0x01, 0x1F))  # after reset, as we set them
_ICM_PWR_MGMT_1, _ICM_POWERS = 0x06, frozenset((0x01, 0x41))
_LSM_CTRL3_C, _LSM_INCREMENT = 0x12, 0x04  # set at reset, and by us
_BMI_ACC_CONF, _BMI_GYR_CONF = 0x40, 0x42
BOSCH: Mapping[tuple[int, int, int], str] = {
    (0x24, 0xA8, 0xA9): "BMI270",
    (0x27, 0xA8, 0xA9): "BMI260",
    (0xD1, 0x28, 0x28): "BMI160",
}
"""Identity in register 0 and both rate registers after reset (BST-BMI270-DS000, BMI160-DS000)
of chips that share the address but need another driver."""


def is_mpu(bus: I2cBus, address: int, who: int, *, is_known: bool) -> bool:
    """Return whether a chip has the registers of the MPU-6050 family. Raises BusError.

    Args:
        bus: Where it answers.
        address: Where on it.
        who: What it gives as WHO_AM_I.
        is_known: That is the identity of a member; else the registers must look like those of
            one that was just switched on, or that we set up, and its data must move.
    """
    if who in _NOTHING:
        return False
    registers = bus.read(address, 0x00, _BEFORE_FIFO)  # a read of the FIFO would take from it
    are_ranges = not (registers[_GYRO_CONFIG] | registers[_ACCEL_CONFIG]) & _NOT_USED
    if not are_ranges or _goes_round(registers + bytes((0, who))):
        return False
    if is_known or registers[_PWR_MGMT_1] in _ASLEEP:
        return True
    if registers[_PWR_MGMT_1] not in _AWAKE:
        return False
    data = registers[_DATA : _DATA + _DATA_BYTES]
    return any(bus.read(address, _DATA, _DATA_BYTES) != data for _ in range(20))


def is_icm20948(bus: I2cBus, address: int) -> bool:
    """Return whether an ICM-20948 answers, whichever bank is selected. Raises BusError."""
    bank = bus.read(address, _ICM_BANK, 1)[0]
    if bank == _ICM_BANK_2:  # a set-up that broke off left it there
        rates = (bus.read(address, register, 1)[0] for register in _ICM_BANK_2_RANGES)
        return all(value in _ICM_RANGES for value in rates)
    return (
        not bank & ~_ICM_BANK_BITS
        and bus.read(address, 0x00, 1)[0] == _ICM_IDENTITY
        and bus.read(address, _ICM_PWR_MGMT_1, 1)[0] in _ICM_POWERS
    )


def bosch(bus: I2cBus, address: int) -> str | None:
    """Return which Bosch sensor answers, None when it is none. Raises BusError."""
    found = tuple(
        bus.read(address, register, 1)[0] for register in (0x00, _BMI_ACC_CONF, _BMI_GYR_CONF)
    )
    identity, accel, gyro = found
    return BOSCH.get((identity, accel, gyro))


def is_lsm6(bus: I2cBus, address: int) -> bool:
    """Return whether the registers are those of an LSM6 of any kind. Raises BusError."""
    return bool(bus.read(address, _LSM_CTRL3_C, 1)[0] & _LSM_INCREMENT)


def _goes_round(registers: bytes) -> bool:
    """Return whether the registers repeat: the chip has fewer than were read.

    A clock may tick over while it is read, so that a few of them differ.
    """
    return any(
        registers[-1] == registers[-1 - size]
        and sum(map(int.__ne__, registers[size:], registers[:-size])) <= _TICKED
        for size in _ROUND
    )
