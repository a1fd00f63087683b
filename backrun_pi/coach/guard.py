"""The weekly guard: sessions within seven calendar days, by clocks that can be trusted only.

Rules: 1. Days are calendar days where the wearer is: Tuesday and Friday stay allowed week after
week, whatever the hour. 2. Only a trusted time decides, never one before the last trusted time
in the journal, or the time since boot where sessions are of one boot. 3. A session counts when
it surely lies within the seven days. Where a date is missing, more may: a start that might be
one too many waits for the date, and goes without the check when none comes.
"""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.coach.journal import Journal, PastSession
from backrun_pi.coach.local_days import LocalDays
from backrun_pi.units import NS_PER_S

WEEK_DAYS = 7
_SURELY_S = (WEEK_DAYS - 1) * 86400.0  # apart by less: within seven calendar days in any zone


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSoFar:
    """What the present day and the six before it hold."""

    done: int
    """[-] Sessions that surely count."""
    at_most: int
    """[-] Sessions that may count: above `done` where a date is missing."""
    limit: int
    """[-] Sessions allowed."""
    is_dated: bool
    """A trusted time says what day it is."""
    next_in_s: float | None
    """[s] Until one more is allowed; 0 when one is, None when no clock can tell."""

    @property
    def is_full(self) -> bool:
        """Return whether one more is surely too many."""
        return self.done >= self.limit

    @property
    def wants_date(self) -> bool:
        """Return whether a trusted date might show that one more is too many."""
        return not self.is_dated and self.at_most >= self.limit


def week_so_far(
    journal: Journal, limit: int, now_ns: int, utc_s: float | None, days: LocalDays
) -> WeekSoFar:
    """Count the sessions of the last seven calendar days.

    Args:
        journal: All sessions so far.
        limit: [-] Sessions allowed in seven days.
        now_ns: [ns] Time since boot.
        utc_s: [s] Trusted time, None without one.
        days: The wearer's calendar.
    """
    sessions = [session for session in journal.sessions() if session.counts]
    known = [moment for moment in (utc_s, journal.latest_utc_s()) if moment is not None]
    now_s = max(known, default=None)
    if utc_s is None or now_s is None:
        done = sum(_is_of_this_boot(one, journal, now_ns) for one in sessions)
        at_most = len(sessions)
        if now_s is not None:  # it is that day, or a later one
            at_most = len(_recent([one.utc_s for one in sessions], now_s, now_s, days))
        next_in_s = 0.0 if at_most < limit else None
        return WeekSoFar(
            done=done, at_most=at_most, limit=limit, is_dated=False, next_in_s=next_in_s
        )
    recent = _recent([one.earliest_utc_s for one in sessions], now_s, None, days)
    next_in_s = 0.0
    if len(recent) >= limit:
        next_in_s = days.begins_s(recent[limit - 1] + WEEK_DAYS) - now_s
    return WeekSoFar(
        done=len(recent), at_most=len(recent), limit=limit, is_dated=True, next_in_s=next_in_s
    )


def _recent(
    times: list[float | None], now_s: float, undated_s: float | None, days: LocalDays
) -> list[int]:
    """Return the days of the sessions within seven days, latest first.

    `undated_s` stands for a time that is not known; None leaves such sessions out.
    """
    today = days.day(now_s)
    taken = [undated_s if moment is None else moment for moment in times]
    past = [min(today, days.day(moment)) for moment in taken if moment is not None]
    return sorted((day for day in past if today - day < WEEK_DAYS), reverse=True)


def _is_of_this_boot(session: PastSession, journal: Journal, now_ns: int) -> bool:
    if session.start.boot != journal.boot_id:
        return False
    return 0 <= now_ns - session.start.t_ns < _SURELY_S * NS_PER_S
