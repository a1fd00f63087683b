"""The port of VQF against its own package, on motion like that of a running waist."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from backrun_pi.messages import FloatArray
from backrun_pi.motion.attitude import GROUP, Attitude, rotate, yaw_rad

RATE_HZ = 100.0
GRAVITY = 9.80665
NONE, CHEST = (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)


def waist(seconds: float, bias_rps: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return (accel, gyro) of a waist that stands 6 s, then sways, bounces and turns."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    on = (t > 6.0).astype(float)
    gyro = np.stack(
        (
            on * 1.5 * np.sin(2.0 * math.pi * 1.3 * t),
            on * 0.8 * np.sin(2.0 * math.pi * 2.6 * t + 0.4),
            on * (0.6 * np.sin(2.0 * math.pi * 1.3 * t + 1.0) + 0.2),
        ),
        axis=1,
    )
    up = np.array([0.0, 0.0, 1.0])
    attitude = np.eye(3)
    accel = np.empty((len(t), 3))
    for i, rate in enumerate(gyro):
        attitude = attitude @ turned(rate / RATE_HZ)
        push = on[i] * np.array(
            [2.0 * math.sin(16.3 * t[i]), math.sin(8.2 * t[i]), 6.0 * math.cos(16.3 * t[i])]
        )
        accel[i] = attitude.T @ (GRAVITY * up) + push
    noise = rng.normal(0.0, 0.04, accel.shape), rng.normal(0.0, 0.001, gyro.shape)
    return accel + noise[0], gyro + noise[1] + bias_rps


def turned(angle: FloatArray) -> FloatArray:
    """Return the rotation matrix of a rotation vector (Rodrigues)."""
    size = float(np.linalg.norm(angle))
    if size == 0.0:
        return np.eye(3)
    x, y, z = angle / size
    k = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + math.sin(size) * k + (1.0 - math.cos(size)) * (k @ k))


def run(accel: FloatArray, gyro: FloatArray) -> tuple[Attitude, FloatArray]:
    """Feed all samples to the port."""
    attitude = Attitude(1.0 / RATE_HZ)
    quats = []
    for row in np.column_stack((np.arange(len(accel)) / RATE_HZ, accel, gyro)).tolist():
        attitude.level([row], NONE, CHEST)
        quats.append(attitude.quat)
    return attitude, np.array(quats)


def oracle(accel: FloatArray, gyro: FloatArray) -> Any:
    """Return what the vqf package says."""
    vqf = pytest.importorskip("vqf", reason="the package vqf is not installed")
    return vqf.VQF(1.0 / RATE_HZ, motionBiasEstEnabled=False).updateBatch(
        np.ascontiguousarray(gyro), np.ascontiguousarray(accel)
    )


@pytest.mark.parametrize("bias_rps", [0.0, 0.009, -0.02])
def test_the_port_gives_the_orientation_and_the_offset_of_vqf(bias_rps: float) -> None:
    accel, gyro = waist(40.0, bias_rps, seed=3)
    theirs = oracle(accel, gyro)
    attitude, ours = run(accel, gyro)
    same = np.abs((theirs["quat6D"] * ours).sum(axis=1)).clip(0.0, 1.0)
    away_deg = np.degrees(2.0 * np.arccos(same))
    assert away_deg[: 10 * GROUP].max() < 1.0, "the noise of the first sample"
    assert away_deg[10 * GROUP :].max() < 0.05
    assert np.allclose(attitude.bias_rps, theirs["bias"][-1], atol=2e-6)


def test_an_offset_is_learned_at_rest_and_yaw_then_stands_still() -> None:
    accel, gyro = waist(5.9, 0.015, seed=4)
    _, quats = run(np.vstack([accel] * 5), np.vstack([gyro] * 5))
    late = [yaw_rad((q[0], q[1], q[2], q[3])) for q in quats[-500:].tolist()]
    assert abs(late[-1] - late[0]) < math.radians(0.1)


def test_a_sensor_upside_down_is_levelled() -> None:
    attitude = Attitude(0.01)
    attitude.level([[0.0, 0.3, 0.1, -9.8, 0.0, 0.0, 0.0]] * 300, NONE, CHEST)
    up = rotate(attitude.quat, (0.3, 0.1, -9.8))
    assert up[2] == pytest.approx(math.sqrt(0.3**2 + 0.1**2 + 9.8**2))
