"""A pulse that ends by its own timer, and is ended again until it has ended."""

from __future__ import annotations

import abc
import atexit
import threading
from collections.abc import Callable

from backrun_pi.errors import MotorFault

Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls a function after so many seconds; returns what cancels it. Raises RuntimeError."""

RETRY_FIRST_S, RETRY_LAST_S = 0.02, 1.0
"""[s] Between two tries to switch off: doubled each time. The first gap is not felt."""
TOLERATED_TRIES = 3
"""[-] Tries that may fail before the motor counts as one that may still be on (0.14 s)."""
CLOSING_TRIES = 5
"""[-] Tries when the motor is given back; after that only the chip's own end is left."""


def in_thread(delay_s: float, call: Callable[[], None]) -> Callable[[], None]:
    """Call in a thread of its own, so that a hanging main loop does not hold it up."""
    timer = threading.Timer(delay_s, call)
    timer.daemon = True
    timer.start()
    return timer.cancel


class TimedMotor(abc.ABC):
    """A motor that is off at the end of a pulse and of the process.

    One refused transfer must not leave it on, so *off* is tried until it holds: after 20 ms,
    and then at doubling intervals. A pulse is never refused for what happened before it.
    """

    name: str
    """What drives it, and where."""

    def __init__(self, later: Later = in_thread) -> None:
        """Create.

        Args:
            later: How the end of a pulse is brought about.
        """
        self._lock = threading.RLock()
        self._later = later
        self._cancel_end: Callable[[], None] | None = None
        self._pulse = 0
        self._failed_stops = 0
        self._failure: str | None = None
        self._is_closed = False
        atexit.register(self.close)

    @property
    def failure(self) -> str | None:
        """Return why it may still be on although it should be off; None when it is off."""
        return self._failure if self._failed_stops > TOLERATED_TRIES else None

    def pulse(self, strength: float, duration_s: float) -> None:
        """Vibrate for `duration_s` at `strength` 0..1, then be off. Raises MotorFault."""
        with self._lock:
            self._cancel()
            try:
                self._start(min(1.0, max(0.0, strength)), duration_s)
            except MotorFault as error:
                self._stop_again(error)  # it may have been started in part
                raise
            try:
                self._arm(duration_s)  # counted from when it turns, however long that took
            except MotorFault:
                self._stop()  # without an end there is no pulse
                raise
            self._failed_stops = 0

    def off(self) -> None:
        """Be off now; when that fails, tried again until it holds. Raises MotorFault."""
        with self._lock:
            self._cancel()
            try:
                self._stop()
            except MotorFault as error:
                self._stop_again(error)
                raise
            self._failed_stops = 0

    def close(self) -> None:
        """Be off for good; closing twice is allowed. Raises MotorFault."""
        atexit.unregister(self.close)
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._cancel()
            try:
                self._stop_for_good()
            finally:
                self._release()

    @abc.abstractmethod
    def _start(self, strength: float, duration_s: float) -> None:
        """Drive it from now on. Raises MotorFault.

        Args:
            strength: (0, 1], or 0 for a silent pulse.
            duration_s: [s] After which `_stop` will be called; hardware that can end by
                itself does so soon after, in case that call is lost.
        """

    @abc.abstractmethod
    def _stop(self) -> None:
        """Return when it is off. Raises MotorFault."""

    @abc.abstractmethod
    def _release(self) -> None:
        """Give back what was taken."""

    def _arm(self, delay_s: float) -> None:
        pulse = self._pulse
        try:
            self._cancel_end = self._later(delay_s, lambda: self._ends(pulse))
        except RuntimeError as error:  # out of memory or of threads
            raise MotorFault(f"motor: no timer for its end: {error}") from error

    def _ends(self, pulse: int) -> None:
        with self._lock:
            if pulse != self._pulse or self._is_closed:
                return
            try:
                self._stop()
            except MotorFault as error:
                self._stop_again(error)
            else:
                self._failed_stops = 0

    def _stop_again(self, error: MotorFault) -> None:
        self._failure = f"it may still be on: {error}"
        delay_s = min(RETRY_FIRST_S * 2.0**self._failed_stops, RETRY_LAST_S)
        self._failed_stops = min(self._failed_stops + 1, 20)
        try:
            self._arm(delay_s)
        except MotorFault:  # no thread for it: what calls next tries, and the chip ends
            self._failure = f"it may still be on: {error}; and no timer for its end"

    def _stop_for_good(self) -> None:
        for _ in range(CLOSING_TRIES - 1):
            try:
                self._stop()
            except MotorFault:  # the last try says why
                continue
            return
        self._stop()

    def _cancel(self) -> None:
        self._pulse += 1
        if self._cancel_end is not None:
            self._cancel_end()
            self._cancel_end = None
