"""The polygon an extract was cut with: Osmosis' .poly, or GeoJSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backrun_pi.errors import MapError, clipped
from backrun_pi.maps.coverage import ASKED, Box, Coverage, Ring


def read_polygon(path: Path) -> Coverage:
    """Return the coverage of a polygon file.

    Raises:
        MapError: It cannot be read, or holds no polygon.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if text.lstrip().startswith("{"):
            rings, holes = polygon_of(json.loads(text))
        else:
            rings, holes = _poly(text)
    except OSError as error:
        raise MapError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise MapError(
            f"{path}: not a .poly or GeoJSON polygon: {clipped(str(error))}"
        ) from error
    if not rings:
        raise MapError(f"{path}: holds no polygon")
    return Coverage(tuple(map(_box, rings)), tuple(rings), tuple(holes), ASKED)


def _poly(text: str) -> tuple[list[Ring], list[Ring]]:
    """Return rings and holes: a name, sections of `lon lat` lines that end with END, END."""
    rings: list[Ring] = []
    holes: list[Ring] = []
    ring: list[tuple[float, float]] | None = None
    target = rings
    for line in text.splitlines()[1:]:
        words = line.split()
        if not words:
            continue
        if ring is None:
            if words[0] == "END":
                break
            target, ring = (holes if words[0].startswith("!") else rings), []
        elif words[0] == "END":
            target.append(_ring(ring))
            ring = None
        else:
            ring.append((float(words[1]), float(words[0])))
    return rings, holes


def polygon_of(whole: Any) -> tuple[list[Ring], list[Ring]]:
    """Return rings and holes of a GeoJSON object.

    Raises:
        ValueError, KeyError, TypeError or IndexError: It is none.
    """
    rings: list[Ring] = []
    holes: list[Ring] = []
    waiting = [whole]
    while waiting:
        one = waiting.pop()
        kind = one["type"]
        if kind == "FeatureCollection":
            waiting += one["features"]
        elif kind == "Feature":
            waiting.append(one["geometry"])
        elif kind in {"Polygon", "MultiPolygon"}:
            polygons = [one["coordinates"]] if kind == "Polygon" else one["coordinates"]
            for outer, *inner in polygons:
                rings.append(_ring([(float(lat), float(lon)) for lon, lat, *_ in outer]))
                holes += [
                    _ring([(float(at[1]), float(at[0])) for at in hole]) for hole in inner
                ]
    return rings, holes


def _ring(places: list[tuple[float, float]]) -> Ring:
    if len(places) < 3:
        raise ValueError(f"a ring has {len(places)} corners")
    for lat, lon in places:
        if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):
            raise ValueError(f"{lat:g} {lon:g} is not on the earth")
    return tuple(places)


def _box(ring: Ring) -> Box:
    lats, lons = zip(*ring, strict=True)
    return min(lats), min(lons), max(lats), max(lons)
