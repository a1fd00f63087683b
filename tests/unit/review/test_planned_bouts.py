"""What was planned stands beside what was run: the last plan before a bout counts."""

from __future__ import annotations

from dataclasses import replace

from backrun_pi.messages import (
    BoutPlan,
    Direction,
    Gait,
    MountState,
    Phase,
    PlannedBout,
    RunnerState,
)
from backrun_pi.review.analysis.planned_bouts import planned_bouts
from backrun_pi.review.analysis.segments import WayCovered
from backrun_pi.review.model import PlannedRow
from backrun_pi.review.report import session_tables
from backrun_pi.review.report.locale import Locale
from tests.support import report_samples as samples

SPEED_MPS = 1.5


def walked(duration_s: int) -> WayCovered:
    """Return a session of a steady walk, a state a second."""
    states = [
        (
            float(t_s),
            RunnerState(
                t_ns=t_s * 10**9,
                direction=Direction.FORWARD,
                gait=Gait.WALK,
                p_backward=0.0,
                because=(),
                cadence_spm=None,
                speed_mps=SPEED_MPS,
                course_rad=None,
                facing_rad=None,
                lat_deg=None,
                lon_deg=None,
                sigma_m=None,
                position_age_s=None,
                distance_m=SPEED_MPS * t_s,
                mount=MountState.UNKNOWN,
                turn_rps=None,
                impact_mps2=None,
            ),
        )
        for t_s in range(duration_s + 1)
    ]
    return WayCovered(states, float(duration_s))


def laid(number: int, walk_m: float, backward_s: float = 60.0) -> PlannedBout:
    """Return a bout that begins some way from where the plan was made."""
    return PlannedBout(number, walk_m, walk_m, walk_m + 50.0, backward_s, 0.25, 0.0)


def test_a_plan_made_again_at_a_rest_replaces_what_is_still_to_come() -> None:
    bouts = [row for row in samples.park(2).phases if row.phase is Phase.BACKWARD]
    first, second = bouts
    way = walked(int(samples.park(2).facts.duration_s))
    plans = [
        (5.0, BoutPlan(0, 0, (laid(1, 100.0), laid(2, 300.0)))),
        (first.end_s + 5.0, BoutPlan(0, 1, (laid(1, 40.0, 45.0),))),
    ]
    one, two = planned_bouts(plans, bouts, way)
    assert one.from_m == 5.0 * SPEED_MPS + 100.0
    assert one.done_from_m == first.start_s * SPEED_MPS
    assert two.from_m == (first.end_s + 5.0) * SPEED_MPS + 40.0
    assert (one.backward_s, two.backward_s) == (60.0, 45.0)
    assert two.done_backward_s == second.backward_s


def test_a_bout_that_was_never_begun_keeps_the_last_plan_and_no_figures_of_a_run() -> None:
    way = walked(100)
    (row,) = planned_bouts([(10.0, BoutPlan(0, 0, (laid(1, 80.0),)))], (), way)
    assert row.from_m == 10.0 * SPEED_MPS + 80.0
    assert row.done_from_m is None
    assert row.done_backward_s is None


def test_the_page_shows_planned_and_run_side_by_side_and_nothing_without_a_plan() -> None:
    review = samples.park(1)
    row = PlannedRow(1, 120.0, 60.0, 0.25, 0.0, 131.0, 57.0, 2)
    show = Locale("en", "min/km")
    assert session_tables.values(review, (), show)["planned"] == []
    (shown,) = session_tables.values(replace(review, planned=(row,)), (), show)["planned"]
    assert shown["name"] == "Backward 1"
    assert [cell.replace("\u00a0", " ") for cell in shown["cells"][:2]] == ["120 m", "131 m"]
