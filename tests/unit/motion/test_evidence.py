"""Each piece of evidence on its own: cycle, run gate, velocity, mount, filter, step speed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.messages import Direction, FloatArray, Gait, ImuBatch
from backrun_pi.motion.direction import BACKWARD, FORWARD, STILL, DirectionFilter
from backrun_pi.motion.evidence import GaitFilter, gait_odds, weigh
from backrun_pi.motion.gait import WINDOW, Cycle, cycle
from backrun_pi.motion.kinematics import (
    BASE,
    DECISION,
    NEEDED,
    Rebound,
    VelocityChange,
    gained,
    transition,
)
from backrun_pi.motion.stream import GRID_HZ, PITCH, ROLL, YAW, YAW_RATE, BodyStream, X, Y, Z
from backrun_pi.motion.treadmill import step_speed_mps
from backrun_pi.motion.wearer_profile import PHASE, OwnCue, WearerProfile
from tests.support.gait_windows import HZ, moved, window


def rates(change: VelocityChange) -> FloatArray:
    """Return the scaled rates of change at walking speed."""
    return np.array(transition(change, BASE, 1.2, 0.25))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_phase_flips_between_directions_and_between_walk_and_run(sign: float) -> None:
    walk, run = cycle(window(sign)), cycle(window(sign, -1.0, 11.0, 2.7))
    assert math.copysign(1.0, walk.quadrature) == sign
    assert math.copysign(1.0, run.quadrature) == -sign


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_running_is_judged_by_the_run_cues(sign: float) -> None:
    gaits = GaitFilter()
    for _ in range(5):  # half a second: one window alone may be a bounce
        evidence = weigh(cycle(window(sign, -1.0, 14.0, 2.7)), WearerProfile(), gaits)
    assert evidence.run > 0.9
    assert math.copysign(1.0, evidence.direction) == -sign


def test_without_flight_fast_steps_are_no_run() -> None:
    assert gait_odds(cycle(window(step_hz=2.7))) < -1.4


def test_a_push_along_the_chest_from_standing_is_a_start_forward() -> None:
    still = np.zeros(NEEDED)
    push = np.where(np.arange(NEEDED) > NEEDED // 2 - 15, 2.4, 0.0)
    forward, backward = rates(moved(push, still)), rates(moved(-push, still))
    assert forward[STILL, FORWARD] > 20.0 * forward[STILL, BACKWARD]
    assert backward[STILL, BACKWARD] > 20.0 * backward[STILL, FORWARD]


def test_a_body_that_turns_while_its_course_goes_on_changes_direction() -> None:
    u_turn = np.pi / (1.0 + np.exp(-(np.arange(NEEDED) - NEEDED / 2.0) / 4.0))
    on_course = rates(moved(np.zeros(NEEDED), u_turn))
    assert on_course[FORWARD, BACKWARD] > 0.1
    turned_back = np.where(np.abs(np.arange(NEEDED) - NEEDED // 2) < 13, -4.8, 0.0)
    back = rates(moved(turned_back, u_turn))
    assert back[FORWARD, BACKWARD] < 0.01


def test_steady_motion_leaves_the_rates_near_their_base() -> None:
    steady = rates(moved(np.zeros(NEEDED), np.zeros(NEEDED)))
    assert steady[FORWARD, BACKWARD] <= BASE[FORWARD][BACKWARD]


@given(
    st.floats(-30.0, 30.0), st.floats(-10.0, 10.0), st.floats(0.1, 3.0), st.floats(0.05, 1.0)
)
def test_rates_of_change_stay_probabilities(
    push: float, turn: float, speed: float, sigma: float
) -> None:
    ramp = np.linspace(0.0, turn, NEEDED)
    scaled = np.array(transition(moved(np.full(NEEDED, push), ramp), BASE, speed, sigma))
    assert np.allclose(scaled.sum(axis=1), 1.0)
    assert (scaled >= 0.0).all()


def test_a_turn_or_a_reversal_makes_the_window_old() -> None:
    still, half_turn = np.zeros(NEEDED), np.linspace(0.0, np.pi, NEEDED)
    assert moved(still, still).steadiness() == 1.0
    assert moved(still, half_turn).steadiness() < 0.1
    assert moved(np.full(NEEDED, 2.0), still).steadiness() < 0.4


def test_a_stop_makes_the_changes_of_the_next_second_doubtful() -> None:
    rebound = Rebound()
    braking, after = np.zeros((DECISION, 7)), np.zeros((DECISION, 7))
    braking[:, X] = -3.0
    for grid in (*[braking] * 3, after):
        rebound.step(grid)
    assert rebound.sigma_mps() == pytest.approx(0.3 * 0.6, rel=0.1)  # its first 0.2 s
    rebound.step(after)
    assert rebound.sigma_mps() > 0.3


def test_what_was_gained_is_announced_along_the_chest_as_it_is_now() -> None:
    grid = np.zeros((NEEDED, 7))
    grid[-20:-10, X] = 1.0
    grid[-10:, YAW] = np.pi / 2.0
    assert gained(grid, 20) == pytest.approx((0.0, -0.2))
    assert gained(grid, 0) == (0.0, 0.0)


def test_a_stop_is_felt_while_the_window_still_holds_steps() -> None:
    grid = window(up=4.0)
    grid[-20:, :6] = 0.1
    assert weigh(cycle(grid), WearerProfile(), GaitFilter()).still == 0.0
    assert weigh(cycle(grid), WearerProfile(), GaitFilter()).moving < -5.0


def test_a_wearer_whose_phase_is_inverted_is_accepted_once_known() -> None:
    odd = OwnCue()
    for _ in range(30):
        odd.note(-0.6, 1.0)
    (own, mirrored), (own_back, mirrored_back) = odd.fit(-0.6, PHASE), odd.fit(0.5, PHASE)
    assert own > mirrored
    assert own_back < mirrored_back


def test_feet_that_step_sideways_or_turn_on_the_spot_are_other_than_going() -> None:
    going = cycle(window())
    sideways = window()
    sideways[:, Y] *= 4.0
    spot = window(up=0.5)
    spot[:, YAW_RATE] = 1.3
    usual = weigh(going, WearerProfile(), GaitFilter()).other
    for grid in (sideways, spot):
        assert weigh(cycle(grid), WearerProfile(), GaitFilter()).other > usual + 1.5


@pytest.mark.parametrize(("channel", "tip_rad"), [(PITCH, 0.7), (ROLL, 0.9)])
def test_a_body_that_bows_or_lies_down_is_other_than_going(
    channel: int, tip_rad: float
) -> None:
    bowing, nodding = window(), window()
    bowing[:, channel] = tip_rad * GRID_HZ / WINDOW
    t = np.arange(WINDOW) / GRID_HZ
    nodding[:, channel] = 0.6 * np.sin(2.0 * math.pi * 2.0 * t)  # with each step
    usual = weigh(cycle(window()), WearerProfile(), GaitFilter()).other
    assert weigh(cycle(bowing), WearerProfile(), GaitFilter()).other > usual + 4.0
    assert weigh(cycle(nodding), WearerProfile(), GaitFilter()).other < usual + 0.5


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_body_that_is_not_lifted_shows_no_direction(sign: float) -> None:
    shifted = 0.2 * window(sign)  # the same shape as steps, too faint for any
    shifted[:, Z] *= 0.5
    assert weigh(cycle(window(sign)), WearerProfile(), GaitFilter()).fullness == 1.0
    assert weigh(cycle(shifted), WearerProfile(), GaitFilter()).direction == 0.0


def test_a_course_against_the_learned_facing_turns_the_filter() -> None:
    filter_ = DirectionFilter()
    for _ in range(40):
        filter_.change(BASE, 0.002)
        filter_.weigh((0.1, 1.0, 0.8, 0.5))
        filter_.velocity(1.3, 2.0, 0.0)
    assert filter_.states()[FORWARD] > 0.9
    assert filter_.offset()[0] == pytest.approx(2.0, abs=0.1)
    for _ in range(8):
        filter_.change(BASE, 0.002)
        filter_.velocity(1.3, 2.0 + math.pi, 0.0)
    assert filter_.states()[BACKWARD] > 0.7


def test_a_fix_that_is_old_is_carried_to_now_by_what_was_gained() -> None:
    filter_ = DirectionFilter()
    for _ in range(40):
        filter_.change(BASE, 0.002)
        filter_.weigh((0.1, 1.0, 0.8, 0.5))
        filter_.velocity(1.3, 2.0, 0.0)
    for _ in range(8):  # the receiver still says forward, the body has turned on its heel since
        filter_.velocity(1.0, 2.0, 0.0, (-2.0, 0.0))
    assert filter_.states()[BACKWARD] > 0.9


@pytest.mark.parametrize("strength", [0.22, 0.4, 0.8])
@pytest.mark.parametrize("every", [1, 2])
def test_a_facing_learned_for_a_minute_from_misread_gait_is_unlearned_in_20_s(
    strength: float, every: int
) -> None:
    filter_ = DirectionFilter()
    likely, unlikely = math.exp(strength / 2.0), math.exp(-strength / 2.0)
    forward, backward = (0.1, likely, unlikely, 0.5), (0.1, unlikely, likely, 0.5)
    for i in range(800):
        filter_.change(BASE, 0.002)  # after a minute, what was misread is read well
        filter_.weigh(forward if i < 600 else backward)
        if i % every == 0:
            filter_.velocity(1.3, 2.0, 0.0)
        if i == 599:
            assert filter_.offset() == pytest.approx((2.0, 1.0), abs=0.1)
    assert filter_.offset()[0] == pytest.approx(2.0 - math.pi, abs=0.1)


@pytest.mark.parametrize("course_rad", [None, 0.3])
def test_a_slow_epoch_without_course_tells_standing_from_moving_only(
    course_rad: float | None,
) -> None:
    filter_ = DirectionFilter()
    filter_.velocity(0.4, course_rad, 0.0)
    after = filter_.states()
    assert after[BACKWARD] / after[FORWARD] == pytest.approx(0.25, rel=1e-3)


@pytest.mark.parametrize("rate_hz", [50.0, 104.0, 200.0])
def test_step_frequency_does_not_depend_on_the_sample_rate(rate_hz: float) -> None:
    stream = BodyStream()
    n = round(8.0 * rate_hz)
    t = (np.arange(n) + 1) / rate_hz
    a = 2.0 * math.pi * HZ * t
    accel = np.stack((-np.sin(a), np.cos(a / 2.0), 9.80665 + 2.0 * np.cos(a)), axis=1)
    for i in range(0, n, 10):
        t_ns = np.round(t[i : i + 10] * 1e9).astype(np.int64)
        part = accel[i : i + 10]
        stream.feed(ImuBatch(t_ns, part, np.zeros_like(part), 0.0, 0.0, None, 0.0))
        stream.settle()
    assert cycle(stream.last(WINDOW)).step_hz == pytest.approx(HZ, rel=0.02)


def test_a_hole_in_the_samples_starts_the_window_again() -> None:
    stream = BodyStream()
    rest = np.tile([0.0, 0.0, 9.8], (100, 1))
    t_ns = (np.arange(100) + 1) * 10_000_000
    stream.feed(ImuBatch(t_ns, rest, 0.0 * rest, 0.0, 0.0, None, 0.0))
    stream.settle()
    assert stream.count > 30
    late = ImuBatch(t_ns + 2_000_000_000, rest, 0.0 * rest, 0.0, 0.0, None, 1.0)
    assert stream.feed(late)
    assert stream.count == 0


def test_backward_steps_are_shorter_and_tall_people_step_longer() -> None:
    c: Cycle = cycle(window())
    forward = step_speed_mps(c, Gait.WALK, Direction.FORWARD, None, 1.0)
    assert step_speed_mps(c, Gait.WALK, Direction.BACKWARD, None, 1.0) < forward
    assert step_speed_mps(c, Gait.WALK, Direction.FORWARD, 1.95, 1.0) > forward
    assert step_speed_mps(c, Gait.STILL, Direction.UNKNOWN, None, 1.0) == 0.0
    assert forward == pytest.approx(1.39, abs=0.05)  # 114 steps/min of 0.73 m
