"""Which day an epoch belongs to: its own date, or the last one carried on over midnight."""

from __future__ import annotations

from datetime import date

from backrun_pi.sensors.gnss.epoch import Draft
from backrun_pi.sensors.gnss.nmea_fields import DAY_MS

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LATE_DATE_MS = 60_000  # after midnight, receivers go on sending the old date for an epoch


class CalendarDay:
    """Carries the receiver's date from epoch to epoch."""

    def __init__(self) -> None:
        self._day: int | None = None
        self._candidate: int | None = None
        self._is_sure = False
        self._tod_ms = 0
        self._has_rolled = False

    def of(self, draft: Draft) -> int | None:
        """Return the day of an epoch, in days since 1970; None before the first date."""
        if draft.tod_ms is None:
            return None
        self._pass_midnight(draft.tod_ms)
        own = None if draft.date is None else draft.date.toordinal() - _EPOCH_DAY
        if own is not None and not self._is_late(own, draft.tod_ms):
            self._take(own, is_fix=draft.is_fix())
        self._tod_ms = draft.tod_ms
        return self._day

    def _pass_midnight(self, tod_ms: int) -> None:
        if self._day is None:
            return
        passed_ms = tod_ms - self._tod_ms
        if passed_ms < -DAY_MS // 2:
            self._day += 1
            self._has_rolled = True
        elif passed_ms > DAY_MS // 2:
            self._day -= 1
            self._has_rolled = False

    def _is_late(self, own: int, tod_ms: int) -> bool:
        """Return whether a date is still that of the day before."""
        is_new_day = self._has_rolled and tod_ms < _LATE_DATE_MS
        return is_new_day and self._day is not None and own == self._day - 1

    def _take(self, own: int, *, is_fix: bool) -> None:
        # A flipped digit makes another date: against one that came with a fix, it must come
        # twice. What a receiver sends without a fix holds until there is one.
        is_confirmed = is_fix and (own == self._candidate or not self._is_sure)
        if self._day is None or is_confirmed:
            self._day, self._is_sure = own, is_fix
        self._candidate = own if is_fix else None
