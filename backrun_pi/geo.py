"""Local metres around a point, bearings, and distance to a segment.

Frame: ENU, x east and y north in metres. Angles in radians; a bearing is measured clockwise
from true north, as a GNSS receiver reports its course.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_A_M = 6378137.0  # WGS 84 semi-major axis
_E2 = 0.00669437999014  # WGS 84 first eccentricity squared
TAU = 2.0 * math.pi


@dataclass(frozen=True, slots=True)
class LocalFrame:
    """East-north metres around an origin, second order in latitude.

    Error against the geodesic is below 5 mm at 2.5 km and 2 cm at 5 km (mid-latitude formula
    on the WGS 84 radii of curvature M and N at the origin).
    """

    lat0_deg: float
    """[deg] Latitude of the origin."""
    lon0_deg: float
    """[deg] Longitude of the origin."""

    def to_m(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Return (east_m, north_m) of a position."""
        sin0, cos0, n_m, m_m = _radii(self.lat0_deg)
        dlat = math.radians(lat_deg - self.lat0_deg)
        dlon = math.radians((lon_deg - self.lon0_deg + 180.0) % 360.0 - 180.0)
        half = dlat / 2.0
        return dlon * n_m * (cos0 - sin0 * half - cos0 * half * half / 2.0), dlat * m_m

    def to_deg(self, east_m: float, north_m: float) -> tuple[float, float]:
        """Return (lat_deg, lon_deg) of a point in this frame."""
        sin0, cos0, n_m, m_m = _radii(self.lat0_deg)
        dlat = north_m / m_m
        half = dlat / 2.0
        dlon = east_m / (n_m * (cos0 - sin0 * half - cos0 * half * half / 2.0))
        return self.lat0_deg + math.degrees(dlat), self.lon0_deg + math.degrees(dlon)


def _radii(lat_deg: float) -> tuple[float, float, float, float]:
    lat = math.radians(lat_deg)
    sin0, cos0 = math.sin(lat), math.cos(lat)
    d = 1.0 - _E2 * sin0 * sin0
    n_m = _A_M / math.sqrt(d)
    return sin0, cos0, n_m, n_m * (1.0 - _E2) / d


def wrap_pi(angle_rad: float) -> float:
    """Return the angle in (-pi, pi]."""
    wrapped = math.fmod(angle_rad + math.pi, TAU)
    return wrapped + math.pi if wrapped <= 0.0 else wrapped - math.pi


def wrap_tau(angle_rad: float) -> float:
    """Return the angle in [0, 2 pi)."""
    wrapped = angle_rad % TAU
    return 0.0 if wrapped >= TAU else wrapped


def along_across_m(east_m: float, north_m: float, course_rad: float) -> tuple[float, float]:
    """Split a vector into metres along a course and metres to its left."""
    s, c = math.sin(course_rad), math.cos(course_rad)
    return east_m * s + north_m * c, north_m * s - east_m * c


def segment_distance_m(
    px: float, py: float, ax: float, ay: float, bx: float, by: float
) -> tuple[float, float]:
    """Return (distance_m, fraction along a-b) of the nearest point of segment a-b to p."""
    dx, dy = bx - ax, by - ay
    length2 = dx * dx + dy * dy
    t = 0.0 if length2 == 0.0 else ((px - ax) * dx + (py - ay) * dy) / length2
    t = min(1.0, max(0.0, t))
    return math.hypot(px - ax - t * dx, py - ay - t * dy), t


def distance_m(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Return the distance of two positions that lie within a few kilometres."""
    frame = LocalFrame((lat1_deg + lat2_deg) / 2.0, lon1_deg)
    x1, y1 = frame.to_m(lat1_deg, lon1_deg)
    x2, y2 = frame.to_m(lat2_deg, lon2_deg)
    return math.hypot(x2 - x1, y2 - y1)


def great_circle_m(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Return the distance of two positions anywhere, on a sphere: right to 0.5 %."""
    lat1, lat2 = math.radians(lat1_deg), math.radians(lat2_deg)
    half_lat, half_lon = (lat2 - lat1) / 2.0, math.radians(lon2_deg - lon1_deg) / 2.0
    part = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2.0 * _A_M * math.asin(math.sqrt(min(1.0, part)))
