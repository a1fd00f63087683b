"""Checks what a scenario expects against what was announced and what the wearer read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from backrun_pi.app.cue_log import CueOutcome


class Expected(Protocol):
    """What a scenario expects of one condition."""

    @property
    def condition(self) -> str:
        """Return the condition's name."""

    @property
    def from_s(self) -> float:
        """Return from when, in seconds."""

    @property
    def within_s(self) -> float | None:
        """Return the latest time after `from_s`; None for any time."""

    @property
    def never(self) -> bool:
        """Return True when it must not be announced."""

    @property
    def key(self) -> str | None:
        """Return what it must be about, None for anything."""

    @property
    def count(self) -> int:
        """Return how often it must be read at least."""


@dataclass(frozen=True, slots=True)
class BrokenExpectation:
    """Whether one expectation held."""

    is_met: bool
    text: str
    """What was expected and what was found, in plain words."""

    @property
    def line(self) -> str:
        """Return the finding for people."""
        return f"{'held' if self.is_met else 'BROKEN'}: {self.text}"


def check(
    expected: Sequence[Expected], only: Mapping[str, int] | None, cues: Sequence[CueOutcome]
) -> list[BrokenExpectation]:
    """Judge every expectation.

    A condition counts when the wearer read it as what it is, at its first beat. One that must
    never come counts as soon as it is announced.

    Args:
        expected: The scenario's expectations.
        only: Every condition that may be announced, and how often at the most; None leaves
            that open.
        cues: Everything that was announced, with what was read of it.
    """
    findings = [_judged(wish, cues) for wish in expected]
    if only is not None:
        findings.append(_judged_only(only, cues))
    return findings


def _judged(wish: Expected, cues: Sequence[CueOutcome]) -> BrokenExpectation:
    end_s = float("inf") if wish.within_s is None else wish.from_s + wish.within_s
    about = [
        cue
        for cue in cues
        if cue.alert.condition.value == wish.condition
        and (wish.key is None or wish.key == cue.alert.key)
    ]
    if wish.never:
        times_s = [cue.t_s for cue in about]
    else:
        times_s = [cue.begun_s for cue in about if cue.is_read and cue.begun_s is not None]
    times_s = [t_s for t_s in times_s if wish.from_s <= t_s <= end_s]
    is_met = not times_s if wish.never else len(times_s) >= wish.count
    until = "the end" if wish.within_s is None else f"{end_s:.1f} s"
    verb = "never" if wish.never else f"{wish.count} x"
    of = f" about {wish.key}" if wish.key else ""
    read = ", ".join(f"{t_s:.1f} s" for t_s in times_s[:5]) or "not at all"
    head = f"{wish.condition}{of} {verb} from {wish.from_s:.1f} s to {until}"
    return BrokenExpectation(is_met, f"{head}; {'announced' if wish.never else 'read'} {read}")


def _judged_only(only: Mapping[str, int], cues: Sequence[CueOutcome]) -> BrokenExpectation:
    found = Counter(cue.alert.condition.value for cue in cues)
    other = {name: count for name, count in found.items() if count > only.get(name, 0)}
    first = {
        name: min(cue.t_s for cue in cues if cue.alert.condition.value == name)
        for name in other
    }
    listed = ", ".join(
        f"{name} {count} x, first {first[name]:.1f} s" for name, count in other.items()
    )
    text = f"no cue more than is listed; too often: {listed or 'none'}"
    return BrokenExpectation(not other, text)
