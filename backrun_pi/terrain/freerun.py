"""Where no way guides: what drops, drowns or runs over, in a cone along the course.

Without a centre line the receiver's error enters whole, so of 24 warnings per km most would
be false (measured on real extracts); only edges, rails and big roads of severity 3 are told.
"""

from __future__ import annotations

import math

import numpy as np

from backrun_pi.geo import along_across_m
from backrun_pi.terrain.corridor import phi
from backrun_pi.terrain.lookbehind import Threat
from backrun_pi.terrain.mapfile import units
from backrun_pi.terrain.net import Net
from backrun_pi.terrain.settings import TerrainSettings

_COURSE_SIGMA_RAD = 0.09  # of a receiver's Doppler course at running speed


def edges_oncoming(
    net: Net,
    settings: TerrainSettings,
    place_deg: tuple[float, float],
    sigma_m: float,
    course_rad: float,
    reach_m: float,
) -> dict[int, Threat]:
    """Return the edges and tracks of severity 3 on the course, with their probabilities."""
    opened = net.opened
    lat, lon = units(*place_deg)
    found = opened.capsules_near(lat, lon, reach_m)
    rules = [opened.rules[int(rule)] for rule in found["rule"].tolist()]
    keep = [at for at, rule in enumerate(rules) if rule.severity == 3 and rule.cls in "EB"]
    threats: dict[int, Threat] = {}
    for at in keep:
        capsule = found[at]
        radius = float(capsule["radius_cm"]) / 100.0
        share = np.linspace(0.0, 1.0, 5)  # a piece is at most 20 m long: a point every 5 m
        east = (
            capsule["lon1"] + share * (int(capsule["lon2"]) - int(capsule["lon1"])) - lon
        ) * (net.east_m)
        north = (
            capsule["lat1"] + share * (int(capsule["lat2"]) - int(capsule["lat1"])) - lat
        ) * (net.north_m)
        for x, y in zip(east.tolist(), north.tolist(), strict=True):
            along, across = along_across_m(x, y, course_rad)
            if not 0.0 < along < reach_m:
                continue
            sigma = math.hypot(sigma_m, settings.map_sigma_m, along * _COURSE_SIGMA_RAD)
            half = settings.corridor_m + radius
            p = phi((half - across) / sigma) - phi((-half - across) / sigma)
            _keep_best(threats, int(capsule["feature"]), p, max(0.0, along - half), across)
    return threats


def _keep_best(
    threats: dict[int, Threat], feature: int, p: float, distance: float, offset: float
) -> None:
    known = threats.get(feature)
    if known is None or p > known.p:
        threats[feature] = Threat(feature, p, p, distance, offset, p, 1.0)
