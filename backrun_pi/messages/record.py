"""Messages of the program and its record: ticks, failures of a room, kept state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProgramFault:
    """A room failed with an error that nobody foresaw, and was started afresh."""

    t_ns: int
    """[ns] When."""
    room: str
    """Which."""
    error: str
    """The error's type and text."""
    traceback: str
    """Where it came from; empty when the same one was recorded before."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Begins the inputs of one tick in the record, so that a replay groups them alike."""

    t_ns: int
    """[ns] When the tick began; what every room got as now."""
    wall_utc_s: float
    """[s] UTC as the operating system had it. Untrusted."""
    is_partner_linked: bool | None
    """The link to the partner's button stands. None without one."""
    is_motor_silent: bool = False
    """No motor took the last pulse."""
    motor_late_ns: int = 0
    """[ns] How much later than ordered the pulse of the last tick began; 0 without one."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """A small file that a room wants kept across restarts: marks, journal, wearer."""

    name: str
    """Relative to the storage root: `state/...`."""
    data: bytes
    """Whole new content, or the line to append."""
    is_append: bool
    """Append to the file instead of replacing it."""
