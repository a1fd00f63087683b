"""Probability that a runner passing an obstacle touches it, updated by a scout's silence.

Between the offset an obstacle has on the map and a touch stand two errors of different kinds:
it really stands elsewhere (the same on every walk), and the runner deviates from the middle of
the way (differently on every walk). So the chances are averaged over where it may stand,
and for each such place worked out for the scout and for the runner apart.

Source: Bayes; crossings of a level by a wandering line after Rice 1945.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import lru_cache

_NODES = tuple(step / 2.0 for step in range(-6, 7))  # in sigmas of the map's error
_BELL = tuple(math.exp(-0.5 * node * node) for node in _NODES)
_ANYWHERE_M = tuple(step * 0.4 for step in range(-13, 14))  # a mark says no offset at all
_TRY_M = 9.0  # of a line passed alongside; a line that wanders over 8 s crosses a level again
_GRID = 20.0  # offsets are worked out on a grid of 5 cm

_SQRT_HALF = math.sqrt(0.5)


@dataclass(frozen=True, slots=True)
class Widths:
    """What counts as touched, as come near, as marked; and how a runner deviates."""

    touch_m: float
    near_m: float
    marked_m: float
    """[m] A scout presses for what comes this near."""
    wander_m: float
    """[m] Sigma of a line around the middle of the way, of runner and scout alike."""
    map_sigma_m: float
    """[m] Sigma of where an obstacle stands across the way."""


@dataclass(frozen=True, slots=True)
class ContactChances:
    """Of one obstacle on one piece of way, before and after a scouting."""

    touch: float
    near: float
    noticed: float
    """[-] That a scout comes near enough to press."""
    touch_if_marked: float
    near_if_marked: float
    touch_if_not: float
    near_if_not: float

    def after(self, caused: float) -> tuple[float, float]:
        """Return touch and near when one of the scout's marks was for it with this chance."""
        rest = 1.0 - caused
        return (
            caused * self.touch_if_marked + rest * self.touch_if_not,
            caused * self.near_if_marked + rest * self.near_if_not,
        )

    def joined(self, other: ContactChances) -> ContactChances:
        """Return the chances of an obstacle with a part on either side of the way."""
        return ContactChances(
            *(min(1.0, a + b) for a, b in zip(astuple(self), astuple(other), strict=True))
        )


def chances(
    low_m: float,
    high_m: float,
    radius_m: float,
    length_m: float,
    widths: Widths,
    pressed: float,
    passes: int = 1,
) -> ContactChances:
    """Return the chances of a hazard whose offsets from the mapped way span low..high.

    Args:
        low_m: Rightmost offset, left positive.
        high_m: Leftmost offset.
        radius_m: Half the size of the obstacle.
        length_m: How far it goes on along the way.
        widths: Of runner and scout.
        pressed: Chance that a scout who comes near enough does press.
        passes: Scouting walks along it: without a mark on any, it is less likely in the way.
    """
    return _of_offsets(
        round(low_m * _GRID),
        round(high_m * _GRID),
        round(radius_m * _GRID),
        round(length_m / _TRY_M * 4.0) / 4.0,
        widths,
        pressed,
        passes,
    )


@lru_cache(maxsize=64)
def of_mark(radius_m: float, widths: Widths) -> ContactChances:
    """Return the chances of something marked of which no map knows the offset."""
    even = (1.0,) * len(_ANYWHERE_M)
    span = (0.0, 0.0, radius_m, 1.0)
    return _averaged(_ANYWHERE_M, even, span, widths, pressed=1.0, passes=1)


@lru_cache(maxsize=8192)
def _of_offsets(
    low: int,
    high: int,
    radius: int,
    more: float,
    widths: Widths,
    pressed: float,
    passes: int,
) -> ContactChances:
    shifts = tuple(node * widths.map_sigma_m for node in _NODES)
    span = (low / _GRID, high / _GRID, radius / _GRID, 1.0 + more)
    return _averaged(shifts, _BELL, span, widths, pressed=pressed, passes=passes)


def _averaged(
    shifts_m: Sequence[float],
    weights: Sequence[float],
    span: tuple[float, float, float, float],
    widths: Widths,
    *,
    pressed: float,
    passes: int,
) -> ContactChances:
    low, high, radius, tries = span
    sums = [0.0] * 9
    for shift, weight in zip(shifts_m, weights, strict=True):
        left, right = high + shift, low + shift
        touch = _reached(right, left, widths.touch_m + radius, widths.wander_m, tries)
        near = _reached(right, left, widths.near_m + radius, widths.wander_m, tries)
        marked = _reached(right, left, widths.marked_m + radius, widths.wander_m, tries)
        silence = (1.0 - pressed * marked) ** passes
        values = (1.0, touch, near, marked, touch * marked, near * marked)
        for at, value in enumerate((*values, silence, touch * silence, near * silence)):
            sums[at] += weight * value
    whole, touch, near, marked, both, near_both, silent, touch_silent, near_silent = sums
    silent = max(1e-9, silent)
    seen = max(1e-9, marked)
    return ContactChances(
        touch=touch / whole,
        near=near / whole,
        noticed=marked / whole,
        touch_if_marked=both / seen,
        near_if_marked=near_both / seen,
        touch_if_not=touch_silent / silent,
        near_if_not=near_silent / silent,
    )


def _reached(low: float, high: float, reach: float, sigma: float, tries: float) -> float:
    """Return the chance that a line 0 +- sigma comes within reach of low..high."""
    once = 0.5 * (
        math.erfc((low - reach) / sigma * _SQRT_HALF)
        - math.erfc((high + reach) / sigma * _SQRT_HALF)
    )
    return once if tries <= 1.0 else 1.0 - (1.0 - min(1.0, once)) ** tries
