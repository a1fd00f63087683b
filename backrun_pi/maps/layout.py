"""How a map file is laid out on disk: magic, sections, records, codes.

```
magic 8 B | version u32 | header length u32 | header CRC-32 u32 | 0 u32 | file size u64
header: JSON, UTF-8        sections, each at a multiple of 64 B, in the order of SECTIONS
```
Coordinates are int32 in 1e-7 degrees, OpenStreetMap's own grid. Lines are cut at 20 m; a
point is a line of length zero. Capsules and segments are sorted by the cell of their middle
(4096 units, 45.6 m in latitude), so a row of cells is one contiguous slice; beside them
stand the keys of the cells that hold something and the first record of each, and a closing
cell with the number of records.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from backrun_pi.maps.tags import SMOOTHNESS_CLASS, SURFACE_CLASS

MAGIC = b"BACKMAP\n"
VERSION = 2
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
LAST_KEY = 2**63 - 1
"""Key of the closing cell record."""
NORTH_M = 111_319.49 * DEG
"""[m] North of one unit at the equator of WGS 84; 0.5 % is enough to cut lines."""
CUT_M = 20.0
"""[m] Longest piece of a line."""

CAPSULE = np.dtype(
    [
        ("lat1", "<i4"),
        ("lon1", "<i4"),
        ("lat2", "<i4"),
        ("lon2", "<i4"),
        ("radius_cm", "<u2"),
        ("rule", "u1"),
        ("spare", "u1"),
        ("feature", "<u4"),
    ]
)
FEATURE = np.dtype(
    [
        ("osm", "<i8"),
        ("relation", "<u4"),
        ("rule", "u1"),
        ("layer", "i1"),
        ("flags", "<u2"),
    ]
)
SEGMENT = np.dtype(
    [("lat1", "<i4"), ("lon1", "<i4"), ("lat2", "<i4"), ("lon2", "<i4"), ("way", "<u4")]
)
WAY = np.dtype(
    [
        ("osm", "<i8"),
        ("width_cm", "<u2"),
        ("incline_pm", "<i2"),
        ("flags", "<u2"),
        ("road", "u1"),
        ("surface", "u1"),
        ("smoothness", "u1"),
        ("lit", "u1"),
        ("layer", "i1"),
        ("busy", "u1"),
    ]
)
KEY, START = np.dtype("<i8"), np.dtype("<u4")

SECTIONS: dict[str, np.dtype[np.generic]] = {
    "capsules": CAPSULE,
    "capsule_keys": KEY,
    "capsule_starts": START,
    "features": FEATURE,
    "segments": SEGMENT,
    "segment_keys": KEY,
    "segment_starts": START,
    "ways": WAY,
}

# feature ids: an OSM id times 4 plus its type
NODE, LINE, AREA = 0, 1, 2
ID_LETTER = "nwr?"

# layer of a feature that stands on every layer (nodes carry none)
ANY_LAYER = 127

# flags of a feature
DROP_RIGHT, STEPS_UP, STEPS_DOWN = 1, 2, 4

# flags of a way
BRIDGE, TUNNEL, PRIVATE, SIDEWALK, CROSSING, SHARED, HAS_CROSS_TRAFFIC = 1, 2, 4, 8, 16, 32, 64

NO_CODE = 255
"""A tag that is missing."""
OTHER_CODE = 254
"""A tag whose value is not in our lists."""
NO_INCLINE = 32767

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
)
"""Ways a person can be on; a way record holds the place in this list."""

SURFACES = tuple(sorted(SURFACE_CLASS))
SMOOTHNESSES = tuple(sorted(SMOOTHNESS_CLASS))

IntCoords = npt.NDArray[np.int32]


def cells(lat: npt.NDArray[np.int64], lon: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the sort keys of points in units of DEG: row of latitude, then column."""
    rows = (lat + LAT0) >> CELL_BITS
    columns = (lon + LON0) >> CELL_BITS
    return (rows << 32) | columns


def osm_name(packed: int) -> str:
    """Return `n1`, `w1` or `r1` of a packed id."""
    return f"{ID_LETTER[packed & 3]}{packed >> 2}"


def aligned(offset: int) -> int:
    """Return the next place where a section may begin."""
    return -(-offset // ALIGN) * ALIGN


def pad(file: BinaryIO) -> None:
    """Write zeros up to the next place where a section may begin."""
    file.write(b"\0" * (aligned(file.tell()) - file.tell()))
