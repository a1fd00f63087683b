"""Past, present and next of the training, as plain data for a table or for JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from backrun_pi.coach.guard import week_so_far
from backrun_pi.coach.journal import Journal, PastSession
from backrun_pi.coach.local_days import local_days
from backrun_pi.coach.plan import Plan, Step, Week
from backrun_pi.coach.progress import TRAINED, failed_gate, is_complete, position


class Past(msgspec.Struct, frozen=True):
    """One session that was."""

    session: str
    """Id."""
    kind: str
    """Kind of session."""
    week: int
    """[-] Week of the plan."""
    utc_s: float | None
    """[s] When, at the latest; None when no trusted time bounds it."""
    bouts: int
    """[-] Bouts gone through to the end."""
    planned: int
    """[-] Bouts planned."""
    backward_s: float
    """[s] Time backward in bouts."""
    beyond_s: float
    """[s] Time backward in rests, after the switch was announced."""
    took_3m_s: float | None
    """[s] Fastest 3 m backward of the first bout."""
    verdict: str
    """`complete`, `broken off`, or the gate that repeats the week."""


class PlanStatus(msgspec.Struct, frozen=True):
    """Where the wearer is."""

    plan: str
    """Name of the plan."""
    past: tuple[Past, ...]
    """Sessions with backward motion, oldest first."""
    week: int
    """[-] Week of the next session."""
    weeks: int
    """[-] Weeks of the plan."""
    because: tuple[str, ...]
    """Why that week."""
    done_in_7_days: int
    """[-] Sessions of the last 7 calendar days, today included."""
    allowed_in_7_days: int
    """[-] Sessions allowed."""
    next_in_s: float | None
    """[s] Until the next one is allowed; None when no clock can tell."""
    next: str
    """What the next session holds."""
    belt_mps: tuple[float, ...]
    """[m/s] What a treadmill is to be set to for each bout of it; empty without caps."""
    coming: tuple[str, ...]
    """What the weeks after it hold."""


def plan_status(plan: Plan, journal: Journal, now_utc_s: float, zone: str) -> PlanStatus:
    """Look back and on, for a page: a start is judged by the guard, with a trusted time.

    Args:
        plan: The plan.
        journal: All sessions so far.
        now_utc_s: [s] The moment to look from.
        zone: IANA name of the wearer's time zone; empty takes that of the last session.
    """
    where = position(plan, journal)
    days = local_days(zone or journal.latest_zone())
    week = week_so_far(journal, plan.sessions_per_week, 0, now_utc_s, days)
    past = [s for s in journal.sessions() if s.start.kind in TRAINED and s.counts]
    return PlanStatus(
        plan=plan.name,
        past=tuple(_past(plan, session) for session in past),
        week=where.week,
        weeks=len(plan.weeks),
        because=where.because,
        done_in_7_days=week.done,
        allowed_in_7_days=week.limit,
        next_in_s=week.next_in_s,
        next=describe(plan.week(where.week)),
        belt_mps=_belts(plan, plan.week(where.week)),
        coming=tuple(
            f"week {n}: {describe(plan.week(n))}"
            for n in range(where.week + 1, len(plan.weeks) + 1)
        ),
    )


def _belts(plan: Plan, week: Week) -> tuple[float, ...]:
    step = next(step for step in week.steps if step.go == "backward")
    speeds = [plan.treadmill.belt_mps(step, n) for n in range(1, week.repeats + 1)]
    return tuple(speed for speed in speeds if speed is not None)


def describe(week: Week) -> str:
    """Return a week in one line."""
    steps = " / ".join(_step(step) for step in week.steps)
    return f"{week.repeats} x {steps}"


def _step(step: Step) -> str:
    if step.time_s is not None:
        length = f"{step.time_s:g} s"
    elif step.distance_m is not None:
        length = f"{step.distance_m:g} m"
    else:
        length = "open"
    caps = [cap for cap in (step.cap_mps, step.late_cap_mps) if cap is not None]
    return f"{length} {step.go}" + (f" up to {max(caps):g} m/s" if caps else "")


def _past(plan: Plan, session: PastSession) -> Past:
    gate = failed_gate(plan, session)
    complete = "complete" if is_complete(plan, session) else "broken off"
    return Past(
        session=session.start.id,
        kind=session.start.kind,
        week=session.start.week,
        utc_s=session.utc_s,
        bouts=sum(not bout.is_early for bout in session.bouts),
        planned=session.start.repeats,
        backward_s=sum(bout.backward_s for bout in session.bouts),
        beyond_s=session.backward_beyond_s,
        took_3m_s=session.took_3m_s,
        verdict=complete if gate is None else gate,
    )


def as_builtins(found: PlanStatus) -> dict[str, Any]:
    """Return it as JSON data."""
    data: dict[str, Any] = msgspec.to_builtins(found)
    return data
