"""The Bayesian filter over what the runner does: still, forward, backward, other."""

from __future__ import annotations

import math

import numpy as np

from backrun_pi.messages import FloatArray

STILL, FORWARD, BACKWARD, OTHER = range(4)
OFFSETS = 72
"""[-] Bins of the yaw offset between the attitude's zero and true north, 5 degrees each."""
FLOOR = 0.01
"""[-] No state is ever less likely: what the model cannot know (a person unlike others)."""
DOPPLER_POWER = 0.5
"""[-] Power of one epoch's likelihood: epochs of a receiver share their errors."""


class DirectionFilter:
    """Probability of each state, jointly with the yaw offset once GNSS courses arrive.

    Steps: 1. states change at given rates, the offset diffuses. 2. the evidence of one
    decision multiplies each state. 3. a Doppler velocity multiplies each state and offset.
    """

    def __init__(self) -> None:
        prior = np.array([0.70, 0.20, 0.05, 0.05])
        self._p = np.repeat(prior[:, None] / OFFSETS, OFFSETS, axis=1)
        self._offsets = (np.arange(OFFSETS) + 0.5) * (2.0 * math.pi / OFFSETS)
        self._mixing = 0.0

    def states(self) -> FloatArray:
        """Return the probabilities of the four states, shape (4,)."""
        return np.asarray(self._p.sum(axis=1))

    def change(self, transition: FloatArray, drift_rad: float) -> None:
        """Let the states change and the offset diffuse.

        Args:
            transition: shape (4, 4), rows sum to 1: from state to state.
            drift_rad: [rad] 1 sigma of the change of the offset.
        """
        p = transition.T @ self._p
        self._mixing += drift_rad * drift_rad
        spread = self._mixing / (2.0 * math.pi / OFFSETS) ** 2
        if spread > 0.02:  # worth mixing neighbours
            share = min(0.5, spread)
            p = (1.0 - share) * p + 0.5 * share * (np.roll(p, 1, 1) + np.roll(p, -1, 1))
            self._mixing = 0.0
        self._p = p

    def weigh(self, likelihood: FloatArray) -> None:
        """Multiply by the likelihood of each state, shape (4,)."""
        p = self._p * likelihood[:, None]
        self._p = p / p.sum()
        self._floor()

    def velocity(self, speed_mps: float, course_rad: float | None, yaw_rad: float) -> None:
        """Weigh a Doppler velocity.

        Args:
            speed_mps: [m/s] over ground.
            course_rad: [rad] clockwise from north, None when not sent.
            yaw_rad: [rad] yaw of the chest when the velocity was true, left positive.
        """
        still = math.exp(-0.5 * (speed_mps / 0.3) ** 2) + 0.02
        move = 1.0 - math.exp(-0.5 * (speed_mps / 0.45) ** 2) + 0.05
        weight = np.full((4, OFFSETS), move)
        weight[STILL] = still
        if course_rad is not None:
            spread = math.hypot(math.atan2(0.2, speed_mps), math.radians(22.0))
            kappa = 1.0 / (spread * spread)
            flat = 0.12 / (2.0 * math.pi)
            # facing (clockwise) = offset - yaw (left positive)
            c = np.cos(course_rad + yaw_rad - self._offsets)
            peak = math.sqrt(kappa / (2.0 * math.pi))
            weight[FORWARD] = move * (np.exp(kappa * (c - 1.0)) * peak + flat)
            weight[BACKWARD] = move * (np.exp(kappa * (-c - 1.0)) * peak + flat)
            weight[STILL] /= 2.0 * math.pi
            weight[OTHER] /= 2.0 * math.pi
        p = self._p * weight**DOPPLER_POWER
        self._p = p / p.sum()
        self._floor()

    def offset(self) -> tuple[float, float]:
        """Return (mean offset [rad], length of the mean vector 0..1)."""
        p = self._p.sum(axis=0)
        s = float((p * np.sin(self._offsets)).sum())
        c = float((p * np.cos(self._offsets)).sum())
        return math.atan2(s, c), math.hypot(s, c)

    def forget_offset(self) -> None:
        """Forget the yaw offset (after a hole in the samples)."""
        self._p[:] = self._p.sum(axis=1, keepdims=True) / OFFSETS

    def _floor(self) -> None:
        states = self._p.sum(axis=1)
        low = states < FLOOR
        if low.any():
            self._p[low] += (FLOOR - states[low, None]) / OFFSETS
            self._p /= self._p.sum()
