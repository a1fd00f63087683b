"""The Bayesian filter over what the runner does: still, forward, backward, other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from backrun_pi.messages import FloatArray

STILL, FORWARD, BACKWARD, OTHER = range(4)
OFFSETS = 72
"""[-] Bins of the yaw offset between the attitude's zero and true north, 5 degrees each."""
FLOOR = 0.01
"""[-] No state is ever less likely: what the model cannot know (a person unlike others)."""
LEAK = 1e-8
"""[-] Least probability of any state at any offset. The offset cannot jump, but it may have
been learned from gait that was misjudged: about 18 in log odds bring it back, which gait
that contradicts it tells in 8 to 15 s, and noise of the courses does not in a minute."""
GAIT_MOST = 4.0
"""[-] Most that gait may add to the log odds of one offset against the others. One kind of gait
in one person is misread in one case of twenty or so, and then for as long as it lasts."""
FORGET = 1.0 - 0.2 / 60.0
"""[-] What is kept of that sum from decision to decision: people change their gait in about a
minute, which makes the next minute's evidence new."""
DOPPLER_POWER = 0.5
"""[-] Power of one epoch's likelihood: epochs of a receiver share their errors."""
_STATES, _OFFSETS = np.ones(4), np.ones(OFFSETS)  # dot(): a sum() takes four times as long


class DirectionFilter:
    """Probability of each state, jointly with the yaw offset once GNSS courses arrive.

    Steps: 1. states change at given rates, the offset diffuses. 2. the evidence of one
    decision multiplies each state. 3. a Doppler velocity multiplies each state and offset.
    """

    def __init__(self) -> None:
        prior = np.array([0.70, 0.20, 0.05, 0.05])
        self._p = np.repeat(prior[:, None] / OFFSETS, OFFSETS, axis=1)
        self._offsets = (np.arange(OFFSETS) + 0.5) * (2.0 * math.pi / OFFSETS)
        self._sin, self._cos = np.sin(self._offsets), np.cos(self._offsets)
        self._mixing = 0.0
        self._offset_odds = np.zeros(OFFSETS)
        self._states: list[float] | None = prior.tolist()

    def states(self) -> list[float]:
        """Return the probabilities of the four states."""
        if self._states is None:
            self._states = self._p.dot(_OFFSETS).tolist()
        return self._states

    def change(self, transition: Sequence[Sequence[float]], drift_rad: float) -> None:
        """Let the states change and the offset diffuse.

        Args:
            transition: (4, 4), rows sum to 1: from state to state.
            drift_rad: [rad] 1 sigma of the change of the offset.
        """
        p = np.array(transition).T.dot(self._p)
        self._mixing += drift_rad * drift_rad
        spread = self._mixing / (2.0 * math.pi / OFFSETS) ** 2
        if spread > 0.02:  # worth mixing neighbours
            share = min(0.5, spread)
            p = (1.0 - share) * p + 0.5 * share * (np.roll(p, 1, 1) + np.roll(p, -1, 1))
            self._mixing = 0.0
        self._p, self._states = p, None

    def weigh(self, likelihood: Sequence[float]) -> None:
        """Multiply by the likelihood of each of the four states.

        What gait says about the offset is limited: the windows of one person in one kind of
        gait are wrong together, however long they keep it up.
        """
        likely = np.array(likelihood)
        before = _STATES.dot(self._p)
        after = likely.dot(self._p)
        gain = np.log(after / before)
        said = self._offset_odds * FORGET
        said += gain
        said -= before.dot(gain)
        self._offset_odds = np.maximum(np.minimum(said, GAIT_MOST), -GAIT_MOST)
        share = np.exp(self._offset_odds - said)
        share *= 1.0 / after.dot(share)
        p = self._p * share
        p *= likely[:, None]
        self._floor(p)

    def velocity(
        self,
        speed_mps: float,
        course_rad: float | None,
        yaw_rad: float,
        gained_mps: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """Weigh a Doppler velocity, carried from when it was true to now.

        Args:
            speed_mps: [m/s] over ground.
            course_rad: [rad] clockwise from north, None when not sent.
            yaw_rad: [rad] yaw of the chest now, left positive.
            gained_mps: [m/s] velocity gained since then, along the chest and to its left.
        """
        speed: FloatArray | float = speed_mps
        if course_rad is not None:
            # facing (clockwise) = offset - yaw (left positive)
            angle = course_rad + yaw_rad - self._offsets
            fore = speed_mps * np.cos(angle) + gained_mps[0]
            speed = np.hypot(fore, speed_mps * np.sin(angle) - gained_mps[1])
        still = np.exp(-0.5 * (speed / 0.3) ** 2) + 0.02
        move = 1.0 - np.exp(-0.5 * (speed / 0.45) ** 2) + 0.05
        weight = np.empty((4, OFFSETS))
        weight[:] = move
        weight[STILL] = still
        if course_rad is not None:
            kappa = 1.0 / (np.arctan2(0.2, speed) ** 2 + math.radians(22.0) ** 2)
            flat = 0.12 / (2.0 * math.pi)
            c = fore / (speed + 1e-3)
            peak = np.sqrt(kappa / (2.0 * math.pi))
            weight[FORWARD] = move * (np.exp(kappa * (c - 1.0)) * peak + flat)
            weight[BACKWARD] = move * (np.exp(kappa * (-c - 1.0)) * peak + flat)
            weight[STILL] /= 2.0 * math.pi
            weight[OTHER] /= 2.0 * math.pi
        p = self._p * weight**DOPPLER_POWER
        p *= 1.0 / _STATES.dot(p).dot(_OFFSETS)
        self._floor(p)

    def offset(self) -> tuple[float, float]:
        """Return (mean offset [rad], length of the mean vector 0..1)."""
        p = _STATES.dot(self._p)
        s, c = float(p.dot(self._sin)), float(p.dot(self._cos))
        return math.atan2(s, c), math.hypot(s, c)

    def forget_offset(self) -> None:
        """Forget the yaw offset (after a hole in the samples)."""
        self._p[:] = self._p.sum(axis=1, keepdims=True) / OFFSETS
        self._states = None

    def _floor(self, p: FloatArray) -> None:
        """Keep a least probability for every state at every offset, and for every offset.

        With a floor under the most probable offset only, the floor's share would fit no Doppler
        velocity there, and the opposite offset would win by that.
        """
        np.maximum(p, FLOOR * _STATES.dot(p), out=p)
        p += LEAK
        states = p.dot(_OFFSETS).tolist()
        total = sum(states)
        p *= 1.0 / total
        self._p, self._states = p, [state / total for state in states]
