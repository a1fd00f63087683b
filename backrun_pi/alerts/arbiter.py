"""Decides which one of the active conditions is announced now.

Steps of a tick: 1. What became of the cues on the motor is noted: what was cut was not
announced. 2. Each condition is tracked by (condition, key): since when it holds, whether its
delay, gate and re-arm let it be announced. 3. Of those that may be, the highest rank wins, then
the newest, then the order of the table. 4. The winner begins when the motor is free and still,
or when its row may interrupt the lower rank that plays. 5. Rate limit, coalescing and the next
change of direction hold back what is neither STOP nor a lost ability.

The arbiter knows only messages and time. Nothing cancels STOP: what its second long beat
has said stands. The alarm call of what was lost meanwhile comes instead of its third beat, and
before STOP is repeated: they were asked to stop already, and do not know yet of the loss.
Source of the shape: openpilot's alert manager (one table, largest (priority, start) wins); we
add re-arm per hazard, the rate limit, a gate, and that a cue is announced only when the motor
has played it to its end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from backrun_pi.alerts.motor_time import Moment, is_called, is_free_for, would_delay_switch
from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import HAZARD_GATES, TABLE, Gate, Row
from backrun_pi.alerts.track import RowTrack, ns, rank
from backrun_pi.messages import ActiveCondition, Alert, Condition, CueProgress, Priority

_MINUTE_NS = 60_000_000_000
_FORGET_NS = 30_000_000_000  # looked through this often for tracks that no longer matter
_IDLE = CueProgress()
_OBSTACLES = frozenset({Condition.STOP_HAZARD, Condition.CAUTION_HAZARD})


class Arbiter:
    """One winner a tick at most."""

    def __init__(self, settings: AlertsSettings) -> None:
        self._settings = settings
        self._tracks: dict[tuple[Condition, str], RowTrack] = {}
        self._step_before_ns = 0
        self._forget_ns = 0
        self._exclusive_until_ns = 0
        self._limited_ns: deque[int] = deque()
        self._halted_ns: int | None = None
        self._merged_ns: int | None = None
        self._merged_condition: Condition | None = None
        self._obeyed_ns: dict[str, int] = {}
        self._before = _IDLE

    def step(self, moment: Moment, conditions: Sequence[ActiveCondition]) -> Alert | None:
        """Decide for this tick.

        Args:
            moment: The tick, the motor, the runner.
            conditions: Everything that holds on this tick.

        Returns:
            The alert that begins, or is repeated, on this tick; None otherwise.
        """
        now_ns = moment.now_ns
        for alert in moment.progress.cut:
            self._withdraw(now_ns, alert)
        self._before = moment.progress
        self._answer(moment)
        if not conditions and not self._tracks:
            self._step_before_ns = now_ns
            return None
        self._note(moment, conditions)
        winner = None if moment.is_first else self._winner(moment)
        self._step_before_ns = now_ns
        if now_ns >= self._forget_ns:
            self._forget(now_ns)
        return None if winner is None else self._announce(now_ns, winner)

    def _withdraw(self, now_ns: int, alert: Alert) -> None:
        """Count what was cut as not announced.

        Whatever cuts a caution says more than it does: that one comes again later, if at all.
        """
        track = self._tracks.get((alert.condition, alert.key))
        if track is None or track.announced_ns != alert.t_ns:
            return
        was_called = self._before.playing is alert and is_called(now_ns, self._before)
        if was_called and track.row.priority is Priority.STOP:
            return  # its two long beats were felt: it is due again when it is to be repeated
        rest_s = self._settings.caution_again_s if track.row.coalesces else 0.0
        track.withdraw(now_ns + ns(rest_s), is_called=was_called)
        if alert.t_ns in self._limited_ns:
            self._limited_ns.remove(alert.t_ns)
        if self._merged_ns == alert.t_ns:
            self._merged_ns = self._merged_condition = None

    def _note(self, moment: Moment, conditions: Sequence[ActiveCondition]) -> None:
        now_ns = moment.now_ns
        for track in self._tracks.values():
            track.is_now = False
        for given in conditions:
            active = self._lessened(given, now_ns)
            row = TABLE[active.condition]
            if row.gate in HAZARD_GATES and row.gate not in moment.is_open:
                continue
            known = self._tracks.get((active.condition, active.key))
            if known is None:
                known = RowTrack(active, row, now_ns)
                self._tracks[active.condition, active.key] = known
            else:
                known.hold(active, now_ns, self._step_before_ns)

    def _lessened(self, active: ActiveCondition, now_ns: int) -> ActiveCondition:
        """Return a caution for a STOP that was obeyed before for the same obstacle."""
        if active.condition is not Condition.STOP_HAZARD or active.key not in self._obeyed_ns:
            return active
        if now_ns - self._obeyed_ns[active.key] > ns(self._settings.answered_rearm_s):
            del self._obeyed_ns[active.key]
            return active
        self._obeyed_ns[active.key] = now_ns
        return replace(active, condition=Condition.CAUTION_HAZARD)

    def _answer(self, moment: Moment) -> None:
        """Note that they stopped or turned: what they were warned of has been looked at."""
        now_ns = moment.now_ns
        if Gate.UNLESS_FORWARD in moment.is_open:
            self._halted_ns = None
            return
        if self._halted_ns is None:
            self._halted_ns = now_ns
        if now_ns - self._halted_ns < ns(self._settings.answered_s):
            return
        self._obeyed_ns = dict.fromkeys(self._obeyed_ns, now_ns)
        at_risk = [t for t in self._tracks.values() if t.row.gate in HAZARD_GATES]
        least_ns = self._halted_ns - ns(self._settings.answered_rearm_s)
        is_stopped_for = any(
            track.active.condition is Condition.STOP_HAZARD
            and track.announced_ns is not None
            and track.announced_ns >= least_ns
            for track in at_risk
        )
        seen_from_ns = self._halted_ns - ns(self._settings.looked_round_s)
        for track in at_risk:
            was_seen = is_stopped_for and track.last_ns >= seen_from_ns
            if track.active.condition is Condition.STOP_HAZARD:
                if was_seen or track.announced_ns is not None:
                    self._obeyed_ns[track.active.key] = now_ns
            elif was_seen and track.announced_ns is None:
                track.announced_ns = track.last_ns

    def _winner(self, moment: Moment) -> RowTrack | None:
        is_switch_due = any(
            track.row.is_switch and track.may_be_announced(moment.now_ns)
            for track in self._tracks.values()
        )
        best: RowTrack | None = None
        for track in self._tracks.values():
            row = track.row
            if (
                is_switch_due
                and not row.is_switch
                and row.priority.value < Priority.BLIND.value
            ):
                continue
            may_begin = self._may_begin(track, moment)
            if may_begin and (best is None or rank(track) > rank(best)):
                best = track
        return best

    def _may_begin(self, track: RowTrack, moment: Moment) -> bool:
        now_ns, row = moment.now_ns, track.row
        if row.gate is Gate.NOT_BACKWARD and row.gate not in moment.is_open:
            return False
        if moment.is_motor_silent and track.active.condition is not Condition.MOTOR_FAULT:
            return False
        if not track.may_be_announced(now_ns) or self._waits(track, moment):
            return False
        if row.coalesces and self._is_soon_after_another(now_ns):
            # The same cue for one more hazard adds nothing; for something else it waits.
            if self._merged_condition is track.active.condition:
                track.announced_ns = now_ns
            return False
        if row.is_rate_limited and not self._is_within_rate(row, now_ns):
            return False
        return not self._is_repeat_of_another(track, now_ns)

    def _waits(self, track: RowTrack, moment: Moment) -> bool:
        """Return whether the motor is not free for a row, or will be needed too soon."""
        settings, row = self._settings, track.row
        is_prompt = row.is_prompt or row.may_interrupt
        if not is_prompt and moment.now_ns < self._exclusive_until_ns:
            return True
        if not is_free_for(track, moment, settings):
            return True
        return would_delay_switch(track, moment, settings) or self._is_crowded(track, moment)

    def _is_crowded(self, track: RowTrack, moment: Moment) -> bool:
        """Return whether a hazard that holds may need the motor before this row is over.

        Each STOP was a caution for longer than any cue takes. Who walks among obstacles feels
        those for so long; then the row is announced all the same.
        """
        if not track.row.yields:
            return False
        if moment.now_ns - track.since_ns > ns(self._settings.crowded_s):
            return False
        return any(
            other.is_now and other.active.condition in _OBSTACLES
            for other in self._tracks.values()
        )

    def _is_soon_after_another(self, now_ns: int) -> bool:
        at_ns = self._merged_ns
        return at_ns is not None and now_ns - at_ns <= ns(self._settings.merge_s)

    def _is_within_rate(self, row: Row, now_ns: int) -> bool:
        while self._limited_ns and now_ns - self._limited_ns[0] >= _MINUTE_NS:
            self._limited_ns.popleft()
        is_caution = row.priority.value >= Priority.CAUTION.value
        settings = self._settings
        most = settings.per_minute if is_caution else settings.notices_per_minute
        return len(self._limited_ns) < most

    def _is_repeat_of_another(self, track: RowTrack, now_ns: int) -> bool:
        """Return whether the same STOP was just announced for another hazard."""
        row = track.row
        if row.repeat_s is None or row.priority is not Priority.STOP:
            return False
        return any(
            other.active.condition is track.active.condition
            and other.announced_ns is not None
            and now_ns - other.announced_ns < ns(row.repeat_s)
            for other in self._tracks.values()
        )

    def _announce(self, now_ns: int, track: RowTrack) -> Alert:
        row, active = track.row, track.active
        track.announced_ns, track.was_called = now_ns, True
        self._cover(now_ns, track)
        exclusive_ns = now_ns + ns(row.exclusive_s)
        self._exclusive_until_ns = max(self._exclusive_until_ns, exclusive_ns)
        if row.is_rate_limited:
            self._limited_ns.append(now_ns)
        if row.coalesces:
            self._merged_ns, self._merged_condition = now_ns, active.condition
        return Alert(
            t_ns=now_ns,
            condition=active.condition,
            priority=row.priority,
            pattern=row.pattern,
            key=active.key,
            count=active.count,
            since_ns=track.since_ns,
            because=active.because,
        )

    def _cover(self, now_ns: int, track: RowTrack) -> None:
        """Count as announced what this row says better: no caution after a STOP.

        A STOP that holds is repeated, and covers again, before the caution could re-arm.
        """
        for condition in track.row.covers:
            key = track.active.key
            covered = self._tracks.get((condition, key))
            if covered is None:
                active = ActiveCondition(condition, track.active.because, key)
                covered = RowTrack(active, TABLE[condition], now_ns)
                covered.is_now = False
                self._tracks[condition, key] = covered
            covered.last_ns = covered.announced_ns = now_ns

    def _forget(self, now_ns: int) -> None:
        self._forget_ns = now_ns + _FORGET_NS
        for name in [
            name for name, track in self._tracks.items() if track.is_forgotten(now_ns)
        ]:
            del self._tracks[name]
        least_ns = now_ns - ns(self._settings.answered_rearm_s)
        self._obeyed_ns = {k: at_ns for k, at_ns in self._obeyed_ns.items() if at_ns > least_ns}
