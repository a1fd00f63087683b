"""Turns one alert into pulses, tick by tick; a newer alert replaces an older one at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.haptics.patterns import PATTERNS, WORD_GAP_S, Beat, pulse_s
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import Alert, Gait, MotorPulse, Priority, RunnerState


@dataclass(frozen=True, slots=True)
class PlayerOutput:
    """What the motor has to do on this tick."""

    pulses: tuple[MotorPulse, ...] = ()
    """Pulses that start now; at most one. A pulse replaces the one that is running."""
    is_off: bool = False
    """Be off at once: what was running is not wanted any more."""


_NOTHING = PlayerOutput()
_LONG_AGO_NS = -(10**12)


class Player:
    """Plays the vocabulary.

    Starts of pulses are bound to the ticks of the caller. Each next pulse is scheduled from
    the end of the last one as it really was, so a late tick can lengthen a silence but never
    shorten it: two pulses never merge. A word that takes over from another falls silent for
    such a pause first; a caution for longer, because after the rest of another word its two
    beats would be read as some third word. STOP takes over at once.
    """

    def __init__(self, settings: HapticsSettings) -> None:
        self._settings = settings
        self._beats: Sequence[Beat] = ()
        self._next = 0
        self._due_ns = 0
        self._stepped_ns = 0
        self._pulse_end_ns = _LONG_AGO_NS
        self._alert: Alert | None = None

    def step(self, now_ns: int, alert: Alert | None, effort: float | None) -> PlayerOutput:
        """Advance to now.

        Args:
            now_ns: [ns] Time of this tick.
            alert: The alert that begins on this tick, None when none does.
            effort: [0, 1] How hard the wearer moves; None counts as half.

        Returns:
            The pulse that starts now, or the order to be off.

        Raises:
            KeyError: The alert names a pattern that is not in the vocabulary.
        """
        is_stale = now_ns - self._stepped_ns > self._settings.stale_s * 1e9
        self._stepped_ns = now_ns
        if alert is not None and self._takes(alert):
            self._begin(now_ns, alert)
            if self._due_ns > now_ns:
                return PlayerOutput(is_off=now_ns < self._pulse_end_ns)
        elif is_stale and self._alert is not None:
            self._end()
            return PlayerOutput(is_off=True)
        if self._alert is None or now_ns < self._due_ns:
            return _NOTHING
        if self._next >= len(self._beats):
            self._end()
            return _NOTHING
        return PlayerOutput(pulses=(self._start(now_ns, self._alert, effort),))

    def silence(self) -> PlayerOutput:
        """Drop what is playing; for the end of the program and for faults of the motor."""
        self._end()
        self._pulse_end_ns = _LONG_AGO_NS
        return PlayerOutput(is_off=True)

    def _takes(self, alert: Alert) -> bool:
        playing = self._alert
        return not (
            playing is not None
            and playing.priority is Priority.STOP
            and alert.priority is not Priority.STOP
        )

    def _begin(self, now_ns: int, alert: Alert) -> None:
        self._alert = alert
        self._beats = PATTERNS[alert.pattern].played(alert.count)
        self._next = 0
        self._due_ns = now_ns
        if alert.priority is not Priority.STOP:
            silent_from_ns = min(self._pulse_end_ns, now_ns)
            is_caution = alert.priority is Priority.CAUTION
            pause_s = WORD_GAP_S if is_caution else 2.0 * self._settings.motor_stop_s
            self._due_ns = max(now_ns, silent_from_ns + round(pause_s * 1e9))

    def _start(self, now_ns: int, alert: Alert, effort: float | None) -> MotorPulse:
        beat = self._beats[self._next]
        settings = self._settings
        share = 0.5 if effort is None else min(1.0, max(0.0, effort))
        on_s = pulse_s(beat.on_s, 1.0 + settings.effort_stretch * share)
        gap_s = max(beat.gap_s, 2.0 * settings.motor_stop_s)
        self._next += 1
        self._pulse_end_ns = now_ns + round(on_s * 1e9)
        self._due_ns = self._pulse_end_ns + round(gap_s * 1e9)
        is_stop = alert.priority is Priority.STOP
        strength = max(settings.strength, settings.stop_floor) if is_stop else settings.strength
        side = PATTERNS[alert.pattern].side
        return MotorPulse(now_ns, on_s, strength, alert.pattern, side)

    def _end(self) -> None:
        self._alert = None
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
