"""What of the map is drawn under a route: ways and hazards near where the runner was."""

from __future__ import annotations

import math
from collections.abc import Sequence

from backrun_pi.maps import mapfile
from backrun_pi.maps.tags import road_group
from backrun_pi.review.drawn_map import DrawnLine, MapLayers, MapPoint
from backrun_pi.review.model import SessionReview

MARGIN_M = 150.0  # drawn around the track: enough to see where ways lead
LARGEST_M = 4000.0  # of a box: one wild fix must not draw a whole country
M_PER_DEG = 111_200.0


def layers_for(
    review: SessionReview,
    map_file: mapfile.MapFile,
    marks_deg: Sequence[tuple[float, float]] = (),
) -> MapLayers | None:
    """Return what is drawn under a session's route; None without a position.

    Args:
        review: The session.
        map_file: Its map.
        marks_deg: (lat, lon) of the obstacles that scouting laps marked.
    """
    box = _box(review)
    if box is None:
        return None
    ways = [
        DrawnLine(road_group(way.kind), way.points_deg, is_closed=False)
        for way in map_file.ways_in(box)
    ]
    hazards = map_file.hazards_in(box)
    lines = [
        DrawnLine(hazard.kind, hazard.points_deg, is_closed=False)
        for hazard in hazards
        if len(hazard.points_deg) > 1
    ]
    points = [
        MapPoint(
            kind=hazard.kind,
            osm_id=hazard.osm_id,
            severity=hazard.severity,
            lat_deg=hazard.points_deg[0][0],
            lon_deg=hazard.points_deg[0][1],
            text=hazard.kind.replace("_", " "),
        )
        for hazard in hazards
        if len(hazard.points_deg) == 1
    ]
    south, west, north, east = box
    points += [
        MapPoint(
            kind="mark",
            osm_id=None,
            severity=3,
            lat_deg=lat,
            lon_deg=lon,
            text="marked on a scouting lap",
        )
        for lat, lon in marks_deg
        if south <= lat <= north and west <= lon <= east
    ]
    return MapLayers((*ways, *lines), tuple(points), map_file.attribution)


def _box(review: SessionReview) -> tuple[float, float, float, float] | None:
    """Return south, west, north, east around the track, from its middle outward."""
    places = [
        (point.lat_deg, point.lon_deg)
        for point in review.track
        if point.lat_deg is not None and point.lon_deg is not None
    ]
    if not places:
        return None
    lats, lons = sorted(lat for lat, _ in places), sorted(lon for _, lon in places)
    lat, lon = lats[len(lats) // 2], lons[len(lons) // 2]
    margin_lat = MARGIN_M / M_PER_DEG
    stretch = 1.0 / max(0.01, math.cos(math.radians(lat)))
    reach_lat = LARGEST_M / 2.0 / M_PER_DEG
    return (
        max(lats[0] - margin_lat, lat - reach_lat),
        max(lons[0] - margin_lat * stretch, lon - reach_lat * stretch),
        min(lats[-1] + margin_lat, lat + reach_lat),
        min(lons[-1] + margin_lat * stretch, lon + reach_lat * stretch),
    )
