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
        self._is_closing = False
        self._is_over = False

    def wake(self) -> None:
        """Ask for one more call."""
        self._is_awake = True

    def catch_up(self) -> None:
        """Do what was asked for, unless the card holds it up."""
        if self._is_over or self._is_stalled():
            return
        if self._is_awake or self._is_closing:
            self._is_awake, self._is_over = False, self._is_closing
            self._step()

    def close(self, timeout_s: float) -> bool:
        """Call the step once more and stop; False while the card still hangs."""
        del timeout_s
        self._is_closing = True
        self.catch_up()
        return self._is_over
