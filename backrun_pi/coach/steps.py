"""The flat list of a session's steps, from a week of the plan."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.coach.plan import Plan, Step, Week


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of the flat programme."""

    step: Step
    """What to do."""
    bout: int
    """[-] Number of the bout it belongs to, from 1; 0 is the warm-up."""


def flatten(plan: Plan, week: Week, bouts: int) -> tuple[Planned, ...]:
    """Return all steps of a session, warm-up first; `bouts` 0 takes the week's number.

    The week's steps are gone through exactly `bouts` times. Unless the week has a last
    rest, the forward steps after the last backward one are dropped: the cool-down follows.
    """
    count = bouts or week.repeats
    flat = [Planned(step, n) for n in range(1, count + 1) for step in week.steps]
    while not week.has_last_rest and flat[-1].step.go == "forward":
        flat.pop()
    warm_up = Planned(Step(go="forward", time_s=plan.warm_up_s), 0)
    cool_down = Planned(Step(go="forward", time_s=plan.cool_down_s), count)
    return (warm_up, *flat, *((cool_down,) if plan.cool_down_s > 0 else ()))


def bout_time_s(planned: tuple[Planned, ...], bout: int) -> float | None:
    """Return the length of a bout, None when it is not by time."""
    total_s = 0.0
    for one in planned:
        if one.bout == bout and one.step.go == "backward":
            if one.step.time_s is None:
                return None
            total_s += one.step.time_s
    return total_s
