"""Pieces of lines: cut at 20 m, spilled to disk, sorted by cell, written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from backrun_pi.terrain import layout

_SHARE = 1_000_000  # records sorted at a time: about 100 MB
_BLOCK = 500_000  # records read at a time

_Picked = tuple[tuple[int, npt.NDArray[np.bool_]], npt.NDArray[np.int64]]
"""First record of a block, which of it are meant, and their keys."""


class Lines:
    """Pieces of lines, cut at 20 m and spilled to disk."""

    def __init__(
        self,
        folder: Path,
        name: str,
        dtype: np.dtype[np.void],
        share: int = _SHARE,
        block: int = _BLOCK,
    ) -> None:
        self._dtype = dtype
        self._share, self._block = share, block
        self._records = (folder / f"{name}.records").open("w+b")
        self._keys = (folder / f"{name}.keys").open("w+b")
        self.count = 0
        self._bounds: list[int] = []
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
        """Find the cells; return how many cell records there are."""
        self._records.flush()
        self._keys.flush()
        self._bounds = self._shares()
        keys, starts, first = [], [], 0
        for low, high in pairwise(self._bounds):
            ranked = np.sort(np.concatenate([part for _, part in self._between(low, high)]))
            at = np.flatnonzero(np.diff(ranked, prepend=-1))
            keys.append(ranked[at])
            starts.append(at + first)
            first += len(ranked)
        self._cell_keys = np.append(np.concatenate(keys), layout.LAST_KEY).astype(layout.KEY)
        self._cell_starts = np.append(np.concatenate(starts), first).astype(layout.START)
        return len(self._cell_keys)

    def write(self, out: BinaryIO) -> None:
        """Write the records in the order of their cells, and the cells."""
        for low, high in pairwise(self._bounds):
            keys, records = [], []
            for (start, picked), part in self._between(low, high):
                self._records.seek(start * self._dtype.itemsize)
                block = np.fromfile(self._records, self._dtype, len(picked))
                records.append(block[picked])
                keys.append(part)
            order = np.argsort(np.concatenate(keys), kind="stable")
            out.write(np.concatenate(records)[order].tobytes())
        layout.pad(out)
        for cells in (self._cell_keys, self._cell_starts):
            out.write(cells.tobytes())
            layout.pad(out)

    def _shares(self) -> list[int]:
        """Return keys that cut the records into shares small enough to sort in memory."""
        parts = max(1, -(-self.count // self._share))
        if parts == 1:
            return [0, layout.LAST_KEY]
        samples = np.sort(np.concatenate([block[::100] for _, block in self._key_blocks()]))
        inner = [int(samples[len(samples) * part // parts]) for part in range(1, parts)]
        return [0, *sorted(set(inner)), layout.LAST_KEY]

    def _between(self, low: int, high: int) -> Iterator[_Picked]:
        """Yield, block by block in the order of the file, which keys lie in a range."""
        for start, block in self._key_blocks():
            picked = (block >= low) & (block < high)
            yield (start, picked), block[picked]

    def _key_blocks(self) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
        for start in range(0, max(1, self.count), self._block):
            self._keys.seek(start * layout.KEY.itemsize)
            yield (
                start,
                np.fromfile(self._keys, layout.KEY, min(self._block, self.count - start)),
            )


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
