"""Background work on the twin: done whenever the main loop waits, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable


class SimWorker:
    """Implements hardware.ports.Worker without a thread."""

    def __init__(
        self, name: str, step: Callable[[], None], is_stalled: Callable[[], bool]
    ) -> None:
        self.name = name
        self._step, self._is_stalled = step, is_stalled
        self._is_awake = False
        self._is_closed = False

    def wake(self) -> None:
        """Ask for one more call."""
        self._is_awake = True

    def catch_up(self) -> None:
        """Do what was asked for, unless the card holds it up."""
        if self._is_awake and not self._is_closed and not self._is_stalled():
            self._is_awake = False
            self._step()

    def close(self, timeout_s: float) -> bool:
        """Call the step once more and stop; False when the card still hangs."""
        del timeout_s
        if self._is_closed:
            return True
        self._is_closed = True
        if self._is_stalled():
            return False
        self._step()
        return True
