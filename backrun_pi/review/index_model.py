"""What the index of all sessions is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.messages import Phase, Priority
from backrun_pi.review.event_model import AlertPin
from backrun_pi.review.model import SessionReview, SessionSummary, Stretch


@dataclass(frozen=True, slots=True)
class SessionLine:
    """What the index shows of one session; `line_of` takes it from its review."""

    facts: SessionSummary
    """The session as a whole."""
    cadence_spm: float | None
    """[steps/min] Mean over the backward bouts. None when no steps were felt."""
    stops: int
    """[-] Obstacles that STOP was felt of: each once, however often."""
    cautions: int
    """[-] Obstacles that only a caution was felt of."""
    faults: int
    """[-] Times in which the device could not do all of its work."""
    stretches: tuple[Stretch, ...] = ()
    """Where the backward running was, by way."""
    drawn_with: str = ""
    """Identity of the review's settings: after a change its pages and exports are due again."""


def obstacles(alerts: Sequence[AlertPin], priority: Priority) -> set[str]:
    """Return what alerts of a rank were about; one about no hazard counts by its condition."""
    return {
        pin.hazard_id if pin.hazard_id is not None else pin.condition
        for pin in alerts
        if pin.priority is priority
    }


def line_of(review: SessionReview, drawn_with: str = "") -> SessionLine:
    """Return what the index shows of a session."""
    bouts = [
        (row.backward_s, row.cadence_spm)
        for row in review.phases
        if row.phase is Phase.BACKWARD and row.cadence_spm is not None and row.backward_s > 0.0
    ]
    stops = obstacles(review.alerts, Priority.STOP)
    weight_s = sum(seconds for seconds, _ in bouts)
    return SessionLine(
        facts=review.facts,
        cadence_spm=sum(s * spm for s, spm in bouts) / weight_s if bouts else None,
        stops=len(stops),
        cautions=len(obstacles(review.alerts, Priority.CAUTION) - stops),
        faults=len(review.faults),
        stretches=review.stretches,
        drawn_with=drawn_with,
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
    """The same as sentences, and what comes next."""
    load: tuple[WeekLoad, ...]
    """Load per week, oldest first; sessions without a trusted date are not in it."""
