"""What part of the earth a map holds: boxes, and the polygon an extract was cut with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Ring = tuple[tuple[float, float], ...]
"""[deg] (lat, lon) of the corners."""
Box = tuple[float, float, float, float]
"""[deg] south, west, north, east."""

DECLARED, ASKED, INFERRED = "declared", "asked", "inferred"
_M_PER_DEG = 111_000.0  # a margin needs no more
_INFERRED_M = 30.0  # how far a receiver may be off beside the outermost data


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where a map can warn. Outside of it nothing is known, and silence means nothing."""

    boxes: tuple[Box, ...]
    """One for each extract; two where one lies across the 180th meridian."""
    rings: tuple[Ring, ...] = ()
    """Borders of the cut, when they were given; a place must lie within one, too."""
    holes: tuple[Ring, ...] = ()
    source: str = DECLARED
    """Where the boxes come from: declared by the data, asked for, or inferred from them."""

    @property
    def box(self) -> Box | None:
        """Return the box around all boxes; None of an empty map."""
        if not self.boxes:
            return None
        south, west, north, east = zip(*self.boxes, strict=True)
        return min(south), min(west), max(north), max(east)

    def holds(self, lat_deg: float, lon_deg: float, margin_m: float) -> bool:
        """Say whether a position lies inside, and the edge no nearer than a margin."""
        slack_m = _INFERRED_M if self.source == INFERRED else 0.0
        inside = self._is_in(lat_deg, lon_deg, slack_m)
        if margin_m <= 0.0 or not inside:
            return inside
        return all(
            self._is_in(lat, lon, 0.0) for lat, lon in _around(lat_deg, lon_deg, margin_m)
        )

    def touches(self, lat_deg: float, lon_deg: float, reach_m: float) -> bool:
        """Say whether any of the map's boxes comes within reach of a position."""
        return self._is_in_box(lat_deg, lon_deg, reach_m)

    def _is_in(self, lat: float, lon: float, slack_m: float) -> bool:
        in_box = self._is_in_box(lat, lon, slack_m)
        if not in_box or not self.rings:
            return in_box
        in_ring = any(_is_within(ring, lat, lon) for ring in self.rings)
        return in_ring and not any(_is_within(hole, lat, lon) for hole in self.holes)

    def _is_in_box(self, lat: float, lon: float, slack_m: float) -> bool:
        dlat = slack_m / _M_PER_DEG
        dlon = dlat / max(0.01, math.cos(math.radians(lat)))
        return any(
            south - dlat <= lat <= north + dlat and west - dlon <= lon <= east + dlon
            for south, west, north, east in self.boxes
        )


def _around(lat: float, lon: float, margin_m: float) -> Iterator[tuple[float, float]]:
    dlat = margin_m / _M_PER_DEG
    dlon = dlat / max(0.01, math.cos(math.radians(lat)))
    for north in (-1.0, 0.0, 1.0):
        for east in (-1.0, 0.0, 1.0):
            yield lat + north * dlat, lon + east * dlon


def _is_within(ring: Sequence[tuple[float, float]], lat: float, lon: float) -> bool:
    """Say whether a place lies within a ring (crossing number)."""
    inside = False
    lat0, lon0 = ring[-1]
    for lat1, lon1 in ring:
        if (lat0 > lat) != (lat1 > lat):
            at = lon0 + (lat - lat0) / (lat1 - lat0) * (lon1 - lon0)
            inside ^= lon < at
        lat0, lon0 = lat1, lon1
    return inside


def split_at_date_line(box: Box) -> tuple[Box, ...]:
    """Return a box as one, or as two when its west lies east of its east."""
    south, west, north, east = box
    if west <= east:
        return (box,)
    return (south, west, north, 180.0), (south, -180.0, north, east)
