"""What a scouting walk left behind: marks, the walked line, the ground it felt.

Kept as JSON lines in a file of its own, never in the map: `mark`, `unmark`, `walk`, `felt`.
Several scoutings are one after the other in the file; all count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from backrun_pi.errors import RouteError
from backrun_pi.terrain.net import Edge, Net
from backrun_pi.terrain.settings import TerrainSettings


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """A press at an obstacle."""

    id: str
    """Stable name, for nudging and deleting."""
    lat_deg: float
    """[deg]"""
    lon_deg: float
    """[deg]"""
    sigma_m: float
    """[m] One-axis sigma of the place."""


class Unmark(msgspec.Struct, frozen=True, tag="unmark"):
    """A mark was taken back."""

    id: str
    """Of the mark."""


class Walked(msgspec.Struct, frozen=True, tag="walk"):
    """A point of the walked line, and the ground felt around it."""

    lat_deg: float
    """[deg]"""
    lon_deg: float
    """[deg]"""
    felt_mps2: float | None = None
    """[m/s2] Roughness felt by the IMU over the last 10 m; None when not felt."""


Line = Mark | Unmark | Walked

_BESIDE_M = 8.0  # a mark further from a way was not set on it
_WALKED_M = 6.0  # a way this near to the walked line was walked


def read_marks(data: bytes, where: str) -> tuple[list[Mark], list[Walked]]:
    """Read a marks file.

    Raises:
        RouteError: A line is not one of ours; says which. A torn last line is left out.
    """
    marks: dict[str, Mark] = {}
    walked = []
    lines = data.split(b"\n")
    decoder = msgspec.json.Decoder(Line)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = decoder.decode(line)
        except msgspec.DecodeError as fault:
            if number == len(lines):  # no newline after it: cut while it was written
                break
            raise RouteError(f"{where}: line {number}: {fault}") from fault
        if isinstance(entry, Mark):
            marks[entry.id] = entry
        elif isinstance(entry, Unmark):
            marks.pop(entry.id, None)
        else:
            walked.append(entry)
    return list(marks.values()), walked


def encode(entry: Line) -> bytes:
    """Return the line that `read_marks` reads."""
    return msgspec.json.encode(entry) + b"\n"


@dataclass(slots=True)
class Scouted:
    """Marks and the walked line, in the metres of a net."""

    net: Net
    settings: TerrainSettings
    marks: Sequence[Mark]
    walked: Sequence[Walked] = ()
    is_everywhere: bool = False
    """The marks belong to a walk on the very same way: all of it counts as scouted."""
    _places: list[tuple[float, float]] = field(default_factory=list)
    _line: set[tuple[int, int]] = field(default_factory=set)
    _weights: dict[int, list[Edge]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Place everything."""
        self._places = [self.net.metres(mark.lat_deg, mark.lon_deg) for mark in self.marks]
        for point in self.walked:
            x, y = self.net.metres(point.lat_deg, point.lon_deg)
            self._line.add((round(x / _WALKED_M), round(y / _WALKED_M)))

    def covers(self, edge: Edge) -> bool:
        """Say whether a scouting walk went along a piece of way."""
        if self.is_everywhere:
            return True
        x = edge.ax + edge.ux * edge.length_m / 2
        y = edge.ay + edge.uy * edge.length_m / 2
        column, row = round(x / _WALKED_M), round(y / _WALKED_M)
        return any(
            (column + dx, row + dy) in self._line for dx in (-1, 0, 1) for dy in (-1, 0, 1)
        )

    def marks_along(self, edge: Edge) -> list[tuple[int, float, float, float]]:
        """Return (place in marks, s, l, weight) of the marks that may have been set here.

        The weight is the chance that the mark was set on this way and not on another that
        lies as near.
        """
        found = []
        for at, (x, y) in enumerate(self._places):
            dx, dy = x - edge.ax, y - edge.ay
            s, left = dx * edge.ux + dy * edge.uy, dy * edge.ux - dx * edge.uy
            if abs(left) < _BESIDE_M and -_BESIDE_M < s < edge.length_m + _BESIDE_M:
                weight = self._chance(at, edge, left)
                if weight > self.settings.keep_p:
                    found.append((at, s, left, weight))
        return found

    def _chance(self, at: int, edge: Edge, left: float) -> float:
        x, y = self._places[at]
        sigma = max(self.marks[at].sigma_m, 1.0)
        likelihood = math.exp(-0.5 * (left / sigma) ** 2) * edge.weight
        total = likelihood
        for away, s, other in self.net.near(x, y, _BESIDE_M):
            is_inside = 0.0 < s < other.length_m
            bends = abs(edge.ux * other.ux + edge.uy * other.uy) < _SAME_LINE
            if other is not edge and is_inside and (bends or other.way != edge.way):
                total += math.exp(-0.5 * (away / sigma) ** 2) * other.weight
        return likelihood / total if total > 0.0 else 0.0


_SAME_LINE = 0.9  # cosine: two pieces of one way that run on
