"""Lays the records of a session on one time axis, also when a power cut made it two boots.

Times of two boots do not compare. UTC of the fixes joins them; without it the operating
system's clock does when it moved on plausibly, else the later boot follows at once.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from backrun_pi.messages import GnssFix, Tick
from backrun_pi.record.format import SessionHeader
from backrun_pi.record.reader import Recording
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
    """[s] What the operating system believed UTC was at `begin_ns`."""
    utc_s: list[float] = field(default_factory=list)
    """[s] UTC at `begin_ns`, as each of the last fixes tells it."""
    boot_id: str = ""
    """As the header says."""
    offset_s: float = 0.0
    """[s] Session time of `begin_ns`."""

    @property
    def begin_utc_s(self) -> float | None:
        """Return the trusted UTC of `begin_ns`."""
        return statistics.median(self.utc_s) if self.utc_s else None


class Flow:
    """The records of some kinds in session time. Reads the log twice: axis first."""

    def __init__(self, recording: Recording, *kinds: type) -> None:
        self._recording = recording
        self._kinds = kinds
        self.header: SessionHeader | None = recording.header
        """What the session was recorded with."""
        self.boots = _boots(recording)
        """Every boot that recorded a part."""
        _join(self.boots)

    def __iter__(self) -> Iterator[tuple[float, Any]]:
        """Yield (t_s, message); messages without a time get that of the tick before them."""
        tick_ns = 0
        boot = -1
        for record in self._recording.only(Tick, *self._kinds):
            if record.boot >= len(self.boots):
                continue
            axis = self.boots[record.boot]
            if record.boot != boot:
                boot, tick_ns = record.boot, axis.begin_ns
            message = record.message
            if isinstance(message, Tick):
                tick_ns = message.t_ns
            t_ns = getattr(message, "t_ns", tick_ns)
            yield self.at_s(record.boot, t_ns), message

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
        """Return what the operating system believed UTC was at session time 0."""
        return self.boots[0].wall_utc_s if self.boots else None


def _boots(recording: Recording) -> list[Boot]:
    boots: list[Boot] = []
    boot_ids: list[str] = []
    for record in recording.only(SessionHeader, Tick, GnssFix):
        message = record.message
        if isinstance(message, SessionHeader) and message.boot_id not in boot_ids:
            boot_ids.append(message.boot_id)
        t_ns = message.t_ns if isinstance(message, Tick) else record.line_ns
        while len(boots) <= record.boot:
            boots.append(Boot(t_ns, t_ns))
        boot = boots[record.boot]
        boot.end_ns = max(boot.end_ns, t_ns)
        if isinstance(message, Tick) and t_ns < boot.begin_ns:
            boot.begin_ns = t_ns
        if isinstance(message, Tick) and boot.wall_utc_s is None:
            boot.wall_utc_s = message.wall_utc_s - (t_ns - boot.begin_ns) / NS_PER_S
        if isinstance(message, GnssFix) and message.utc_s is not None:
            boot.utc_s.append(message.utc_s - (message.t_ns - boot.begin_ns) / NS_PER_S)
            del boot.utc_s[:-_FIXES]
    for boot, boot_id in zip(boots, boot_ids, strict=False):
        boot.boot_id = boot_id
    return boots


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
