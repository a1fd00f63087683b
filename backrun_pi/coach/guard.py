"""The weekly guard: sessions within rolling 7 days, with clocks that may be wrong.

Rules: 1. A trusted UTC decides, but never one before the last trusted time. 2. Without one the
wall clock is believed only if it lies within 7 days after the last trusted time; a clock that
was set back, or that jumped, frees nothing. 3. A session whose time is not known counts into
the present week until a trusted time bounds it.
"""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.coach.journal import WEEK_S, Journal


@dataclass(frozen=True, slots=True)
class WeekSoFar:
    """What the rolling week holds."""

    done: int
    """[-] Sessions that count."""
    limit: int
    """[-] Sessions allowed."""
    next_in_s: float | None
    """[s] Until one more is allowed; 0 when one is, None when no clock can tell."""

    @property
    def is_full(self) -> bool:
        """Return whether one more would be too many."""
        return self.done >= self.limit


def week_so_far(
    journal: Journal, limit: int, utc_s: float | None, wall_utc_s: float
) -> WeekSoFar:
    """Count the sessions of the last 7 days.

    Args:
        journal: All sessions so far.
        limit: [-] Sessions allowed in 7 days.
        utc_s: [s] Trusted time, None without one.
        wall_utc_s: [s] What the operating system believes.
    """
    now_s = _now_s(journal.latest_utc_s(), utc_s, wall_utc_s)
    times = [session.utc_s for session in journal.sessions() if session.counts]
    is_dated = now_s is not None and None not in times
    # What cannot be dated may have been a moment ago.
    ages = sorted(0.0 if now_s is None or t is None else max(0.0, now_s - t) for t in times)
    recent = [age for age in ages if age < WEEK_S]
    if len(recent) < limit:
        return WeekSoFar(len(recent), limit, 0.0)
    return WeekSoFar(len(recent), limit, WEEK_S - recent[limit - 1] if is_dated else None)


def _now_s(latest_s: float | None, utc_s: float | None, wall_s: float) -> float | None:
    if utc_s is not None:
        return utc_s if latest_s is None else max(utc_s, latest_s)
    if latest_s is None:
        return None
    return wall_s if latest_s <= wall_s <= latest_s + WEEK_S else latest_s
