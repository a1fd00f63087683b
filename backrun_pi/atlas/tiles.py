"""The atlas as tiled GeoJSON, which any static file server hands out.

`tiles/Z/X/Y.json` are the usual tiles of web maps (spherical Mercator). Three levels: large and
small H3 cells with their kilometres from afar, the stretches themselves from near. A tile is
written as lines, in any order, and closed to a document at the end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from backrun_pi.atlas.geoparquet import EXTRA, NOTICE, points_of
from backrun_pi.optional_library import imported

STRETCH_ZOOM = 12
CELL_LEVELS = {6: 5, 9: 7}
"""Zoom of the tiles -> resolution of the H3 cells in them."""
_DEG = 6
"""[-] Digits of a coordinate: 0.1 m."""
_MOST_LAT_DEG = 85.0511  # where the map of the web ends
_LINES = ".lines"

Feature = dict[str, Any]


class TileWriter:
    """Collects features in tiles of a folder, with the sums of cells in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cells: dict[str, dict[str, float]] = {}

    def take(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add the stretches of a part.

        Raises:
            OSError: A tile cannot be written.
        """
        waiting: dict[Path, list[Feature]] = {}
        for row in rows:
            path = self._path(STRETCH_ZOOM, row["lat_deg"], row["lon_deg"])
            waiting.setdefault(path, []).append(_stretch(row))
            sums = self._cells.setdefault(row["cell"], {})
            name = row["suitability"]
            sums[name] = sums.get(name, 0.0) + row["length_m"] / 1000.0
        for path, features in waiting.items():
            _append(path, features)

    def close(self) -> int:
        """Write the cells, make every tile a document and return how many there are.

        Raises:
            OSError: A tile cannot be written.
        """
        h3 = imported("h3", EXTRA)
        for zoom, resolution in CELL_LEVELS.items():
            sums: dict[str, dict[str, float]] = {}
            for cell, by_name in self._cells.items():
                whole = sums.setdefault(h3.cell_to_parent(cell, resolution), {})
                for name, km in by_name.items():
                    whole[name] = whole.get(name, 0.0) + km
            for cell, by_name in sums.items():
                path = self._path(zoom, *h3.cell_to_latlng(cell))
                _append(path, [_cell(h3.cell_to_boundary(cell), by_name)])
        count = 0
        for lines in sorted(self._folder.rglob(f"*{_LINES}")):
            _close(lines)
            count += 1
        return count

    def _path(self, zoom: int, lat_deg: float, lon_deg: float) -> Path:
        x, y = tile_of(lat_deg, lon_deg, zoom)
        return self._folder / str(zoom) / str(x) / f"{y}{_LINES}"


def tile_of(lat_deg: float, lon_deg: float, zoom: int) -> tuple[int, int]:
    """Return (x, y) of the tile of a place."""
    side = 1 << zoom
    lat = math.radians(max(-_MOST_LAT_DEG, min(_MOST_LAT_DEG, lat_deg)))
    x = int((lon_deg + 180.0) / 360.0 * side)
    y = int((1.0 - math.asinh(math.tan(lat)) / math.pi) / 2.0 * side)
    return min(side - 1, max(0, x)), min(side - 1, max(0, y))


def _append(path: Path, features: Iterable[Feature]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        for feature in features:
            stream.write(json.dumps(feature, separators=(",", ":"), ensure_ascii=False) + "\n")


def _close(lines: Path) -> None:
    """Make a document of the lines of a tile."""
    with (
        lines.open(encoding="utf-8") as stream,
        lines.with_suffix(".json").open("w", encoding="utf-8") as out,
    ):
        _document(stream, out)
    lines.unlink()


def _document(stream: TextIO, out: TextIO) -> None:
    out.write('{"type":"FeatureCollection","attribution":' + json.dumps(NOTICE))
    out.write(',"features":[')
    out.writelines(
        f",{line.rstrip()}" if number else line.rstrip() for number, line in enumerate(stream)
    )
    out.write("]}\n")


def _stretch(row: Mapping[str, Any]) -> Feature:
    points = [[round(lon, _DEG), round(lat, _DEG)] for lon, lat in points_of(row["geometry"])]
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": points},
        "properties": {
            "suitability": row["suitability"],
            "length_m": round(row["length_m"]),
            "contacts_per_100_m": round(row["contacts_per_100_m"], 2),
            "doubts": row["doubts"],
            "ends_before": row["ends_before"],
            "ways": row["way_ids"],
            "rank": row["rank_in_cell"],
            "data_until": row["data_until"],
        },
    }


def _cell(boundary: Iterable[tuple[float, float]], km: Mapping[str, float]) -> Feature:
    ring = [[round(lon, _DEG), round(lat, _DEG)] for lat, lon in boundary]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        "properties": {name: round(value, 2) for name, value in sorted(km.items())},
    }
