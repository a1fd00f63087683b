"""Where the parts are connected."""

from __future__ import annotations

from typing import Annotated

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
    motor_pwm_hz: Annotated[int, msgspec.Meta(ge=50, le=1000)] = 200
    """[Hz] PWM frequency of the motor."""
    partner_device: str = ""
    """Input device of a partner's button, /dev/input/by-id/...; empty when there is none."""

    def __post_init__(self) -> None:
        """Refuse a pin used twice."""
        if self.button_pin == self.motor_pin:
            raise ValueError(f"button_pin and motor_pin are both {self.motor_pin}")
