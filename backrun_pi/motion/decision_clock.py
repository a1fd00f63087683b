"""When to decide: five times a second, in step with a receiver that sends as often."""

from __future__ import annotations

from backrun_pi.units import NS_PER_S

DECIDE_NS = round(0.175 * NS_PER_S)
"""[ns] Between decisions, 0.2 s less half a tick, by which ticks may come early."""
FIX_NS = round(0.125 * NS_PER_S)
"""[ns] A fix is weighed as soon as it comes, if the decision before is as old as this."""
AWAIT_NS = round(0.225 * NS_PER_S)
"""[ns] And while fixes come, a decision waits so long for one."""
AWAITED_NS = round(0.3 * NS_PER_S)
"""[ns] A fix is awaited when the one before came in this time."""


class DecisionClock:
    """Says whether a decision is due; advanced once a tick."""

    def __init__(self) -> None:
        self._decided_ns: int | None = None
        self._fix_ns: int | None = None

    def is_due(self, now_ns: int, *, has_fix: bool) -> bool:
        """Return whether to decide now.

        Args:
            now_ns: [ns] CLOCK_BOOTTIME, rising.
            has_fix: a fix came with this tick.
        """
        last_ns, fix_ns = self._decided_ns, self._fix_ns
        if has_fix:
            self._fix_ns = now_ns
        wait_ns = DECIDE_NS
        if has_fix:
            wait_ns = FIX_NS
        elif (
            last_ns is not None
            and fix_ns is not None
            and fix_ns <= last_ns
            and now_ns - fix_ns < AWAITED_NS
        ):
            wait_ns = AWAIT_NS
        is_due = last_ns is None or now_ns - last_ns >= wait_ns
        if is_due:
            self._decided_ns = now_ns
        return is_due
