"""Calendar days where the wearer is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from backrun_pi import timezone
from backrun_pi.messages import RunnerState


@dataclass(frozen=True, slots=True)
class LocalDays:
    """Turns UTC into days of a calendar."""

    zone: tzinfo
    """Of the wearer."""

    def day(self, utc_s: float) -> int:
        """Return the number of the local calendar day that a moment lies in."""
        return datetime.fromtimestamp(utc_s, UTC).astimezone(self.zone).toordinal()

    def begins_s(self, day: int) -> float:
        """Return when a local day begins, in seconds UTC."""
        return datetime.combine(date.fromordinal(day), time(), self.zone).timestamp()


def zone_of(wanted: str, state: RunnerState | None, last: str) -> str:
    """Return the wearer's time zone: as set, else of the position, else of the last session.

    Args:
        wanted: Zone of the settings, empty when none is set.
        state: Where the wearer is.
        last: Zone of the last session, empty when there was none.
    """
    if wanted or state is None or state.lat_deg is None or state.lon_deg is None:
        return wanted or last
    return timezone.zone_name(state.lat_deg, state.lon_deg) or last


def local_days(zone: str) -> LocalDays:
    """Return the calendar of a zone by its IANA name; UTC for an empty one."""
    return LocalDays(timezone.zone(zone or None))
