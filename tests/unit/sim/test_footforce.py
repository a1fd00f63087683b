"""Stairs from the forces under the feet, and the device in a swinging hand."""

from __future__ import annotations

import numpy as np
import pytest

from backrun_pi.messages import FloatArray
from backrun_pi.sim import gaits
from backrun_pi.sim.footforce import DOWN, UP, Points, Stance, stairs, waves
from backrun_pi.sim.gaits import PITCH, ComplexArray, X, Z

# A walk on the level: what stairs are compared with.
LEVEL = Stance(
    0.62,
    ((0.0, 0.0), (0.05, 0.35), (0.22, 1.12), (0.5, 0.75), (0.78, 1.1), (0.95, 0.3), (1.0, 0.0)),
    (
        (0.0, 0.0),
        (0.04, 0.02),
        (0.17, -0.18),
        (0.5, 0.0),
        (0.85, 0.2),
        (0.97, 0.06),
        (1.0, 0.0),
    ),
)


def swing(channels: ComplexArray, row: int) -> FloatArray:
    """Return a channel over one stride."""
    phase = np.linspace(0.0, 2.0 * np.pi, 720, endpoint=False)
    spin = np.exp(1j * np.outer(np.arange(1, channels.shape[1] + 1), phase))
    return np.asarray((channels[row] @ spin).real)


def _area(points: Points) -> float:
    at, value = np.array(points).T
    return float(np.sum(np.diff(at) * (value[1:] + value[:-1])) / 2.0)


def test_the_forces_of_a_level_walk_give_the_phase_that_real_walks_have() -> None:
    found = waves(LEVEL)
    cross = found[X, 1] * np.conj(found[Z, 1])
    assert (cross / abs(cross)).imag > 0.9  # real forward walks: 0.93 to 0.98
    assert 1.0 < swing(found, Z).std() < 1.8


@pytest.mark.parametrize("stance", [DOWN, UP])
def test_on_stairs_people_are_hardly_pushed_along_the_chest(stance: Stance) -> None:
    level, found = waves(LEVEL), waves(stance)
    ratio = swing(found, X).std() / swing(found, Z).std()
    assert ratio < 0.3
    assert swing(level, X).std() / swing(level, Z).std() > 0.8


@pytest.mark.parametrize("stance", [LEVEL, DOWN, UP])
def test_two_feet_carry_the_weight_and_push_nowhere(stance: Stance) -> None:
    assert 2.0 * stance.share * _area(stance.up) == pytest.approx(1.0, abs=0.06)
    assert 2.0 * stance.share * _area(stance.along) == pytest.approx(0.0, abs=0.03)


def test_descending_bounces_more_than_climbing_and_steps_faster() -> None:
    down, up = stairs(is_up=False), stairs(is_up=True)
    assert down.stride_hz > up.stride_hz
    assert swing(down.waves, Z).std() > 1.3 * swing(up.waves, Z).std()


def test_a_hand_swings_once_in_a_stride_and_leans_with_the_arm() -> None:
    found = gaits.in_hand(1.25)
    push, lean = found.waves[X, 0], found.waves[PITCH, 0]
    length_m = abs(push) / abs(lean) / (2.0 * np.pi * found.stride_hz) ** 2
    assert length_m == pytest.approx(0.65, abs=0.1)
    assert abs(np.angle(push / lean)) < 0.2  # pulled back when it is forward and leans back
    assert abs(found.waves[X, 0]) > 3.0 * abs(found.waves[X, 1])
