"""On a treadmill: very slow at first, a belt set by hand or steps, no check of readiness."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.coach.plan import Plan, Step, Treadmill, Week, load_plan
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import Condition, Direction, Gait, MountState, Phase, RunnerState
from backrun_pi.motion.belt import Belt
from tests.support.coach_wearer import PLAN, SHIPPED, Wearer

C = Condition
INDOORS = CoachSettings(mode="treadmill")
BY_HAND = CoachSettings(mode="treadmill", treadmill_speed="belt")
BACKWARD = Direction.BACKWARD


def walks(speed_mps: float, distance_m: float = 0.0, t_ns: int = 0) -> RunnerState:
    return RunnerState(
        t_ns=t_ns, direction=BACKWARD, gait=Gait.WALK if speed_mps else Gait.STILL,
        p_backward=None, because=(), cadence_spm=None, speed_mps=speed_mps, course_rad=None,
        facing_rad=None, lat_deg=None, lon_deg=None, sigma_m=None, position_age_s=None,
        distance_m=distance_m, mount=MountState.CALIBRATED, turn_rps=None, impact_mps2=None,
    )  # fmt: skip


def test_the_belt_of_the_shipped_plan_begins_very_slow_and_rises_a_notch_for_each_bout() -> (
    None
):
    plan = load_plan(SHIPPED)
    step = plan.week(1).steps[0]
    speeds = [plan.treadmill.belt_mps(step, n) for n in range(1, 6)]
    assert speeds == [0.4, 0.5, 0.6, 0.7, 0.8]


@given(st.floats(0.2, 4.0), st.floats(0.2, 2.0), st.floats(0.0, 0.5), st.integers(0, 40))
def test_a_belt_is_never_faster_than_the_cap_and_never_slower_than_the_bout_before(
    cap_mps: float, from_mps: float, rise_mps: float, repeat: int
) -> None:
    belt = Treadmill(from_mps=from_mps, rise_mps=rise_mps)
    step = Step(go="backward", time_s=60.0, cap_mps=cap_mps)
    now, then = belt.belt_mps(step, repeat), belt.belt_mps(step, repeat + 1)
    assert now is not None
    assert then is not None
    assert now <= then <= cap_mps + 1e-3


def test_a_step_may_name_its_own_belt_and_one_without_a_cap_has_none() -> None:
    belt = Treadmill()
    assert belt.belt_mps(Step(go="forward", time_s=60.0, belt_mps=1.1), 1) == 1.1
    assert belt.belt_mps(Step(go="forward", time_s=60.0), 1) is None
    assert belt.belt_mps(Step(go="backward", time_s=60.0), 1) is None


def test_the_cap_on_a_treadmill_is_the_belt_of_the_bout_and_not_the_ramp_of_the_ground() -> (
    None
):
    wearer = Wearer(settings=INDOORS)
    wearer.start()
    caps = []
    for _ in range(2):
        wearer.until(Phase.BACKWARD)
        wearer.run(5.0)
        caps.append(wearer.state.state.speed_cap_mps)
        wearer.run(60.0)
    assert caps == [0.4, 0.5]


def test_steps_alone_blame_nobody_within_their_error() -> None:
    for speed_mps, is_announced in ((0.5, False), (0.58, False), (0.75, True)):
        wearer = Wearer(settings=INDOORS)
        wearer.start()
        wearer.until(Phase.BACKWARD)
        wearer.does = (BACKWARD, Gait.WALK, speed_mps)
        wearer.run(20.0)
        assert bool(wearer.count(C.TOO_FAST)) is is_announced


def test_a_belt_set_by_hand_is_given_out_while_the_programme_runs() -> None:
    plan = Plan(
        name="p",
        weeks=(
            Week(
                repeats=2,
                steps=(
                    Step(go="backward", time_s=30.0, cap_mps=0.8),
                    Step(go="forward", time_s=20.0, belt_mps=0.9),
                ),
            ),
        ),
        warm_up_s=15.0,
    )
    wearer = Wearer(plan=plan, settings=BY_HAND)
    wearer.start()
    assert wearer.state.state.belt_mps is None
    wearer.until(Phase.WARM_UP)
    assert wearer.state.state.belt_mps is None
    wearer.until(Phase.BACKWARD)
    assert wearer.tick().state.belt_mps == 0.4
    wearer.until(Phase.RECOVER)
    assert wearer.tick().state.belt_mps == 0.9
    wearer = Wearer(plan=plan, settings=INDOORS)
    wearer.start()
    wearer.until(Phase.BACKWARD)
    assert wearer.tick().state.belt_mps is None


def test_the_belt_sets_the_pace_so_there_is_no_check_of_readiness() -> None:
    wearer = Wearer(settings=INDOORS)
    wearer.start()
    wearer.until(Phase.FREE, 400.0)
    assert "ready" not in wearer.whats()


def test_outdoors_no_cue_says_too_fast_while_three_metres_are_timed() -> None:
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.does = (BACKWARD, Gait.WALK, 1.4)
    begin_s = wearer.now_s
    wearer.run(6.0)
    reported = wearer.times(C.TOO_FAST)
    assert reported, "after the three metres the cap counts"
    assert reported[0] - begin_s >= 3.0 / 1.4 + 2.0
    wearer = Wearer()
    wearer.start()
    wearer.until(Phase.RECOVER)
    wearer.until(Phase.BACKWARD)
    wearer.does = (BACKWARD, Gait.WALK, 1.4)
    begin_s = wearer.now_s
    wearer.run(6.0)
    assert wearer.times(C.TOO_FAST)[0] - begin_s <= 2.8, "only in the first bout"


def test_three_metres_without_a_fresh_fix_are_not_timed() -> None:
    wearer = Wearer(plan=PLAN)
    wearer.start()
    wearer.until(Phase.BACKWARD)
    wearer.has_fix = False
    wearer.until(Phase.RECOVER)
    assert "ready" not in wearer.whats()


# --- what motion makes of it -------------------------------------------------------------


def test_on_a_belt_speed_and_way_are_the_belts_while_they_move() -> None:
    belt = Belt()
    state = walks(0.0)
    for n in range(101):
        state = belt.step(walks(0.6, 0.06 * n, n * 100_000_000), 0.4)
    assert state.speed_mps == 0.4
    assert state.distance_m == pytest.approx(4.0, abs=0.05)
    still = belt.step(walks(0.0, 6.0, 11_000_000_000), 0.4)
    assert still.speed_mps == 0.0
    assert still.distance_m == pytest.approx(4.0, abs=0.05)


def test_without_a_belt_the_state_is_what_motion_said() -> None:
    belt = Belt()
    state = walks(0.6, 5.0)
    assert belt.step(state, None) is state
