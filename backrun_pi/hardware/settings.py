"""Settings of `hardware`: where the parts are connected."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

Pin = Annotated[int, msgspec.Meta(ge=2, le=27)]


class BoardSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Wiring of the Raspberry Pi Zero 2 W, BCM numbers."""

    i2c_bus: Annotated[int, msgspec.Meta(ge=0, le=32)] = 1
    """[-] Number of /dev/i2c-N."""
    gnss_port: str = "/dev/serial0"
    """Device of the receiver, or gpsd://host:port."""
    button_pin: Pin = 17
    """[BCM] Button to ground, internal pull-up."""
    motor_pin: Pin = 18
    """[BCM] Gate of the motor transistor, external pull-down."""
    motor_driver: Literal["auto", "pin"] = "auto"
    """auto: a haptic driver once it has answered on the bus, else the pin. A driver that was
    there and is silent is a loss; pin says that it was taken off on purpose."""
    motor_pwm_hz: Annotated[int, msgspec.Meta(ge=50, le=1000)] = 200
    """[Hz] PWM frequency of the motor."""
    right_motor_pin: Pin | None = None
    """[BCM] Gate of a second motor, for look cues by side; none when missing."""
    right_motor_i2c_bus: Annotated[int, msgspec.Meta(ge=0, le=32)] | None = None
    """[-] Bus of a second haptic driver. It needs one of its own: the address is fixed."""
    rear_lidar_port: str = "/dev/ttySC0"
    """Device of a range sensor at the back, where [rear] lidar names one: a double UART on the
    I2C bus (SC16IS752), or a USB adapter, /dev/serial/by-id/..."""
    rear_radar_port: str = "/dev/ttySC1"
    """Device of a radar at the back, where [rear] radar names one."""
    partner_device: str = ""
    """Input device of a partner's button, /dev/input/by-id/...; empty when there is none."""

    def __post_init__(self) -> None:
        """Refuse a pin used twice, a second motor that is the first, a port that is none."""
        _check_port(self.gnss_port)
        for name in ("rear_lidar_port", "rear_radar_port"):
            if not getattr(self, name) or "\0" in getattr(self, name):
                raise ValueError(f"{name} = {getattr(self, name)!r} is no device")
        pins = {"button_pin": self.button_pin, "motor_pin": self.motor_pin}
        if self.right_motor_pin is not None:
            pins["right_motor_pin"] = self.right_motor_pin
        for name, pin in pins.items():
            others = [other for other, taken in pins.items() if taken == pin and other != name]
            if others:
                raise ValueError(f"{name} and {others[0]} are both {pin}")
        if self.right_motor_i2c_bus == self.i2c_bus:
            raise ValueError("right_motor_i2c_bus is i2c_bus: two drivers share one address")
        if self.right_motor_pin is not None and self.right_motor_i2c_bus is not None:
            raise ValueError("the second motor has right_motor_pin or right_motor_i2c_bus")


def _check_port(name: str) -> None:
    """Raise ValueError for a receiver's address that nothing can open."""
    if not name or "\0" in name:
        raise ValueError(f"gnss_port = {name!r} is no device and no gpsd://host:port")
    try:
        _ = urlsplit(name).port
    except ValueError as error:
        raise ValueError(f"gnss_port = {name}: {error}") from None
