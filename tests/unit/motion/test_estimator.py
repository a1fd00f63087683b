"""The door of motion, on a waist whose gait has the published signs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backrun_pi.messages import (
    Direction,
    Gait,
    ImuBatch,
    MountState,
)
from backrun_pi.motion.estimator import CONTRADICTED, Motion
from backrun_pi.motion.settings import MotionSettings
from tests.support.waist import TICK_NS, fix, last, play, session


@pytest.mark.parametrize(
    ("sign", "direction"), [(1.0, Direction.FORWARD), (-1.0, Direction.BACKWARD)]
)
def test_a_walk_and_its_time_reversal_are_distinguished(
    sign: float, direction: Direction
) -> None:
    state = last(play(Motion(MotionSettings()), session(sign)))
    assert (state.direction, state.gait) == (direction, Gait.WALK)
    assert state.p_backward is not None
    assert (state.p_backward > 0.9) == (direction is Direction.BACKWARD)
    assert state.because


@pytest.mark.parametrize("step_hz", [1.5, 1.75, 1.93, 2.2])
def test_cadence_is_within_two_percent_after_ten_seconds(step_hz: float) -> None:
    state = last(play(Motion(MotionSettings()), session(1.0, 20.0, step_hz)))
    assert state.cadence_spm == pytest.approx(60.0 * step_hz, rel=0.02)


def test_standing_is_still_and_no_direction() -> None:
    state = last(play(Motion(MotionSettings()), session(1.0, 4.9)))
    assert (state.direction, state.gait) == (Direction.UNKNOWN, Gait.STILL)
    assert state.cadence_spm is None


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_device_clipped_upside_down_is_corrected_from_standing(sign: float) -> None:
    accel = session(sign) * np.array([1.0, -1.0, -1.0])
    state = last(play(Motion(MotionSettings()), accel))
    assert state.mount is MountState.CORRECTED
    assert state.direction is (Direction.FORWARD if sign > 0.0 else Direction.BACKWARD)


def test_a_device_that_lies_flat_is_announced_and_gives_no_direction() -> None:
    accel = session(1.0)[:, [2, 1, 0]]
    state = last(play(Motion(MotionSettings()), accel))
    assert state.mount is MountState.WRONG
    assert state.direction is Direction.UNKNOWN
    assert state.p_backward is None


def test_a_device_on_the_hip_is_announced() -> None:
    accel = session(1.0, 30.0)[:, [1, 0, 2]]
    assert last(play(Motion(MotionSettings()), accel)).mount is MountState.WRONG


IN_FRONT = np.array([-1.0, -1.0, 1.0])


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_until_gait_and_request_agree_a_contradiction_is_unknown_and_announced(
    sign: float,
) -> None:
    # a forward walk with the device in front, and a backward walk with it at the back
    accel = session(sign, 40.0) * (IN_FRONT if sign > 0.0 else 1.0)
    states = list(play(Motion(MotionSettings()), accel, expected=Direction.FORWARD))
    assert {s.direction for s in states} == {Direction.UNKNOWN}
    assert states[-1].mount is MountState.DOUBTED
    assert states[-1].because == CONTRADICTED


def test_a_fit_that_was_shown_is_not_doubted_by_what_is_asked_for_later() -> None:
    motion = Motion(MotionSettings())
    list(play(motion, session(1.0, 25.0), expected=Direction.FORWARD))
    accel = session(-1.0, 40.0)
    states = list(play(motion, accel, expected=Direction.FORWARD, start_ns=25_000_000_000))
    assert states[-1].direction is Direction.BACKWARD


def test_a_doubt_ends_when_gait_and_request_agree() -> None:
    motion = Motion(MotionSettings())
    before = list(play(motion, session(-1.0, 25.0), expected=Direction.FORWARD))
    after = list(
        play(motion, session(1.0, 45.0), expected=Direction.FORWARD, start_ns=25_000_000_000)
    )
    assert before[-1].mount is MountState.DOUBTED
    assert after[-1].mount is not MountState.DOUBTED
    assert after[-1].direction is Direction.FORWARD


def test_without_a_coach_backward_is_never_explained_by_the_mount() -> None:
    state = last(play(Motion(MotionSettings()), session(-1.0, 40.0)))
    assert state.mount is MountState.LEVELLED
    assert state.direction is Direction.BACKWARD


def test_a_gyroscope_offset_of_five_degrees_a_second_is_removed_while_standing() -> None:
    accel = session(1.0)
    gyro = np.full_like(accel, math.radians(5.0))
    state = last(play(Motion(MotionSettings()), accel, gyro))
    assert state.direction is Direction.FORWARD
    assert state.turn_rps == pytest.approx(0.0, abs=0.01)


def test_the_wearer_is_learned_kept_and_taken_back() -> None:
    motion = Motion(MotionSettings())
    state = last(play(motion, session(1.0, 30.0)))
    kept = motion.wearer()
    assert state.mount is MountState.CALIBRATED
    assert kept is not None
    assert (
        last(play(Motion(MotionSettings(), kept), session(1.0))).direction is Direction.FORWARD
    )


@pytest.mark.parametrize("junk", [b"", b"{", b'{"version": 1, "asymmetry": []}', b"\xff\x00"])
def test_a_torn_wearer_file_counts_as_an_unknown_wearer(junk: bytes) -> None:
    state = last(play(Motion(MotionSettings(), junk), session(1.0)))
    assert state.direction is Direction.FORWARD


def test_without_samples_for_half_a_second_the_next_decision_is_unknown() -> None:
    motion = Motion(MotionSettings())
    state = last(play(motion, session(-1.0)))
    assert state.direction is Direction.BACKWARD
    now_ns = state.t_ns
    for _ in range(18):
        now_ns += TICK_NS
        state = motion.step(now_ns, None, ())
    assert (state.direction, state.gait, state.p_backward) == (
        Direction.UNKNOWN,
        Gait.UNKNOWN,
        None,
    )


def test_motor_vibration_does_not_change_the_direction() -> None:
    accel = session(-1.0)
    t = np.arange(len(accel)) / 100.0
    buzz = 6.0 * np.sin(2.0 * math.pi * 37.0 * t) * (t % 1.0 < 0.4)  # 163 Hz seen at 100 Hz
    state = last(play(Motion(MotionSettings()), accel + buzz[:, None]))
    assert state.direction is Direction.BACKWARD
    assert state.cadence_spm == pytest.approx(114.0, rel=0.02)


def test_the_facing_is_learned_against_courses_while_forward_is_certain() -> None:
    motion, accel = Motion(MotionSettings()), session(1.0)
    for number, i in enumerate(range(0, len(accel) - 4, 5)):
        t_ns = (np.arange(i, i + 5) + 1) * 10_000_000
        now_ns = int(t_ns[-1])
        fixes = []
        if number % 4 == 0:
            fixes.append(fix(now_ns, 1.3 if now_ns > 5e9 else 0.05, 4.0 - math.pi))
        batch = ImuBatch(t_ns, accel[i : i + 5], np.zeros((5, 3)), 0.0, 0.0, None, 0.0)
        state = motion.step(now_ns, batch, fixes)
    assert state.direction is Direction.FORWARD
    assert state.facing_rad == pytest.approx(4.0 - math.pi, abs=0.15)
