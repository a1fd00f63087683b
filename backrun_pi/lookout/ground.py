"""The ground behind, as the ray meets it: learned, because the aim is never quite the one set.

A slope, a trunk that leans and an attitude that is a degree off all tilt the ground in the same
way. Its tilt is a running low quantile of the lowest hits: each moves it by one small step.
"""

from __future__ import annotations

_UP_P, _DOWN_P = 0.0003, 0.0006  # 2 to 5 % a second; a dog's legs must not lift the ground
_MOST_P = 0.12
_NEAR_M = 2.5  # nearer, the ground is met by a ray that looks far too low only
_KNOWN_HITS = 30.0
_FORGET_P = 0.99  # with each hit of something else
_LOW_P = 0.09  # what rises more above the ground so far is an obstacle


class Ground:
    """Height of the ground over distance."""

    def __init__(self) -> None:
        self._grade_p = 0.0
        self._hits = 0.0

    @property
    def is_known(self) -> bool:
        """Return whether enough hits of late were of the ground."""
        return self._hits >= _KNOWN_HITS

    def above_m(self, z_m: float, away_m: float) -> float:
        """Return the height of a hit above the ground under it, and learn from it."""
        above_m = z_m - self._grade_p * away_m
        if away_m > _NEAR_M and above_m < _LOW_P * away_m:
            self._hits = min(2.0 * _KNOWN_HITS, self._hits + 1.0)
            step = _UP_P if above_m > 0.0 else -_DOWN_P
            self._grade_p = max(-_MOST_P, min(_MOST_P, self._grade_p + step))
        else:
            self._hits *= _FORGET_P
        return above_m
