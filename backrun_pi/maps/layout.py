"""How a map file is laid out on disk: magic, sections, records, codes.

```
magic 8 B | version u32 | header length u32 | header CRC-32 u32 | 0 u32 | file size u64
header: JSON, UTF-8        sections, each at a multiple of 64 B, in the order of SECTIONS
```
Coordinates are int32 in 1e-7 degrees, OpenStreetMap's own grid. Lines are cut at 20 m; a
point is a line of length zero. Capsules and segments are sorted by the cell of their middle
(4096 units, 45.6 m in latitude), so a row of cells is one contiguous slice. Beside them stand
the rows that hold something, each with its first cell, and the cells, each with its column and
first record; both end with a closing entry. A piece keeps its first end and the step to the
second, and of which node each end is: `node_mark` of its id, 0 where a line was cut. Two pieces
that meet in a place and bear the same mark there share the node. What a verdict is made from is
kept as text, each set of tags once.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

MAGIC = b"BACKMAP\n"
VERSION = 3
PREFIX = struct.Struct("<8sIIIIQ")
ALIGN = 64
ATTRIBUTION = "© OpenStreetMap contributors"
LICENCE = "Open Database License 1.0 (ODbL), https://www.openstreetmap.org/copyright"

DEG = 1e-7
"""[deg] One unit of a stored coordinate."""
CELL_BITS = 12
"""[-] Bits of a coordinate inside one cell."""
LAT0, LON0 = 900_000_000, 1_800_000_000
"""[1e-7 deg] Added to make coordinates positive."""
NORTH_M = 111_319.49 * DEG
"""[m] North of one unit at the equator of WGS 84; 0.5 % is enough to cut lines."""
CUT_M = 20.0
"""[m] Longest piece of a line."""

LARGEST_STEP = 32_000
"""[1e-7 deg] Most between the ends of a piece: it is kept in 16 bits."""
TAG_END = "\x1f"
"""Ends each tag of a set of tags."""

_ENDS: list[tuple[str, str]] = [
    ("lat", "<i4"),
    ("lon", "<i4"),
    ("dlat", "<i2"),
    ("dlon", "<i2"),
]
CAPSULE = np.dtype([*_ENDS, ("feature", "<u4"), ("rule", "u1"), ("nodes", "u1")])
SEGMENT = np.dtype([*_ENDS, ("way", "<u4"), ("nodes", "u1")])
FEATURE = np.dtype(
    [("osm", "<i8"), ("relation", "<i4"), ("rule", "u1"), ("layer", "i1"), ("flags", "<u2")]
)
WAY = np.dtype(
    [
        ("osm", "<i8"),
        ("tags", "<u4"),
        ("flags", "<u2"),
        ("road", "u1"),
        ("layer", "i1"),
        ("busy", "u1"),
        ("spare", "u1"),
    ]
)
ROW = np.dtype([("row", "<u4"), ("cell", "<u4")])
CELL = np.dtype([("column", "<u4"), ("record", "<u4")])
END, TEXT = np.dtype("<u4"), np.dtype("u1")

SECTIONS: dict[str, np.dtype[np.generic]] = {
    "capsules": CAPSULE,
    "capsule_rows": ROW,
    "capsule_cells": CELL,
    "features": FEATURE,
    "segments": SEGMENT,
    "segment_rows": ROW,
    "segment_cells": CELL,
    "ways": WAY,
    "tagset_ends": END,
    "tagset_text": TEXT,
}

# what a piece is read as: both ends, the node mark of each, and whose it is
_READ_ENDS = [
    *(("lat1", "<i4"), ("lon1", "<i4"), ("lat2", "<i4"), ("lon2", "<i4")),
    *(("node1", "u1"), ("node2", "u1")),
]
READ_CAPSULE = np.dtype([*_READ_ENDS, ("rule", "u1"), ("radius_cm", "<u2"), ("feature", "<u4")])
READ_SEGMENT = np.dtype([*_READ_ENDS, ("way", "<u4")])

# feature ids: an OSM id times 4 plus its type
NODE, LINE = 0, 1
ID_LETTER = "nwr?"

# layer of a feature that stands on every layer (nodes carry none)
ANY_LAYER = 127

# flags of a feature
DROP_RIGHT, STEPS_UP, STEPS_DOWN, BELOW = 1, 2, 4, 8
"""BELOW: open water whose layer is below 0: it passes under ways, and lies beside others."""

# flags of a way
BRIDGE, TUNNEL, PRIVATE, SIDEWALK, CROSSING, SHARED = 1, 2, 4, 8, 16, 32

ROADS = (
    "footway",
    "path",
    "pedestrian",
    "track",
    "bridleway",
    "cycleway",
    "steps",
    "living_street",
    "residential",
    "service",
    "unclassified",
    "tertiary",
    "secondary",
    "primary",
    "trunk",
    "busway",
    "platform",
    "corridor",
    "running_track",
    "road",
)
"""Ways a person can be on; a way record holds the place in this list."""


def cells(lat: npt.NDArray[np.int64], lon: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the sort keys of points in units of DEG: row of latitude, then column."""
    rows = (lat + LAT0) >> CELL_BITS
    columns = (lon + LON0) >> CELL_BITS
    return (rows << 32) | columns


def node_mark(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Return 1 to 15 from the ids of nodes: what lies in one place shares the node, or not."""
    mixed = (ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return (mixed % np.uint64(15)).astype(np.uint8) + np.uint8(1)


def osm_name(packed: int) -> str:
    """Return `n1`, `w1` or `r1` of a packed id."""
    return f"{ID_LETTER[packed & 3]}{packed >> 2}"


def aligned(offset: int) -> int:
    """Return the next place where a section may begin."""
    return -(-offset // ALIGN) * ALIGN


def pad(file: BinaryIO) -> None:
    """Write zeros up to the next place where a section may begin."""
    file.write(b"\0" * (aligned(file.tell()) - file.tell()))
