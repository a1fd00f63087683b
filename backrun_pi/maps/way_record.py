"""Tags of a way a person can be on -> what the map keeps of it, and back as `Way`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from backrun_pi.maps import layout, tag_values, tags
from backrun_pi.maps.tag_rules import NO_FEATURE, is_out_of_reach, is_shared

_ROAD_AT = {name: at for at, name in enumerate(layout.ROADS)}
_BUSY_AT = {rule.tag.partition("=")[2]: rule.kind for rule in tags.ROAD_RULES}
_SHARED_ROADS = frozenset({"path", "footway", "track", "pedestrian"})
_FOOT_ALIASES = frozenset({"trail", "footpath"})  # older values for a path
_NO_WAY = NO_FEATURE["highway"] - set(layout.ROADS) - _FOOT_ALIASES
_VEHICLES_ONLY = frozenset({"motorway", "motorway_link", "raceway", "bus_guideway", "ladder"})
_CLOSED = frozenset(
    (
        *("no", "private", "military", "restricted", "emergency", "agricultural", "forestry"),
        *("delivery", "employees", "staff", "residents", "members", "use_sidepath"),
    )
)
_OPEN = frozenset({"yes", "designated", "official", "permissive", "public"})
_LONGEST_TEXT = 80  # of a value: a map is no place for a novel

JUDGED_KEYS = (
    *("highway", "leisure", "sport", "surface", "smoothness", "tracktype", "width"),
    *(
        "est_width",
        "maxwidth:physical",
        "incline",
        "lit",
        "access",
        "foot",
        "access:conditional",
    ),
    *("foot:conditional", "bicycle", "bicycle:conditional", "horse", "motor_vehicle"),
    *("footway", "path", "cycleway", "sidewalk", "crossing", "sac_scale", "trail_visibility"),
    *("mtb:scale", "wheelchair", "obstacle", "hazard", "ford", "construction", "railway"),
    *("public_transport", "covered", "tunnel", "bridge", "man_made", "embankment", "military"),
    *("opening_hours", "seasonal", "flood_prone", "winter_road", "ice_road", "lcn", "rcn"),
    *("ncn", "disused", "abandoned", "segregated", "conveying", "via_ferrata_scale"),
)
"""Keys that a verdict is made from; the map keeps their values."""
KEYS = (*JUDGED_KEYS, "area", "layer")
"""Keys that a record is made from, besides those of `tag_rules.is_out_of_reach`."""

BUSY_KINDS = ("", *sorted({rule.kind for rule in tags.ROAD_RULES}), tags.SHARED_PATH.kind)
"""What the `busy` byte of a way stands for; 0 is a quiet way."""


class Walkable(NamedTuple):
    """What the map keeps of a way a person can be on."""

    flags: int
    road: int
    layer: int
    busy: int
    tagset: str
    """What a verdict is made from, `key=value` and TAG_END each."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way of a map a person can be on."""

    osm_id: str
    """`w1`"""
    road: str
    """Kind of way, one of layout.ROADS."""
    busy: str
    """Kind of busy way, empty of a quiet one."""
    layer: int
    is_tunnel: bool
    is_closed: bool
    """Nobody may walk there without permission."""
    is_sidewalk: bool
    is_crossing: bool
    is_shared: bool
    """Bicycles are meant to use it."""
    tags: Mapping[str, str]
    """What was tagged of JUDGED_KEYS."""


def view(record: np.void, text: str) -> Way:
    """Return a record of the map's ways, with its set of tags, as a `Way`."""
    flags = int(record["flags"])
    pairs = (pair.partition("=") for pair in text.split(layout.TAG_END) if pair)
    return Way(
        osm_id=f"w{int(record['osm'])}",
        road=layout.ROADS[int(record["road"])],
        busy=BUSY_KINDS[int(record["busy"])],
        layer=int(record["layer"]),
        is_tunnel=bool(flags & layout.TUNNEL),
        is_closed=bool(flags & layout.PRIVATE),
        is_sidewalk=bool(flags & layout.SIDEWALK),
        is_crossing=bool(flags & layout.CROSSING),
        is_shared=bool(flags & layout.SHARED),
        tags={key: value for key, _, value in pairs},
    )


def steps_flags(table: Mapping[str, str]) -> int:
    """Return which way steps lead, up or down along the way."""
    incline = table.get("incline")
    if incline is None:
        return 0
    if incline == "up" or (incline[:1].isdigit() and incline[:1] != "0"):
        return layout.STEPS_UP
    return layout.STEPS_DOWN if incline == "down" or incline.startswith("-") else 0


def record(table: Mapping[str, str]) -> Walkable | None:
    """Return what the map keeps of a way, None of a way for nobody on foot."""
    road = _road(table)
    if road is None or table.get("area") == "yes" or is_out_of_reach(table):
        return None
    value = table.get("highway", "")
    busy = "" if road in tags.PATH_ROADS else _BUSY_AT.get(value, _BUSY_AT["*"])
    shared = not busy and is_shared(table)
    if shared and road in _SHARED_ROADS:
        busy = tags.SHARED_PATH.kind
    return Walkable(
        _flags(table, is_shared_path=shared),
        _ROAD_AT[road],
        tag_values.layer(table),
        BUSY_KINDS.index(busy),
        _tagset(table),
    )


def _road(table: Mapping[str, str]) -> str | None:
    """Return the kind of way that a person can be on, of a list its first member."""
    values = tag_values.parts(table.get("highway", ""))
    if not values:
        return "running_track" if table.get("leisure") == "track" else None
    value = values[0]
    if value in _ROAD_AT:
        return value
    if value in _NO_WAY or value in _VEHICLES_ONLY:
        return None
    kind = value.removesuffix("_link")
    if kind in _FOOT_ALIASES:
        return "path"
    return kind if kind in _ROAD_AT else "road"


def _flags(table: Mapping[str, str], *, is_shared_path: bool) -> int:
    access, foot = table.get("access"), table.get("foot")
    closed = foot in _CLOSED or (access in _CLOSED and foot not in _OPEN)
    kinds = {table.get("footway"), table.get("path"), table.get("cycleway")}
    return (
        (layout.BRIDGE if tag_values.is_bridge(table) else 0)
        | (layout.TUNNEL if tag_values.is_tunnel(table) else 0)
        | (layout.PRIVATE if closed else 0)
        | (layout.SIDEWALK if "sidewalk" in kinds else 0)
        | (layout.CROSSING if kinds & {"crossing", "traffic_island"} else 0)
        | (layout.SHARED if is_shared_path else 0)
    )


def _tagset(table: Mapping[str, str]) -> str:
    found = [
        f"{key}={' '.join(table[key].split())[:_LONGEST_TEXT]}{layout.TAG_END}"
        for key in JUDGED_KEYS
        if key in table
    ]
    return "".join(found)
