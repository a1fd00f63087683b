"""A bout that is over, and what a tick of the programme brought."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages import ActiveCondition


@dataclass(frozen=True, slots=True)
class Bout:
    """A backward bout that is over."""

    number: int
    """[-] From 1."""
    planned_s: float | None
    """[s] Planned length; None when not by time."""
    backward_s: float
    """[s] Time that counted."""
    is_early: bool
    """The wearer ended it before its length was reached."""
    cut_because: str | None = None
    """What on the course it ended before; its rest is owed to later bouts."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a tick of the programme brought."""

    conditions: tuple[ActiveCondition, ...] = ()
    """Cues."""
    bout: Bout | None = None
    """The bout that is over."""
