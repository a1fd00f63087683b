"""A waist whose gait has the published signs, and motion fed with it."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from backrun_pi.messages import (
    Direction,
    FixMode,
    FloatArray,
    GnssFix,
    ImuBatch,
    RunnerState,
)
from backrun_pi.motion.estimator import Motion

TICK_NS = 50_000_000


G = 9.80665


def gait(t: FloatArray, sign: float, moving: FloatArray, step_hz: float = 1.9) -> FloatArray:
    """Return specific force, shape (n, 3), of a walk: braking sudden, push slow.

    Forward (sign 1) the fore-aft curve is a saw whose fall is steep and that leads the
    vertical by a quarter; backward (sign -1) is its time reversal.
    """
    a = 2.0 * math.pi * step_hz * t * sign
    saw = -(np.sin(a) + 0.45 * np.sin(2.0 * a) + 0.2 * np.sin(3.0 * a))
    up = np.cos(a)
    side = np.cos(a / 2.0)
    return np.asarray(
        np.stack((1.8 * saw * moving, moving * side, G + 2.2 * up * moving), axis=1)
    )


def play(
    motion: Motion,
    accel: FloatArray,
    gyro: FloatArray | None = None,
    expected: Direction | None = None,
    start_ns: int = 0,
) -> Iterator[RunnerState]:
    """Feed 100 Hz samples in ticks of 50 ms."""
    rates = np.zeros_like(accel) if gyro is None else gyro
    for i in range(0, len(accel) - 4, 5):
        t_ns = start_ns + (np.arange(i, i + 5) + 1) * 10_000_000
        batch = ImuBatch(t_ns, accel[i : i + 5], rates[i : i + 5], 0.0, 0.0, None, 0.0)
        yield motion.step(int(t_ns[-1]), batch, (), expected)


def session(sign: float, seconds: float = 20.0, step_hz: float = 1.9) -> FloatArray:
    """Return 5 s of standing, then a walk."""
    t = np.arange(round(seconds * 100.0)) / 100.0
    return gait(t, sign, (t > 5.0).astype(float), step_hz)


def last(states: Iterator[RunnerState]) -> RunnerState:
    """Return the last state."""
    return list(states)[-1]


def fix(t_ns: int, speed_mps: float, course_rad: float) -> GnssFix:
    """Return an epoch with a velocity and no position."""
    return GnssFix(
        t_ns=t_ns,
        utc_s=None,
        mode=FixMode.THREE_D,
        lat_deg=None,
        lon_deg=None,
        altitude_m=None,
        speed_mps=speed_mps,
        course_rad=course_rad if speed_mps > 1.0 else None,
        sigma_m=None,
        satellites=None,
        is_estimated=False,
        is_stuck=False,
    )
