"""Pieces of lines: cut at 20 m, spilled to disk, sorted by cell, written."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from backrun_pi.maps import layout

_SHARE = 1_000_000  # records sorted at a time: about 100 MB
_BLOCK = 500_000  # records read at a time

_COPY_BYTES = 1 << 20
_KEY = np.dtype("<i8")
_LAST_KEY = 2**63 - 1
_CLOSING = 0xFFFFFFFF
_COLUMN_BITS, _PLACE_BITS = 20, 24  # with 19 of the row no more than 63


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
        self._sorted = (folder / f"{name}.sorted").open("w+b")
        self._whole = np.dtype((np.void, dtype.itemsize))  # moved at one go
        self._rows = np.zeros(0, layout.ROW)
        self._cells = np.zeros(0, layout.CELL)

    def close(self) -> None:
        """Let go of the spilled pieces."""
        self._records.close()
        self._keys.close()
        self._sorted.close()

    def put(self, points: npt.NDArray[np.int64], owners: dict[str, npt.NDArray[Any]]) -> None:
        """Take pieces, shape (n, 4) lat1, lon1, lat2, lon2 in map units, and spill them."""
        records = np.zeros(len(points), self._dtype)
        step = points[:, 2:] - points[:, :2]
        records["lat"], records["lon"] = points[:, 0], points[:, 1]
        records["dlat"], records["dlon"] = step[:, 0], step[:, 1]
        for name, values in owners.items():
            records[name] = values
        middle = (points[:, :2] + points[:, 2:]) >> 1
        records.tofile(self._records)
        layout.cells(middle[:, 0], middle[:, 1]).tofile(self._keys)
        self.count += len(points)

    def sort(self) -> tuple[int, int]:
        """Sort the records by cell; return how many rows and cells there are."""
        self._records.flush()
        self._keys.flush()
        keys, starts, first = [], [], 0
        for low, high in pairwise(self._shares()):
            share, blocks = [], []
            for start, block in self._key_blocks():
                picked = (block >= low) & (block < high)
                share.append(block[picked])
                self._records.seek(start * self._dtype.itemsize)
                blocks.append(np.fromfile(self._records, self._whole, len(block))[picked])
            ranked, order = _ranked(np.concatenate(share))
            np.concatenate(blocks)[order].tofile(self._sorted)
            at = np.flatnonzero(np.diff(ranked, prepend=-1))
            keys.append(ranked[at])
            starts.append(at + first)
            first += len(ranked)
        self._index(np.concatenate(keys), np.concatenate(starts))
        return len(self._rows), len(self._cells)

    def _index(self, keys: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> None:
        """Make rows and cells of the keys of the cells, each with a closing entry."""
        rows = keys >> 32
        first = np.flatnonzero(np.diff(rows, prepend=-1))
        self._rows = np.zeros(len(first) + 1, layout.ROW)
        self._rows["row"] = np.append(rows[first], _CLOSING)
        self._rows["cell"] = np.append(first, len(keys))
        self._cells = np.zeros(len(keys) + 1, layout.CELL)
        self._cells["column"] = np.append(keys & 0xFFFFFFFF, _CLOSING)
        self._cells["record"] = np.append(starts, self.count)

    def write(self, out: BinaryIO) -> None:
        """Write the sorted records and the cells."""
        self._sorted.seek(0)
        shutil.copyfileobj(self._sorted, out, _COPY_BYTES)
        layout.pad(out)
        for cells in (self._rows, self._cells):
            out.write(cells.tobytes())
            layout.pad(out)

    def _shares(self) -> list[int]:
        """Return keys that cut the records into shares small enough to sort in memory."""
        parts = max(1, -(-self.count // self._share))
        if parts == 1:
            return [0, _LAST_KEY]
        samples = np.sort(np.concatenate([block[::100] for _, block in self._key_blocks()]))
        inner = [int(samples[len(samples) * part // parts]) for part in range(1, parts)]
        return [0, *sorted(set(inner)), _LAST_KEY]

    def _key_blocks(self) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
        for start in range(0, max(1, self.count), self._block):
            self._keys.seek(start * _KEY.itemsize)
            yield (
                start,
                np.fromfile(self._keys, _KEY, min(self._block, self.count - start)),
            )


def cut(
    points: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.intp]]:
    """Cut pieces into equal parts of at most CUT_M; return the parts and whose they are."""
    delta = points[:, 2:] - points[:, :2]
    east_m = layout.NORTH_M * np.cos(np.radians(points[:, 0] * layout.DEG))
    length_m = np.hypot(delta[:, 0] * layout.NORTH_M, delta[:, 1] * east_m)
    parts = np.maximum(1, np.ceil(length_m / layout.CUT_M)).astype(np.int64)
    parts = np.maximum(parts, -(-abs(delta[:, 1]) // layout.LARGEST_STEP))  # near a pole
    index = np.repeat(np.arange(len(points)), parts)
    pieces = points[index]
    long = np.flatnonzero(parts > 1)  # few
    of_long = parts[long]
    whose = np.repeat(long, of_long)
    part = np.arange(len(whose)) - np.repeat(np.cumsum(of_long) - of_long, of_long)
    at = (np.cumsum(parts) - parts)[whose] + part
    for column, side in ((0, part), (2, part + 1)):
        share = (side / parts[whose])[:, None]
        moved = np.rint(delta[whose] * share).astype(np.int64)
        pieces[at, column : column + 2] = points[whose, :2] + moved
    return pieces, index


def _ranked(
    keys: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return sorted keys and the stable order that sorts them.

    Place and key share one number, which sorts in a tenth of the time of an argsort: the
    row of a key takes 19 bits of the upper, the column 20 of the lower 32.
    """
    packed = ((keys >> 32) << _COLUMN_BITS | keys & 0xFFFFFFFF) << _PLACE_BITS
    packed |= np.arange(len(keys))
    packed.sort()
    order = packed & ((1 << _PLACE_BITS) - 1)
    return keys[order], order
