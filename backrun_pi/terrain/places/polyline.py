"""A line of places in metres: the noise of a recording taken out, and points every 5 m."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

from backrun_pi.geo import segment_distance_m

Polyline = list[tuple[float, float]]
"""[m] East and north of a net's origin, in the order of the route."""

STEP_M = 5.0
_STILL_M = 5.0  # recorded points nearer than this to the last one kept say nothing new
_DENSE_M = 9.0  # further apart, points are not a second of walking
_NOISE_M = 3.0  # a recorded line strays so far from the one that was walked


class LinePoint(NamedTuple):
    """A point on a line."""

    along_m: float
    x: float
    y: float
    course_rad: float


def smoothed(line: Sequence[tuple[float, float]]) -> Polyline:
    """Return the line that was walked, from one that a receiver recorded.

    Steps: 1. leave out points within 5 m of the last one kept: at walking pace a second's
    noise is as long as a second's way. 2. Each point of a dense line takes the mean of itself
    and its neighbours. 3. Corners within 3 m of a straight line are noise (Douglas and
    Peucker 1973).
    """
    kept = [line[0]]
    for place in line[1:-1]:
        if math.dist(place, kept[-1]) >= _STILL_M:
            kept.append(place)
    if line[-1] != kept[-1]:
        kept.append(line[-1])
    if len(kept) < 3:
        return kept
    mean = [_mean(*three) for three in zip(kept, kept[1:], kept[2:], strict=False)]
    return _straightened([kept[0], *mean, kept[-1]])


def _mean(
    before: tuple[float, float], here: tuple[float, float], after: tuple[float, float]
) -> tuple[float, float]:
    """Return the mean of three points; of a sparse line the point itself, a corner is meant."""
    if max(math.dist(before, here), math.dist(here, after)) > _DENSE_M:
        return here
    return (before[0] + here[0] + after[0]) / 3.0, (before[1] + here[1] + after[1]) / 3.0


def _straightened(line: Polyline) -> Polyline:
    keep = {0, len(line) - 1}
    open_parts = [(0, len(line) - 1)]
    while open_parts:
        first, last = open_parts.pop()
        if last - first < 2:
            continue
        far_m, at = max(
            (segment_distance_m(*line[at], *line[first], *line[last])[0], at)
            for at in range(first + 1, last)
        )
        if far_m > _NOISE_M:
            keep.add(at)
            open_parts += [(first, at), (at, last)]
    return [line[at] for at in sorted(keep)]


def resampled(line: Sequence[tuple[float, float]]) -> list[LinePoint]:
    """Return a point about every 5 m, the last place among them."""
    points: list[LinePoint] = []
    along = 0.0
    for (ax, ay), (bx, by) in itertools.pairwise(line):
        length = math.hypot(bx - ax, by - ay)
        parts = max(1, round(length / STEP_M))
        course = math.atan2(bx - ax, by - ay)
        for part in range(parts if length > 0.0 else 0):
            share = part / parts
            x, y = ax + (bx - ax) * share, ay + (by - ay) * share
            points.append(LinePoint(along + length * share, x, y, course))
        along += length
    if not points:
        points = [LinePoint(0.0, *line[0], 0.0)]
    return [*points, LinePoint(along, *line[-1], points[-1].course_rad)]
