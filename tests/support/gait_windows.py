"""Windows of gait and how they are shifted, for tests of motion."""

from __future__ import annotations

import math

import numpy as np

from backrun_pi.messages import FloatArray
from backrun_pi.motion.gait import WINDOW
from backrun_pi.motion.kinematics import NEEDED, VelocityChange
from backrun_pi.motion.stream import GRID_HZ, YAW, X, Y, Z

HZ = 1.9
"""[1/s] Steps of the usual walk."""


def window(
    sign: float = 1.0, spring: float = 1.0, up: float = 2.2, step_hz: float = HZ
) -> FloatArray:
    """Return a grid window; `spring` -1 is a running leg (braking as the body sinks)."""
    t = np.arange(WINDOW) / GRID_HZ
    a = 2.0 * math.pi * step_hz * t
    grid = np.zeros((WINDOW, 7))
    grid[:, X] = -1.8 * sign * spring * np.sin(a)
    grid[:, Y] = np.sin(a / 2.0)  # over the standing foot between two steps
    grid[:, Z] = up * np.cos(a)
    return grid


def moved(east_mps2: FloatArray, yaw_rad: FloatArray) -> VelocityChange:
    """Return the change seen by a body that turns while it is pushed east."""
    grid = np.zeros((NEEDED, 7))
    grid[:, X] = east_mps2 * np.cos(yaw_rad)
    grid[:, Y] = -east_mps2 * np.sin(yaw_rad)
    grid[:, YAW] = yaw_rad
    return VelocityChange(grid)
