"""Everything around a place, for people and for drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from backrun_pi.maps import layout
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.maps.spatial_index import metres_per_unit


def features_near(
    opened: MapFile, lat_deg: float, lon_deg: float, radius_m: float
) -> list[dict[str, Any]]:
    """Return hazards and ways within a radius of a place, nearest first."""
    lat, lon = units(lat_deg, lon_deg)
    lines = []
    capsules = opened.capsules_near(lat, lon, radius_m)
    distance = distances_m(capsules, lat, lon) - capsules["radius_cm"] / 100.0
    for at, nearest in _nearest(capsules["feature"], distance, radius_m):
        feature = opened.features[at]
        rule = opened.rules[int(feature["rule"])]
        lines.append(
            {
                "what": "hazard",
                "osm_id": layout.osm_name(int(feature["osm"])),
                "kind": rule.kind,
                "tag": rule.tag,
                "severity": rule.severity,
                "radius_m": rule.radius_m,
                "distance_m": round(max(0.0, nearest), 1),
            }
        )
    segments = opened.segments_near(lat, lon, radius_m)
    for at, nearest in _nearest(segments["way"], distances_m(segments, lat, lon), radius_m):
        way = opened.way(at)
        lines.append(
            {
                "what": "way",
                "osm_id": way.osm_id,
                "kind": way.road,
                "distance_m": round(nearest, 1),
            }
        )
    return sorted(lines, key=lambda line: (line["distance_m"], line["osm_id"]))


def offset_of_mark(
    opened: MapFile, lat_deg: float, lon_deg: float, radius_m: float
) -> dict[str, Any] | None:
    """Return the nearest solid feature of the map and how far a mark lies from it.

    Over many marks these offsets measure the error of the map and of the receiver.
    """
    lat, lon = units(lat_deg, lon_deg)
    found = opened.capsules_near(lat, lon, radius_m)
    solid = [opened.rules[int(rule)].is_solid for rule in found["rule"].tolist()]
    found = found[np.array(solid, bool)]
    if not len(found):
        return None
    away = distances_m(found, lat, lon)
    at = int(np.argmin(away))
    if away[at] > radius_m:
        return None
    feature = opened.features[int(found[at]["feature"])]
    return {
        "osm_id": layout.osm_name(int(feature["osm"])),
        "kind": opened.rules[int(feature["rule"])].kind,
        "distance_m": round(float(away[at]), 1),
    }


def distances_m(records: npt.NDArray[np.void], lat: int, lon: int) -> npt.NDArray[np.float64]:
    """Return the distance of a point to each line piece; shape (n,)."""
    north_m, east_m = metres_per_unit(lat)
    ax = (records["lon1"].astype(np.float64) - lon) * east_m
    ay = (records["lat1"].astype(np.float64) - lat) * north_m
    dx = (records["lon2"].astype(np.float64) - records["lon1"]) * east_m
    dy = (records["lat2"].astype(np.float64) - records["lat1"]) * north_m
    length2 = dx * dx + dy * dy
    share = np.clip(-(ax * dx + ay * dy) / np.where(length2 > 0.0, length2, 1.0), 0.0, 1.0)
    distance: npt.NDArray[np.float64] = np.hypot(ax + share * dx, ay + share * dy)
    return distance


def _nearest(
    owners: npt.NDArray[np.uint32], distance: npt.NDArray[np.float64], radius_m: float
) -> list[tuple[int, float]]:
    best: dict[int, float] = {}
    for owner, away in zip(owners.tolist(), distance.tolist(), strict=True):
        if away <= radius_m and away < best.get(owner, np.inf):
            best[owner] = away
    return list(best.items())
