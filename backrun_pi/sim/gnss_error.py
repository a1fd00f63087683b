"""How wrong a receiver is: slow wander, small noise, and its own estimate of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backrun_pi.messages import FloatArray

# 1 sigma per axis of the slow part [m]; 3 m CEP50 in the open is 2.5 m per axis, a body-worn
# antenna under trees two to three times that
QUALITY_M = {"ideal": 0.3, "open": 2.0, "trees": 4.5, "city": 8.0}
_SLOW_TAU_S = 60.0  # position errors keep half of themselves for tens of seconds
_WHITE_M = 0.12
_SPEED_MPS = 0.07  # Doppler: within 0.1 m/s for 90 % (Townshend 2008)
_SPEED_SLOW_MPS = 0.05
_SPEED_TAU_S = 10.0
_UERE_M = 2.5  # range error that HDOP 1.0 stands for here, per axis


@dataclass(slots=True)
class Error:
    """What to add to the truth, and what the receiver says of it."""

    east_m: float
    north_m: float
    east_mps: float
    north_mps: float
    sigma_m: float
    hdop: float
    satellites: int


class ErrorModel:
    """First-order Gauss-Markov errors in position and speed."""

    def __init__(self, quality: str, rng: np.random.Generator) -> None:
        self._sigma_m = QUALITY_M[quality]
        self._scale = self._sigma_m / QUALITY_M["open"]
        self._rng = rng
        self._slow: FloatArray = self._sigma_m * rng.standard_normal(2)
        self._drift: FloatArray = _SPEED_SLOW_MPS * rng.standard_normal(2)
        self._at_s: float | None = None

    def step(self, t_s: float, times: float) -> Error:
        """Return the error at a time; `times` multiplies the slow part (bad sky)."""
        dt_s = 0.0 if self._at_s is None else max(0.0, t_s - self._at_s)
        self._at_s = t_s
        keep, keep_speed = math.exp(-dt_s / _SLOW_TAU_S), math.exp(-dt_s / _SPEED_TAU_S)
        n = self._rng.standard_normal(9)
        self._slow = keep * self._slow + self._sigma_m * math.sqrt(1 - keep**2) * n[:2]
        fresh = math.sqrt(1 - keep_speed**2) * _SPEED_SLOW_MPS
        self._drift = keep_speed * self._drift + fresh * n[2:4]
        white = _WHITE_M * min(1.0, self._scale)
        speed = _SPEED_MPS * math.sqrt(max(0.1, self._scale * times))
        sigma_m = math.hypot(self._sigma_m * times, white)
        hdop = max(0.5, sigma_m / _UERE_M) * (1.0 + 0.02 * float(n[8]))
        return Error(
            east_m=float(times * self._slow[0] + white * n[4]),
            north_m=float(times * self._slow[1] + white * n[5]),
            east_mps=float(self._drift[0] * self._scale**0.5 + speed * n[6]),
            north_mps=float(self._drift[1] * self._scale**0.5 + speed * n[7]),
            sigma_m=sigma_m * (1.0 + 0.05 * float(n[8])),
            hdop=hdop,
            satellites=max(4, round(14 - 3 * math.log2(1 + hdop))),
        )
