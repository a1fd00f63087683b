"""Where the wearer is in the plan: what was done, and which gate repeats a week."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.coach.journal import Journal, PastSession
from backrun_pi.coach.plan import Plan
from backrun_pi.messages import SessionKind

TRAINED = (SessionKind.TRAINING.value, SessionKind.TREADMILL.value)


@dataclass(frozen=True, slots=True)
class ProgressPoint:
    """Where the next session stands in the plan."""

    week: int
    """[-] From 1."""
    done: int
    """[-] Sessions of this week that passed."""
    is_finished: bool
    """Every week was done; the last one goes on."""
    because: tuple[str, ...]
    """Why it is this week."""


def position(plan: Plan, journal: Journal) -> ProgressPoint:
    """Walk through the sessions so far.

    A session passes when enough of its bouts were done. A fall or a failed readiness check
    repeats its week from the start, and so does a slow one before the first week of running; a
    session broken off is simply done again. On a treadmill the belt sets the pace: no check.
    """
    week, done = 1, 0
    because: tuple[str, ...] = ("the plan begins",)
    for session in journal.sessions():
        if session.start.kind not in TRAINED or not session.counts:
            continue
        gate = failed_gate(plan, session)
        if gate is not None:
            done, because = 0, (f"week {week} again: {gate}",)
            continue
        if is_complete(plan, session):
            done, because = done + 1, (f"{done + 1} of {plan.sessions_per_week} done",)
        else:
            because = ("the last session was broken off",)
        if done < plan.sessions_per_week:
            continue
        slow = too_slow_to_run(plan, session, week)
        if slow is not None:
            done, because = 0, (f"week {week} again: {slow}",)
        else:
            because = (f"week {week} done",)
            week, done = week + 1, 0
    is_finished = week > len(plan.weeks)
    return ProgressPoint(min(week, len(plan.weeks)), done, is_finished, because)


def is_complete(plan: Plan, session: PastSession) -> bool:
    """Return whether enough bouts were gone through to the end."""
    full = sum(not bout.is_early for bout in session.bouts)
    return full >= plan.gates.bouts_share * max(1, session.start.repeats)


def too_slow_to_run(plan: Plan, session: PastSession, week: int) -> str | None:
    """Return why running in the week after this one has to wait, in plain words."""
    gates, took_s = plan.gates, session.took_3m_s
    runs = plan.week(week + 1).fastest_mps > gates.run_mps >= plan.week(week).fastest_mps
    if not runs or took_s is None or took_s <= gates.ready_s:
        return None
    return f"3 m backward took {took_s:.1f} s, running begins at {gates.ready_s:.1f} s"


def failed_gate(plan: Plan, session: PastSession) -> str | None:
    """Return the gate that repeats the week, in plain words."""
    if session.has_fall:
        return "a fall was suspected"
    took_s = session.took_3m_s
    if took_s is not None and took_s >= plan.gates.not_ready_s:
        return f"3 m backward took {took_s:.1f} s"
    return None
