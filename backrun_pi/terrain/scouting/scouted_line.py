"""The parts of scouting walks that no mapped way explains: there the scouted line is the way.

Steps: 1. cut the walked points into walks. 2. Smooth each over three points: a receiver's fast
noise is not a bend. 3. Find the points beside a mapped way, a line that was added before, or an
earlier part of the same walk. 4. What is left, with a point of overlap on either side, is added
to the graph; a few explained points in between (a way that is crossed) do not cut it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from backrun_pi.terrain.matching.way_graph import Net
from backrun_pi.terrain.scouting.marks import ONE_WALK_M, Notes

_BESIDE_M = 6.0  # a way this near explains a point: the receiver's error, after matching
_CROSSED_POINTS = 4  # 20 m: a way beside so few points was crossed, not followed
_EARLIER_POINTS = 4  # 20 m back along the walk and yet beside: it was walked before
_LEAST_POINTS = 4

Line = list[tuple[float, float]]
"""[m] East and north of the points of a line."""


def walks_of(net: Net, notes: Notes) -> list[Line]:
    """Return the scouting walks, oldest first, in the metres of a graph."""
    walks: list[Line] = []
    for point in notes.walked:
        place = net.metres(point.lat_deg, point.lon_deg)
        if not walks or point.is_first or math.dist(walks[-1][-1], place) > ONE_WALK_M:
            walks.append([])
        walks[-1].append(place)
    return walks


def add_scouted_lines(net: Net, notes: Notes) -> None:
    """Add what no mapped way explains to the graph."""
    for walk in walks_of(net, notes):
        for part in _unexplained(net, _smoothed(walk)):
            net.add_line(part)


def _smoothed(line: Line) -> Line:
    inner = [
        ((a[0] + b[0] + c[0]) / 3.0, (a[1] + b[1] + c[1]) / 3.0)
        for a, b, c in zip(line, line[1:], line[2:], strict=False)
    ]
    return [line[0], *inner, line[-1]] if len(line) > 2 else line


def _unexplained(net: Net, line: Line) -> Iterator[Line]:
    explained = [bool(net.near(*place, _BESIDE_M)) for place in line]
    seen: dict[tuple[int, int], list[int]] = {}
    for at, place in enumerate(line):
        cells = _cells(place)
        explained[at] |= any(
            at - other >= _EARLIER_POINTS and math.dist(line[other], place) <= _BESIDE_M
            for cell in cells
            for other in seen.get(cell, ())
        )
        seen.setdefault(cells[4], []).append(at)
    _bridge(explained)
    first: int | None = None
    for at, is_explained in enumerate([*explained, True]):
        if not is_explained and first is None:
            first = at
        elif is_explained and first is not None:
            part = line[max(0, first - 1) : at + 1]
            if at - first >= _LEAST_POINTS:
                yield part
            first = None


def _cells(place: tuple[float, float]) -> Sequence[tuple[int, int]]:
    """Return the cell of a point and those around it; its own is the fifth."""
    column, row = round(place[0] / _BESIDE_M), round(place[1] / _BESIDE_M)
    return [(column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


def _bridge(explained: list[bool]) -> None:
    """Count a few explained points between others as not explained."""
    at = 0
    while at < len(explained):
        end = at
        while end < len(explained) and explained[end]:
            end += 1
        is_inside = at > 0 and end < len(explained)
        if is_inside and end - at < _CROSSED_POINTS:
            explained[at:end] = [False] * (end - at)
        at = max(end, at + 1)
