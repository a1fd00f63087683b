"""Tags of a way a person can be on -> one record of the map."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from backrun_pi.maps import layout, tags

_ROAD_AT = {name: at for at, name in enumerate(layout.ROADS)}
_SURFACE_AT = {name: at for at, name in enumerate(layout.SURFACES)}
_SMOOTHNESS_AT = {name: at for at, name in enumerate(layout.SMOOTHNESSES)}
_BUSY_AT = {rule.tag.partition("=")[2]: rule.kind for rule in tags.ROAD_RULES}
_NUMBER = re.compile(r"^\s*([-+]?\d+(?:[.,]\d+)?)\s*(m|%|°|'|ft)?\s*$")
_FORBIDDEN = frozenset({"no", "private"})
_ONE_LETTER = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q"}

KEYS = (
    *("highway", "area", "bicycle", "segregated", "width", "incline", "surface", "smoothness"),
    *("lit", "layer", "bridge", "tunnel", "foot", "access", "footway"),
)
"""Keys that a record is made from, besides those of `tags.is_out_of_reach`."""

BUSY_KINDS = ("", *sorted({rule.kind for rule in tags.ROAD_RULES}), tags.SHARED_PATH.kind)
"""What the `busy` byte of a way stands for; 0 is a quiet way."""


def struct_of(dtype: np.dtype[Any]) -> struct.Struct:
    """Return the packer of a packed record type."""
    names = dtype.names or ()
    return struct.Struct("<" + "".join(_ONE_LETTER[dtype[name].str[1:]] for name in names))


_REST_OF_WAY = struct_of(np.dtype(layout.WAY.descr[1:]))


def layer(table: Mapping[str, str]) -> int:
    """Return the layer of a way: tagged, or 1 for a bridge, -1 for a tunnel."""
    text = table.get("layer")
    if text is not None:
        try:
            return max(-100, min(100, int(text)))
        except ValueError:
            pass  # a list or a word: fall back to bridge and tunnel
    if table.get("bridge") not in {None, "no"}:
        return 1
    return -1 if table.get("tunnel") not in {None, "no"} else 0


def steps_flags(table: Mapping[str, str]) -> int:
    """Return which way steps lead, up or down along the way."""
    incline = table.get("incline")
    if incline is None:
        return 0
    if incline == "up" or (incline[:1].isdigit() and incline[:1] != "0"):
        return layout.STEPS_UP
    return layout.STEPS_DOWN if incline == "down" or incline.startswith("-") else 0


def record(table: Mapping[str, str]) -> bytes | None:
    """Return what stands behind the id in the record of a way, None of a way for nobody."""
    road = table.get("highway")
    at = _ROAD_AT.get(road) if road else None
    if road is None or at is None or table.get("area") == "yes" or tags.is_out_of_reach(table):
        return None
    busy = _BUSY_AT.get(road, "")
    shared = not busy and tags.is_shared(table)
    if shared and road in {"path", "footway", "track", "pedestrian"}:
        busy = tags.SHARED_PATH.kind
    return _REST_OF_WAY.pack(
        _width_cm(table.get("width")),
        _incline_pm(table.get("incline")),
        _flags(table, shared),
        at,
        _code(_SURFACE_AT, table.get("surface")),
        _code(_SMOOTHNESS_AT, table.get("smoothness")),
        {None: layout.NO_CODE, "no": 0}.get(table.get("lit"), 1),
        layer(table),
        BUSY_KINDS.index(busy),
    )


def _flags(table: Mapping[str, str], shared: bool) -> int:
    foot = table.get("foot")
    closed = (table.get("access") in _FORBIDDEN and foot in {None, *_FORBIDDEN}) or (
        foot in _FORBIDDEN
    )
    kind = table.get("footway")
    return (
        (layout.BRIDGE if table.get("bridge") not in {None, "no"} else 0)
        | (layout.TUNNEL if table.get("tunnel") not in {None, "no"} else 0)
        | (layout.PRIVATE if closed else 0)
        | (layout.SIDEWALK if kind == "sidewalk" else 0)
        | (layout.CROSSING if kind in {"crossing", "traffic_island"} else 0)
        | (layout.SHARED if shared else 0)
    )


def _code(places: Mapping[str, int], value: str | None) -> int:
    return layout.NO_CODE if value is None else places.get(value, layout.OTHER_CODE)


def _width_cm(text: str | None) -> int:
    """Return the width, 0 when it is not tagged or not in metres."""
    match = _NUMBER.match(text) if text else None
    if match is None or match[2] not in {None, "m"}:
        return 0
    return max(0, min(65535, round(float(match[1].replace(",", ".")) * 100)))


def _incline_pm(text: str | None) -> int:
    """Return per mille, signed along the way; `up`, `down` and words are unknown."""
    match = _NUMBER.match(text) if text else None
    if match is None or match[2] not in {"%", "°"}:
        return layout.NO_INCLINE
    value = float(match[1].replace(",", "."))
    if match[2] == "°":
        value = float(np.tan(np.radians(max(-60.0, min(60.0, value))))) * 100.0
    return max(-2000, min(2000, round(value * 10)))
