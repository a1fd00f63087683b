"""Whether the motor is free for a row now, and stays free for what must come on time."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import HAZARD_GATES, TABLE, Gate
from backrun_pi.alerts.track import RowTrack, ns
from backrun_pi.messages import COUNTDOWN_S, CueProgress, Priority

_IDLE = CueProgress()


@dataclass(frozen=True, slots=True)
class Moment:
    """What the arbiter must know of a tick, apart from the conditions."""

    now_ns: int
    """[ns] Time of this tick; never falls."""
    is_open: frozenset[Gate]
    """Gates that what the runner does leaves open."""
    progress: CueProgress = _IDLE
    """What became of the cues until the last tick."""
    switch_in_s: float | None = None
    """[s] Until the next change of direction. None when that is not known."""
    is_motor_silent: bool = False
    """No motor took the last pulse."""
    motor_late_ns: int = 0
    """[ns] How much later than ordered the pulse of the last tick began."""
    is_first: bool = False
    """The first tick of the program sets the parts up, and takes long: it begins no cue."""


def is_free_for(track: RowTrack, moment: Moment, settings: AlertsSettings) -> bool:
    """Return whether a row may begin now: the motor is still, or it may cut what plays."""
    row = track.row
    now_ns, progress = moment.now_ns, moment.progress
    playing = progress.playing
    if playing is None:
        is_prompt = row.is_prompt or row.may_interrupt
        quiet_ns = 0 if is_prompt else ns(settings.quiet_s)
        return progress.ended_ns is None or now_ns >= progress.ended_ns + quiet_ns
    if not row.may_interrupt:
        return False
    if playing.priority is Priority.STOP:
        # Instead of its third beat, never into a beat of it.
        is_new_loss = row.priority is Priority.BLIND and not track.was_called
        return (
            is_new_loss and is_called(now_ns, progress) and _is_between_beats(now_ns, progress)
        )
    is_higher = row.priority.value > playing.priority.value
    is_repeated = row.priority is Priority.STOP and track.announced_ns is not None
    if is_higher and not (is_repeated and playing.priority is Priority.BLIND):
        # A loss that was felt once and cut waits for the switch that cut it.
        is_again = track.was_called and row.priority is Priority.BLIND
        return not (is_again and TABLE[playing.condition].is_switch)
    # Once for each time that it came to hold: two losses would cut each other for ever.
    is_peer = row.priority is playing.priority and not track.was_called
    return (is_higher or is_peer or row.is_switch) and is_called(now_ns, progress)


def is_called(now_ns: int, progress: CueProgress) -> bool:
    """Return whether what plays has said what it has to: the rest of it may be cut."""
    playing = progress.playing
    after_s = None if playing is None else TABLE[playing.condition].preemptible_after_s
    if after_s is None or progress.began_ns is None:
        return False
    return now_ns >= progress.began_ns + ns(after_s)


def _is_between_beats(now_ns: int, progress: CueProgress) -> bool:
    return progress.ended_ns is not None and now_ns >= progress.ended_ns


def would_delay_switch(track: RowTrack, moment: Moment, settings: AlertsSettings) -> bool:
    """Return whether a cue of low rank would still hold the motor when a switch is due.

    For what the map says that is when the countdown to it begins: those seconds later the
    runner faces it, or the place is another one. A STOP never waits.
    """
    row = track.row
    if moment.switch_in_s is None or row.priority.value >= Priority.BLIND.value:
        return False
    if row.is_switch or row.exclusive_s > 0.0:
        return False
    further = track.active.count - 1
    duration_s = row.duration_s + row.duration_per_count_s * further
    due_s = moment.switch_in_s
    if row.gate in HAZARD_GATES or row.yields:
        due_s -= COUNTDOWN_S
    return due_s < duration_s + 2.0 * settings.still_s
