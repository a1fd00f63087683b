"""Takes every message and gets it onto the card, beside the main loop and without stalling it.

`put` and `tick` run in the main loop and only touch memory. The worker's step encodes, appends
and syncs. The two meet in a queue under a lock. When the card stalls, the queue gives up what
is longest to miss: the oldest samples, then the oldest states, never an alert.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from backrun_pi.errors import RecordError
from backrun_pi.hardware.ports import Clock, Storage, Worker
from backrun_pi.messages import (
    Health,
    ImuBatch,
    OncomingHazard,
    Place,
    RunnerState,
    Tick,
)
from backrun_pi.record import codec
from backrun_pi.record.format import RecordGap, SessionEnd, SessionHeader
from backrun_pi.record.logfile import LogFile, Span
from backrun_pi.record.settings import RecordSettings
from backrun_pi.units import NS_PER_S

# What a full queue gives up, first row first. Everything else is kept whatever happens.
GIVES_WAY: tuple[tuple[type, ...], ...] = (
    (ImuBatch,),
    (RunnerState, Health, Place, OncomingHazard, Tick),
)


@dataclass(frozen=True, slots=True)
class RecorderHealth:
    """How the record stands, for the freshness watch."""

    last_sync_ns: int
    """[ns] When data last were on the medium."""
    is_queue_full: bool
    """Messages have been given up and the card has not taken the rest yet."""
    error: str | None
    """Why nothing is being written, in plain words. None when all is well."""


@dataclass(slots=True)
class _Batch:
    from_ns: int
    to_ns: int
    messages: list[object]


class Recorder:
    """One session's record.

    Args:
        storage: The card.
        background: Makes the worker, as `Board.background` does.
        clock: Time since boot.
        settings: How often to write, how much may wait.
        header: The session; part, time and wall clock are filled in here.
    """

    def __init__(
        self,
        storage: Storage,
        background: Callable[[str, Callable[[], None]], Worker],
        clock: Clock,
        settings: RecordSettings,
        header: SessionHeader,
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._file = LogFile(storage, clock, settings, header)
        now_ns = clock.now_ns()
        self._open = _Batch(now_ns, now_ns, [])
        self._handed_ns = now_ns
        self._lock = threading.Lock()
        self._ready: list[_Batch] = []
        self._waiting = 0
        self._dropped: dict[str, int] = {}
        self._dropped_ns: tuple[int, int] | None = None
        self._last_sync_ns = now_ns
        self._refusal: str | None = None
        self._retry_ns = now_ns
        self._retry_s = settings.retry_first_s
        self._is_closing = False
        self._background = background
        self._worker = background("recorder", self._write)

    def put(self, message: object) -> None:
        """Take a message; costs an append to a list.

        Raises:
            TypeError: It is not of a kind that can be recorded: an error of the program.
        """
        if type(message).__name__ not in codec.KINDS:
            raise TypeError(f"{type(message).__name__} cannot be recorded")
        self._open.messages.append(message)

    def tick(self, now_ns: int) -> None:
        """Close the line when it is long enough, hand lines over when it is time."""
        if now_ns - self._open.from_ns >= self._settings.line_s * NS_PER_S:
            self._close_line(now_ns)
        if now_ns - self._handed_ns >= self._settings.sync_s * NS_PER_S:
            self._handed_ns = now_ns
            self._worker.wake()

    def health(self) -> RecorderHealth:
        """Return how the record stands now."""
        now_ns = self._clock.now_ns()
        with self._lock:
            error = self._refusal
            oldest = self._ready[0].from_ns if self._ready else now_ns
            oldest = max(oldest, self._last_sync_ns)
            if error is None and now_ns - oldest > self._settings.stall_s * NS_PER_S:
                error = f"the card has taken nothing for {(now_ns - oldest) / NS_PER_S:.1f} s"
            is_full = self._dropped_ns is not None
        return RecorderHealth(self._last_sync_ns, is_full, error)

    def close(self, because: str = "closed", timeout_s: float = 1.5) -> bool:
        """Write all that is left and the end mark; False when the card did not take it.

        The loop stands still meanwhile: with what else is closed it waits for less than the
        service's watchdog (4 s).
        """
        now_ns = self._clock.now_ns()
        self.put(SessionEnd(now_ns, because))
        self._close_line(now_ns)
        self._is_closing = True
        done = self._worker.close(timeout_s)
        with self._lock:
            return done and not self._ready and self._refusal is None

    def is_finished(self) -> bool:
        """Return whether all is on the card after `close`; what it refused is tried again."""
        if not self._worker.close(0.0):
            return False
        with self._lock:
            is_whole = not self._ready and self._refusal is None
        if not is_whole and self._clock.now_ns() >= self._retry_ns:
            self._worker = self._background("recorder", self._write)
            self._worker.close(0.0)
        return is_whole

    def _close_line(self, now_ns: int) -> None:
        if not self._open.messages:
            return  # the next line spans this time too: lines follow each other without a gap
        batch, self._open = self._open, _Batch(now_ns, now_ns, [])
        batch.to_ns = now_ns
        with self._lock:
            self._ready.append(batch)
            self._waiting += len(batch.messages)
            if self._waiting > self._settings.queue_messages:
                self._give_way()

    def _give_way(self) -> None:
        """Drop the oldest of what may give way, to nine tenths of the queue."""
        target = self._settings.queue_messages * 9 // 10
        for kinds in GIVES_WAY:
            for batch in self._ready:
                if self._waiting <= target:
                    return
                kept = [one for one in batch.messages if not isinstance(one, kinds)]
                if len(kept) == len(batch.messages):
                    continue
                for one in batch.messages:
                    if isinstance(one, kinds):
                        name = type(one).__name__
                        self._dropped[name] = self._dropped.get(name, 0) + 1
                self._note_dropped_span(batch)
                self._waiting -= len(batch.messages) - len(kept)
                batch.messages = kept

    def _note_dropped_span(self, batch: _Batch) -> None:
        from_ns, to_ns = self._dropped_ns or (batch.from_ns, batch.to_ns)
        self._dropped_ns = min(from_ns, batch.from_ns), max(to_ns, batch.to_ns)

    # --- the worker's side ---------------------------------------------------------------

    def _write(self) -> None:
        now_ns = self._clock.now_ns()
        if now_ns < self._retry_ns and not self._is_closing:
            return
        try:
            self._file.make_ready()
            self._file.write(self._take(now_ns))
        except RecordError as error:
            with self._lock:
                self._refusal = str(error)
            self._retry_ns = now_ns + int(self._retry_s * NS_PER_S)
            self._retry_s = min(2.0 * self._retry_s, self._settings.retry_max_s)
            return
        with self._lock:
            self._refusal = None
            self._last_sync_ns = self._clock.now_ns()
        self._retry_s = self._settings.retry_first_s

    def _take(self, now_ns: int) -> list[Span]:
        """Empty the queue; a full one ends with the account of what is missing."""
        with self._lock:
            spans: list[Span] = [(one.from_ns, one.to_ns, one.messages) for one in self._ready]
            self._ready.clear()
            self._waiting = 0
            if self._dropped_ns is not None:
                because = self._refusal or "the card was too slow"
                gap = RecordGap(now_ns, *self._dropped_ns, self._dropped, because)
                spans[-1] = (*spans[-1][:2], [*spans[-1][2], gap])
                self._dropped, self._dropped_ns = {}, None
        return spans
