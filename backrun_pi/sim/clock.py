"""Virtual time: it passes only when somebody waits or a bus is busy."""

from __future__ import annotations

from collections.abc import Callable

BOOT_S = 20.0  # a Pi has been up so long when the program starts: no clock begins at 0
_BOOT_NS = round(BOOT_S * 1e9)


class SimClock:
    """Counts nanoseconds since boot. `on_wait(until_ns)` lets the world catch up."""

    def __init__(self, true_utc_s: float, wall_error_s: float) -> None:
        self._world_ns = 0
        self._boot_at_ns = -_BOOT_NS
        self._utc_s, self._wall_error_s = true_utc_s, wall_error_s
        self.on_wait: Callable[[int], None] = lambda _: None

    def now_ns(self) -> int:
        """Return ns since the boot of the board."""
        return self._world_ns - self._boot_at_ns

    def sleep_until_ns(self, t_ns: int) -> None:
        """Wait: everything beside the main loop happens now."""
        until_ns = max(t_ns + self._boot_at_ns, self._world_ns)
        self.on_wait(until_ns)
        self._world_ns = max(until_ns, self._world_ns)

    def wall_utc_s(self) -> float:
        """Return UTC as the operating system has it."""
        return self._utc_s + self._world_ns / 1e9 + self._wall_error_s

    @property
    def elapsed_s(self) -> float:
        """Return seconds of the scenario."""
        return self._world_ns / 1e9

    def board_ns(self, elapsed_s: float) -> int:
        """Return the board time of a scenario second."""
        return round(elapsed_s * 1e9) - self._boot_at_ns

    def true_utc_s(self) -> float:
        """Return real UTC."""
        return self._utc_s + self._world_ns / 1e9

    def pass_s(self, duration_s: float) -> None:
        """Let a little time pass inside a call: a transfer, a stalled card."""
        self._world_ns += round(duration_s * 1e9)

    def step_wall(self, by_s: float) -> None:
        """Let the system clock jump."""
        self._wall_error_s += by_s

    def reboot(self, off_s: float) -> None:
        """Be off for a while and boot: the count starts again."""
        self._world_ns += round(off_s * 1e9)
        self._boot_at_ns = self._world_ns - _BOOT_NS
