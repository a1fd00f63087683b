"""Whether the runner drifts to one side of the way, as far as a receiver shows it.

The receiver's error across the way is larger than the runner's deviation and almost as slow, so
most of a shift of the fixes is taken for error. The Doppler course shows a drift better: its
error at running speed is a fifth of a metre per second. Both are weighed.

Steps: 1. carry the deviation on by the speed across the way, or let it decay when no course is
known. 2. Let the receiver's error decay to its own variance. 3. Weigh in the fix: deviation and
error together. 4. A turn of the way begins again, because the error across is another one then.

Source: Kalman 1960; the receiver's error is a Gauss-Markov process, as in `matcher.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from backrun_pi.geo import wrap_pi
from backrun_pi.terrain.matching.matcher import Hypothesis
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.units import NS_PER_S

_SURE = 0.7  # weight of the hypothesis from which the side of the way means anything
_STRAIGHT_RAD = 0.1
_GAP_S = 2.0
_WANDER_S = 8.0  # over which a runner's deviation changes
_RETURN_S = 20.0  # over which a deviation that a course does not deny decays
_COURSE_S = 3.0  # over which a receiver's course error stays the same
_FIX_SIGMA_M = 0.3  # white part of a fix
_LOOK_S = 2.0  # the drift is carried on for so long


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the runner will be across the way in two seconds."""

    left_m: float
    """[m] To the left of the middle of the way."""
    sigma_m: float
    """[m] 1 sigma of it."""


@dataclass(slots=True)
class _Filter:
    """Deviation to the left and the receiver's error to the left, with their covariance."""

    t_ns: int
    unit: tuple[float, float]
    left_m: float
    error_m: float
    p_ll: float
    p_le: float
    p_ee: float


class LateralPosition:
    """Follows the deviation from the middle of the way."""

    def __init__(self, settings: TerrainSettings) -> None:
        self._settings = settings
        self._state: _Filter | None = None
        self._speed_mps: float | None = None
        self._noise_mps = 0.0

    def see(
        self,
        t_ns: int,
        hypothesis: Hypothesis | None,
        place_m: tuple[float, float],
        sigma_m: float,
        velocity: tuple[float, float | None],
    ) -> None:
        """Take in a fix.

        Args:
            t_ns: [ns] Of the fix.
            hypothesis: The likeliest place on the ways.
            place_m: [m] East and north, as the receiver has it.
            sigma_m: [m] Of the fix, one axis.
            velocity: Speed [m/s] and course [rad], None where it means nothing.
        """
        if hypothesis is None or hypothesis.weight < _SURE:
            self._state = None
            return
        sigma = max(self._settings.gnss_sigma_floor_m, sigma_m)
        ux, uy = hypothesis.walk.unit()
        x, y = hypothesis.walk.place(hypothesis.s_m)
        across = (place_m[1] - y) * ux - (place_m[0] - x) * uy
        self._take_velocity((ux, uy), *velocity)
        state = self._state
        if state is None or not self._goes_on(state, t_ns, (ux, uy)):
            wander2 = self._settings.wander_m**2
            self._state = _Filter(
                t_ns=t_ns,
                unit=(ux, uy),
                left_m=0.0,
                error_m=across,
                p_ll=wander2,
                p_le=-wander2,
                p_ee=wander2 + _FIX_SIGMA_M**2,
            )
            return
        self._predict(state, (t_ns - state.t_ns) / NS_PER_S, sigma)
        state.t_ns, state.unit = t_ns, (ux, uy)
        _weigh(state, across)

    def drift(self) -> Drift | None:
        """Return where the runner will be across the way soon, None while it is not known."""
        if self._state is None or self._speed_mps is None:
            return None
        variance = self._state.p_ll + (_LOOK_S * self._noise_mps) ** 2
        return Drift(
            self._state.left_m + _LOOK_S * self._speed_mps, math.sqrt(max(0.0, variance))
        )

    def _take_velocity(
        self, unit: tuple[float, float], speed_mps: float, course: float | None
    ) -> None:
        if course is None:
            self._speed_mps, self._noise_mps = None, 0.0
            return
        to_the_left = wrap_pi(math.atan2(*unit) - course)
        self._speed_mps = speed_mps * math.sin(to_the_left)
        self._noise_mps = speed_mps * self._settings.course_sigma_rad

    def _goes_on(self, state: _Filter, t_ns: int, unit: tuple[float, float]) -> bool:
        turn = abs(state.unit[0] * unit[1] - state.unit[1] * unit[0])
        is_same = turn < _STRAIGHT_RAD and state.unit[0] * unit[0] + state.unit[1] * unit[1] > 0
        return is_same and 0 <= t_ns - state.t_ns <= _GAP_S * NS_PER_S

    def _predict(self, state: _Filter, dt: float, sigma: float) -> None:
        wander2 = self._settings.wander_m**2
        if self._speed_mps is None:
            keep = math.exp(-dt / _WANDER_S)
            state.left_m *= keep
            grown = (1.0 - keep * keep) * wander2
        else:
            keep = math.exp(-dt / _RETURN_S)
            state.left_m = keep * state.left_m + self._speed_mps * dt
            grown = 2.0 * _COURSE_S * self._noise_mps**2 * dt
        hold = math.exp(-dt / self._settings.gnss_tau_s)
        state.error_m *= hold
        state.p_ll = keep * keep * state.p_ll + grown
        state.p_le *= keep * hold
        state.p_ee = hold * hold * state.p_ee + (1.0 - hold * hold) * sigma * sigma


def _weigh(state: _Filter, across: float) -> None:
    variance = state.p_ll + 2.0 * state.p_le + state.p_ee + _FIX_SIGMA_M**2
    miss = across - state.left_m - state.error_m
    gain_l = (state.p_ll + state.p_le) / variance
    gain_e = (state.p_le + state.p_ee) / variance
    state.left_m += gain_l * miss
    state.error_m += gain_e * miss
    seen_l, seen_e = state.p_ll + state.p_le, state.p_le + state.p_ee
    state.p_ll -= gain_l * seen_l
    state.p_le -= gain_l * seen_e
    state.p_ee -= gain_e * seen_e
