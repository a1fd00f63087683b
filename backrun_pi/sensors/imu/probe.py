"""Finds out which motion sensor is on the bus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from backrun_pi.errors import BusError, WrongDevice
from backrun_pi.hardware.ports import Clock, I2cBus
from backrun_pi.messages import ImuBatch
from backrun_pi.sensors.imu import icm20948, lsm6dso, mpu6050, recognition
from backrun_pi.sensors.imu.settings import ImuSettings


class Imu(Protocol):
    """A motion sensor that is set up and fills its FIFO."""

    @property
    def name(self) -> str:
        """Return what was found, for people; a clone is named as one."""

    def drain(self) -> ImuBatch | None:
        """Return all new samples, None when there is none. Raises BusError."""

    def restart(self) -> None:
        """Set the chip up again after bus errors. Raises BusError, WrongDevice."""


Probe = Callable[[I2cBus, Clock, ImuSettings, int], Imu]
"""Returns the started driver. Raises BusError, WrongDevice."""


def find_imu(
    bus: I2cBus, clock: Clock, settings: ImuSettings, *, first: int = 0, is_patient: bool = True
) -> Imu:
    """Probe every address, set up the first motion sensor that works.

    Args:
        bus: Where to look.
        clock: Time.
        settings: Limits.
        first: Which address to begin with, in the order of `PROBES`.
        is_patient: Ask all addresses even of a bus that hangs, where each takes the longest
            wait of a transfer. Else the caller goes on with the next one another time.

    Raises:
        BusError: Nothing answers, or the bus does not work at all.
        WrongDevice: Something answers, but nothing that can be used; the text names it.
    """
    refused: list[str] = []
    silent: BusError | None = None
    turn = first % len(PROBES)
    for address, probe in (*PROBES[turn:], *PROBES[:turn]):
        try:
            return probe(bus, clock, settings, address)
        except BusError as error:
            if not error.is_silence and not is_patient:
                raise
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
    if recognition.is_icm20948(bus, address):
        icm = icm20948.Icm20948(bus, clock, settings, address)
        icm.start()
        return icm
    if (foreign := recognition.bosch(bus, address)) is not None:
        raise WrongDevice(f"0x{address:02x} is a {foreign}, which is not supported")
    if not recognition.is_mpu(bus, address, who, is_known=who in mpu6050.MODELS):
        raise _unknown(address, who, bus.read(address, 0x00, 1)[0])
    mpu = mpu6050.Mpu6050(bus, clock, settings, address, who)
    mpu.start()
    return mpu


def _probe_st(bus: I2cBus, clock: Clock, settings: ImuSettings, address: int) -> Imu:
    who = bus.read(address, lsm6dso.WHO_AM_I, 1)[0]
    driver = lsm6dso.MODELS.get(who)
    if driver is None or not recognition.is_lsm6(bus, address):
        raise _unknown(address, who, bus.read(address, 0x00, 1)[0])
    imu = driver(bus, clock, settings, address)
    imu.start()
    return imu


def _unknown(address: int, who: int, first: int) -> WrongDevice:
    return WrongDevice(
        f"0x{address:02x} has WHO_AM_I 0x{who:02x} and register 0 0x{first:02x}, which is not "
        "supported: no motion sensor that is known (a clock chip?), nothing was written to it"
    )


PROBES: tuple[tuple[int, Probe], ...] = (
    *((address, _probe_invensense) for address in mpu6050.ADDRESSES),
    *((address, _probe_st) for address in lsm6dso.ADDRESSES),
)
"""In the order of asking."""
