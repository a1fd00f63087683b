"""The load of the weeks, from the sessions on the drive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.messages import SessionKind
from backrun_pi.review.index_model import PlanProgress, SessionLine, WeekLoad

WEEK_S = 7 * 86400
_MONDAY_S = 4 * 86400  # 1970-01-05, the first Monday


@dataclass(frozen=True, slots=True)
class PlanWords:
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
    """The same in plain words, and what comes next."""


def plan_progress(lines: Sequence[SessionLine], plan: PlanWords | None) -> PlanProgress:
    """Return plan and weekly load; weeks between without a session are in it with nought."""
    weeks: dict[int, WeekLoad] = {}
    for line in lines:
        facts = line.facts
        if facts.start_utc_s is None or facts.kind is SessionKind.SCOUTING:
            continue
        start = int((facts.start_utc_s - _MONDAY_S) // WEEK_S * WEEK_S + _MONDAY_S)
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
    words = plan or PlanWords()
    return PlanProgress(
        plan=words.plan,
        week=words.week,
        weeks=words.weeks,
        sessions_left=words.sessions_left,
        text=words.text,
        load=tuple(load),
    )
