"""What answers on the I2C bus, at the addresses of the parts we know."""

from __future__ import annotations

from backrun_pi.errors import BusError
from backrun_pi.hardware import (
    gauge_ina219,
    gauge_max17048,
    gauge_pisugar3,
    motor_drv2605l,
)
from backrun_pi.hardware.body import Gauge
from backrun_pi.hardware.ports import I2cBus

MOTION_SENSORS = (0x68, 0x69, 0x6A, 0x6B)
"""Addresses of the motion sensors; which one it is, `sensors.imu` finds out."""


_MOTION = "motion sensor"
CLOCK_CLASH = (
    "the clock of the PiSugar 3 answers at 0x68 too: put the motion sensor on 0x69 (AD0 to 3V3)"
)


def clashes(bus: I2cBus) -> tuple[str, ...]:
    """Return which parts share an address, each with the way out. Raises BusError."""
    has_board = _gauge(gauge_pisugar3.PiSugar3(bus)) is not None
    return (CLOCK_CLASH,) if has_board and _answers(bus, gauge_pisugar3.CLOCK_ADDRESS) else ()


def answers(bus: I2cBus) -> tuple[str, ...]:
    """Return what answers, in the order of the addresses.

    Raises:
        BusError: The bus cannot be opened or hangs; a part that is not there is no fault.
    """
    named = (
        {
            gauge_max17048.ADDRESS: _gauge(gauge_max17048.Max17048(bus)),
            gauge_pisugar3.ADDRESS: _gauge(gauge_pisugar3.PiSugar3(bus)),
        }
        | {
            address: _gauge(gauge_ina219.Ina219(bus, address))
            for address in gauge_ina219.ADDRESSES
        }
        | {
            motor_drv2605l.ADDRESS: motor_drv2605l.found(bus),
        }
    )
    there: list[str] = []
    for address in sorted((*named, *MOTION_SENSORS)):
        if _answers(bus, address):
            name = _MOTION if address in MOTION_SENSORS else named[address]
            there.append(f"{name or 'a part of another kind'} at 0x{address:02x}")
    return tuple(there)


def _gauge(gauge: Gauge) -> str | None:
    try:
        return gauge.name if gauge.is_there() else None
    except BusError as error:
        if error.is_silence:
            return None
        raise


def _answers(bus: I2cBus, address: int) -> bool:
    try:
        bus.read(address, 0x00, 1)
    except BusError as error:
        if error.is_silence:
            return False
        raise
    return True
