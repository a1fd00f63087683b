"""Follows every cue from its announcement to what was read of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from backrun_pi.messages import Alert, Condition, CueProgress, Priority
from backrun_pi.units import NS_PER_S

BEFORE_S = 0.1  # a motor of slow rise, and a beat that melted into the one before
ALARM = "alarm"
_BLIND = "blind_"
SWITCHES = frozenset({Condition.SWITCH_BACKWARD, Condition.SWITCH_FORWARD})
SWITCH_LATE_S = 0.6
LOSS_LATE_S = 2.0
STOP_LATE_S = 0.6


class Reading(Protocol):
    """What a wearer read of the motor."""

    @property
    def t_s(self) -> float:
        """Return when its first beat was felt, in seconds."""

    @property
    def over_s(self) -> float:
        """Return when its last beat was over, in seconds."""

    @property
    def cue(self) -> str | None:
        """Return the name of the pattern; None when it is in no vocabulary."""

    @property
    def felt(self) -> str:
        """Return its beats."""

    @property
    def is_cut(self) -> bool:
        """Return whether it is the beginning of a cue that was cut short."""


@dataclass(slots=True)
class CueOutcome:
    """One announcement and its fate."""

    t_s: float
    """[s] When it was decided."""
    alert: Alert
    """What was announced."""
    since_s: float
    """[s] When its condition began to hold."""
    begun_s: float | None = None
    """[s] First beat. None while the motor did not play it."""
    is_completed: bool = False
    """The motor played it to its end."""
    is_cut: bool = False
    """It was cut short or not begun."""
    reading: Reading | None = None
    """What was felt where it was played."""

    @property
    def is_read(self) -> bool:
        """Return whether it was read as what it is; a lost number is still an alarm."""
        if self.reading is None or self.reading.cue is None:
            return False
        is_alarm = self.reading.cue == ALARM and self.alert.pattern.startswith(_BLIND)
        return is_alarm or self.reading.cue == self.alert.pattern

    @property
    def is_late(self) -> bool:
        """Return whether it began later than it may."""
        if self.begun_s is None:
            return False
        limit_s = _limit_s(self.alert)
        return limit_s is not None and self.begun_s - self.since_s > limit_s


def _limit_s(alert: Alert) -> float | None:
    if alert.condition in SWITCHES:
        return None if alert.key else SWITCH_LATE_S  # a reminder has a key
    if alert.condition is Condition.STOP_HAZARD or alert.condition is Condition.PARTNER_STOP:
        return STOP_LATE_S
    return LOSS_LATE_S if alert.priority is Priority.BLIND else None


class CueLog:
    """Keeps every cue of a day."""

    def __init__(self) -> None:
        self.cues: list[CueOutcome] = []
        self._open: dict[int, CueOutcome] = {}

    def follow(self, t_s: float, now_ns: int, alert: Alert | None, after: CueProgress) -> None:
        """Note what became of the cues on one tick, and the one that begins on it."""
        if alert is not None:
            cue = CueOutcome(t_s, alert, t_s - (now_ns - alert.since_ns) / NS_PER_S)
            self.cues.append(cue)
            self._open[alert.t_ns] = cue
        for cut in after.cut:
            self._close(cut, is_cut=True)
        if after.completed is not None:
            self._close(after.completed, is_cut=False)
        playing = None if after.playing is None else self._open.get(after.playing.t_ns)
        if playing is not None and after.began_ns is not None:
            # A motor that did not turn begins again: the last beginning is the felt one.
            playing.begun_s = t_s - (now_ns - after.began_ns) / NS_PER_S

    def _close(self, alert: Alert, *, is_cut: bool) -> None:
        cue = self._open.pop(alert.t_ns, None)
        if cue is not None:
            cue.is_cut, cue.is_completed = is_cut, not is_cut

    def read(self, readings: Sequence[Reading]) -> None:
        """Give each cue the reading that was felt where it was played."""
        for cue in self.cues:
            if cue.begun_s is not None:
                cue.reading = next((r for r in readings if _covers(r, cue.begun_s)), None)

    def unfinished_s(self) -> list[float]:
        """Return when the cues began that the end of the day cut off, in seconds."""
        return [cue.begun_s for cue in self._open.values() if cue.begun_s is not None]

    def over(self) -> list[CueOutcome]:
        """Return the cues that the end of the day did not cut off."""
        return [cue for cue in self.cues if cue.is_cut or cue.is_completed]


def _covers(reading: Reading, begun_s: float) -> bool:
    return reading.t_s - BEFORE_S <= begun_s <= reading.over_s


def by_condition(cues: Sequence[CueOutcome]) -> dict[str, dict[str, int]]:
    """Return the counts of each condition; late once for each time it came to hold."""
    counts: dict[str, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("announced", "begun", "completed", "read", "late"), 0)
    )
    seen: set[tuple[Condition, str, int]] = set()
    for cue in cues:
        of = counts[cue.alert.condition.value]
        of["announced"] += 1
        of["begun"] += cue.begun_s is not None
        of["completed"] += cue.is_completed
        of["read"] += cue.is_read
        occasion = (cue.alert.condition, cue.alert.key, cue.alert.since_ns)
        if cue.is_read and occasion not in seen:
            seen.add(occasion)
            of["late"] += cue.is_late
    return dict(sorted(counts.items()))


def unread(cues: Sequence[CueOutcome]) -> list[dict[str, Any]]:
    """Return what was announced and not read as what it is."""
    return [
        {
            "t_s": round(cue.t_s, 2),
            "condition": cue.alert.condition.value,
            "felt": "" if cue.reading is None else cue.reading.felt,
        }
        for cue in cues
        if not cue.is_read
    ]


def no_vocabulary(readings: Sequence[Reading], unfinished_s: Sequence[float]) -> int:
    """Count what was felt and is neither a cue nor the beginning of one that was cut short.

    Args:
        readings: Of the whole day.
        unfinished_s: [s] When what the end of the day cut off began.
    """
    return sum(
        reading.cue is None
        and not reading.is_cut
        and not any(_covers(reading, begun_s) for begun_s in unfinished_s)
        for reading in readings
    )
