"""Step times, cadence and left against right, on curves and on the twin through the chip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from backrun_pi.messages import Direction, FloatArray, Gait
from backrun_pi.motion.estimator import Motion
from backrun_pi.motion.settings import MotionSettings
from backrun_pi.motion.steps import Steps
from tests.support.felt import feel, script

GRID_S = 0.02
Floats = npt.NDArray[np.floating[Any]]


def follow(z: FloatArray, step_hz: float, is_run: bool) -> Steps:
    """Feed a vertical acceleration on the grid, five points at a time."""
    steps = Steps()
    grid = np.zeros((len(z), 7))
    grid[:, 2] = z
    for i in range(0, len(grid) - 4, 5):
        steps.step(grid[i : i + 5], step_hz, is_run)
    return steps


def bumps(at_s: Floats, length_s: Floats, height: float, floor: float) -> FloatArray:
    """Return half sines of the given lengths from the given times, on a floor."""
    t = np.arange(0.0, float(at_s[-1]) + 1.0, GRID_S)
    z = np.full(len(t), floor)
    for start, length in zip(at_s, length_s, strict=True):
        inside = (t > start) & (t < start + length)
        z[inside] = floor + height * np.sin(np.pi * (t[inside] - start) / length)
    return z


@pytest.mark.parametrize("apart", [0.0, 0.1, 0.2])
def test_step_times_show_how_much_longer_one_leg_takes(apart: float) -> None:
    gaps = np.tile([0.52 * (1 + apart / 2), 0.52 * (1 - apart / 2)], 24)
    at_s = 1.0 + np.concatenate(([0.0], np.cumsum(gaps)))
    steps = follow(bumps(at_s, np.full(len(at_s), 0.4), 4.0, -1.5), 1.92, False)
    assert steps.figures().step_asymmetry == pytest.approx(apart, abs=0.01)
    assert steps.figures().contact_asymmetry is None


@pytest.mark.parametrize(("one_s", "two_s"), [(0.24, 0.24), (0.26, 0.22), (0.21, 0.27)])
def test_contact_times_of_a_run_show_the_difference_of_the_feet(
    one_s: float, two_s: float
) -> None:
    at_s = 1.0 + 0.37 * np.arange(48)
    length_s = np.tile([one_s, two_s], 24)
    figures = follow(bumps(at_s, length_s, 25.0, -9.8), 2.7, True).figures()
    # the line of 0.6 g cuts off the same share at both ends of a contact
    line = 1.0 - 2.0 * np.arcsin((9.8 - 4.0) / 25.0) / np.pi
    assert figures.contact_s == pytest.approx(line * (one_s + two_s) / 2.0, rel=0.05)
    wanted = 2.0 * abs(one_s - two_s) / (one_s + two_s)
    assert figures.contact_asymmetry == pytest.approx(wanted, abs=0.03)


def test_steps_that_have_stopped_are_forgotten() -> None:
    steps = follow(bumps(1.0 + 0.5 * np.arange(40), np.full(40, 0.4), 4.0, -1.5), 2.0, False)
    assert steps.figures().cadence_spm is not None
    steps.forget()
    assert steps.figures().cadence_spm is None
    assert steps.figures().step_asymmetry is None


GAITS = [
    ("walk_forward 14 speed_mps=0.9", 96.0),
    ("walk_forward 14", 112.0),
    ("walk_forward 14 speed_mps=1.6", 128.0),
    ("walk_backward 14 speed_mps=0.6", 92.0),
    ("walk_backward 14", 110.0),
    ("run_forward 14", 156.0),
    ("run_forward 14 speed_mps=3", 172.0),
    ("run_backward 14", 168.0),
    ("run_backward 14 speed_mps=2.6", 184.0),
]


@pytest.mark.parametrize(("gait", "cadence_spm"), GAITS)
def test_cadence_over_ten_seconds_is_within_two_percent_through_a_slow_chip(
    tmp_path: Path, gait: str, cadence_spm: float
) -> None:
    # the chip's clock is 0.6 % slow, the legs differ by 6 %; strides that vary more than 1 %
    # would make the truth of ten seconds another one than the script's
    motion = Motion(MotionSettings())
    head = "[runner]\nvariation_p = 0.01\n"
    day = script("stand 5", f"{gait} cadence_spm={cadence_spm}", head=head)
    states = feel(tmp_path, day, motion)[-200:]
    felt = [s.cadence_spm for s in states if s.cadence_spm is not None]
    assert len(felt) == 200
    assert sum(felt) / 200.0 == pytest.approx(cadence_spm, rel=0.02)


@pytest.mark.parametrize("do", ["walk", "run"])
def test_walk_and_run_are_announced_by_flight_in_both_directions(
    tmp_path: Path, do: str
) -> None:
    states = feel(tmp_path, script("stand 5", f"{do}_forward 12", f"{do}_backward 12"))
    assert {s.gait for s in states[180:330]} == {Gait(do)}
    assert {s.gait for s in states[-120:]} == {Gait(do)}
    assert states[-1].direction is Direction.BACKWARD


@pytest.mark.parametrize("do", ["run_forward", "run_backward"])
def test_legs_that_differ_show_in_the_contacts_of_a_run(tmp_path: Path, do: str) -> None:
    found = []
    for asymmetry_p in (0.0, 0.3):
        motion = Motion(MotionSettings())
        head = f"[runner]\nasymmetry_p = {asymmetry_p}\n"
        day = script("stand 5", f"{do} 25", head=head)
        states = feel(tmp_path / str(asymmetry_p), day, motion)
        found.append(states[-1].asymmetry_p)
    even, uneven = found
    assert even is not None
    assert uneven is not None
    assert even < 0.03
    assert uneven > even + 0.02


BELTS = [
    ("walk_forward", 0.9, 2.0),
    ("walk_forward", 1.2, 1.0),
    ("walk_forward", 1.6, 1.5),
    ("walk_backward", 0.6, 2.0),
    ("walk_backward", 0.8, 1.0),
    ("walk_backward", 1.0, 1.0),
    ("run_forward", 2.4, 1.0),
    ("run_backward", 1.9, 1.0),
]


@pytest.mark.parametrize(("do", "belt_mps", "sigmas"), BELTS)
def test_on_a_treadmill_the_speed_from_steps_is_right_within_its_stated_error(
    tmp_path: Path, do: str, belt_mps: float, sigmas: float
) -> None:
    head = "[runner]\nis_treadmill = true\n"
    state = feel(tmp_path, script("stand 5", f"{do} 15 speed_mps={belt_mps}", head=head))[-1]
    assert state.speed_mps is not None
    assert state.speed_sigma_mps is not None
    assert state.speed_sigma_mps == pytest.approx(0.25 * state.speed_mps, abs=0.01)
    assert abs(state.speed_mps - belt_mps) < sigmas * state.speed_sigma_mps


@pytest.mark.parametrize(
    ("do", "direction"),
    [("walk_forward", Direction.FORWARD), ("walk_backward", Direction.BACKWARD)],
)
def test_a_shuffle_of_a_third_of_a_metre_a_second_is_a_walk_and_not_standing(
    tmp_path: Path, do: str, direction: Direction
) -> None:
    states = feel(tmp_path, script("stand 5", f"{do} 20 speed_mps=0.35"))[160:]
    assert sum(s.gait is Gait.STILL for s in states) < 0.15 * len(states)
    assert states[-1].direction is direction


def test_shifting_the_weight_stays_standing(tmp_path: Path) -> None:
    states = feel(tmp_path, script("stand 5", "loiter 15"))[120:]
    assert {s.gait for s in states} == {Gait.STILL}
