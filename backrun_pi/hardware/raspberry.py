"""The real board: puts the parts of a Raspberry Pi together as `ports.Board`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any

from backrun_pi.errors import BusError
from backrun_pi.hardware.body import Body
from backrun_pi.hardware.clock import LinuxClock
from backrun_pi.hardware.file_storage import FileStorage
from backrun_pi.hardware.gpio import GpioButton, GpioMotor, raspberry_pins
from backrun_pi.hardware.gpsd_line import SCHEME as GPSD
from backrun_pi.hardware.gpsd_line import GpsdLine
from backrun_pi.hardware.issues import issues
from backrun_pi.hardware.known_parts import KnownParts
from backrun_pi.hardware.linux_i2c import LinuxI2c
from backrun_pi.hardware.motor_drv2605l import Drv2605l, found
from backrun_pi.hardware.partner import EvdevPartner
from backrun_pi.hardware.ports import ByteStream, Issue, PartnerLink
from backrun_pi.hardware.serial_line import SerialLine
from backrun_pi.hardware.service_manager import notify
from backrun_pi.hardware.settings import BoardSettings
from backrun_pi.hardware.thread_worker import ThreadWorker
from backrun_pi.hardware.timed_motor import TimedMotor
from backrun_pi.messages import DeviceStatus

_OPENED = ("partner", "gnss", "rear_lidar", "rear_radar", "button", "right_motor", "motor")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class RaspberryBoard:
    """A Raspberry Pi with the wiring of `BoardSettings`; implements `ports.Board`.

    A part is opened when it is first asked for, so one that is missing is named alone and
    the others still work.
    """

    def __init__(self, settings: BoardSettings, root: Path, pins: Any = None) -> None:
        """Name the parts; nothing is opened yet.

        Args:
            settings: The wiring.
            root: Folder of the card that everything is stored below.
            pins: gpiozero pin factory; lgpio when None.
        """
        self._settings = settings
        self._given_pins = pins
        self.clock = LinuxClock()
        self.i2c = LinuxI2c(settings.i2c_bus)
        self.storage = FileStorage(root)
        self._body = Body(self.i2c, self.clock, self.storage)
        self._right_bus: LinuxI2c | None = None

    @cached_property
    def gnss(self) -> ByteStream:
        """Return the receiver's line, still closed."""
        port = self._settings.gnss_port
        return GpsdLine(port) if port.startswith(GPSD) else SerialLine(port)

    @cached_property
    def rear_lidar(self) -> SerialLine:
        """Return the line of the range sensor at the back, still closed."""
        return SerialLine(self._settings.rear_lidar_port)

    @cached_property
    def rear_radar(self) -> SerialLine:
        """Return the line of the radar at the back, still closed."""
        return SerialLine(self._settings.rear_radar_port)

    @cached_property
    def motor(self) -> TimedMotor:
        """Return the motor: a haptic driver when one answers, or ever did, else the pin.

        Wrap it in `motor_limit` for the on-time. Raises HardwareError.
        """
        chip = self._motor_driver()
        if chip is not None:
            return Drv2605l(self.i2c, f"{chip} on i2c-{self._settings.i2c_bus}")
        return GpioMotor(self._settings.motor_pin, self._settings.motor_pwm_hz, self._pins)

    def _motor_driver(self) -> str | None:
        """Return the haptic driver to use; a known one that is silent now is a loss."""
        known = KnownParts(self.storage)
        if self._settings.motor_driver == "pin":
            known.note_motor_driver(None)
            return None
        try:
            chip = found(self.i2c)
        except BusError:  # no bus, or one that hangs: it may be there
            chip = None
        if chip is None:
            return known.motor_driver
        known.note_motor_driver(chip)
        return chip

    @cached_property
    def right_motor(self) -> TimedMotor | None:
        """Return the second motor, None when none is set up. Raises HardwareError."""
        number, pin = self._settings.right_motor_i2c_bus, self._settings.right_motor_pin
        if pin is not None:
            return GpioMotor(pin, self._settings.motor_pwm_hz, self._pins)
        if number is None:
            return None
        self._right_bus = LinuxI2c(number)
        return Drv2605l(self._right_bus, f"second haptic driver on i2c-{number}")

    @property
    def gauge(self) -> str | None:
        """Return the battery gauge that answers; None without one."""
        return self._body.gauge

    @cached_property
    def button(self) -> GpioButton:
        """Return the button; edges count from now on. Raises HardwareError."""
        return GpioButton(self._settings.button_pin, self.clock, self._pins)

    @cached_property
    def partner(self) -> PartnerLink | None:
        """Return the partner's button, None when none is set up. Raises HardwareError."""
        path = self._settings.partner_device
        return EvdevPartner(Path(path), self.clock) if path else None

    @cached_property
    def boot_id(self) -> str:
        """Return the kernel's id of this boot."""
        return BOOT_ID.read_text(encoding="ascii").strip()

    def issues(self) -> Sequence[Issue]:
        """Return what the board sees wrong with its own setup."""
        return tuple(issues(self._settings))

    def status(self) -> DeviceStatus:
        """Return battery, temperature, supply and card; None where there is no sensor."""
        return self._body.status()

    def background(self, name: str, step: Callable[[], None]) -> ThreadWorker:
        """Run `step` in a thread of its own each time the worker is woken."""
        return ThreadWorker(name, step)

    def notify(self, state: str) -> None:
        """Tell the service manager."""
        notify(state)

    def close(self) -> None:
        """Motor off, lines closed; closing twice is allowed.

        Raises:
            MotorFault: A motor may still be on; everything is closed all the same.
        """
        with ExitStack() as closing:
            closing.callback(self.i2c.close)
            if self._right_bus is not None:
                closing.callback(self._right_bus.close)
            for name in _OPENED:
                if (part := self.__dict__.get(name)) is not None:  # only what was opened
                    closing.callback(part.close)

    @cached_property
    def _pins(self) -> Any:
        return raspberry_pins() if self._given_pins is None else self._given_pins
