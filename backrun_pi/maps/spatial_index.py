"""Pieces of lines found by the cell they lie in: rows of cells, cells, records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backrun_pi.geo import LocalFrame
from backrun_pi.maps import layout
from backrun_pi.maps.paged_file import RecordTable, damaged

Pieces = npt.NDArray[np.void]
_Row = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]

_MOST = 2_000_000  # records of one row of cells, 10 km long: no place on earth has as many
_ROWS_KEPT = 256  # of 46 m


@dataclass(frozen=True, slots=True)
class Section:
    """Records sorted by cell, read when asked for."""

    path: Path
    records: RecordTable
    rows: npt.NDArray[np.void]
    """Rows of cells that hold something, and a closing one; small, in memory."""
    cells: RecordTable
    decode: Callable[[Pieces], Pieces]
    """Turns records into pieces with both ends; raises MapError for what no build writes."""
    _known: dict[int, _Row] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many pieces there are."""
        return len(self.records)

    def near(self, lat: int, lon: int, reach_m: float) -> Pieces:
        """Return the pieces in the cells around a point in units of the map.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        north_m, east_m = metres_per_unit(lat)
        dlat, dlon = int(reach_m / north_m) + 1, int(reach_m / max(east_m, 1e-6)) + 1
        return self._in_cells(
            (lat - dlat + layout.LAT0) >> layout.CELL_BITS,
            (lat + dlat + layout.LAT0) >> layout.CELL_BITS,
            (lon - dlon + layout.LON0) >> layout.CELL_BITS,
            (lon + dlon + layout.LON0) >> layout.CELL_BITS,
        )

    def tile(self, row: int, column: int, bits: int) -> Pieces:
        """Return the pieces whose middle lies in a tile of 2**bits units.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        side = 1 << (bits - layout.CELL_BITS)
        return self._in_cells(
            row * side, row * side + side - 1, column * side, column * side + side - 1
        )

    def tiles(self, bits: int) -> list[tuple[int, int]]:
        """Return (row, column) of every tile of 2**bits units that holds a piece, in order.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        shift = bits - layout.CELL_BITS
        found: set[tuple[int, int]] = set()
        for at, row in enumerate(self.rows["row"][:-1].tolist()):
            columns, _ = self._read_row(at)
            found.update(
                (row >> shift, column) for column in np.unique(columns >> shift).tolist()
            )
        return sorted(found)

    def within(self, south: int, west: int, north: int, east: int) -> Pieces:
        """Return the pieces that touch a box.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        part = self._in_cells(
            ((south + layout.LAT0) >> layout.CELL_BITS) - 1,
            ((north + layout.LAT0) >> layout.CELL_BITS) + 1,
            ((west - layout.LARGEST_STEP + layout.LON0) >> layout.CELL_BITS) - 1,
            ((east + layout.LARGEST_STEP + layout.LON0) >> layout.CELL_BITS) + 1,
        )
        inside = (
            (np.maximum(part["lat1"], part["lat2"]) >= south)
            & (np.minimum(part["lat1"], part["lat2"]) <= north)
            & (np.maximum(part["lon1"], part["lon2"]) >= west)
            & (np.minimum(part["lon1"], part["lon2"]) <= east)
        )
        pieces: Pieces = part[inside]
        return pieces

    def _in_cells(self, row0: int, row1: int, column0: int, column1: int) -> Pieces:
        """Return the pieces of rows and columns of cells, ends included."""
        names = self.rows["row"]
        first, end = (int(at) for at in names[:-1].searchsorted((max(0, row0), row1 + 1)))
        found = []
        for at in range(first, end):
            columns, starts = self._known.get(at) or self._read_row(at)
            low, high = columns.searchsorted((max(0, column0), max(0, column1 + 1))).tolist()
            if high > low:
                one, other = int(starts[low]), int(starts[high])
                if not one <= other <= one + _MOST:
                    raise damaged(self.path)
                found.append(self.records.between(one, other))
        if not found:
            return self.decode(np.zeros(0, self.records.dtype))
        return self.decode(found[0] if len(found) == 1 else np.concatenate(found))

    def _read_row(self, at: int) -> _Row:
        first, end = int(self.rows["cell"][at]), int(self.rows["cell"][at + 1])
        if not first < end <= first + _MOST:
            raise damaged(self.path)
        cells = self.cells.between(first, end + 1)
        row = (
            np.ascontiguousarray(cells["column"][:-1]),
            np.ascontiguousarray(cells["record"]),
        )
        while len(self._known) >= _ROWS_KEPT:
            del self._known[next(iter(self._known))]
        self._known[at] = row
        return row


def metres_per_unit(lat: int) -> tuple[float, float]:
    """Return [m] north per unit of latitude and east per unit of longitude, at a latitude."""
    frame = LocalFrame(lat * layout.DEG, 0.0)
    span = 10_000  # units, about 110 m
    east, _ = frame.to_m(lat * layout.DEG, span * layout.DEG)
    _, north = frame.to_m((lat + span) * layout.DEG, 0.0)
    return north / span, east / span
