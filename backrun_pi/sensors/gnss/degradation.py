"""What a receiver that gives positions fails to give: speed, course, rate, whole sentences."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from backrun_pi.messages import GnssFix
from backrun_pi.sensors.gnss.nmea_framing import LineQuality
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.units import NS_PER_S


@dataclass(frozen=True, slots=True)
class _LineMark:
    """Counters of the line at a moment."""

    t_ns: int
    good: int
    damaged: int


class Degradation:
    """Watches fixes and line; `because` names what is missing, None while all is as it should.

    A receiver in such a state is not lost, but direction, speed or place rest on less than the
    wearer expects: it is announced and recorded.
    """

    def __init__(self, settings: GnssSettings, quality: LineQuality) -> None:
        self._settings, self._quality = settings, quality
        self._fixes_ns: deque[int] = deque()
        self._speed_ns: int | None = None
        self._course_ns: int | None = None
        self._marks: deque[_LineMark] = deque()
        self._because: str | None = None
        self._is_news = False
        """A fix or bytes came since it was last judged: nothing else changes the verdict."""

    def note_fix(self, fix: GnssFix) -> None:
        """Take a fix; one without a position starts all over."""
        self._is_news = True
        if fix.lat_deg is None:
            self._fixes_ns.clear()
            self._speed_ns = self._course_ns = None
            return
        self._fixes_ns.append(fix.t_ns)
        while fix.t_ns - self._fixes_ns[0] > self._settings.rate_window_s * NS_PER_S:
            self._fixes_ns.popleft()
        if fix.speed_mps is not None or self._speed_ns is None:
            self._speed_ns = fix.t_ns
        is_slow = fix.speed_mps is not None and fix.speed_mps < self._settings.course_speed_mps
        if fix.course_rad is not None or is_slow or self._course_ns is None:
            self._course_ns = fix.t_ns

    def note_line(self, t_ns: int) -> None:
        """Take the counters of the line now; once a second is enough."""
        self._is_news = True
        if self._marks and t_ns - self._marks[-1].t_ns < NS_PER_S:
            return
        self._marks.append(_LineMark(t_ns, self._quality.good, self._quality.damaged))
        while t_ns - self._marks[0].t_ns > self._settings.bad_window_s * NS_PER_S:
            self._marks.popleft()

    @property
    def because(self) -> str | None:
        """Return what is missing, in plain words without changing numbers."""
        if self._is_news:
            self._because, self._is_news = self._judged(), False
        return self._because

    def _judged(self) -> str | None:
        found = []
        if self._is_missing(self._speed_ns):
            found.append("positions come without a speed")
        elif self._is_missing(self._course_ns):
            found.append("positions come without a course")
        rate_hz = self._rate_hz()
        if rate_hz is not None and rate_hz < self._settings.rate_share * self._settings.rate_hz:
            found.append(f"{rate_hz:.0f} fixes a second instead of {self._settings.rate_hz}")
        if self._is_line_bad():
            found.append("the line damages sentences")
        return "; ".join(found) or None

    def _is_missing(self, last_ns: int | None) -> bool:
        if last_ns is None or not self._fixes_ns:
            return False
        return self._fixes_ns[-1] - last_ns > self._settings.missing_s * NS_PER_S

    def _rate_hz(self) -> float | None:
        """Return the rate over the window, None before the window is full."""
        if len(self._fixes_ns) < 2:
            return None
        span_s = (self._fixes_ns[-1] - self._fixes_ns[0]) / NS_PER_S
        is_full = span_s >= 0.8 * self._settings.rate_window_s
        return (len(self._fixes_ns) - 1) / span_s if is_full else None

    def _is_line_bad(self) -> bool:
        if len(self._marks) < 2:
            return False
        first = self._marks[0]
        good = self._quality.good - first.good
        damaged = self._quality.damaged - first.damaged
        return damaged > self._settings.bad_share * (good + damaged)
