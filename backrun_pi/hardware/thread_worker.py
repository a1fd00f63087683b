"""A thread beside the main loop, for what may wait: the card."""

from __future__ import annotations

import threading
from collections.abc import Callable


class ThreadWorker:
    """Calls `step` each time it is woken; wakes that come while it runs fall into one call."""

    def __init__(self, name: str, step: Callable[[], None]) -> None:
        self._step = step
        self._woken = threading.Event()
        self._is_closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Ask for one more call of the step; never blocks.

        Raises:
            Exception: What an earlier step died of; it must not be lost in a thread.
        """
        if self._failure is not None:
            raise self._failure
        self._woken.set()

    def close(self, timeout_s: float) -> bool:
        """Let a running step end, call it once more, stop. Return False when it hangs.

        Raises:
            Exception: What a step died of.
        """
        self._is_closing = True
        self._woken.set()
        self._thread.join(timeout_s)
        if self._failure is not None:
            raise self._failure
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._is_closing:
                self._woken.wait()
                self._woken.clear()
                if not self._is_closing:
                    self._step()
            self._step()
        except Exception as error:  # noqa: BLE001 - handed to the main loop by wake and close
            self._failure = error
