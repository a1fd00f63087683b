"""What the index of all sessions is drawn from."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages import Phase, Priority
from backrun_pi.review.model import SessionFacts, SessionReview, Stretch


@dataclass(frozen=True, slots=True)
class SessionLine:
    """What the index says about one session; `line_of` takes it from its review."""

    facts: SessionFacts
    """The session as a whole."""
    cadence_spm: float | None
    """[steps/min] Mean over the backward bouts. None when no steps were felt."""
    stops: int
    """[-] Alerts of priority STOP."""
    cautions: int
    """[-] Alerts of priority CAUTION."""
    faults: int
    """[-] Times in which the device could not do all of its work."""
    stretches: tuple[Stretch, ...] = ()
    """Where the backward running was, by way."""


def line_of(review: SessionReview) -> SessionLine:
    """Return what the index says about a session."""
    bouts = [
        (row.backward_s, row.cadence_spm)
        for row in review.phases
        if row.phase is Phase.BACKWARD and row.cadence_spm is not None and row.backward_s > 0.0
    ]
    weight_s = sum(seconds for seconds, _ in bouts)
    return SessionLine(
        facts=review.facts,
        cadence_spm=sum(s * spm for s, spm in bouts) / weight_s if bouts else None,
        stops=sum(pin.priority is Priority.STOP for pin in review.alerts),
        cautions=sum(pin.priority is Priority.CAUTION for pin in review.alerts),
        faults=len(review.faults),
        stretches=review.stretches,
    )


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """The load of one week."""

    start_utc_s: float
    """[s] Monday 00:00 of the sessions' own clocks, read as if it were UTC."""
    sessions: int
    """[-] Training sessions (also on the treadmill)."""
    backward_s: float
    """[s] Time moving backward."""
    backward_m: float
    """[m] Way covered backward."""


@dataclass(frozen=True, slots=True)
class PlanProgress:
    """Where the runner is in the plan."""

    plan: str | None
    """Name of the plan. None when not known."""
    week: int | None
    """[-] Week of the plan, from 1."""
    weeks: int | None
    """[-] Weeks of the plan."""
    sessions_left: int | None
    """[-] What the week still allows."""
    text: tuple[str, ...]
    """The same in plain words, and what comes next."""
    load: tuple[WeekLoad, ...]
    """Load per week, oldest first; sessions without a trusted date are not in it."""
