"""The load of the weeks, from the sessions on the drive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backrun_pi.messages import SessionKind
from backrun_pi.review.index_model import PlanProgress, SessionLine, WeekLoad
from backrun_pi.review.model import SessionSummary
from backrun_pi.timezone import zone

WEEK_S = 7 * 86400
_MONDAY_S = 4 * 86400  # 1970-01-05, the first Monday


@dataclass(frozen=True, slots=True)
class PlanOverview:
    """What the coach knows of the plan."""

    plan: str | None = None
    """Name of the plan."""
    week: int | None = None
    """[-] Week of the plan, from 1."""
    weeks: int | None = None
    """[-] Weeks of the plan."""
    sessions_left: int | None = None
    """[-] What the week still allows."""
    text: tuple[str, ...] = ()
    """The same as sentences, and what comes next."""


def plan_progress(lines: Sequence[SessionLine], plan: PlanOverview | None) -> PlanProgress:
    """Return plan and weekly load; weeks between without a session are in it with zero."""
    weeks: dict[int, WeekLoad] = {}
    for line in lines:
        facts = line.facts
        is_training = facts.kind is not SessionKind.SCOUTING and not facts.is_refused
        if facts.start_utc_s is None or not is_training:
            continue
        local_s = facts.start_utc_s + _offset_s(facts)
        start = int((local_s - _MONDAY_S) // WEEK_S * WEEK_S + _MONDAY_S)
        before = weeks.get(start, WeekLoad(float(start), 0, 0.0, 0.0))
        weeks[start] = WeekLoad(
            start_utc_s=float(start),
            sessions=before.sessions + 1,
            backward_s=before.backward_s + facts.backward_s,
            backward_m=before.backward_m + facts.backward_m,
        )
    load = [
        weeks.get(start, WeekLoad(float(start), 0, 0.0, 0.0))
        for start in range(min(weeks, default=0), max(weeks, default=-1) + 1, WEEK_S)
    ]
    status = plan or PlanOverview()
    return PlanProgress(
        plan=status.plan,
        week=status.week,
        weeks=status.weeks,
        sessions_left=status.sessions_left,
        text=status.text,
        load=tuple(load),
    )


def _offset_s(facts: SessionSummary) -> float:
    """Return how far the runner's clock was from UTC: a week begins at their midnight."""
    moment = datetime.fromtimestamp(facts.start_utc_s or 0.0, zone(facts.time_zone))
    offset = moment.utcoffset()
    return offset.total_seconds() if offset is not None else 0.0
