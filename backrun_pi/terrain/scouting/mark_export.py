"""Marks for other programs: GPX, GeoJSON, and an OSM file to look through in an editor."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import quoteattr

import gpxpy.gpx

from backrun_pi.maps.tags import POINT_RULES
from backrun_pi.terrain.scouting.marks import Mark

_CREATOR = "backrun_pi"
_NOTE = "marked on a scouting walk; look at the place before you upload it"


def as_gpx(marks: Sequence[Mark]) -> str:
    """Return marks as way points."""
    gpx = gpxpy.gpx.GPX()
    gpx.creator = _CREATOR
    for mark in marks:
        point = gpxpy.gpx.GPXWaypoint(mark.lat_deg, mark.lon_deg, name=mark.name or mark.id)
        point.type = mark.kind
        point.comment = f"sigma {mark.sigma_m:.1f} m"
        gpx.waypoints.append(point)
    return str(gpx.to_xml())


def as_geojson(marks: Sequence[Mark]) -> str:
    """Return marks as a feature collection (RFC 7946)."""
    features = [
        {
            "type": "Feature",
            "id": mark.id,
            "geometry": {"type": "Point", "coordinates": [mark.lon_deg, mark.lat_deg]},
            "properties": {
                "name": mark.name,
                "kind": mark.kind,
                "sigma_m": round(mark.sigma_m, 1),
            },
        }
        for mark in marks
    ]
    whole = {"type": "FeatureCollection", "features": features}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def as_osm(marks: Sequence[Mark]) -> str:
    """Return marks as new nodes: negative ids, tags where the kind is one of the table.

    A mark without a known kind becomes a node with a note alone. Nothing is uploaded: the file
    is for an editor, and `upload="never"` keeps it from being sent unseen.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<osm version="0.6" upload="never" generator={quoteattr(_CREATOR)}>',
    ]
    for number, mark in enumerate(marks, 1):
        lines.append(
            f'  <node id="-{number}" lat="{mark.lat_deg:.7f}" lon="{mark.lon_deg:.7f}">'
        )
        lines += [
            f"    <tag k={quoteattr(key)} v={quoteattr(value)}/>"
            for key, value in _tags(mark).items()
        ]
        lines.append("  </node>")
    return "\n".join([*lines, "</osm>"]) + "\n"


def _tags(mark: Mark) -> Mapping[str, str]:
    tag = _TAG_OF.get(mark.kind or "")
    key, _, value = (tag or "").partition("=")
    label = ", ".join(part for part in (mark.name, None if tag else mark.kind) if part)
    note = f"{label}: {_NOTE}" if label else _NOTE
    proposed = {key: value} if tag else {}
    return {**proposed, "note": note, "source": "survey"}


_TAG_OF = {rule.kind: rule.tag for rule in reversed(POINT_RULES) if not rule.tag.endswith("=*")}
"""The first tag of each kind in the table."""

FORMATS: Mapping[str, Callable[[Sequence[Mark]], str]] = {
    ".gpx": as_gpx,
    ".geojson": as_geojson,
    ".json": as_geojson,
    ".osm": as_osm,
}
"""How marks are written, by the ending of the file."""
