"""Positions for exports whose line is as long as the way that was covered.

A receiver's noise makes the line of a slow walk 10 % and more too long. The line is smoothed
just as much as the distance demands, which comes from steps and speeds and not from positions.

Steps:
    1. Runs of points without a hole are taken one by one.
    2. Running means of growing width are tried until the line is no longer than the way.
    3. The last two widths are blended, so that the length fits.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

from backrun_pi.geo import LocalFrame
from backrun_pi.review.model import SessionReview, TrackPoint

LONGEST_HOLE_S = 10.0  # [s] without a position: the line on a map is broken there
LARGEST_HALF_WIDTH = 30  # [points] half a minute to each side: more would cut corners off
BLENDS = 6  # [-] halvings of the blend: the length fits to a hundredth of the last step
Xy = list[tuple[float, float]]


def steady(review: SessionReview) -> SessionReview:
    """Return the review with smoothed positions; everything else stays."""
    points = list(review.track)
    for first, end in _runs(points):
        points[first:end] = _fitted(points[first:end])
    return replace(review, track=tuple(points))


def _runs(points: Sequence[TrackPoint]) -> list[tuple[int, int]]:
    """Return (first, end) of the runs of points with positions."""
    runs: list[tuple[int, int]] = []
    before_s: float | None = None
    for index, point in enumerate(points):
        if point.lat_deg is None or point.lon_deg is None:
            continue
        if before_s is None or point.t_s - before_s > LONGEST_HOLE_S:
            runs.append((index, index + 1))
        else:
            runs[-1] = (runs[-1][0], index + 1)
        before_s = point.t_s
    return runs


def _fitted(points: Sequence[TrackPoint]) -> list[TrackPoint]:
    known = [p for p in points if p.lat_deg is not None and p.lon_deg is not None]
    frame = LocalFrame(known[0].lat_deg or 0.0, known[0].lon_deg or 0.0)
    raw = [frame.to_m(p.lat_deg or 0.0, p.lon_deg or 0.0) for p in known]
    way_m = known[-1].distance_m - known[0].distance_m
    placed = iter(_as_long_as(raw, way_m))
    fitted = []
    for point in points:
        if point.lat_deg is None or point.lon_deg is None:
            fitted.append(point)
            continue
        lat_deg, lon_deg = frame.to_deg(*next(placed))
        fitted.append(replace(point, lat_deg=lat_deg, lon_deg=lon_deg))
    return fitted


def _as_long_as(raw: Xy, way_m: float) -> Xy:
    before, now, half = raw, raw, 0
    while _length_m(now) > way_m and half < LARGEST_HALF_WIDTH:
        half += 1 + half // 2
        before, now = now, _running_mean(raw, half)
    low, high = 0.0, 1.0  # share of the wider mean
    for _ in range(BLENDS):
        share = (low + high) / 2.0
        if _length_m(_blend(before, now, share)) > way_m:
            low = share
        else:
            high = share
    return _blend(before, now, high)


def _running_mean(points: Xy, half: int) -> Xy:
    """Return means over `half` points to each side, fewer near the ends, which stay."""
    sums = list(itertools.accumulate(points, lambda a, b: (a[0] + b[0], a[1] + b[1])))
    sums.insert(0, (0.0, 0.0))
    means = []
    for index in range(len(points)):
        reach = min(half, index, len(points) - 1 - index)
        (x0, y0), (x1, y1) = sums[index - reach], sums[index + reach + 1]
        count = 2 * reach + 1
        means.append(((x1 - x0) / count, (y1 - y0) / count))
    return means


def _blend(one: Xy, other: Xy, share: float) -> Xy:
    return [
        (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        for (x0, y0), (x1, y1) in zip(one, other, strict=True)
    ]


def _length_m(points: Xy) -> float:
    return sum(
        math.hypot(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in itertools.pairwise(points)
    )
