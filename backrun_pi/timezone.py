"""Which time zone a position lies in, offline and without a library's 30 MB of polygons.

The grid `timezone.bin` holds one zone for each tenth of a degree (`config/timezones/rebuild.py`
makes it from the polygons of timezone-boundary-builder). A position within about 8 km of a
border may get the zone of the other side.
"""

from __future__ import annotations

import bisect
import itertools
import math
import struct
import zlib
from datetime import UTC, tzinfo
from functools import lru_cache
from pathlib import Path

import msgspec

GRID = Path(__file__).with_name("timezone.bin")
CELLS_PER_DEG = 10
COLUMNS, ROWS = 360 * CELLS_PER_DEG, 180 * CELLS_PER_DEG
_RUN = struct.Struct("<HH")  # number of the zone, length of the run


def zone_name(lat_deg: float, lon_deg: float) -> str | None:
    """Return the IANA name of the zone at a position, None off the globe.

    Args:
        lat_deg: [deg]
        lon_deg: [deg]
    """
    if not (math.isfinite(lat_deg) and math.isfinite(lon_deg)) or abs(lat_deg) > 90.0:
        return None
    row = min(ROWS - 1, int((lat_deg + 90.0) * CELLS_PER_DEG))
    column = int((lon_deg + 180.0) % 360.0 * CELLS_PER_DEG) % COLUMNS
    names, rows = _grid()
    runs = list(_RUN.iter_unpack(zlib.decompress(rows[row])))
    ends = list(itertools.accumulate(length for _, length in runs))
    code: int = runs[bisect.bisect_right(ends, column)][0]
    return names[code]


def zone(name: str | None) -> tzinfo:
    """Return the rules of a zone; UTC for no name and where the system does not know it."""
    if name is None:
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - once a session

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return UTC


@lru_cache(maxsize=1)
def _grid() -> tuple[list[str], list[bytes]]:
    head, _, body = GRID.read_bytes().partition(b"\n")
    about = msgspec.json.decode(head)
    rows, at = [], 0
    for length in about["rows"]:
        rows.append(body[at : at + length])
        at += length
    return about["zones"], rows
