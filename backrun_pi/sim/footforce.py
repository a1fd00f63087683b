"""Stairs from the forces under the feet: climbing hardly pushes along the chest.

A foot's force over its stance, as shares of the weight at shares of the stance; the two feet
together, less the weight, accelerate the body. Peaks after Riener et al. 2002 (Gait Posture
15:32) and Stacoff et al. 2005 (Gait Posture 21:24): descending, the first vertical peak is
high and braking small; climbing, the second peak is the higher one and both pushes are small.
The level walk stands here to show that the same sum gives the known phase of a walk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backrun_pi.messages import FloatArray
from backrun_pi.sim.gaits import HARMONICS, PITCH, ROLL, YAW, ComplexArray, G, Gait, X, Y, Z

Points = tuple[tuple[float, float], ...]
_N = 720


@dataclass(frozen=True, slots=True)
class Stance:
    """The force of one foot while it is on the ground."""

    share: float
    """[-] Of the stride that the foot is on the ground; above one half, a walk."""
    up: Points
    """(share of the stance, share of the weight), vertical."""
    along: Points
    """The same along the chest: negative brakes."""


DOWN = Stance(
    0.61,
    ((0.0, 0.0), (0.05, 0.5), (0.17, 1.5), (0.5, 0.75), (0.78, 0.9), (0.95, 0.3), (1.0, 0.0)),
    ((0.0, 0.0), (0.15, -0.13), (0.45, -0.02), (0.8, 0.09), (0.97, 0.02), (1.0, 0.0)),
)
UP = Stance(
    0.65,
    ((0.0, 0.0), (0.08, 0.35), (0.25, 1.02), (0.5, 0.8), (0.78, 1.2), (0.95, 0.35), (1.0, 0.0)),
    ((0.0, 0.0), (0.2, -0.06), (0.5, 0.0), (0.85, 0.06), (0.97, 0.02), (1.0, 0.0)),
)


def waves(stance: Stance) -> ComplexArray:
    """Return the harmonics of x and z, shape (6, HARMONICS); z has phase 0 at the step."""
    t = np.arange(_N) / _N
    out = np.zeros((6, HARMONICS), dtype=complex)
    for row, points in ((X, stance.along), (Z, stance.up)):
        force = _foot(t, points, stance.share) + _foot((t + 0.5) % 1.0, points, stance.share)
        series = np.fft.rfft(force) * (2.0 * G / _N)
        out[row, 1::2] = series[2 : HARMONICS + 1 : 2]  # two equal feet: the step's harmonics
    start = np.exp(-0.5j * np.angle(out[Z, 1]) * np.arange(1, HARMONICS + 1))
    return np.asarray(out * start)


def stairs(*, is_up: bool) -> Gait:
    """Return climbing (about 94 steps/min) or descending (about 108) stairs.

    The pelvis rolls and turns more than on the level, and trunk and pelvis nod with the step.
    """
    out = waves(UP if is_up else DOWN)
    out[Y, 0], out[Y, 2] = -1.1j, -0.5j
    out[ROLL, 0] = 1j * np.radians(4.0 if is_up else 3.5)
    out[YAW, 0] = np.radians(5.0 if is_up else 4.0)
    out[PITCH, 1] = np.radians(3.5 if is_up else 2.5) * np.exp(0.5j if is_up else -1j)
    return Gait(0.78 if is_up else 0.9, out, np.radians(10.0 if is_up else 4.0))


def _foot(t: FloatArray, points: Points, share: float) -> FloatArray:
    """Return the force over the stride: smooth from point to point, nothing in swing."""
    at, value = np.array(points).T
    u = t / share
    i: npt.NDArray[np.intp] = np.clip(np.searchsorted(at, u, side="right") - 1, 0, len(at) - 2)
    v = np.clip((u - at[i]) / (at[i + 1] - at[i]), 0.0, 1.0)
    between = value[i] + (value[i + 1] - value[i]) * v * v * (3.0 - 2.0 * v)
    return np.where(u < 1.0, between, 0.0)
