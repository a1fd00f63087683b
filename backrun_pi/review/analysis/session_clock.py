"""Lays the records of a session on one time axis, also when a power cut made it two boots.

Times of two boots do not compare. UTC of the fixes joins them; without it the operating
system's clock does when it moved on plausibly, else the later boot follows at once.
"""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass, field

from backrun_pi.messages import GnssFix, Tick
from backrun_pi.record.format import SessionHeader
from backrun_pi.record.reader import ReadRecord, Recording
from backrun_pi.units import NS_PER_S

_FIXES = 9  # the median of this many offsets is not moved by one late sentence
_LONGEST_PAUSE_S = 6 * 3600.0  # a session is not resumed after a longer one


@dataclass(slots=True)
class Boot:
    """One boot's part of a session."""

    begin_ns: int
    """[ns] Its first tick."""
    end_ns: int
    """[ns] Its last tick."""
    wall_utc_s: float | None = None
    """[s] UTC at `begin_ns` by the clock of the operating system."""
    utc_s: list[float] = field(default_factory=list)
    """[s] UTC at `begin_ns`, by each of the last fixes."""
    boot_id: str = ""
    """As in the header."""
    offset_s: float = 0.0
    """[s] Session time of `begin_ns`."""

    @property
    def begin_utc_s(self) -> float | None:
        """Return the trusted UTC of `begin_ns`."""
        return statistics.median(self.utc_s) if self.utc_s else None


class SessionClock:
    """The time axis of a session: fed with its records in order, then closed."""

    def __init__(self) -> None:
        self.boots: list[Boot] = []
        """Every boot that recorded a part."""
        self.header: SessionHeader | None = None
        """What the session was recorded with."""
        self._boot_ids: list[str] = []

    @classmethod
    def of(cls, recording: Recording) -> SessionClock:
        """Return the axis of a recording, read for nothing else."""
        clock = cls()
        for record in recording.only(SessionHeader, Tick, GnssFix):
            clock.see(record)
        clock.close()
        return clock

    def see(self, record: ReadRecord) -> None:
        """Take the next record; of the ticks the first of each line is enough."""
        message = record.message
        if isinstance(message, SessionHeader):
            self.header = self.header or message
            if message.boot_id not in self._boot_ids:
                self._boot_ids.append(message.boot_id)
        t_ns = message.t_ns if isinstance(message, Tick) else record.line_ns
        while len(self.boots) <= record.boot:
            self.boots.append(Boot(t_ns, t_ns))
        boot = self.boots[record.boot]
        boot.end_ns = max(boot.end_ns, record.line_ns)
        if isinstance(message, Tick):
            boot.begin_ns = min(boot.begin_ns, t_ns)
            if boot.wall_utc_s is None:
                boot.wall_utc_s = message.wall_utc_s - (t_ns - boot.begin_ns) / NS_PER_S
        elif isinstance(message, GnssFix) and message.utc_s is not None:
            boot.utc_s.append(message.utc_s - (message.t_ns - boot.begin_ns) / NS_PER_S)
            del boot.utc_s[:-_FIXES]

    def close(self) -> None:
        """Join the boots: session times are right from here on."""
        for boot, boot_id in zip(self.boots, self._boot_ids, strict=False):
            boot.boot_id = boot_id
        _join(self.boots)

    def moment_s(self, record: ReadRecord) -> float:
        """Return the session time of a record; one without a time gets that of its line."""
        return self.at_s(record.boot, getattr(record.message, "t_ns", record.line_ns))

    def at_s(self, boot: int, t_ns: int) -> float:
        """Return the session time of a boot time; never before 0."""
        axis = self.boots[boot]
        return max(0.0, axis.offset_s + (t_ns - axis.begin_ns) / NS_PER_S)

    @property
    def boot_ends_s(self) -> tuple[float, ...]:
        """Return the session time of each boot's last tick."""
        return tuple(
            one.offset_s + (one.end_ns - one.begin_ns) / NS_PER_S for one in self.boots
        )

    @property
    def duration_s(self) -> float:
        """Return the session time of the last tick."""
        return self.boot_ends_s[-1] if self.boots else 0.0

    @property
    def start_utc_s(self) -> float | None:
        """Return the trusted UTC of session time 0."""
        for boot in self.boots:
            if boot.begin_utc_s is not None:
                return boot.begin_utc_s - boot.offset_s
        return None

    @property
    def start_wall_s(self) -> float | None:
        """Return UTC at session time 0 by the clock of the operating system."""
        return self.boots[0].wall_utc_s if self.boots else None


def _join(boots: list[Boot]) -> None:
    """Set the offsets: each boot after the one before it, by the best clock there is."""
    for before, boot in itertools.pairwise(boots):
        least_s = before.offset_s + (before.end_ns - before.begin_ns) / NS_PER_S
        later_s = None
        if before.begin_utc_s is not None and boot.begin_utc_s is not None:
            later_s = boot.begin_utc_s - before.begin_utc_s
        elif before.wall_utc_s is not None and boot.wall_utc_s is not None:
            later_s = boot.wall_utc_s - before.wall_utc_s
        is_plausible = later_s is not None and later_s <= _LONGEST_PAUSE_S
        at_s = before.offset_s + later_s if later_s is not None and is_plausible else least_s
        boot.offset_s = max(least_s, at_s)
