"""The kernel's clocks."""

from __future__ import annotations

import time


class LinuxClock:
    """CLOCK_BOOTTIME, and waiting for it."""

    def now_ns(self) -> int:
        """Return the time since boot, suspend included."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def sleep_until_ns(self, t_ns: int) -> None:
        """Return at `t_ns` or at once when it has passed."""
        while (left_ns := t_ns - self.now_ns()) > 0:
            time.sleep(left_ns * 1e-9)  # noqa: TID251 - this is the Clock others must take

    def wall_utc_s(self) -> float:
        """Return the system's UTC, which may be wrong and may step."""
        return time.time()  # noqa: TID251 - this is the Clock others must take
