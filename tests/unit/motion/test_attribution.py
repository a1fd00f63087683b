"""Each cue alone decides, on curves that are silent about the others, and is named for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from backrun_pi.messages import Direction, FloatArray, Gait, ImuBatch, RunnerState
from backrun_pi.motion.attribution import (
    BRAKING,
    COACH,
    COURSE,
    IMPULSE,
    PHASE,
    PIVOT,
    SPEED,
    WHEELED,
    Reasons,
)
from backrun_pi.motion.estimator import Motion
from backrun_pi.motion.kinematics import BASE
from backrun_pi.motion.settings import MotionSettings
from tests.support.waist import G, fix

START_S = 5.0
Curve = Callable[[FloatArray], FloatArray]
BOTH = [(1.0, Direction.FORWARD), (-1.0, Direction.BACKWARD)]


def wave(in_phase: float, quadrature: float, second: float) -> Curve:
    """Return fore-aft [m/s2] over the phase of the step.

    With the vertical as cosine, `in_phase` is silent about the direction, `quadrature` shows in
    the phase alone, `second` (of the second harmonic) in the time asymmetry alone.
    """
    return lambda a: np.asarray(
        in_phase * np.cos(a) + quadrature * np.sin(a) + second * np.sin(2.0 * a)
    )


MUTE = wave(1.8, 0.0, 0.05)
"""Within a little as far from the forward walk of people as from the backward one."""
LEANS_FORWARD = wave(1.8, 0.0, 0.36)
PLAIN = wave(0.0, -1.8, -0.8)


def going(
    seconds: float,
    fore: Curve,
    up_mps2: float = 2.2,
    step_hz: float = 1.9,
    push: float = 0.0,
    pivot: float = 0.0,
) -> FloatArray:
    """Return specific force, shape (n, 3): 5 s of standing, then steps.

    Args:
        seconds: [s] of all.
        fore: fore-aft acceleration over the phase of the step.
        up_mps2: [m/s2] size of the vertical one.
        step_hz: [Hz] step frequency.
        push: [m/s] velocity gained along the chest in the first 0.6 s.
        pivot: [-] -1..1, fore-aft against the standing foot; 0 says nothing.
    """
    whole: FloatArray = np.linspace(0.0, 2.0 * math.pi, 64, endpoint=False)
    step_rad = float(np.angle((fore(whole) * np.exp(-1j * whole)).sum()))
    sway_rad = (step_rad + math.asin(pivot)) / 2.0
    t = np.arange(round(seconds * 100.0)) / 100.0
    a = 2.0 * math.pi * step_hz * (t - START_S)
    on = t > START_S
    x = on * fore(a) + push / 0.6 * (on & (t < START_S + 0.6))
    return np.stack((x, on * np.cos(a / 2.0 + sway_rad), G + on * up_mps2 * np.cos(a)), axis=1)


def felt(
    accel: FloatArray,
    yaw_rad: FloatArray | None = None,
    doppler: Callable[[float], tuple[float, float | None]] | None = None,
    expected: Direction | None = None,
) -> list[RunnerState]:
    """Return the states, 20 a second; `doppler` gives speed and course at 5 Hz."""
    motion, gyro = Motion(MotionSettings()), np.zeros_like(accel)
    if yaw_rad is not None:
        gyro[:, 2] = np.gradient(yaw_rad) * 100.0
    states = []
    for number, i in enumerate(range(0, len(accel) - 4, 5)):
        t_ns = (np.arange(i, i + 5) + 1) * 10_000_000
        now_ns = int(t_ns[-1])
        fixes = []
        if doppler is not None and number % 4 == 0:
            speed_mps, course_rad = doppler(now_ns * 1e-9)
            fixes.append(replace(fix(now_ns, speed_mps, 0.0), course_rad=course_rad))
        batch = ImuBatch(t_ns, accel[i : i + 5], gyro[i : i + 5], 0.0, 0.0, None, 0.0)
        states.append(motion.step(now_ns, batch, fixes, expected))
    return states


def first(states: list[RunnerState], direction: Direction, from_s: float = 0.0) -> RunnerState:
    """Return the first state that says a direction."""
    return next(s for s in states if s.direction is direction and s.t_ns > from_s * 1e9)


@pytest.mark.parametrize(("sign", "direction"), BOTH)
def test_in_a_walk_the_phase_alone_decides(sign: float, direction: Direction) -> None:
    state = felt(going(14.0, wave(0.0, -1.8 * sign, 0.0)))[-1]
    assert (state.direction, state.gait) == (direction, Gait.WALK)
    assert state.because[0] == PHASE


@pytest.mark.parametrize(("sign", "direction"), BOTH)
def test_in_a_walk_the_time_asymmetry_alone_decides(sign: float, direction: Direction) -> None:
    state = felt(going(14.0, wave(1.2, 0.0, 0.96 * sign)))[-1]
    assert (state.direction, state.gait) == (direction, Gait.WALK)
    assert state.because[0] == BRAKING


@pytest.mark.parametrize(("sign", "direction"), BOTH)
def test_in_a_walk_the_pivot_over_the_standing_foot_alone_decides(
    sign: float, direction: Direction
) -> None:
    state = felt(going(14.0, wave(1.8, 0.0, 0.15), pivot=0.9 * sign))[-1]
    assert (state.direction, state.gait) == (direction, Gait.WALK)
    assert state.because[0] == PIVOT


@pytest.mark.parametrize(("sign", "direction"), BOTH)
def test_in_a_run_the_phase_alone_decides_and_its_sign_is_the_other(
    sign: float, direction: Direction
) -> None:
    state = felt(going(14.0, wave(0.0, 2.5 * sign, 0.0), up_mps2=14.0, step_hz=2.7))[-1]
    assert (state.direction, state.gait) == (direction, Gait.RUN)
    assert state.because == (PHASE,)


@pytest.mark.parametrize(("up_mps2", "gait"), [(5.8, Gait.WALK), (14.0, Gait.RUN)])
def test_flight_and_not_energy_says_which_sign_the_phase_has(
    up_mps2: float, gait: Gait
) -> None:
    # the same swing along the chest; 5.8 m/s2 is more than a run's average, and no flight
    state = felt(going(14.0, wave(0.0, 4.5, 0.0), up_mps2=up_mps2, step_hz=2.2))[-1]
    assert state.gait is gait
    assert state.direction is (Direction.BACKWARD if gait is Gait.WALK else Direction.FORWARD)


@pytest.mark.parametrize(("sign", "direction"), BOTH)
def test_the_impulse_of_a_start_alone_decides(sign: float, direction: Direction) -> None:
    states = felt(going(9.0, MUTE, push=sign))
    assert first(states, direction).because[0] == IMPULSE
    assert first(states, direction).t_ns < (START_S + 2.0) * 1e9
    other = {Direction.FORWARD, Direction.BACKWARD} - {direction}
    assert not other & {s.direction for s in states}


@pytest.mark.parametrize("turns_course", [False, True])
def test_a_body_that_turns_while_its_course_goes_on_is_no_longer_forward(
    turns_course: bool,
) -> None:
    accel = going(17.0, MUTE, push=1.0)
    t = np.arange(len(accel)) / 100.0
    yaw = math.pi / (1.0 + np.exp(-(t - 15.0) / 0.15))
    if turns_course:  # to the left at 1 m/s
        accel[:, 1] += np.gradient(yaw) * 100.0
    states = felt(accel, yaw)
    assert states[290].direction is Direction.FORWARD
    if turns_course:
        assert {s.direction for s in states[290:]} == {Direction.FORWARD}
        assert WHEELED in states[-1].because
    else:
        after = states[309:325]  # a mute gait agrees with nothing, so it may stay unknown
        assert Direction.FORWARD not in {s.direction for s in after}
        assert max(s.p_backward or 0.0 for s in after) > 0.7


@pytest.mark.parametrize("turns_at_s", [20.0, math.inf])
def test_a_course_against_the_learned_facing_is_backward_though_the_gait_says_forward(
    turns_at_s: float,
) -> None:
    accel, leaning = going(22.0, PLAIN), going(22.0, LEANS_FORWARD)
    accel[1200:] = leaning[1200:]

    def doppler(t_s: float) -> tuple[float, float | None]:
        if t_s < START_S:
            return 0.05, None
        return 1.1, 4.0 if t_s > turns_at_s else 4.0 - math.pi

    states = felt(accel, doppler=doppler)
    assert {s.direction for s in states[250:400]} == {Direction.FORWARD}
    if math.isinf(turns_at_s):
        assert {s.direction for s in states[400:]} == {Direction.FORWARD}
    else:
        assert first(states, Direction.BACKWARD).because == (COURSE,)
        assert first(states, Direction.BACKWARD).t_ns < 21e9


def test_a_speed_at_which_nobody_walks_backward_alone_decides_for_forward() -> None:
    slow, fast = (
        felt(
            going(12.0, wave(1.2, 0.0, -0.96)),
            doppler=lambda t_s, mps=mps: (mps if t_s > START_S else 0.05, None),  # type: ignore[misc]
        )[-1]
        for mps in (0.8, 2.1)
    )
    assert slow.direction is Direction.BACKWARD
    assert slow.because[0] == BRAKING
    assert fast.direction is Direction.FORWARD
    assert fast.because[0] == SPEED


@pytest.mark.parametrize("expected", [Direction.FORWARD, Direction.BACKWARD])
def test_where_no_cue_speaks_the_coachs_word_decides_nothing(expected: Direction) -> None:
    accel = going(11.0, wave(1.8, 0.0, 0.09))
    alone, reported = felt(accel)[150:170], felt(accel, expected=expected)[150:170]
    for one, two in zip(alone, reported, strict=True):
        assert one.p_backward is not None
        if two.p_backward is not None:
            assert two.p_backward == pytest.approx(one.p_backward, abs=0.1)
        assert two.because[0] != COACH


def test_a_push_back_without_steps_is_announced_as_what_it_is() -> None:
    states = felt(going(9.0, MUTE, push=-1.0))
    waiting = [s for s in states if s.because == ("a push back, and no steps yet",)]
    assert waiting
    assert {s.direction for s in waiting} == {Direction.UNKNOWN}


def test_a_reason_is_announced_while_the_direction_lasts_and_does_not_flicker() -> None:
    states = felt(going(14.0, wave(0.0, 1.8, 0.0)))
    at = states.index(first(states, Direction.BACKWARD))
    leading = [s.because[0] for s in states[at:]]
    assert leading == [PHASE] * len(leading)


def test_what_a_cue_brought_fades_as_the_filter_forgets() -> None:
    reasons, states = Reasons(), np.array([0.02, 0.03, 0.94, 0.01])
    reasons.bring({COURSE: 3.0, PHASE: 0.5})
    assert reasons.spoken(1.0) == (COURSE, PHASE)
    assert reasons.spoken(-1.0) == ()
    for _ in range(30):
        reasons.change(states.tolist(), BASE, BASE, BASE, IMPULSE)
        states = states @ np.array(BASE)
    assert reasons.spoken(1.0) == (COURSE,)


def test_what_the_filter_did_not_take_is_no_reason() -> None:
    reasons = Reasons()
    reasons.bring({PHASE: 2.0, BRAKING: 2.0}, 0.0)
    assert reasons.spoken(1.0) == ()
    reasons.bring({PHASE: 2.0, BRAKING: -1.0}, 0.5)
    assert reasons.spoken(1.0) == (PHASE,)
    assert reasons.spoken(-1.0) == (BRAKING,)


def test_evidence_from_the_coach_is_attributed_to_the_coach() -> None:
    reasons, states = Reasons(), (0.9, 0.04, 0.04, 0.02)
    asked = ((0.985, 0.009, 0.05, 0.001), *BASE[1:])
    reasons.change(states, BASE, BASE, asked, IMPULSE)
    assert reasons.spoken(1.0) == (COACH,)
