"""Which chips sit on the bus of a scenario: IMU, battery gauge, haptic driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from backrun_pi.sim.battery import Battery
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.gauge_chips import Ina219, Max17048
from backrun_pi.sim.haptic_chip import Drv2605l
from backrun_pi.sim.i2c import I2cDevice
from backrun_pi.sim.imu_chip import VARIANTS, Mpu6050
from backrun_pi.sim.imu_icm20948 import Icm20948
from backrun_pi.sim.imu_lsm6 import Lsm6, Lsm6ds3trc, Lsm6dso
from backrun_pi.sim.sampler import Sampler
from backrun_pi.sim.scenario_tables import BatteryTable, ImuTable, MotorTable

LSM6: dict[str, type[Lsm6]] = {"lsm6dso": Lsm6dso, "lsm6ds3trc": Lsm6ds3trc}
GAUGE_NAMES = {"max17048": "MAX17048", "ina219": "INA219"}


class Chip(I2cDevice, Protocol):
    """A chip that can lose its power."""

    def power_on(self) -> None:
        """Take the values after reset."""


def imu_chip(
    table: ImuTable, sampler: Sampler, clock: SimClock, faults: FaultBook
) -> dict[int, Chip]:
    """Return the motion sensor by its I2C address."""
    if table.chip == "none":
        return {}
    if table.chip == "icm20948":
        return {_at(table, 0x68): Icm20948(sampler, clock, faults, table.who_am_i)}
    if table.chip in LSM6:
        return {_at(table, 0x6A): LSM6[table.chip](sampler, clock, faults, table.who_am_i)}
    variant = VARIANTS[table.chip]
    return {_at(table, 0x68): Mpu6050(variant, sampler, clock, faults, table.who_am_i)}


def body_chips(
    battery: BatteryTable,
    cell: Battery,
    motor: MotorTable,
    clock: SimClock,
    drive: Callable[[float, float], None],
) -> dict[int, Chip]:
    """Return gauge and haptic driver by I2C address; `drive` turns the motor."""
    chips: dict[int, Chip] = {}
    if battery.has_gauge and battery.gauge == "max17048":
        chips[0x36] = Max17048(cell.cell)
    if battery.has_gauge and battery.gauge == "ina219":
        chips[0x40] = Ina219(cell.cell)
    if motor.driver == "drv2605l":
        chips[0x5A] = Drv2605l(clock, drive)
    return chips


def _at(table: ImuTable, usual: int) -> int:
    return usual if table.address is None else table.address
