"""Whether the runner has left the scouted line: announced once, until they are back on it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

from backrun_pi.geo import segment_distance_m
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.units import NS_PER_S

_CELL_M = 50.0  # a point looks at its own cell and those around it
_AROUND = tuple(itertools.product((0, -1, 1), (0, -1, 1)))
_GAP_S = 3.0  # without a position for longer, nothing is known of the time between

Point = tuple[float, float]


class LeftLine:
    """Follows the distance from the scouted line."""

    def __init__(self, walks: Iterable[Sequence[Point]], settings: TerrainSettings) -> None:
        """Take the scouting walks, in metres east and north."""
        self._settings = settings
        self._pieces: dict[tuple[int, int], list[tuple[Point, Point]]] = {}
        for walk in walks:
            for a, b in itertools.pairwise(walk):
                cell = _cell(((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0))
                self._pieces.setdefault(cell, []).append((a, b))
        self._nearest: tuple[Point, Point] | None = None
        self._seen_ns: int | None = None
        self._on_ns: int | None = None
        self._off_ns: int | None = None
        self._is_armed = False
        self.left_ns: int | None = None
        """[ns] When it was left; None while on it, and before it was followed."""

    def see(self, t_ns: int, place_m: Point, sigma_m: float, *, is_facing: bool) -> None:
        """Take in a position.

        Args:
            t_ns: [ns] Now.
            place_m: East and north.
            sigma_m: [m] Of the position, one axis.
            is_facing: The runner moves forward and sees where they go.
        """
        if not self._pieces:
            return
        if self._seen_ns is not None and t_ns - self._seen_ns > _GAP_S * NS_PER_S:
            self._on_ns = self._off_ns = None
        self._seen_ns = t_ns
        settings, away_m = self._settings, self._away_m(place_m, self._settings.left_line_m)
        if away_m <= settings.left_line_m:
            self._on_ns = t_ns if self._on_ns is None else self._on_ns
            self._is_armed |= t_ns - self._on_ns >= settings.on_line_s * NS_PER_S
            self._off_ns = self.left_ns = None
        elif away_m > settings.left_line_m + 2.0 * sigma_m:
            self._on_ns = None
            self._off_ns = t_ns if self._off_ns is None and not is_facing else self._off_ns
            self._off_ns = None if is_facing else self._off_ns
            if self._off_ns is not None and self._is_armed and self.left_ns is None:
                has_left = t_ns - self._off_ns >= settings.off_line_s * NS_PER_S
                self.left_ns = t_ns if has_left else None
        else:
            self._off_ns = None

    def _away_m(self, place_m: Point, near_m: float) -> float:
        """Return the distance to the nearest piece, or to the first one found that is near.

        Anything further than a cell is far.
        """
        if self._nearest is not None:  # on the line, the same piece or the next one is near
            a, b = self._nearest
            away_m = segment_distance_m(*place_m, *a, *b)[0]
            if away_m <= near_m:
                return away_m
        column, row = _cell(place_m)
        least_m, self._nearest = math.inf, None
        for dx, dy in _AROUND:
            for a, b in self._pieces.get((column + dx, row + dy), ()):
                away_m = segment_distance_m(*place_m, *a, *b)[0]
                if away_m < least_m:
                    least_m, self._nearest = away_m, (a, b)
                    if away_m <= near_m:
                        return away_m
        return least_m


def _cell(place_m: Point) -> tuple[int, int]:
    return round(place_m[0] / _CELL_M), round(place_m[1] / _CELL_M)
