"""One sorted section of a map file: read cell by cell, and looked at before it is used."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backrun_pi.errors import MapError
from backrun_pi.geo import LocalFrame
from backrun_pi.maps import layout

Records = npt.NDArray[np.void]

_MOST = 2_000_000  # records of one row of cells, 10 km long: no place on earth has as many


@dataclass(frozen=True, slots=True)
class Section:
    """Records sorted by cell, with the keys of the cells that hold something.

    Records are read, not mapped: what was read long ago weighs on the file cache alone, and
    a card that fails raises an error where a mapped page would end the process.
    """

    path: Path
    fd: int
    """Of the open map file."""
    offset: int
    """[B] Of the first record."""
    records: Records
    """All of them, mapped: for drawing and counting."""
    keys: npt.NDArray[np.int64]
    starts: npt.NDArray[np.uint32]
    """First record of each cell."""
    are_sound: Callable[[Records], bool]
    """Says whether records can be what a build has written."""

    def near(self, lat: int, lon: int, reach_m: float) -> Records:
        """Return the records in the cells around a point in units of the map.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        north_m, east_m = metres_per_unit(lat)
        dlat, dlon = int(reach_m / north_m) + 1, int(reach_m / max(east_m, 1e-6)) + 1
        row0 = (lat - dlat + layout.LAT0) >> layout.CELL_BITS
        row1 = (lat + dlat + layout.LAT0) >> layout.CELL_BITS
        column0 = (lon - dlon + layout.LON0) >> layout.CELL_BITS
        column1 = (lon + dlon + layout.LON0) >> layout.CELL_BITS
        bounds = []
        for row in range(row0, row1 + 1):
            bounds += [(row << 32) | column0, (row << 32) | (column1 + 1)]
        return self._read(self._between(bounds))

    def tile(self, row: int, column: int, bits: int) -> Records:
        """Return the records whose middle lies in a tile of 2**bits units.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        side = 1 << (bits - layout.CELL_BITS)
        bounds = []
        for cell_row in range(row * side, (row + 1) * side):
            key = (cell_row << 32) | (column * side)
            bounds += [key, key + side]
        return self._read(self._between(bounds))

    def within(self, south: int, west: int, north: int, east: int) -> Records:
        """Return the records that touch a box.

        Raises:
            MapError: The file is damaged there.
        """
        row0 = (south + layout.LAT0) >> layout.CELL_BITS
        row1 = (north + layout.LAT0) >> layout.CELL_BITS
        first, end = self._between([row0 << 32, (row1 + 1) << 32])
        part = self.records[first:end]
        inside = (
            (np.maximum(part["lat1"], part["lat2"]) >= south)
            & (np.minimum(part["lat1"], part["lat2"]) <= north)
            & (np.maximum(part["lon1"], part["lon2"]) >= west)
            & (np.minimum(part["lon1"], part["lon2"]) <= east)
        )
        return self._sound(part[inside])

    def _between(self, bounds: list[int]) -> list[int]:
        """Return first, end, first, end ... of the records between keys."""
        places = self.keys.searchsorted(np.array(bounds, np.int64))
        try:
            ends: list[int] = self.starts[places].tolist()
        except IndexError as error:  # the closing cell is gone
            raise damaged(self.path) from error
        most = len(self.records)
        for first, end in zip(ends[::2], ends[1::2], strict=True):
            if not first <= end <= most:
                raise damaged(self.path)
        return ends

    def _read(self, ends: list[int]) -> Records:
        size = self.records.dtype.itemsize
        parts = []
        for first, end in zip(ends[::2], ends[1::2], strict=True):
            if end - first > _MOST:
                raise damaged(self.path)
            if end > first:
                parts.append(self._bytes(self.offset + first * size, (end - first) * size))
        if not parts:
            return self.records[:0]
        return self._sound(np.frombuffer(b"".join(parts), self.records.dtype))

    def _bytes(self, offset: int, length: int) -> bytes:
        try:
            data = os.pread(self.fd, length, offset)
        except OSError as error:
            raise MapError(f"{self.path}: cannot be read: {error.strerror}") from error
        if len(data) < length:
            raise MapError(f"{self.path}: was cut short while in use; build it again")
        return data

    def _sound(self, records: Records) -> Records:
        if len(records) and not self.are_sound(records):
            raise damaged(self.path)
        return records


def damaged(path: Path) -> MapError:
    """Return what to raise for a map that holds what no build writes."""
    return MapError(f"{path}: damaged; build it again")


def metres_per_unit(lat: int) -> tuple[float, float]:
    """Return [m] north per unit of latitude and east per unit of longitude, at a latitude."""
    frame = LocalFrame(lat * layout.DEG, 0.0)
    span = 10_000  # units, about 110 m
    east, _ = frame.to_m(lat * layout.DEG, span * layout.DEG)
    _, north = frame.to_m((lat + span) * layout.DEG, 0.0)
    return north / span, east / span
