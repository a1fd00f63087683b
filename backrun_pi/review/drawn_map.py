"""What is drawn under the route of a session."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A way or a line-shaped hazard of the map, for drawing."""

    kind: str
    """`path`, `road`, `busy`, `water`, `building`, or a kind of the tag table."""
    points_deg: tuple[tuple[float, float], ...]
    """(lat_deg, lon_deg) of its vertices."""
    is_closed: bool
    """It is an area."""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A point-shaped hazard of the map or a mark, for drawing."""

    kind: str
    """A kind of the tag table, or `mark`."""
    osm_id: str | None
    """`n1`; None for a mark."""
    severity: int
    """[-] 1 to 3."""
    lat_deg: float
    """[deg]"""
    lon_deg: float
    """[deg]"""
    text: str
    """Text of the popup."""


@dataclass(frozen=True, slots=True)
class MapLayers:
    """What is drawn under the route."""

    lines: tuple[DrawnLine, ...]
    """Ways, areas, line-shaped hazards."""
    points: tuple[MapPoint, ...]
    """Point-shaped hazards and marks."""
    attribution: str
    """Whose data it is (`© OpenStreetMap contributors`); empty without a map."""
