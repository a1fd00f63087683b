"""Stretches as GPX, for other programs: a suggestion as a route, a judged route as tracks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import gpxpy.gpx

from backrun_pi.maps import layout
from backrun_pi.terrain.places.whole_route import PlacedStretch


def as_gpx(places_deg: Sequence[tuple[float, float]], name: str) -> str:
    """Return a stretch as a GPX route."""
    gpx = _empty()
    route = gpxpy.gpx.GPXRoute(name=name)
    route.points = [
        gpxpy.gpx.GPXRoutePoint(round(lat, 7), round(lon, 7)) for lat, lon in places_deg
    ]
    gpx.routes.append(route)
    return str(gpx.to_xml())


def stretches_as_gpx(found: Iterable[PlacedStretch]) -> str:
    """Return judged stretches as tracks, each named by its verdict, with its reasons."""
    gpx = _empty()
    for one in found:
        stretch = one.stretch
        length_m = stretch.to_m - stretch.from_m
        track = gpxpy.gpx.GPXTrack(name=f"{stretch.verdict.value}, {length_m:.0f} m")
        track.description = "; ".join(stretch.because)
        points = [
            gpxpy.gpx.GPXTrackPoint(round(lat, 7), round(lon, 7)) for lat, lon in one.line_deg
        ]
        track.segments.append(gpxpy.gpx.GPXTrackSegment(points))
        gpx.tracks.append(track)
    return str(gpx.to_xml())


def _empty() -> gpxpy.gpx.GPX:
    gpx = gpxpy.gpx.GPX()
    gpx.creator = "backrun_pi"
    gpx.copyright_author = layout.ATTRIBUTION
    gpx.copyright_license = "https://opendatacommons.org/licenses/odbl/"
    return gpx
