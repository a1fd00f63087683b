"""Writes what must outlive a session, beside the main loop: a stalled card delays no alert."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from backrun_pi.errors import RecordError
from backrun_pi.hardware.ports import Storage, Worker
from backrun_pi.messages import StateChange

CLOSE_TIMEOUT_S = 1.0  # a card that takes longer than this has failed


class StateWriter:
    """A queue of state changes and the worker that writes them.

    A change that the card refused stays first in the queue and is tried again with the next
    one; `fault` says why. An append that was refused halfway is continued where it broke off,
    and one that arrived but was not synced is not written again.
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
        self._sizes: dict[str, int] = {}
        """Length of each file before the append that runs now, or after the last one."""
        self._refused: bytes | None = None
        """What the card was given last and did not confirm."""
        self._worker = background("state_writer", self._write_all)

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

    def waiting(self) -> tuple[StateChange, ...]:
        """Return what is not on the card yet."""
        with self._lock:
            return tuple(self._queue)

    def retry(self) -> None:
        """Try again what the card refused."""
        self._worker.wake()

    def close(self) -> bool:
        """Write what is left; False when the card hangs or refuses."""
        return self._worker.close(CLOSE_TIMEOUT_S) and not self._queue

    # --- the worker's side ---------------------------------------------------------------

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
                self._append(change.name, change.data)
            else:
                self._storage.replace(change.name, change.data)
        except RecordError as error:
            return str(error)
        return None

    def _append(self, name: str, data: bytes) -> None:
        """Append a line so that it stands on the medium once, whole, on a line of its own."""
        size = self._sizes.get(name)
        if size is None:  # the first append since the start: what is there may be torn
            there = self._storage.read(name) or b""
            size = len(there)
            wanted = data if there.endswith(b"\n") or not there else b"\n" + data
        elif self._refused is not None:  # only the head of the queue can have been refused
            arrived = (self._storage.read(name) or b"")[size:]
            size += len(arrived)
            is_begun = self._refused.startswith(arrived)
            wanted = self._refused[len(arrived) :] if is_begun else b"\n" + data
        else:
            wanted = data
        self._sizes[name], self._refused = size, wanted
        if wanted:
            self._storage.append(name, wanted)
        self._storage.sync(name)
        self._sizes[name], self._refused = size + len(wanted), None
