"""A route from a GPX file as a line of places."""

from __future__ import annotations

from pathlib import Path

import gpxpy
import gpxpy.gpx

from backrun_pi.errors import RouteError

Places = list[tuple[float, float]]
"""[deg] (lat, lon) in the order of the route."""


def read_gpx(path: Path) -> Places:
    """Read tracks, routes or, when there are none, way points of a GPX file.

    Raises:
        RouteError: It is missing, not GPX, has a place off the earth or fewer than two.
    """
    try:
        gpx = gpxpy.parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RouteError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError, gpxpy.gpx.GPXException) as error:
        raise RouteError(f"{path}: not a GPX file: {error}") from error
    points = [p for track in gpx.tracks for segment in track.segments for p in segment.points]
    places = [(point.latitude, point.longitude) for point in points]
    places = places or [(p.latitude, p.longitude) for route in gpx.routes for p in route.points]
    places = places or [(point.latitude, point.longitude) for point in gpx.waypoints]
    for number, (lat, lon) in enumerate(places, 1):
        if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):  # also when it is no number
            raise RouteError(f"{path}: place {number}: {lat:g} {lon:g} is not on the earth")
    if len(set(places)) < 2:
        raise RouteError(
            f"{path}: a route needs at least two places, this has {len(set(places))}"
        )
    return places
