"""Decides which one of the facts is told now.

Steps of a tick: 1. Each fact is tracked by (condition, key): since when it holds, whether its
debounce, gate and re-arm let it be told. 2. Of those that may be told the highest rank wins,
then the newest, then the order of the table. 3. The winner begins when the motor is free, or
when its row may interrupt the lower rank that plays. 4. Rate limit and merging hold back what
is neither STOP nor a lost ability.

The arbiter knows only messages and time. Nothing cancels STOP: while one plays, only the same
rank can follow it. Source of the shape: openpilot's alert manager (one table, largest
(priority, start) wins); we add re-arm per hazard, the rate limit, and a gate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import HAZARD_GATES, TABLE, Gate, Row
from backrun_pi.messages import ActiveCondition, Alert, Condition, Priority

_ORDER = {condition: n for n, condition in enumerate(TABLE)}
_MINUTE_NS = 60_000_000_000
_FORGET_NS = 30_000_000_000  # looked through this often for tracks that no longer matter


class _RowTrack:
    """What is known of one (condition, key)."""

    __slots__ = ("answered_ns", "fact", "is_now", "last_ns", "row", "since_ns", "told_ns")

    def __init__(self, fact: ActiveCondition, row: Row, now_ns: int) -> None:
        self.fact = fact
        self.row = row
        self.since_ns = now_ns
        self.last_ns = now_ns
        self.told_ns: int | None = None
        self.answered_ns = 0  # not told again before this moment
        self.is_now = True

    def hold(self, fact: ActiveCondition, now_ns: int, step_before_ns: int) -> None:
        """Note that the fact holds now; begin anew when it was over."""
        is_over = self.last_ns < step_before_ns and now_ns - self.last_ns > _ns(self.row.down_s)
        if is_over:
            self.since_ns = now_ns
            if now_ns - self.last_ns > _ns(self.row.rearm_s):
                self.told_ns = None
        self.fact = fact
        self.last_ns = now_ns
        self.is_now = True

    def may_be_told(self, now_ns: int) -> bool:
        """Return whether debounce, waiting time, re-arm and repeat allow it."""
        row = self.row
        if self.last_ns - self.since_ns < _ns(row.up_s) or now_ns < self.answered_ns:
            return False
        if self.told_ns is not None:
            return (
                self.is_now
                and row.repeat_s is not None
                and now_ns - self.told_ns >= _ns(row.repeat_s)
            )
        return self.is_now or now_ns - self.last_ns <= _ns(row.wait_s)

    def is_forgotten(self, now_ns: int) -> bool:
        """Return whether nothing can follow from it any more."""
        row = self.row
        rests_ns = _ns(max(row.down_s, row.rearm_s, row.wait_s))
        return now_ns >= self.answered_ns and now_ns - self.last_ns > rests_ns


class Arbiter:
    """One winner a tick at most."""

    def __init__(self, settings: AlertsSettings) -> None:
        self._settings = settings
        self._tracks: dict[tuple[Condition, str], _RowTrack] = {}
        self._step_before_ns = 0
        self._forget_ns = 0
        self._playing: Priority | None = None
        self._busy_until_ns = 0
        self._yields_at_ns = 0
        self._counted_ns: deque[int] = deque()
        self._halted_ns: int | None = None
        self._merged_ns: int | None = None
        self._merged_condition: Condition | None = None

    def step(
        self, now_ns: int, facts: Sequence[ActiveCondition], is_open: frozenset[Gate]
    ) -> Alert | None:
        """Decide for this tick.

        Args:
            now_ns: [ns] Time of this tick; never falls.
            facts: Everything that holds on this tick.
            is_open: Gates that what he does leaves open.

        Returns:
            The alert that begins, or is repeated, on this tick; None otherwise.
        """
        self._answer(now_ns, is_open)
        if not facts and not self._tracks:
            self._step_before_ns = now_ns
            return None
        self._note(now_ns, facts, is_open)
        winner = self._winner(now_ns, is_open)
        self._step_before_ns = now_ns
        if now_ns >= self._forget_ns:
            self._forget(now_ns)
        return None if winner is None else self._tell(now_ns, winner)

    def _note(
        self, now_ns: int, facts: Sequence[ActiveCondition], is_open: frozenset[Gate]
    ) -> None:
        for track in self._tracks.values():
            track.is_now = False
        for fact in facts:
            row = TABLE[fact.condition]
            if row.gate in HAZARD_GATES and row.gate not in is_open:
                continue
            known = self._tracks.get((fact.condition, fact.key))
            if known is None:
                known = self._tracks[fact.condition, fact.key] = _RowTrack(fact, row, now_ns)
            else:
                known.hold(fact, now_ns, self._step_before_ns)
            for covered in row.covers:
                # What a STOP said and he obeyed needs no caution either.
                lesser = self._tracks.get((covered, fact.key))
                if lesser is not None:
                    lesser.answered_ns = max(lesser.answered_ns, known.answered_ns)

    def _answer(self, now_ns: int, is_open: frozenset[Gate]) -> None:
        """Note that he stopped or turned: what he was warned of needs no second word."""
        if Gate.UNLESS_FORWARD in is_open:
            self._halted_ns = None
            return
        if self._halted_ns is None:
            self._halted_ns = now_ns
        if now_ns - self._halted_ns < _ns(self._settings.answered_s):
            return
        for track in self._tracks.values():
            if track.row.gate in HAZARD_GATES and track.told_ns is not None:
                until_ns = track.told_ns + _ns(self._settings.answered_rearm_s)
                track.answered_ns = max(track.answered_ns, until_ns)

    def _winner(self, now_ns: int, is_open: frozenset[Gate]) -> _RowTrack | None:
        best: _RowTrack | None = None
        for track in self._tracks.values():
            row = track.row
            if row.gate is Gate.NOT_BACKWARD and row.gate not in is_open:
                continue
            if not track.may_be_told(now_ns) or not self._is_free_for(row, now_ns):
                continue
            if row.is_merged and self._is_soon_after_another(now_ns):
                # The same word for one more hazard adds nothing; for something else it waits.
                if self._merged_condition is track.fact.condition:
                    track.told_ns = now_ns
                continue
            if row.is_counted and not self._is_within_rate(row, now_ns):
                continue
            if self._is_repeat_of_another(track, now_ns):
                continue
            if best is None or _rank(track) > _rank(best):
                best = track
        return best

    def _is_free_for(self, row: Row, now_ns: int) -> bool:
        if self._playing is None or now_ns >= self._busy_until_ns:
            return True
        if not row.may_interrupt:
            return False
        if row.priority is self._playing:
            return now_ns >= self._yields_at_ns
        return row.priority.value > self._playing.value

    def _is_soon_after_another(self, now_ns: int) -> bool:
        at_ns = self._merged_ns
        return at_ns is not None and now_ns - at_ns <= _ns(self._settings.merge_s)

    def _is_within_rate(self, row: Row, now_ns: int) -> bool:
        while self._counted_ns and now_ns - self._counted_ns[0] >= _MINUTE_NS:
            self._counted_ns.popleft()
        is_caution = row.priority.value >= Priority.CAUTION.value
        settings = self._settings
        most = settings.per_minute if is_caution else settings.notices_per_minute
        return len(self._counted_ns) < most

    def _is_repeat_of_another(self, track: _RowTrack, now_ns: int) -> bool:
        """Return whether the same STOP word was just said for another hazard."""
        row = track.row
        if row.repeat_s is None or row.priority is not Priority.STOP:
            return False
        return any(
            other.fact.condition is track.fact.condition
            and other.told_ns is not None
            and now_ns - other.told_ns < _ns(row.repeat_s)
            for other in self._tracks.values()
        )

    def _tell(self, now_ns: int, track: _RowTrack) -> Alert:
        row, fact = track.row, track.fact
        track.told_ns = now_ns
        self._cover(now_ns, track)
        self._playing = row.priority
        lasts_s = row.lasts_s + row.lasts_per_count_s * fact.count + self._settings.quiet_s
        self._busy_until_ns = now_ns + _ns(max(lasts_s, row.guards_s))
        yields_s = lasts_s if row.yields_s is None else row.yields_s
        self._yields_at_ns = now_ns + _ns(yields_s)
        if row.is_counted:
            self._counted_ns.append(now_ns)
        if row.is_merged:
            self._merged_ns, self._merged_condition = now_ns, fact.condition
        return Alert(
            t_ns=now_ns,
            condition=fact.condition,
            priority=row.priority,
            pattern=row.pattern,
            key=fact.key,
            count=fact.count,
            since_ns=track.since_ns,
            because=fact.because,
        )

    def _cover(self, now_ns: int, track: _RowTrack) -> None:
        """Count as told what this row says better: no caution after a STOP for the same.

        A STOP that holds is repeated, and covers anew, before the caution could re-arm.
        """
        for condition in track.row.covers:
            key = track.fact.key
            covered = self._tracks.get((condition, key))
            if covered is None:
                fact = ActiveCondition(condition, track.fact.because, key)
                covered = _RowTrack(fact, TABLE[condition], now_ns)
                covered.is_now = False
                self._tracks[condition, key] = covered
            covered.last_ns = covered.told_ns = now_ns

    def _forget(self, now_ns: int) -> None:
        self._forget_ns = now_ns + _FORGET_NS
        for name in [
            name for name, track in self._tracks.items() if track.is_forgotten(now_ns)
        ]:
            del self._tracks[name]


def _rank(track: _RowTrack) -> tuple[int, int, int, str]:
    fact = track.fact
    return track.row.priority.value, track.since_ns, -_ORDER[fact.condition], fact.key


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
