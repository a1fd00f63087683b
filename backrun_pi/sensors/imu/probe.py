"""Finds out which motion sensor is on the bus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from backrun_pi.errors import BusError, WrongDevice
from backrun_pi.hardware.ports import Clock, I2cBus
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu import icm20948, lsm6dso, mpu6050
from backrun_pi.sensors.imu.settings import ImuSettings

FOREIGN = {0x24: "BMI270", 0x27: "BMI260", 0xD1: "BMI160"}
"""WHO_AM_I in register 0 of chips that share the address but need another driver."""


class Imu(Protocol):
    """A motion sensor that is set up and fills its FIFO."""

    @property
    def name(self) -> str:
        """Return what was found, for people; a clone is named as one."""

    def drain(self) -> ImuBatch | None:
        """Return all new samples, None when there is none. Raises BusError."""

    def restart(self) -> None:
        """Set the chip up again after bus trouble. Raises BusError, WrongDevice."""


Probe = Callable[[I2cBus, Clock, ImuSettings, int], Imu]
"""Returns the started driver. Raises BusError, WrongDevice."""


def find_imu(bus: I2cBus, clock: Clock, settings: ImuSettings) -> Imu:
    """Probe every address, set up the first motion sensor that works.

    Raises:
        BusError: Nothing answers, or the bus does not work at all.
        WrongDevice: Something answers, but nothing that can be used; the text names it.
    """
    refused: list[str] = []
    silent: BusError | None = None
    for address, probe in PROBES:
        try:
            return probe(bus, clock, settings, address)
        except BusError as error:
            if silent is None or silent.is_silence:  # a stuck bus says more
                silent = error
        except WrongDevice as error:
            refused.append(str(error))
    if refused:
        raise WrongDevice("; ".join(dict.fromkeys(refused)))
    if silent is None or not silent.is_silence:
        raise silent or BusError(0x68, 0x75, None, "nothing answers")
    raise BusError(
        silent.address,
        silent.register,
        silent.bus_errno,
        "no motion sensor answers at 0x68, 0x69, 0x6a or 0x6b: check SDA, SCL, 3V3 and ground",
    ) from silent


def _probe_invensense(bus: I2cBus, clock: Clock, settings: ImuSettings, address: int) -> Imu:
    who = bus.read(address, mpu6050.WHO_AM_I, 1)[0]
    if who not in mpu6050.MODELS:  # only now: register 0 of an MPU holds calibration
        foreign = FOREIGN.get(bus.read(address, 0x00, 1)[0])
        if foreign is not None:
            raise WrongDevice(f"0x{address:02x} is a {foreign}, which is not supported")
        icm = icm20948.Icm20948(bus, clock, settings, address)
        if icm.is_there():
            icm.start()
            return icm
    mpu = mpu6050.Mpu6050(bus, clock, settings, address, who)
    mpu.start()
    return mpu


def _probe_st(bus: I2cBus, clock: Clock, settings: ImuSettings, address: int) -> Imu:
    who = bus.read(address, lsm6dso.WHO_AM_I, 1)[0]
    driver = lsm6dso.MODELS.get(who)
    if driver is None:
        raise WrongDevice(f"0x{address:02x} says WHO_AM_I 0x{who:02x}, which is not supported")
    imu = driver(bus, clock, settings, address)
    imu.start()
    return imu


PROBES: tuple[tuple[int, Probe], ...] = (
    *((address, _probe_invensense) for address in mpu6050.ADDRESSES),
    *((address, _probe_st) for address in lsm6dso.ADDRESSES),
)
"""In the order of asking."""
