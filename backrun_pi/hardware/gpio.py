"""The two pins: button and motor, through gpiozero on lgpio."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from backrun_pi.errors import HardwareError, MotorFault
from backrun_pi.hardware.ports import Clock
from backrun_pi.hardware.timed_motor import Later, TimedMotor, in_thread
from backrun_pi.messages import ButtonEdge

EDGES_KEPT = 1000
"""[-] A button that chatters for minutes must not fill the memory; the oldest edges go."""


def raspberry_pins() -> Any:
    """Return gpiozero's lgpio factory: the only one that is used on the Pi.

    gpiozero alone would try others when lgpio is missing, and a motor on a factory that
    nobody chose is not switched off the way our units expect.

    Raises:
        HardwareError: lgpio is missing, too old, or the pins cannot be opened.
    """
    remedy = "sudo apt install python3-lgpio, and a venv with --system-site-packages"
    try:
        import lgpio  # noqa: PLC0415 - only a Pi has it
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - needs lgpio
    except ImportError as error:
        raise HardwareError(f"GPIO: lgpio is missing: {remedy}") from error
    if not hasattr(lgpio, "SET_PULL_NONE"):  # the empty 0.0.0.2 that pip may pick
        raise HardwareError(f"GPIO: this lgpio is too old for gpiozero: {remedy}")
    try:
        return LGPIOFactory()
    except Exception as error:  # lgpio.error derives from Exception alone
        text = f"GPIO: /dev/gpiochip0 cannot be opened: {error}; is the user in the group gpio?"
        raise HardwareError(text) from error


class GpioButton:
    """The button to ground, with the internal pull-up; keeps raw edges."""

    def __init__(self, pin: int, clock: Clock, pins: Any) -> None:
        from gpiozero import Button  # noqa: PLC0415 - 70 ms, wanted on a board only

        self._clock = clock
        self._edges: deque[ButtonEdge] = deque(maxlen=EDGES_KEPT)
        try:
            self._button = Button(pin, pull_up=True, bounce_time=None, pin_factory=pins)
        except Exception as error:  # gpiozero passes on lgpio's own errors
            text = f"button on GPIO{pin}: {error}; is another program or overlay using the pin?"
            raise HardwareError(text) from error
        self._button.when_pressed = self._pressed
        self._button.when_released = self._released
        if self._button.is_pressed:  # held, or stuck, before we came
            self._pressed()

    def edges(self) -> Sequence[ButtonEdge]:
        """Return raw edges since the last call, oldest first."""
        taken: list[ButtonEdge] = []
        while self._edges:
            taken.append(self._edges.popleft())
        return taken

    def close(self) -> None:
        """Give the pin back; closing twice is allowed."""
        self._button.close()

    def _pressed(self) -> None:
        self._edges.append(ButtonEdge(self._clock.now_ns(), is_pressed=True))

    def _released(self) -> None:
        self._edges.append(ButtonEdge(self._clock.now_ns(), is_pressed=False))


class GpioMotor(TimedMotor):
    """The motor's transistor under PWM."""

    def __init__(
        self, pin: int, frequency_hz: int, pins: Any, later: Later = in_thread
    ) -> None:
        from gpiozero import PWMOutputDevice  # noqa: PLC0415 - 70 ms, wanted on a board only

        self._pin = pin
        self.name = f"transistor on GPIO{pin}"
        try:
            self._output = PWMOutputDevice(pin, frequency=frequency_hz, pin_factory=pins)
        except Exception as error:  # gpiozero passes on lgpio's own errors
            text = f"motor on GPIO{pin}: {error}; is another program or overlay using the pin?"
            raise MotorFault(text) from error
        super().__init__(later)

    def _start(self, strength: float, duration_s: float) -> None:
        del duration_s  # a pin has no clock of its own: the timer ends it
        self._drive(strength)

    def _stop(self) -> None:
        self._drive(0.0)

    def _drive(self, strength: float) -> None:
        try:
            self._output.value = strength
        except Exception as error:  # gpiozero passes on lgpio's own errors
            raise MotorFault(f"motor on GPIO{self._pin}: {error}") from error

    def _release(self) -> None:
        self._output.close()
