"""Where no way guides: what drops, drowns or runs over, and marks, in a cone along the course.

Without a centre line the receiver's error enters whole, so of 24 warnings per km most would
be false (measured on real extracts); only edges, rails and big roads of severity 3 are
announced, and what the runner marked: there are few marks, and each was worth a press.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backrun_pi.geo import along_across_m
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.terrain.hazards.candidate import HazardKey, MarkIndex
from backrun_pi.terrain.hazards.lookbehind import Threat
from backrun_pi.terrain.matching.way_graph import Net
from backrun_pi.terrain.scouting.scouted import Scouted
from backrun_pi.terrain.settings import TerrainSettings

_POINTS = 5  # on a piece of at most 20 m: one every 5 m
_MARK_RADIUS_M = 0.3  # half the size of what was marked, as far as we know


@dataclass(frozen=True, slots=True)
class Cone:
    """From where, which way and how far is looked."""

    place_m: tuple[float, float]
    """[m] East and north."""
    sigma_m: float
    course_rad: float
    reach_m: float


def edges_oncoming(
    net: Net, map_file: MapFile, settings: TerrainSettings, cone: Cone
) -> dict[HazardKey, Threat]:
    """Return the edges and tracks of severity 3 on the course, with their probabilities."""
    lat = round(net.lat0 + cone.place_m[1] / net.north_m)
    lon = round(net.lon0 + cone.place_m[0] / net.east_m)
    found = map_file.capsules_near(lat, lon, cone.reach_m)
    is_announced = np.array(
        [r.severity == 3 and (r.is_edge or r.is_busy_way) for r in map_file.rules]
    )
    found = found[is_announced[found["rule"]]]
    along, across = _points(net, found, cone)
    threats: dict[HazardKey, Threat] = {}
    for row, column in zip(*np.nonzero((along > 0.0) & (along < cone.reach_m)), strict=True):
        radius_m = float(found[row]["radius_cm"]) / 100.0
        point = float(along[row, column]), float(across[row, column])
        threat = _threat(int(found[row]["feature"]), point, radius_m, settings, cone)
        known = threats.get(threat.key)
        if known is None or threat.p > known.p:
            threats[threat.key] = threat
    return threats


def marks_oncoming(
    scouted: Scouted, settings: TerrainSettings, cone: Cone
) -> dict[HazardKey, Threat]:
    """Return the marks on the course, with their probabilities."""
    threats: dict[HazardKey, Threat] = {}
    for index, mark in enumerate(scouted.marks):
        x, y = scouted.net.metres(mark.lat_deg, mark.lon_deg)
        point = along_across_m(x - cone.place_m[0], y - cone.place_m[1], cone.course_rad)
        if 0.0 < point[0] < cone.reach_m:
            key = MarkIndex(index)
            threats[key] = _threat(
                key, point, _MARK_RADIUS_M, settings, cone, map_sigma_m=mark.sigma_m
            )
    return threats


def _threat(
    key: HazardKey,
    point_m: tuple[float, float],
    radius_m: float,
    settings: TerrainSettings,
    cone: Cone,
    *,
    map_sigma_m: float | None = None,
) -> Threat:
    onward_m, side_m = point_m
    own_m = settings.map_sigma_m if map_sigma_m is None else map_sigma_m
    aside_sigma = onward_m * settings.course_sigma_rad
    spread = float(np.sqrt(cone.sigma_m**2 + own_m**2 + aside_sigma**2))
    touch, near = (
        _normal_p((width - side_m) / spread) - _normal_p((-width - side_m) / spread)
        for width in (settings.corridor_m + radius_m, settings.near_m + radius_m)
    )
    return Threat(
        key=key,
        p=touch,
        near_p=near,
        distance_m=max(0.0, onward_m - settings.corridor_m - radius_m),
        offset_m=side_m,
        share=touch,
        route_p=1.0,
    )


def _points(
    net: Net, found: npt.NDArray[np.void], cone: Cone
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return metres along and across the course, a point every 5 m; shape (n, 5) each."""
    share = np.linspace(0.0, 1.0, _POINTS)
    east, north = (
        (
            found[f"{axis}1"][:, None]
            + (found[f"{axis}2"].astype(float) - found[f"{axis}1"])[:, None] * share
            - origin
        )
        * scale
        - here
        for axis, origin, scale, here in (
            ("lon", net.lon0, net.east_m, cone.place_m[0]),
            ("lat", net.lat0, net.north_m, cone.place_m[1]),
        )
    )
    sine, cosine = np.sin(cone.course_rad), np.cos(cone.course_rad)
    return east * sine + north * cosine, north * sine - east * cosine


def _normal_p(deviations: float) -> float:
    """Return the standard normal distribution's probability of less."""
    return 0.5 * (1.0 + math.erf(deviations / math.sqrt(2.0)))
