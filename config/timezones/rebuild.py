"""Builds `backrun_pi/timezone.bin`, the grid of time zones, from the polygons of tzfpy.

Run: python config/timezones/rebuild.py (needs tzfpy, of the dev dependencies; takes minutes)

The device carries the grid and not the library: tzfpy 2.1 costs 33 MB of memory and 0.13 s of
CPU for one question, half of what a whole review may take.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from itertools import groupby
from pathlib import Path

import tzfpy

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from backrun_pi.timezone import CELLS_PER_DEG, COLUMNS, GRID, ROWS  # noqa: E402


def row(index: int, names: dict[str, int]) -> bytes:
    """Return the zones of one row of cells, from west to east, as packed runs."""
    lat_deg = (index + 0.5) / CELLS_PER_DEG - 90.0
    codes = [
        names.setdefault(
            tzfpy.get_tz((column + 0.5) / CELLS_PER_DEG - 180.0, lat_deg), len(names)
        )
        for column in range(COLUMNS)
    ]
    runs = [(code, sum(1 for _ in same)) for code, same in groupby(codes)]
    return zlib.compress(b"".join(struct.pack("<HH", *run) for run in runs), 9)


def main() -> None:
    """Write the grid: a line of JSON with names and row lengths, then the rows."""
    names: dict[str, int] = {}
    rows = [row(index, names) for index in range(ROWS)]
    about = {"data": tzfpy.data_version(), "zones": list(names), "rows": [len(r) for r in rows]}
    GRID.write_bytes(json.dumps(about, separators=(",", ":")).encode() + b"\n" + b"".join(rows))
    print(f"{GRID.name}: {GRID.stat().st_size} bytes, {len(names)} zones", file=sys.stderr)


if __name__ == "__main__":
    main()
