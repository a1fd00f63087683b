"""What the stream says beside the grid: how the trunk leans, how rough the ground feels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backrun_pi.messages import ImuBatch
from backrun_pi.motion.stream import GRID_HZ, YAW, BodyStream
from backrun_pi.units import GRAVITY_MPS2

RATE_HZ = 100


def _batches(force: np.ndarray) -> list[ImuBatch]:
    """Cut forces, shape (n, 3), into the batches of the loop."""
    t_ns = np.arange(len(force), dtype=np.int64) * 10_000_000 + 1_000_000_000
    return [
        ImuBatch(t_ns[a : a + 5], force[a : a + 5], np.zeros((5, 3)), 0.0, 0.0, None, 0.0)
        for a in range(0, len(force), 5)
    ]


def _fed(force: np.ndarray) -> BodyStream:
    stream = BodyStream()
    for batch in _batches(force):
        stream.feed(batch)
        stream.settle()
    return stream


@pytest.mark.parametrize("lean_deg", [0.0, 30.0, 90.0, 180.0])
def test_the_lean_of_the_trunk_is_the_angle_from_upright(lean_deg: float) -> None:
    lean = math.radians(lean_deg)
    up = GRAVITY_MPS2 * np.array([math.sin(lean), 0.0, math.cos(lean)])
    stream = _fed(np.tile(up, (8 * RATE_HZ, 1)))
    assert math.degrees(stream.tilt_rad) == pytest.approx(lean_deg, abs=2.0)


def test_the_felt_ground_is_the_noise_and_not_the_gait() -> None:
    t_s = np.arange(6 * RATE_HZ) / RATE_HZ
    gait = 3.0 * np.sin(2 * np.pi * 1.9 * t_s)
    noise = np.random.default_rng(3).normal(0.0, 0.8, len(t_s))
    still = np.zeros((len(t_s), 3))
    still[:, 2] = GRAVITY_MPS2
    smooth, rough = still.copy(), still.copy()
    smooth[:, 2] += gait
    rough[:, 2] += gait + noise
    assert _fed(smooth).roughness_mps2 < 0.05
    assert _fed(rough).roughness_mps2 == pytest.approx(0.8, rel=0.25)


@pytest.mark.parametrize("period_s", [0.0096, 0.01, 0.0105])
def test_yaw_follows_the_real_sample_period_and_not_the_one_of_the_start(
    period_s: float,
) -> None:
    n = 30 * RATE_HZ
    periods_s = np.full(n, period_s)
    periods_s[:20] = 0.01  # the first batches come at the rate that the data sheet gives
    t_ns = np.round(np.cumsum(periods_s) * 1e9).astype(np.int64)
    force, rates = np.tile([0.0, 0.0, GRAVITY_MPS2], (n, 1)), np.tile([0.0, 0.0, 0.5], (n, 1))
    stream = BodyStream()
    for a in range(0, n, 5):
        part = slice(a, a + 5)
        stream.feed(ImuBatch(t_ns[part], force[part], rates[part], 0.0, 0.0, None, 0.0))
        stream.settle()
    yaw = stream.last(200)[:, YAW]
    assert (yaw[-1] - yaw[0]) / (199 / GRID_HZ) == pytest.approx(0.5, rel=0.002)
