"""Where no way guides: what drops, drowns or runs over, in a cone along the course.

Without a centre line the receiver's error enters whole, so of 24 warnings per km most would
be false (measured on real extracts); only edges, rails and big roads of severity 3 are told.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from backrun_pi.maps.mapfile import units
from backrun_pi.terrain.hazards.candidate import HazardKey
from backrun_pi.terrain.hazards.lookbehind import Threat
from backrun_pi.terrain.matching.way_graph import Net
from backrun_pi.terrain.settings import TerrainSettings

_NORMAL = NormalDist()


def edges_oncoming(
    net: Net,
    settings: TerrainSettings,
    place_deg: tuple[float, float],
    sigma_m: float,
    course_rad: float,
    reach_m: float,
) -> dict[HazardKey, Threat]:
    """Return the edges and tracks of severity 3 on the course, with their probabilities."""
    lat, lon = units(*place_deg)
    found = net.opened.capsules_near(lat, lon, reach_m)
    told = np.array(
        [r.severity == 3 and (r.is_edge or r.is_busy_way) for r in net.opened.rules]
    )
    found = found[told[found["rule"]]]
    along, across = _points(net, found, lat, lon, course_rad)
    half = settings.corridor_m + found["radius_cm"][:, None] / 100.0
    sigma = np.sqrt(
        sigma_m**2 + settings.map_sigma_m**2 + (along * settings.course_sigma_rad) ** 2
    )
    threats: dict[HazardKey, Threat] = {}
    for row, column in zip(*np.nonzero((along > 0.0) & (along < reach_m)), strict=True):
        width, spread = float(half[row, 0]), float(sigma[row, column])
        onward_m, side_m = float(along[row, column]), float(across[row, column])
        p = _NORMAL.cdf((width - side_m) / spread) - _NORMAL.cdf((-width - side_m) / spread)
        feature = int(found[row]["feature"])
        known = threats.get(feature)
        if known is None or p > known.p:
            distance = max(0.0, onward_m - width)
            threats[feature] = Threat(
                key=feature,
                p=p,
                near_p=p,
                distance_m=distance,
                offset_m=side_m,
                share=p,
                route_p=1.0,
            )
    return threats


def _points(
    net: Net, found: npt.NDArray[np.void], lat: int, lon: int, course_rad: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return metres along and across the course, a point every 5 m; shape (n, 5) each."""
    share = np.linspace(0.0, 1.0, 5)  # a piece is at most 20 m long
    east, north = (
        (
            found[f"{axis}1"][:, None]
            + (found[f"{axis}2"].astype(float) - found[f"{axis}1"])[:, None] * share
            - origin
        )
        * scale
        for axis, origin, scale in (("lon", lon, net.east_m), ("lat", lat, net.north_m))
    )
    sine, cosine = math.sin(course_rad), math.cos(course_rad)
    return east * sine + north * cosine, north * sine - east * cosine
