"""How far the runner deviates from the middle of the way, learned from how the course swings.

The place across the way cannot be seen: the receiver's error is larger and as slow. But
a runner who wanders from side to side turns to and fro, which the Doppler course shows. A turn
of the way itself is left out.

Steps: 1. speed across the way, twice, about 1 s apart, on a straight piece. 2. The square of
the difference, less what the receiver's course adds, is on average the wander's variance
times a known factor. 3. The average begins with the usual wander and forgets slowly. 4. Once
it is clearly that of a wide path, the usual wander is left out of it.

Source: structure function of an Ornstein-Uhlenbeck line (8 s), smoothed over a step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from backrun_pi.geo import wrap_pi
from backrun_pi.terrain.matching.matcher import Hypothesis
from backrun_pi.terrain.matching.way_graph import Net
from backrun_pi.terrain.settings import TerrainSettings

_LAG_S = 1.15  # between the two speeds: long enough to see a swing, short of its period
_LAG_MOST_S = 2.0
_CALM_S = 2.0  # after a turn of the way; the place along it is known to a few metres
_CALM_M = 6.0  # before one
_STRAIGHT_RAD = 0.03
_SURE = 0.7  # weight of the hypothesis whose way the course is held against
_SWING_PER_S = 0.28  # speed across, as a share of the wander: sqrt(1 / (8 s x 0.8 s x ...))
_SWING_S = 1.2  # over which that speed stays the same
_COURSE_S = 3.0  # over which a receiver's course error stays the same
_LARGEST_MPS = 0.6  # a greater change of speed across is a turn, not a wander
_FORGET_S = 150.0
_TRUST = 2.0  # weight of the usual wander: about 40 s of running on straight pieces
_CHANGE = 1.2  # a smaller change of the estimate is not passed on
_LEAST_M = 0.8  # below this, bends and the receiver look like a wander
_MOST_M = 1.6
_WIDE_M = 1.0  # one narrow run in twenty is read as more than 0.8, hardly one as more than this


@dataclass(slots=True)
class _Before:
    t_ns: int
    across_mps: float
    unit: tuple[float, float]


class LateralWander:
    """Estimates the sigma of the runner's line around the middle of the way."""

    def __init__(self, settings: TerrainSettings) -> None:
        self._settings = settings
        self._weight = _TRUST
        self._sum = _TRUST * settings.wander_m**2
        self._before: _Before | None = None
        self._calm_ns = 0
        self.wander_m = settings.wander_m

    @property
    def is_wide(self) -> bool:
        """Say whether the deviation is that of a wide path."""
        return self.wander_m > _WIDE_M

    def see(
        self,
        t_ns: int,
        net: Net,
        hypothesis: Hypothesis | None,
        speed_mps: float,
        course: float,
    ) -> bool:
        """Take in a course; return whether the estimate changed enough to matter."""
        before, self._before = self._before, None
        if hypothesis is None or hypothesis.weight < _SURE:
            return False
        unit = hypothesis.walk.unit()
        if before is not None and _turn(before.unit, unit) > _STRAIGHT_RAD:
            self._calm_ns = t_ns + round(_CALM_S * 1e9)
        if t_ns < self._calm_ns or _is_before_turn(net, hypothesis):
            return False
        across = speed_mps * math.sin(wrap_pi(course - math.atan2(*unit)))
        now = _Before(t_ns, across, unit)
        lag_s = 0.0 if before is None else (t_ns - before.t_ns) * 1e-9
        if before is None or lag_s > _LAG_MOST_S:
            self._before = now
            return False
        if lag_s < _LAG_S:
            self._before = before
            return False
        self._before = now
        self._weigh(across - before.across_mps, lag_s, speed_mps)
        return self._pass_on()

    def _weigh(self, change_mps: float, lag_s: float, speed_mps: float) -> None:
        noise_mps = self._settings.course_sigma_rad * speed_mps
        noise = 2.0 * noise_mps**2 * (1.0 - math.exp(-lag_s / _COURSE_S))
        swing = 2.0 * _SWING_PER_S**2 * (1.0 - math.exp(-0.5 * (lag_s / _SWING_S) ** 2))
        keep = math.exp(-lag_s / _FORGET_S)
        rest = (1.0 - keep) * _TRUST  # what is forgotten goes back to the usual wander
        self._sum = keep * self._sum + rest * self._settings.wander_m**2
        self._weight = keep * self._weight + rest
        self._sum += min(_LARGEST_MPS, abs(change_mps)) ** 2 - noise
        self._weight += swing

    def _pass_on(self) -> bool:
        found = math.sqrt(max(0.0, self._sum / self._weight))
        found = self._on_wide(found) if found > _LEAST_M else self._settings.wander_m
        if max(found, self.wander_m) < _CHANGE * min(found, self.wander_m):
            return False
        self.wander_m = found
        return True

    def _on_wide(self, found_m: float) -> float:
        """Leave the usual wander out: of a wide path it says nothing, and pulls down."""
        seen = self._sum - _TRUST * self._settings.wander_m**2
        alone = math.sqrt(max(0.0, seen) / (self._weight - _TRUST))
        return min(_MOST_M, max(found_m, alone))


def _turn(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] * other[1] - one[1] * other[0])


def _is_before_turn(net: Net, hypothesis: Hypothesis) -> bool:
    if hypothesis.walk.edge.length_m - hypothesis.s_m > _CALM_M:
        return False
    onward = net.onward(hypothesis.walk)
    if not onward:
        return True
    likely = max(onward, key=lambda option: option[1])[0]
    return _turn(hypothesis.walk.unit(), likely.unit()) > _STRAIGHT_RAD
