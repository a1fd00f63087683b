"""Writes what must outlive a session, beside the main loop: a stalled card delays no alert."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from backrun_pi.errors import RecordError
from backrun_pi.hardware.ports import Storage, Worker
from backrun_pi.messages import StateChange

CLOSE_TIMEOUT_S = 5.0  # a card that takes longer than this has failed


class Keeper:
    """A queue of state changes and the worker that writes them.

    A change that the card refused stays first in the queue and is tried again with the next
    one; `fault` says why.
    """

    def __init__(
        self,
        storage: Storage,
        background: Callable[[str, Callable[[], None]], Worker],
    ) -> None:
        self._storage = storage
        self._queue: deque[StateChange] = deque()
        self._lock = threading.Lock()
        self._fault: str | None = None
        self._worker = background("keeper", self._write_all)

    @property
    def fault(self) -> str | None:
        """Return why the last write failed, None when it did not."""
        with self._lock:
            return self._fault

    def put(self, changes: Sequence[StateChange]) -> None:
        """Queue changes; returns at once."""
        if not changes:
            return
        with self._lock:
            self._queue.extend(changes)
        self._worker.wake()

    def retry(self) -> None:
        """Try again what the card refused."""
        self._worker.wake()

    def close(self) -> bool:
        """Write what is left; False when the card hangs or refuses."""
        return self._worker.close(CLOSE_TIMEOUT_S) and not self._queue

    def _write_all(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    return
                change = self._queue[0]
            fault = self._write(change)
            with self._lock:
                self._fault = fault
                if fault is not None:
                    return
                self._queue.popleft()

    def _write(self, change: StateChange) -> str | None:
        try:
            if change.is_append:
                self._storage.append(change.name, change.data)
                self._storage.sync(change.name)
            else:
                self._storage.replace(change.name, change.data)
        except RecordError as error:
            return f"{change.name}: {error}"
        return None
