"""One sorted section of a map file: read cell by cell, and looked at before it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backrun_pi.geo import LocalFrame
from backrun_pi.maps import layout
from backrun_pi.maps.paged_file import CellIndex, Records, RecordTable, damaged

_MOST = 2_000_000  # records of one row of cells, 10 km long: no place on earth has as many
_ROWS = 20_000  # of cells, 900 km: nobody draws more at once


@dataclass(frozen=True, slots=True)
class Section:
    """Records sorted by cell, with the keys of the cells that hold something."""

    path: Path
    records: RecordTable
    cells: CellIndex
    are_sound: Callable[[Records], bool]
    """Says whether records can be what a build has written."""

    def near(self, lat: int, lon: int, reach_m: float) -> Records:
        """Return the records in the cells around a point in units of the map.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        north_m, east_m = metres_per_unit(lat)
        dlat, dlon = int(reach_m / north_m) + 1, int(reach_m / max(east_m, 1e-6)) + 1
        return self._sound(self._around((lat - dlat, lon - dlon), (lat + dlat, lon + dlon)))

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
        return self._sound(self._read(bounds))

    def within(self, south: int, west: int, north: int, east: int) -> Records:
        """Return the records that touch a box.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        part = self._around((south, west), (north, east), margin=1)
        inside = (
            (np.maximum(part["lat1"], part["lat2"]) >= south)
            & (np.minimum(part["lat1"], part["lat2"]) <= north)
            & (np.maximum(part["lon1"], part["lon2"]) >= west)
            & (np.minimum(part["lon1"], part["lon2"]) <= east)
        )
        return self._sound(part[inside])

    def _around(self, low: tuple[int, int], high: tuple[int, int], margin: int = 0) -> Records:
        """Return the records in the cells of a box, `margin` cells wider on every side."""
        row0 = ((low[0] + layout.LAT0) >> layout.CELL_BITS) - margin
        row1 = ((high[0] + layout.LAT0) >> layout.CELL_BITS) + margin
        column0 = max(0, ((low[1] + layout.LON0) >> layout.CELL_BITS) - margin)
        column1 = ((high[1] + layout.LON0) >> layout.CELL_BITS) + margin
        bounds = []
        for row in range(row0, min(row1, row0 + _ROWS) + 1):
            bounds += [(row << 32) | column0, (row << 32) | (column1 + 1)]
        return self._read(bounds)

    def _read(self, bounds: list[int]) -> Records:
        """Return the records between each two keys."""
        ends = self.cells.starts_of(bounds)
        parts = []
        for first, end in zip(ends[::2], ends[1::2], strict=True):
            if not first <= end <= min(len(self.records), first + _MOST):
                raise damaged(self.path)
            if end > first:
                parts.append(self.records.bytes_between(first, end))
        return np.frombuffer(b"".join(parts), self.records.dtype)

    def _sound(self, records: Records) -> Records:
        if len(records) and not self.are_sound(records):
            raise damaged(self.path)
        return records


def metres_per_unit(lat: int) -> tuple[float, float]:
    """Return [m] north per unit of latitude and east per unit of longitude, at a latitude."""
    frame = LocalFrame(lat * layout.DEG, 0.0)
    span = 10_000  # units, about 110 m
    east, _ = frame.to_m(lat * layout.DEG, span * layout.DEG)
    _, north = frame.to_m((lat + span) * layout.DEG, 0.0)
    return north / span, east / span
