"""Which sentences belong to one moment, and when that moment is over."""

from __future__ import annotations

from datetime import date

from backrun_pi.sensors.gnss.epoch import BACK_MS, SAME_MS, Draft, Epoch, tod_difference_ms
from backrun_pi.sensors.gnss.nmea_fields import DAY_MS, Kind, Sentence

_UNTIMED = frozenset((Kind.GSA, Kind.VTG))
_SECONDARY = frozenset((Kind.ZDA, Kind.GST))  # speak of a moment, but never begin one
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Grouper:
    """Puts sentences of one moment together.

    Steps: 1. the time of day tells which sentences belong together. 2. A new time ends the
    epoch. 3. Live, silence ends it, or its usual last sentence: else each fix would be one
    period old. 4. The date is carried from the last one sent, over midnight.
    """

    def __init__(self, learn_epochs: int | None) -> None:
        """Create; `learn_epochs` None means that only a new time ends an epoch."""
        self._learn_epochs = learn_epochs
        self._open: Draft | None = None
        self._day: int | None = None
        self._new_day: int | None = None
        self._is_day_sure = False
        self._day_tod_ms = 0
        self._last_tod_ms: int | None = None
        self._end: tuple[Kind, int] | None = None
        self._seen_end: tuple[Kind, int] | None = None
        self._equal_ends = 0
        self._wrong_ends = 0
        self._ended_burst = -1
        self.late = 0
        """[-] Sentences that came after their epoch had ended."""

    @property
    def is_open(self) -> bool:
        """Return whether sentences wait for the end of their epoch."""
        return self._open is not None

    @property
    def awaits_more(self) -> bool:
        """Return whether the usual last sentence of the open epoch is still to come."""
        return self._end is not None

    def add(self, said: Sentence, t_ns: int, burst: int) -> list[Epoch]:
        """Take one sentence; return the epochs that it ends.

        Args:
            said: The sentence.
            t_ns: [ns] Arrival of the burst it belongs to.
            burst: Number of that burst; a silence lies between two of them.
        """
        ended: list[Epoch] = []
        if self._open is None and burst == self._ended_burst and self._is_late(said):
            self.late += 1
            self._unlearn()
            return ended
        if self._open is not None and not self._belongs(self._open, said):
            if self._is_late(said) or said.kind in _SECONDARY:
                self.late += 1
                return ended
            ended += self._finish(self._open)
        if self._open is None:
            self._open = Draft(t_ns)
        self._open.merge(said)
        if self._is_end(self._open):
            self._ended_burst = burst
            ended.append(self._close(self._open))
        return ended

    def silence(self) -> list[Epoch]:
        """Return the epoch that a silence of the line ends."""
        return [] if self._open is None else self._finish(self._open)

    def _finish(self, draft: Draft) -> list[Epoch]:
        """End an epoch that nothing can be added to any more."""
        if draft.anchors:
            self._learn(draft)
            return [self._close(draft)]
        # Only sentences that speak of an epoch, but make none: their date is worth keeping.
        self._day_of(draft)
        self._open = None
        self.late += 1
        return []

    def _belongs(self, draft: Draft, said: Sentence) -> bool:
        if said.kind in _UNTIMED:
            return True
        if said.tod_ms is None or draft.tod_ms is None:
            # Without a time, the same sentence a second time begins the next epoch.
            return (said.kind, said.talker) not in draft.anchors
        return abs(tod_difference_ms(said.tod_ms, draft.tod_ms)) <= SAME_MS

    def _is_late(self, said: Sentence) -> bool:
        """Return whether a sentence speaks of a moment that is already over."""
        now_ms = self._last_tod_ms if self._open is None else self._open.tod_ms
        if said.tod_ms is None or now_ms is None:
            return self._open is None and said.kind in _UNTIMED
        if self._open is None:
            return abs(tod_difference_ms(said.tod_ms, now_ms)) <= SAME_MS
        return -BACK_MS <= tod_difference_ms(said.tod_ms, now_ms) < -SAME_MS

    def _close(self, draft: Draft) -> Epoch:
        self._open = None
        day = self._day_of(draft)
        self._last_tod_ms = draft.tod_ms
        return draft.close(day)

    def _day_of(self, draft: Draft) -> int | None:
        """Return the day of an epoch: its own date, else the last date carried on."""
        if draft.tod_ms is None:
            return None
        if self._day is not None:
            passed_ms = draft.tod_ms - self._day_tod_ms
            self._day += (passed_ms < -DAY_MS // 2) - (passed_ms > DAY_MS // 2)
        own = None if draft.date is None else draft.date.toordinal() - _EPOCH_DAY
        if own is not None:
            # A flipped digit makes another date: against one that came with a fix, it must
            # come twice. What a receiver says without a fix holds until there is one.
            is_fix = draft.is_fix()
            if self._day is None or (
                is_fix and (own == self._new_day or not self._is_day_sure)
            ):
                self._day, self._is_day_sure = own, is_fix
            self._new_day = own if is_fix else None
        self._day_tod_ms = draft.tod_ms
        return self._day

    def _learn(self, draft: Draft) -> None:
        """Note which sentence was the last, the how many-th of its kind."""
        if self._learn_epochs is None or self._wrong_ends > 2:
            return
        last = draft.kinds[-1]
        end = (last, draft.kinds.count(last))
        self._equal_ends = self._equal_ends + 1 if end == self._seen_end else 1
        self._seen_end = end
        self._end = end if self._equal_ends >= self._learn_epochs else None

    def _unlearn(self) -> None:
        self._wrong_ends += self._end is not None
        self._end = self._seen_end = None
        self._equal_ends = 0

    def _is_end(self, draft: Draft) -> bool:
        if self._end is None:
            return False
        kind, count = self._end
        return draft.kinds[-1] is kind and draft.kinds.count(kind) == count
