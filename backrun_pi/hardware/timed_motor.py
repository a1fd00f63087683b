"""A pulse that ends by its own timer, also when the main loop hangs."""

from __future__ import annotations

import abc
import atexit
import threading

from backrun_pi.errors import MotorFault


class TimedMotor(abc.ABC):
    """A motor whose `_drive` sets a strength; off at the end of a pulse and of the process."""

    name: str
    """What drives it, and where."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        self._pulse = 0
        self._failure: MotorFault | None = None
        self._is_closed = False
        atexit.register(self.close)

    def pulse(self, strength: float, duration_s: float) -> None:
        """Vibrate for `duration_s` at `strength` 0..1, then be off. Raises MotorFault."""
        with self._lock:
            self._cancel()
            failure, self._failure = self._failure, None
            if failure is not None:
                raise failure
            self._arm(duration_s)  # the end is arranged before the start
            self._drive(min(1.0, max(0.0, strength)))

    def off(self) -> None:
        """Be off now. Raises MotorFault."""
        with self._lock:
            self._cancel()
            self._drive(0.0)

    def close(self) -> None:
        """Be off for good; closing twice is allowed. Raises MotorFault."""
        atexit.unregister(self.close)
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._cancel()
            self._drive(0.0)
            self._release()

    @abc.abstractmethod
    def _drive(self, strength: float) -> None:
        """Set the strength now. Raises MotorFault."""

    @abc.abstractmethod
    def _release(self) -> None:
        """Give back what was taken."""

    def _arm(self, duration_s: float) -> None:
        timer = threading.Timer(duration_s, self._ends, (self._pulse,))
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError as error:  # out of memory or of threads
            raise MotorFault(f"motor: no timer for its end: {error}") from error
        self._timer = timer

    def _ends(self, pulse: int) -> None:
        with self._lock:
            if pulse != self._pulse or self._is_closed:
                return
            try:
                self._drive(0.0)
            except MotorFault as error:
                self._failure = error  # said by the next pulse: this thread has no listener

    def _cancel(self) -> None:
        self._pulse += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
