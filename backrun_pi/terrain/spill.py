"""Pieces of lines: cut at 20 m, spilled to disk, sorted by cell, written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from backrun_pi.terrain import layout

_SORT_CHUNK = 500_000


class Lines:
    """Pieces of lines, cut at 20 m and spilled to disk."""

    def __init__(self, folder: Path, name: str, dtype: np.dtype[np.void]) -> None:
        self._dtype = dtype
        self._records = (folder / f"{name}.records").open("w+b")
        self._keys = (folder / f"{name}.keys").open("w+b")
        self.count = 0
        self._order = np.zeros(0, np.uint32)
        self._cell_keys = np.zeros(0, layout.KEY)
        self._cell_starts = np.zeros(0, layout.START)

    def close(self) -> None:
        """Let go of the spilled pieces."""
        self._records.close()
        self._keys.close()

    def put(self, points: npt.NDArray[np.int64], owners: dict[str, npt.NDArray[Any]]) -> None:
        """Take pieces, shape (n, 4) lat1, lon1, lat2, lon2 in map units, cut them, spill."""
        cut, index = _cut(points)
        records = np.zeros(len(cut), self._dtype)
        for column, name in enumerate(("lat1", "lon1", "lat2", "lon2")):
            records[name] = cut[:, column]
        for name, values in owners.items():
            records[name] = values[index]
        keys = layout.cells((cut[:, 0] + cut[:, 2]) >> 1, (cut[:, 1] + cut[:, 3]) >> 1)
        self._records.write(records.tobytes())
        self._keys.write(keys.astype("<i8").tobytes())
        self.count += len(cut)

    def sort(self) -> int:
        """Find the order of the cells; return how many cell records there are."""
        self._records.flush()
        self._keys.flush()
        keys = _mapped(self._keys, np.dtype("<i8"), self.count)
        self._order = np.argsort(keys, kind="stable").astype(np.uint32)
        ranked = keys[self._order]
        starts = np.flatnonzero(np.diff(ranked, prepend=-1))
        self._cell_keys = np.append(ranked[starts], layout.LAST_KEY).astype(layout.KEY)
        self._cell_starts = np.append(starts, self.count).astype(layout.START)
        return len(starts) + 1

    def write(self, out: BinaryIO) -> None:
        """Write the records in the order of their cells, and the cells."""
        records = _mapped(self._records, self._dtype, self.count)
        out.writelines(
            records[self._order[start : start + _SORT_CHUNK]].tobytes()
            for start in range(0, self.count, _SORT_CHUNK)
        )
        layout.pad(out)
        for cells in (self._cell_keys, self._cell_starts):
            out.write(cells.tobytes())
            layout.pad(out)


def _cut(
    points: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Cut pieces into equal parts of at most CUT_M; return the parts and whose they are."""
    north_m = 111_319.49 * layout.DEG  # equator of WGS 84; 0.5 % is enough to cut
    east = north_m * np.cos(np.radians(points[:, 0] * layout.DEG))
    length = np.hypot(
        (points[:, 2] - points[:, 0]) * north_m, (points[:, 3] - points[:, 1]) * east
    )
    parts = np.maximum(1, np.ceil(length / layout.CUT_M)).astype(np.int64)
    index = np.repeat(np.arange(len(points)), parts)
    part = np.arange(len(index)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = np.column_stack([part, part + 1]) / parts[index][:, None]
    begin, delta = points[index, :2], (points[:, 2:] - points[:, :2])[index]
    cut = [begin + np.rint(delta * share[:, side, None]).astype(np.int64) for side in (0, 1)]
    return np.hstack(cut), index


def _mapped(file: BinaryIO, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
    if count == 0:
        return np.zeros(0, dtype)
    return np.memmap(file, dtype, "r", shape=(count,))
