"""Which UTC belongs to a moment since boot, and whether to trust it."""

from __future__ import annotations

from collections import deque
from datetime import date

from backrun_pi.median import median
from backrun_pi.messages import FixMode
from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.nmea_fields import DAY_MS
from backrun_pi.sensors.gnss.settings import GnssSettings

ROLLOVER_DAYS = 1024 * 7  # the week number of the GPS navigation message has 10 bits
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class UtcMap:
    """Offset from CLOCK_BOOTTIME to UTC, from epochs that agree with each other.

    Steps: 1. move the date by whole rollovers into the years this software can live in.
    2. Collect the offset of each epoch with a good fix; one that disagrees starts again.
    3. Trust the median once they have agreed for long enough. A step that a late leap second
    explains is taken after a few epochs; any other jump must earn trust from the start.

    Elapsed time never uses this: UTC is an annotation.
    """

    def __init__(self, settings: GnssSettings) -> None:
        self._settings = settings
        self._first_day = date.fromisoformat(settings.build_date).toordinal() - _EPOCH_DAY
        self._offsets: deque[float] = deque(maxlen=settings.trust_epochs)
        self._since_ns = 0
        self._offset_s: float | None = None
        self._first_trust_ns: int | None = None
        self.is_rollover_fixed = False
        """The receiver's date was moved by 1024 weeks or a multiple."""
        self.segments = 0
        """[-] Jumps of the receiver's time."""

    def note(self, epoch: Epoch) -> float | None:
        """Take an epoch; return its UTC in seconds since 1970, None unless trusted."""
        utc_s = self._corrected_s(epoch)
        if utc_s is None:
            return None
        offset_s = utc_s - epoch.t_ns / 1e9
        if _is_good(epoch, self._settings.trust_satellites):
            self._collect(offset_s, epoch.t_ns)
        if (
            self._offset_s is None
            or abs(offset_s - self._offset_s) > self._settings.trust_spread_s
        ):
            return None
        return utc_s

    def utc_s(self, t_ns: int) -> float | None:
        """Return UTC at a moment since boot, also before the first fix; None unless trusted."""
        return None if self._offset_s is None else self._offset_s + t_ns / 1e9

    def _corrected_s(self, epoch: Epoch) -> float | None:
        if epoch.day is None or epoch.tod_ms is None:
            return None
        short_days = self._first_day - epoch.day
        rollovers = max(0, -(-short_days // ROLLOVER_DAYS))
        day = epoch.day + rollovers * ROLLOVER_DAYS
        if day >= self._first_day + ROLLOVER_DAYS:
            return None
        self.is_rollover_fixed = rollovers > 0
        return (day * DAY_MS + epoch.tod_ms) / 1000.0

    def _collect(self, offset_s: float, t_ns: int) -> None:
        if self._offsets and abs(offset_s - self._offsets[-1]) > self._settings.trust_spread_s:
            self._offsets.clear()
            self.segments += 1
        if not self._offsets:
            self._since_ns = t_ns
        self._offsets.append(offset_s)
        if len(self._offsets) < self._needed(offset_s, t_ns):
            return
        if max(self._offsets) - min(self._offsets) > self._settings.trust_spread_s:
            return
        self._offset_s = median(self._offsets)
        if self._first_trust_ns is None:
            self._first_trust_ns = t_ns

    def _needed(self, offset_s: float, t_ns: int) -> int:
        """Return how many offsets must agree now; more than there can be while too early."""
        if self._offset_s is not None and self._first_trust_ns is not None:
            is_early = t_ns - self._first_trust_ns <= self._settings.leap_window_s * 1e9
            if is_early and abs(offset_s - self._offset_s) <= self._settings.leap_s:
                return self._settings.resume_epochs
        is_old = t_ns - self._since_ns >= self._settings.trust_after_s * 1e9
        return self._settings.trust_epochs if is_old else self._settings.trust_epochs + 1


def _is_good(epoch: Epoch, satellites: int) -> bool:
    if not epoch.is_fix or epoch.is_estimated:
        return False
    if epoch.satellites is None and epoch.dimension is None:
        return True  # a receiver that sends RMC alone never gives more
    return epoch.mode is FixMode.THREE_D or (epoch.satellites or 0) >= satellites
