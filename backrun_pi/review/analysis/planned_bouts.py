"""The bouts as they were laid over the known line, beside the bouts as they were run."""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.messages import BoutPlan, Phase
from backrun_pi.review.analysis.segments import WayCovered
from backrun_pi.review.model import PhaseRow, PlannedRow


def planned_bouts(
    plans: Sequence[tuple[float, BoutPlan]], phases: Sequence[PhaseRow], way: WayCovered
) -> tuple[PlannedRow, ...]:
    """Return a row for each bout that was planned; empty where no line was known.

    A plan is made again at each rest. What was planned for a bout is what the last plan
    before it says; a bout that was never begun keeps the last plan of all.

    Args:
        plans: With their session times, rising.
        phases: The programme as it was run.
        way: What the runner did.
    """
    run: dict[int, list[PhaseRow]] = {}
    for row in phases:
        if row.phase is Phase.BACKWARD:
            run.setdefault(row.bout, []).append(row)
    planned: dict[int, PlannedRow] = {}
    for t_s, plan in plans:
        walked_m = way.distance_at_m(t_s)
        for bout in plan.bouts:
            number = plan.done + bout.number
            rows = run.get(number, [])
            if rows and rows[0].start_s < t_s:
                continue
            planned[number] = PlannedRow(
                number=number,
                from_m=walked_m + bout.walk_m,
                backward_s=bout.backward_s,
                contacts=bout.contacts,
                traffic_m=bout.traffic_m,
                done_from_m=way.distance_at_m(rows[0].start_s) if rows else None,
                done_backward_s=sum(row.backward_s for row in rows) if rows else None,
                alerts=sum(row.alerts for row in rows),
            )
    return tuple(planned[number] for number in sorted(planned))
