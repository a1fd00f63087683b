"""Turns one alert into pulses, tick by tick, and reports what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.haptics.patterns import PATTERNS, Beat, pulse_s
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import (
    Alert,
    Condition,
    CueProgress,
    Gait,
    MotorPulse,
    Priority,
    RunnerState,
)

_IDLE = CueProgress()
STOP_BEATS = 2  # so many of its long beats are a STOP


@dataclass(frozen=True, slots=True)
class PlayerOutput:
    """What the motor has to do on this tick."""

    pulses: tuple[MotorPulse, ...] = ()
    """Pulses that start now; at most one. A pulse replaces the one that is running."""
    is_off: bool = False
    """Be off at once: what was running is not wanted any more."""
    progress: CueProgress = _IDLE
    """What became of the cues."""


class Player:
    """Plays the vocabulary.

    Starts of pulses are bound to the ticks of the caller. Each next pulse is scheduled from
    the end of the last one as it really was, so a late tick can lengthen a silence but never
    shorten it: two pulses never merge. Between any two cues the motor runs down and is still
    for `still_s`, before a STOP too: without that silence the beat that STOP cuts and its
    first one are felt as one, and the rhythm is another one. STOP yields to a lost ability
    only, and only in the silence before its third beat. A cue that is cut is reported,
    never counted as announced. A motor that takes no pulse is tried again with the whole of
    its own cue; every other cue is reported as cut.
    """

    def __init__(self, settings: HapticsSettings) -> None:
        self._settings = settings
        self._still_ns = round((settings.motor_stop_s + settings.still_s) * 1e9)
        self._beats: Sequence[Beat] = ()
        self._next = 0
        self._due_ns = 0
        self._stepped_ns = 0
        self._pulse_end_ns: int | None = None
        self._began_ns: int | None = None
        self._alert: Alert | None = None

    def step(
        self,
        now_ns: int,
        alert: Alert | None,
        effort: float | None,
        *,
        is_motor_silent: bool = False,
        late_ns: int = 0,
    ) -> PlayerOutput:
        """Advance to now.

        Args:
            now_ns: [ns] Time of this tick.
            alert: The alert that begins on this tick, None when none does.
            effort: [0, 1] How hard the wearer moves; None counts as half.
            is_motor_silent: No motor took the last pulse.
            late_ns: [ns] How much later than ordered the pulse of the last tick began.

        Returns:
            The pulse that starts now or the order to be off, and what became of the cues.

        Raises:
            KeyError: The alert names a pattern that is not in the vocabulary.
        """
        is_stale = now_ns - self._stepped_ns > self._settings.stale_s * 1e9
        self._stepped_ns = now_ns
        if late_ns > self._settings.late_s * 1e9:
            self._shift(late_ns)
        completed = None if is_motor_silent else self._finish(now_ns)
        cut: tuple[Alert, ...] = ()
        is_off = False
        if self._alert is not None and (is_stale or is_motor_silent):
            is_off = is_stale
            if is_stale or self._alert.condition is not Condition.MOTOR_FAULT:
                cut = (self._alert,)
                self._end(now_ns)
            elif self._began_ns is not None:
                self._retry(now_ns)
        if alert is not None and self._yields_to(now_ns, alert):
            if self._alert is not None:
                cut += (self._alert,)
            is_off = is_off or self._is_on(now_ns)
            self._begin(now_ns, alert)
        elif alert is not None:
            cut += (alert,)
        pulses: tuple[MotorPulse, ...] = ()
        if self._alert is not None and now_ns >= self._due_ns and self._next < len(self._beats):
            pulses, is_off = (self._start(now_ns, self._alert, effort),), False
        progress = CueProgress(self._alert, self._began_ns, self._pulse_end_ns, completed, cut)
        return PlayerOutput(pulses, is_off, progress)

    def _shift(self, late_ns: int) -> None:
        """Count from when the pulse really began: what held it up costs no silence."""
        if self._pulse_end_ns is not None:
            self._pulse_end_ns += late_ns
            self._due_ns += late_ns
        if self._began_ns is not None and self._next == 1:  # the first beat is the beginning
            self._began_ns += late_ns

    def _finish(self, now_ns: int) -> Alert | None:
        """End the cue whose last beat is over; return it."""
        done = self._alert
        if done is None or self._next < len(self._beats) or self._is_on(now_ns):
            return None
        self._end(now_ns)
        return done

    def _is_on(self, now_ns: int) -> bool:
        return self._pulse_end_ns is not None and now_ns < self._pulse_end_ns

    def _yields_to(self, now_ns: int, alert: Alert) -> bool:
        playing = self._alert
        if playing is None or playing.priority is not Priority.STOP:
            return True
        if alert.priority is Priority.BLIND:
            return self._next == STOP_BEATS and not self._is_on(now_ns)
        return alert.priority is Priority.STOP

    def _begin(self, now_ns: int, alert: Alert) -> None:
        self._end(now_ns)
        self._alert = alert
        self._beats = PATTERNS[alert.pattern].played(alert.count)
        self._due_ns = now_ns
        if self._pulse_end_ns is not None:
            self._due_ns = max(now_ns, self._pulse_end_ns + self._still_ns)

    def _retry(self, now_ns: int) -> None:
        """Play the same cue from its first beat, later."""
        self._next, self._began_ns = 0, None
        self._due_ns = now_ns + round(self._settings.motor_retry_s * 1e9)

    def _start(self, now_ns: int, alert: Alert, effort: float | None) -> MotorPulse:
        beat = self._beats[self._next]
        settings = self._settings
        share = 0.5 if effort is None else min(1.0, max(0.0, effort))
        on_s = pulse_s(beat.on_s, settings.effort_stretch * share)
        gap_s = max(beat.gap_s, 2.0 * settings.motor_stop_s)
        self._next += 1
        self._began_ns = now_ns if self._began_ns is None else self._began_ns
        self._pulse_end_ns = now_ns + round(on_s * 1e9)
        self._due_ns = self._pulse_end_ns + round(gap_s * 1e9)
        is_stop = alert.priority is Priority.STOP
        strength = max(settings.strength, settings.stop_floor) if is_stop else settings.strength
        side = PATTERNS[alert.pattern].side
        return MotorPulse(now_ns, on_s, strength, alert.pattern, side)

    def _end(self, now_ns: int) -> None:
        if self._is_on(now_ns):
            self._pulse_end_ns = now_ns
        self._alert, self._began_ns = None, None
        self._beats = ()
        self._next = 0


def effort_of(state: RunnerState | None, settings: HapticsSettings) -> float | None:
    """Return how hard the wearer moves, [0, 1]: still 0, walking 0.25, a run 0.5 to 1."""
    if state is None or state.gait is Gait.UNKNOWN:
        return None
    if state.gait is Gait.STILL:
        return 0.0
    if state.gait is not Gait.RUN:
        return 0.25
    if state.cadence_spm is None:
        return 0.75
    low, high = settings.run_effort_from_spm, settings.run_effort_to_spm
    return 0.5 + 0.5 * min(1.0, max(0.0, (state.cadence_spm - low) / (high - low)))
