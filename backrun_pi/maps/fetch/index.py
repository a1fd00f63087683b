"""A provider's index of extracts, and the smallest that hold a place and its surroundings.

The format is the GeoJSON index that Geofabrik publishes: a collection of features with a
border, a name and the addresses of the files made of it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from backrun_pi.errors import MapError
from backrun_pi.geo import TAU, LocalFrame
from backrun_pi.maps.coverage import Box, Coverage, Ring, split_at_date_line
from backrun_pi.maps.polygon_file import polygon_of

_SAMPLES = 16  # points of a circle that must lie within the border
_MOST_PARTS = 4  # extracts that one place near borders may need


@dataclass(frozen=True, slots=True)
class Offer:
    """An extract that a provider offers."""

    name: str
    ids: tuple[str, ...]
    """What a person may call it by, in lower case."""
    url: str
    border: Coverage
    size: float
    """Area of the border; only compared. [square degrees at the equator]"""


def read_index(text: bytes, source: str) -> tuple[Offer, ...]:
    """Return what an index offers as `.osm.pbf`.

    Args:
        text: The index.
        source: Its address: addresses in it may be relative to it, and errors name it.

    Raises:
        MapError: It is not such an index, or offers nothing.
    """
    try:
        whole = json.loads(text)
        offers = tuple(_offers(whole["features"], source))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MapError(f"{source}: not a GeoJSON index of extracts: {error!r}") from error
    if not offers:
        raise MapError(f"{source}: offers no extract as .osm.pbf with a border")
    return offers


def _offers(features: Sequence[Mapping[str, Any]], source: str) -> Iterator[Offer]:
    for feature in features:
        known = feature["properties"]
        url = urljoin(source, str(known.get("urls", {}).get("pbf") or ""))
        if feature.get("geometry") is None or url == source:
            continue
        if urlsplit(url).scheme not in {"http", "https"}:
            continue
        rings, holes = polygon_of(feature["geometry"])
        if not rings:
            continue
        border = Coverage(tuple(_box(ring) for ring in rings), tuple(rings), tuple(holes))
        name = str(known.get("name") or known["id"]).replace("<br />", " ")
        ids = tuple(str(one).casefold() for one in (known.get("id"), name) if one)
        yield Offer(name, ids, url, border, sum(map(_area, rings)))


def named(offers: Sequence[Offer], name: str) -> Offer | None:
    """Return the extract of a name or id; of several the smallest."""
    wanted = " ".join(name.casefold().split())
    found = [offer for offer in offers if wanted in offer.ids]
    return min(found, key=lambda offer: offer.size, default=None)


def smallest(
    offers: Sequence[Offer], lat_deg: float, lon_deg: float, radius_m: float
) -> tuple[Offer, ...]:
    """Return the smallest extracts that together hold a circle.

    One where that is the least to download; near a border the extracts of both sides, when
    they are smaller than the one that holds both.

    Raises:
        MapError: No extract holds the place itself.
    """
    circle = tuple(_circle(lat_deg, lon_deg, radius_m))
    by_size = sorted(offers, key=lambda offer: offer.size)
    parts: dict[str, Offer] = {}
    for lat, lon in circle:
        offer = next((one for one in by_size if one.border.holds(lat, lon, 0.0)), None)
        if offer is not None:
            parts[offer.url] = offer
        elif (lat, lon) == (lat_deg, lon_deg):
            raise MapError(
                f"{lat_deg:g}, {lon_deg:g}: no extract of the index holds this place"
            )
    together = sum(offer.size for offer in parts.values())
    whole = next((one for one in by_size if _holds_all(one, circle)), None)
    if whole is not None and (whole.size <= together or len(parts) > _MOST_PARTS):
        return (whole,)
    return tuple(parts.values())


def around(lat_deg: float, lon_deg: float, radius_m: float) -> tuple[Box, ...]:
    """Return the box around a circle; two across the 180th meridian."""
    frame = LocalFrame(lat_deg, lon_deg)
    south, west = frame.to_deg(-radius_m, -radius_m)
    north, east = frame.to_deg(radius_m, radius_m)
    low, high = max(-90.0, south), min(90.0, north)
    return split_at_date_line((low, _wrapped(west), high, _wrapped(east)))


def file_name(offer: Offer) -> str:
    """Return what an extract is called on disk: safe characters, and one file per address."""
    path = PurePosixPath(unquote(urlsplit(offer.url).path))
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(path.parts[-2:])).strip(".-") or "extract"
    return f"{hashlib.sha256(offer.url.encode()).hexdigest()[:8]}-{stem[-100:]}"


def _holds_all(offer: Offer, circle: Sequence[tuple[float, float]]) -> bool:
    return all(offer.border.holds(lat, lon, 0.0) for lat, lon in circle)


def _circle(lat: float, lon: float, radius_m: float) -> Iterator[tuple[float, float]]:
    yield lat, lon
    frame = LocalFrame(lat, lon)
    for at in range(_SAMPLES):
        angle = TAU * at / _SAMPLES
        east, north = radius_m * math.sin(angle), radius_m * math.cos(angle)
        edge_lat, edge_lon = frame.to_deg(east, north)
        yield max(-90.0, min(90.0, edge_lat)), _wrapped(edge_lon)


def _wrapped(lon: float) -> float:
    return (lon + 180.0) % 360.0 - 180.0


def _box(ring: Ring) -> Box:
    lats, lons = zip(*ring, strict=True)
    return min(lats), min(lons), max(lats), max(lons)


def _area(ring: Ring) -> float:
    """Return the area of a ring (shoelace), on the sinusoidal projection."""
    flat = [(lat, lon * math.cos(math.radians(lat))) for lat, lon in ring]
    pairs = zip(flat, [*flat[1:], flat[0]], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2.0
