"""The two pins: button and motor, through gpiozero on lgpio."""

from __future__ import annotations

import atexit
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from backrun_pi.errors import HardwareError, MotorFault
from backrun_pi.hardware.ports import Clock
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
    mend = "sudo apt install python3-lgpio, and a venv with --system-site-packages"
    try:
        import lgpio  # noqa: PLC0415 - only a Pi has it
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 - needs lgpio
    except ImportError as fault:
        raise HardwareError(f"GPIO: lgpio is missing: {mend}") from fault
    if not hasattr(lgpio, "SET_PULL_NONE"):  # the empty 0.0.0.2 that pip may pick
        raise HardwareError(f"GPIO: this lgpio is too old for gpiozero: {mend}")
    try:
        return LGPIOFactory()
    except Exception as fault:  # lgpio.error derives from Exception alone
        text = f"GPIO: /dev/gpiochip0 cannot be opened: {fault}; is the user in the group gpio?"
        raise HardwareError(text) from fault


class GpioButton:
    """The button to ground, with the internal pull-up; keeps raw edges."""

    def __init__(self, pin: int, clock: Clock, pins: Any) -> None:
        from gpiozero import Button  # noqa: PLC0415 - 70 ms, wanted on a board only

        self._clock = clock
        self._edges: deque[ButtonEdge] = deque(maxlen=EDGES_KEPT)
        try:
            self._button = Button(pin, pull_up=True, bounce_time=None, pin_factory=pins)
        except Exception as fault:  # gpiozero passes on lgpio's own errors
            text = f"button on GPIO{pin}: {fault}; is another program or overlay using the pin?"
            raise HardwareError(text) from fault
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


class GpioMotor:
    """The motor's transistor under PWM; its own timer ends a pulse when the main loop hangs."""

    def __init__(self, pin: int, frequency_hz: int, pins: Any) -> None:
        from gpiozero import PWMOutputDevice  # noqa: PLC0415 - 70 ms, wanted on a board only

        self._pin = pin
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._pulse = 0
        self._failure: MotorFault | None = None
        try:
            self._output = PWMOutputDevice(pin, frequency=frequency_hz, pin_factory=pins)
        except Exception as fault:  # gpiozero passes on lgpio's own errors
            text = f"motor on GPIO{pin}: {fault}; is another program or overlay using the pin?"
            raise MotorFault(text) from fault
        atexit.register(self.close)

    def pulse(self, strength: float, duration_s: float) -> None:
        """Vibrate for `duration_s` at `strength` 0..1, then be off. Raises MotorFault."""
        with self._lock:
            self._cancel()
            timer = threading.Timer(duration_s, self._ends, (self._pulse,))
            timer.daemon = True
            try:
                timer.start()  # the end is arranged before the start
            except RuntimeError as fault:  # out of memory or of threads
                raise MotorFault(f"motor on GPIO{self._pin}: no timer: {fault}") from fault
            self._timer = timer
            self._drive(min(1.0, max(0.0, strength)))

    def off(self) -> None:
        """Be off now. Raises MotorFault."""
        with self._lock:
            self._cancel()
            self._drive(0.0)

    def close(self) -> None:
        """Be off and give the pin back; closing twice is allowed."""
        atexit.unregister(self.close)
        with self._lock:
            self._cancel()
            if not self._output.closed:
                self._drive(0.0)
                self._output.close()

    def _ends(self, pulse: int) -> None:
        with self._lock:
            if pulse != self._pulse or self._output.closed:
                return
            try:
                self._drive(0.0)
            except MotorFault as fault:
                self._failure = fault  # said by the next pulse: this thread has no listener

    def _cancel(self) -> None:
        self._pulse += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _drive(self, strength: float) -> None:
        failure, self._failure = self._failure, None
        if failure is not None and strength > 0.0:
            raise failure
        try:
            self._output.value = strength
        except Exception as fault:  # gpiozero passes on lgpio's own errors
            raise MotorFault(f"motor on GPIO{self._pin}: {fault}") from fault
