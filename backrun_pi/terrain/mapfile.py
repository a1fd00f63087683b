"""The map on disk: memory-mapped, read only, found by cell."""

from __future__ import annotations

import json
import math
import mmap
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backrun_pi.errors import MapError
from backrun_pi.geo import LocalFrame
from backrun_pi.terrain import layout
from backrun_pi.terrain.tags import Rule

Box = tuple[float, float, float, float]
"""[deg] south, west, north, east."""

_EXTRACT_ENDS = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m", ".osm.xml")
_LARGEST_RADIUS_M = 7.0  # of the tag table: half a motorway


@dataclass(frozen=True, slots=True)
class MapLine:
    """A way or a hazard, for drawing and listing."""

    osm_id: str
    """`n1`, `w1` or `r1`."""
    kind: str
    """Kind of the tag table, or the value of `highway` for a way."""
    severity: int
    """[-] Of a hazard; 0 for a way."""
    points_deg: tuple[tuple[float, float], ...]
    """[deg] (lat, lon) along the line; one point for a node."""


class MapFile:
    """A map made by `backrun map build`."""

    def __init__(self, path: Path, data: memoryview, header: dict[str, Any]) -> None:
        self.path = path
        self.header = header
        arrays = {}
        for name, dtype in layout.SECTIONS.items():
            offset, count = header["sections"][name]
            arrays[name] = np.frombuffer(data, dtype, count, offset)
        self.capsules: npt.NDArray[np.void] = arrays["capsules"]
        self.features: npt.NDArray[np.void] = arrays["features"]
        self.segments: npt.NDArray[np.void] = arrays["segments"]
        self.ways: npt.NDArray[np.void] = arrays["ways"]
        self._capsule_cells = _Cells(arrays["capsule_keys"], arrays["capsule_starts"])
        self._segment_cells = _Cells(arrays["segment_keys"], arrays["segment_starts"])
        self.rules = tuple(Rule(*row) for row in header["rules"])

    @classmethod
    def open(cls, path: Path) -> MapFile:
        """Open a map file.

        Raises:
            MapError: It is missing, not a map, of another version, cut short or damaged.
        """
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size < layout.PREFIX.size:
                    raise MapError(f"{path}: not a map file ({size} bytes)")
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except FileNotFoundError:
            raise MapError(f"{path}: there is no such map file") from None
        except IsADirectoryError:
            raise MapError(f"{path}: is a folder, not a map file") from None
        except (OSError, ValueError) as fault:
            raise MapError(f"{path}: cannot be read: {fault}") from fault
        return cls(path, data, _header(path, data, size))

    @property
    def first_line_rule(self) -> int:
        """Return the place of the first rule for lines; those before are for nodes."""
        return int(self.header["first_line_rule"])

    @property
    def attribution(self) -> str:
        """Return the notice that goes with everything made from this map."""
        return str(self.header["attribution"])

    @property
    def box(self) -> Box | None:
        """Return south, west, north, east in degrees; None of an empty map."""
        box = self.header["box"]
        return None if box is None else (box[0], box[1], box[2], box[3])

    def capsules_near(
        self, lat: int, lon: int, radius_m: float, reach_m: float = _LARGEST_RADIUS_M
    ) -> npt.NDArray[np.void]:
        """Return capsules that may come within a radius (and a few that do not).

        Args:
            lat: In units of 1e-7 degrees.
            lon: In units of 1e-7 degrees.
            radius_m: Distance to the edge of the thing.
            reach_m: Largest radius of a thing to be found.
        """
        reach = radius_m + reach_m + layout.CUT_M / 2
        return _gather(self.capsules, self._capsule_cells.spans(lat, lon, reach))

    def segments_near(self, lat: int, lon: int, radius_m: float) -> npt.NDArray[np.void]:
        """Return way segments that may come within a radius (and a few that do not)."""
        reach = radius_m + layout.CUT_M / 2
        return _gather(self.segments, self._segment_cells.spans(lat, lon, reach))

    def segments_in_tile(self, row: int, column: int, bits: int) -> npt.NDArray[np.void]:
        """Return way segments whose middle lies in a tile of 2**bits units."""
        return _gather(self.segments, self._segment_cells.tile(row, column, bits))

    def holds(self, lat_deg: float, lon_deg: float, margin_m: float) -> bool:
        """Say whether a position lies in the box of the map, less a margin."""
        if self.box is None:
            return False
        south, west, north, east = self.box
        dlat = margin_m / 111_000.0  # metres of a degree; a margin needs no more
        dlon = dlat / max(0.01, math.cos(math.radians(lat_deg)))
        return south + dlat <= lat_deg <= north - dlat and west + dlon <= lon_deg <= east - dlon

    def ways_in(self, box: Box) -> tuple[MapLine, ...]:
        """Return every way that has a piece in a box, for drawing."""
        found = self.segments[_in_box(self.segments, self._segment_cells, box)]
        lines = []
        for way in np.unique(found["way"]):
            record = self.ways[way]
            name = f"w{int(record['osm'])}"
            road = layout.ROADS[int(record["road"])]
            pieces = found[found["way"] == way]
            lines += [MapLine(name, road, 0, points) for points in _chains(pieces)]
        return tuple(lines)

    def hazards_in(self, box: Box) -> tuple[MapLine, ...]:
        """Return every hazard that has a piece in a box, for drawing."""
        found = self.capsules[_in_box(self.capsules, self._capsule_cells, box)]
        lines = []
        for at in np.unique(found["feature"]):
            rule = self.rules[int(self.features[at]["rule"])]
            name = layout.osm_name(int(self.features[at]["osm"]))
            pieces = found[found["feature"] == at]
            lines += [
                MapLine(name, rule.kind, rule.severity, points) for points in _chains(pieces)
            ]
        return tuple(lines)


class _Cells:
    """The index of one sorted section: keys of cells that hold something, and first records."""

    def __init__(self, keys: npt.NDArray[np.int64], starts: npt.NDArray[np.uint32]) -> None:
        self._keys = keys
        self._starts = starts

    def spans(self, lat: int, lon: int, reach_m: float) -> list[int]:
        """Return first, end, first, end ... of the records in the cells around a point."""
        north_m, east_m = metres_per_unit(lat)
        dlat, dlon = int(reach_m / north_m) + 1, int(reach_m / max(east_m, 1e-6)) + 1
        row0 = (lat - dlat + layout.LAT0) >> layout.CELL_BITS
        row1 = (lat + dlat + layout.LAT0) >> layout.CELL_BITS
        column0 = (lon - dlon + layout.LON0) >> layout.CELL_BITS
        column1 = (lon + dlon + layout.LON0) >> layout.CELL_BITS
        bounds = []
        for row in range(row0, row1 + 1):
            bounds += [(row << 32) | column0, (row << 32) | (column1 + 1)]
        return self._between(bounds)

    def tile(self, row: int, column: int, bits: int) -> list[int]:
        """Return first, end ... of the records in a square of cells."""
        side = 1 << (bits - layout.CELL_BITS)
        bounds = []
        for cell_row in range(row * side, (row + 1) * side):
            key = (cell_row << 32) | (column * side)
            bounds += [key, key + side]
        return self._between(bounds)

    def rows(self, south: int, north: int) -> tuple[int, int]:
        """Return first and end of the records in all cells between two latitudes."""
        row0 = (south + layout.LAT0) >> layout.CELL_BITS
        row1 = (north + layout.LAT0) >> layout.CELL_BITS
        first, end = self._between([row0 << 32, (row1 + 1) << 32])
        return first, end

    def _between(self, bounds: list[int]) -> list[int]:
        places = self._keys.searchsorted(np.array(bounds, np.int64))
        ends: list[int] = self._starts[places].tolist()
        return ends


def units(lat_deg: float, lon_deg: float) -> tuple[int, int]:
    """Return a position in the units of the map."""
    return round(lat_deg / layout.DEG), round(lon_deg / layout.DEG)


def metres_per_unit(lat: int) -> tuple[float, float]:
    """Return [m] north per unit of latitude and east per unit of longitude, at a latitude."""
    frame = LocalFrame(lat * layout.DEG, 0.0)
    span = 10_000  # units, about 110 m
    east, _ = frame.to_m(lat * layout.DEG, span * layout.DEG)
    _, north = frame.to_m((lat + span) * layout.DEG, 0.0)
    return north / span, east / span


def _header(path: Path, data: memoryview, size: int) -> dict[str, Any]:
    magic, version, length, crc, _, whole = layout.PREFIX.unpack_from(data)
    if magic != layout.MAGIC:
        hint = ""
        if path.name.endswith(_EXTRACT_ENDS):
            hint = "; it looks like an extract: run `backrun map build` on it"
        raise MapError(f"{path}: not a map file{hint}")
    if version != layout.VERSION:
        raise MapError(
            f"{path}: map version {version}, this program reads {layout.VERSION}; "
            "build it again"
        )
    if size != whole:
        raise MapError(f"{path}: cut short: {size} of {whole} bytes; build it again")
    text = bytes(data[layout.PREFIX.size : layout.PREFIX.size + length])
    if zlib.crc32(text) != crc:
        raise MapError(f"{path}: damaged header; build it again")
    header: dict[str, Any] = json.loads(text)
    return header


def _gather(records: npt.NDArray[np.void], ends: list[int]) -> npt.NDArray[np.void]:
    whole = records.view(np.dtype((np.void, records.dtype.itemsize)))  # copied at one go
    parts = [whole[a:b] for a, b in zip(ends[::2], ends[1::2], strict=True) if b > a]
    if not parts:
        return records[:0]
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return joined.view(records.dtype)


def _in_box(records: npt.NDArray[np.void], cells: _Cells, box: Box) -> npt.NDArray[np.intp]:
    south, west = units(box[0], box[1])
    north, east = units(box[2], box[3])
    first, end = cells.rows(south, north)
    part = records[first:end]
    inside = (
        (np.maximum(part["lat1"], part["lat2"]) >= south)
        & (np.minimum(part["lat1"], part["lat2"]) <= north)
        & (np.maximum(part["lon1"], part["lon2"]) >= west)
        & (np.minimum(part["lon1"], part["lon2"]) <= east)
    )
    return np.flatnonzero(inside) + first


def _chains(pieces: npt.NDArray[np.void]) -> list[tuple[tuple[float, float], ...]]:
    """Join the pieces of one line where one ends and the next begins."""
    nexts: dict[tuple[int, int], list[tuple[int, int]]] = {}
    ends = set()
    for a, b, c, d in _corners(pieces):
        nexts.setdefault((a, b), []).append((c, d))
        ends.add((c, d))
    starts = [point for point in nexts if point not in ends] + list(nexts)
    chains = []
    for start in starts:
        while nexts.get(start):
            chain = [start]
            while nexts.get(chain[-1]):
                chain.append(nexts[chain[-1]].pop())
            if len(chain) == 2 and chain[0] == chain[1]:
                chain.pop()
            chains.append(tuple((la * layout.DEG, lo * layout.DEG) for la, lo in chain))
    return chains


def _corners(pieces: npt.NDArray[np.void]) -> Sequence[tuple[int, int, int, int]]:
    columns = (pieces[name].tolist() for name in ("lat1", "lon1", "lat2", "lon2"))
    return list(zip(*columns, strict=True))
