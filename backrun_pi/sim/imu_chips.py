"""Which IMU sits on the bus of a scenario."""

from __future__ import annotations

from typing import Protocol

from backrun_pi.errors import ConfigError
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.i2c import I2cDevice
from backrun_pi.sim.imu_chip import VARIANTS, Mpu6050
from backrun_pi.sim.sampler import Sampler
from backrun_pi.sim.scenario_tables import ImuTable


class Chip(I2cDevice, Protocol):
    """A chip that can lose its power."""

    def power_on(self) -> None:
        """Take the values after reset."""


def make_chip(
    table: ImuTable, sampler: Sampler, clock: SimClock, faults: FaultBook
) -> dict[int, Chip]:
    """Return the chips by I2C address.

    Raises:
        ConfigError: There is no chip of that name.
    """
    if table.chip == "none":
        return {}
    if table.chip in VARIANTS:
        address = 0x68 if table.address is None else table.address
        return {address: Mpu6050(VARIANTS[table.chip], sampler, clock, faults, table.who_am_i)}
    known = ", ".join([*VARIANTS, "none"])
    raise ConfigError(f"[imu] chip = {table.chip!r}: not one of {known}")
