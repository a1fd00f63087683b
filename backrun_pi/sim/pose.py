"""Shapes of changes over time, single blows and twists, and the view from the device."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backrun_pi.messages import FloatArray

RATE_HZ = 200.0
_LEVER_M = (-0.11, 0.0, 0.07)  # device at the back of the waistband from the pelvis


@dataclass(frozen=True, slots=True)
class Blow:
    """A push of limited length in the level frame of the chest."""

    at_s: float
    """[s] Start."""
    for_s: float
    """[s] Length."""
    accel_mps2: tuple[float, float, float]
    """[m/s2] Height, x chest, y left, z up."""

    def shape(self, t_s: FloatArray) -> FloatArray:
        """Return the share of the height over time: a trapezium with short edges."""
        edge_s = min(0.04, self.for_s / 2.0)
        tau = t_s - self.at_s
        return np.clip(np.minimum(tau, self.for_s - tau) / edge_s, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Twist:
    """The trunk turns to look over a shoulder, and back."""

    at_s: float
    """[s] Start."""
    for_s: float
    """[s] Length."""
    yaw_rad: float
    """[rad] Furthest turn, to the left positive."""

    def angle(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the angle and its rate: a raised cosine."""
        w = 2.0 * math.pi / self.for_s
        tau = np.clip(t_s - self.at_s, 0.0, self.for_s)
        half = 0.5 * self.yaw_rad
        return half * (1.0 - np.cos(w * tau)), half * w * np.sin(w * tau)


def ease(tau: FloatArray) -> FloatArray:
    """Return the minimum-jerk share of a change (Flash and Hogan 1985)."""
    u = np.clip(tau, 0.0, 1.0)
    return np.asarray(u * u * u * (10.0 + u * (6.0 * u - 15.0)))


def slope_of(tau: FloatArray) -> FloatArray:
    """Return the first derivative of `ease`."""
    u = np.clip(tau, 0.0, 1.0)
    return np.asarray(30.0 * (u * (1.0 - u)) ** 2)


def rate_of(values: FloatArray) -> FloatArray:
    """Return the change per second along the last axis, by central differences."""
    out = np.empty_like(values)
    np.subtract(values[..., 2:], values[..., :-2], out=out[..., 1:-1])
    out[..., 1:-1] *= RATE_HZ / 2.0
    out[..., 0] = (values[..., 1] - values[..., 0]) * RATE_HZ
    out[..., -1] = (values[..., -1] - values[..., -2]) * RATE_HZ
    return out


def bend(tau: FloatArray) -> FloatArray:
    """Return the second derivative of `ease`."""
    u = np.clip(tau, 0.0, 1.0)
    return np.asarray(60.0 * u * (1.0 - u) * (1.0 - 2.0 * u))


def at_device(accel: FloatArray, angle: FloatArray, rate: FloatArray) -> FloatArray:
    """Return specific force and rates in the body frame, at the device's place.

    `accel` is the specific force in the level frame of the chest; `angle` and `rate` are roll,
    pitch, yaw (z-y-x order) against it, with the turn of that frame inside the yaw rate.
    """
    sin_r, sin_p, sin_y = np.sin(angle)
    cos_r, cos_p, cos_y = np.cos(angle)
    x, y, z = accel
    x1, y1 = cos_y * x + sin_y * y, cos_y * y - sin_y * x
    x2, z1 = cos_p * x1 - sin_p * z, sin_p * x1 + cos_p * z
    sensed = np.empty((6, accel.shape[1]))
    sensed[0], sensed[1] = x2, cos_r * y1 + sin_r * z1
    sensed[2] = cos_r * z1 - sin_r * y1
    roll_rate, pitch_rate, yaw_rate = rate
    sensed[3] = roll_rate - yaw_rate * sin_p
    sensed[4] = pitch_rate * cos_r + yaw_rate * cos_p * sin_r
    sensed[5] = yaw_rate * cos_p * cos_r - pitch_rate * sin_r
    w = sensed[3:]
    spin = rate_of(w)
    r = _LEVER_M
    dot = w[0] * r[0] + w[1] * r[1] + w[2] * r[2]
    square = w[0] ** 2 + w[1] ** 2 + w[2] ** 2
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        sensed[i] += spin[j] * r[k] - spin[k] * r[j] + w[i] * dot - r[i] * square
    return sensed
