"""Speed and step length as evidence of their own: only ever against backward."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.messages import Direction, ImuBatch, RunnerState
from backrun_pi.motion.estimator import Motion
from backrun_pi.motion.settings import MotionSettings
from backrun_pi.motion.speed_prior import MOST, implausible_backward
from tests.support.waist import fix, session

speeds = st.floats(0.0, 8.0)
steps = st.floats(1.1, 4.2)
shares = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("speed_mps", "step_hz", "running"),
    [
        (0.8, 1.8, 0.0),  # the plan's first weeks
        (1.1, 1.85, 0.0),  # comfortable
        (1.5, 2.2, 0.0),  # just below a run
        (2.0, 2.9, 1.0),  # a jog
        (2.7, 3.0, 1.0),  # trained
        (3.2, 3.2, 1.0),  # the marathon record
    ],
)
def test_every_speed_at_which_people_go_backward_stays_plausible(
    speed_mps: float, step_hz: float, running: float
) -> None:
    assert implausible_backward(speed_mps, step_hz, running, None) < 0.2


@pytest.mark.parametrize(
    ("speed_mps", "step_hz", "running"),
    [(2.0, 2.2, 0.0), (1.6, 1.8, 0.0), (4.2, 2.9, 1.0), (5.0, 3.0, 1.0)],
)
def test_a_fast_walk_long_steps_and_a_fast_run_are_forward(
    speed_mps: float, step_hz: float, running: float
) -> None:
    assert implausible_backward(speed_mps, step_hz, running, None) > 1.0


def test_while_the_gait_is_not_sure_a_speed_of_running_is_plausible() -> None:
    assert implausible_backward(2.8, 2.6, 0.5, None) < 1.0
    assert implausible_backward(2.8, 2.6, 0.02, None) > 3.0, "hardly a run: forward"


def test_long_legs_make_longer_steps_plausible() -> None:
    tall = implausible_backward(1.55, 1.8, 0.0, 2.05)
    assert tall < implausible_backward(1.55, 1.8, 0.0, None)


@given(steps, shares)
def test_without_a_speed_and_on_a_belt_nothing_is_said(step_hz: float, running: float) -> None:
    assert implausible_backward(None, step_hz, running, None) == 0.0
    assert implausible_backward(0.1, step_hz, running, None) == 0.0


@given(speeds, speeds, steps, shares)
def test_faster_is_never_more_plausible_and_the_say_is_limited(
    one_mps: float, two_mps: float, step_hz: float, running: float
) -> None:
    slow, fast = sorted((one_mps, two_mps))
    low = implausible_backward(slow, step_hz, running, None)
    high = implausible_backward(fast, step_hz, running, None)
    assert 0.0 <= low <= high <= MOST


def walked(speed_mps: float) -> RunnerState:
    """Return the end of a walk whose steps look backward, at a Doppler speed without course."""
    motion, accel = Motion(MotionSettings()), session(-1.0, 25.0)
    for number, i in enumerate(range(0, len(accel) - 4, 5)):
        t_ns = (np.arange(i, i + 5) + 1) * 10_000_000
        now_ns = int(t_ns[-1])
        fixes = []
        if number % 4 == 0:
            speed = speed_mps if now_ns > 5e9 else 0.05
            fixes.append(replace(fix(now_ns, speed, 0.0), course_rad=None))
        batch = ImuBatch(t_ns, accel[i : i + 5], np.zeros((5, 3)), 0.0, 0.0, None, 0.0)
        state = motion.step(now_ns, batch, fixes)
    return state


def test_steps_that_look_backward_are_not_accepted_at_a_speed_nobody_walks_backward() -> None:
    slow, fast = walked(0.8), walked(2.1)
    assert slow.direction is Direction.BACKWARD
    assert fast.direction is not Direction.BACKWARD
    assert slow.p_backward is not None
    assert fast.p_backward is not None
    assert fast.p_backward < slow.p_backward - 0.3
