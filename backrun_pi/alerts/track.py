"""What is known of one (condition, key): since when it holds and when it was announced."""

from __future__ import annotations

from backrun_pi.alerts.table import TABLE, Row
from backrun_pi.messages import ActiveCondition, Priority

_ORDER = {condition: n for n, condition in enumerate(TABLE)}


class RowTrack:
    """One condition about one key, over time."""

    __slots__ = (
        "active",
        "announced_ns",
        "is_now",
        "last_ns",
        "not_before_ns",
        "row",
        "since_ns",
        "was_called",
    )

    def __init__(self, active: ActiveCondition, row: Row, now_ns: int) -> None:
        self.active = active
        self.row = row
        self.since_ns = now_ns
        self.last_ns = now_ns
        self.announced_ns: int | None = None
        self.not_before_ns = now_ns
        self.was_called = False
        """Of a loss: its alarm call has been felt since it began to hold."""
        self.is_now = True

    def hold(self, active: ActiveCondition, now_ns: int, step_before_ns: int) -> None:
        """Note that the condition holds now; begin again when it was over."""
        row = self.row
        is_over = self.last_ns < step_before_ns and now_ns - self.last_ns > ns(row.off_delay_s)
        if is_over:
            self.since_ns, self.was_called = now_ns, False
            is_armed = now_ns - self.last_ns > ns(row.rearm_s)
            if is_armed or self._is_due_again(now_ns):
                self.announced_ns = None
        self.active = active
        self.last_ns = now_ns
        self.is_now = True

    def may_be_announced(self, now_ns: int) -> bool:
        """Return whether debounce, waiting time, re-arm and repeat allow it."""
        row = self.row
        if self.last_ns - self.since_ns < ns(row.on_delay_s) or now_ns < self.not_before_ns:
            return False
        if self.announced_ns is not None:
            return self.is_now and self._is_due_again(now_ns)
        return self.is_now or now_ns - self.last_ns <= ns(row.expires_after_s)

    def withdraw(self, retry_ns: int, *, is_called: bool) -> None:
        """Count as not announced: it was cut; announce it again from a moment on."""
        self.announced_ns, self.not_before_ns = None, retry_ns
        self.was_called = is_called

    def is_forgotten(self, now_ns: int) -> bool:
        """Return whether nothing can follow from it any more."""
        row = self.row
        rests_ns = ns(max(row.off_delay_s, row.rearm_s, row.expires_after_s))
        return now_ns - self.last_ns > rests_ns

    def _is_due_again(self, now_ns: int) -> bool:
        repeat_s = self.row.repeat_s
        return (
            repeat_s is not None
            and self.announced_ns is not None
            and now_ns - self.announced_ns >= ns(repeat_s)
        )


def ns(seconds: float) -> int:
    """Return nanoseconds."""
    return round(seconds * 1e9)


def rank(track: RowTrack) -> tuple[int, int, int, int, str]:
    """Return what to compare: a loss not felt yet comes before a STOP that is only repeated."""
    active, priority = track.active, track.row.priority
    urgency, order = priority.value, 0
    if priority is Priority.STOP and track.announced_ns is not None:
        urgency, order = Priority.BLIND.value, 1
    elif priority is Priority.BLIND and not track.was_called:
        order = 2
    return urgency, order, track.since_ns, -_ORDER[active.condition], active.key
