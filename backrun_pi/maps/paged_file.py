"""The bytes of an open map file, read in blocks when they are asked for, never mapped.

A page of a mapped file that is cut or that the card cannot deliver ends the process with
SIGBUS; a read raises an error. What was read long ago weighs on nobody: a map of a country
takes a few megabytes of memory, whatever its size.
"""

from __future__ import annotations

import operator
import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from backrun_pi.errors import MapError

Records = npt.NDArray[np.void]

_BLOCK_BYTES = 8192  # two pages of the card: read in one go
_MOST_BLOCKS = 256  # kept of each section: 2 MB


class PagedFile:
    """A file that is read by offset, and given up when it changes while it is open."""

    def __init__(self, path: Path, fd: int) -> None:
        """Take over an open file; `fd` is duplicated."""
        self.path = path
        self._fd = os.dup(fd)
        weakref.finalize(self, os.close, self._fd)
        self._stamp = self._stamp_now()
        self.size_bytes = self._stamp[0]

    def read(self, offset: int, length: int) -> bytes:
        """Return bytes of the file.

        Raises:
            MapError: It cannot be read, or somebody wrote to it or cut it since it was opened.
        """
        try:
            stamp = self._stamp_now()
            data = os.pread(self._fd, length, offset) if stamp == self._stamp else b""
        except OSError as error:
            raise MapError(f"{self.path}: cannot be read: {error.strerror}") from error
        if len(data) < length:
            raise MapError(f"{self.path}: was changed or cut short while in use; install again")
        return data

    def _stamp_now(self) -> tuple[int, int]:
        state = os.fstat(self._fd)
        return state.st_size, state.st_mtime_ns


class RecordTable:
    """The records of one section, by their numbers; the blocks used last are kept."""

    def __init__(self, file: PagedFile, dtype: np.dtype[Any], offset: int, count: int) -> None:
        self.dtype = dtype
        self._file = file
        self._offset, self._count, self._size = offset, count, dtype.itemsize
        self.path = file.path
        self._bits = (_BLOCK_BYTES // self._size).bit_length() - 1
        self._per_block = 1 << self._bits
        blocks = -(-count // self._per_block)
        slots = min(blocks, _MOST_BLOCKS)
        # Not touched, not resident: an empty slot costs no memory.
        self._kept: Records = np.empty(slots * self._per_block, dtype)
        self._block_in = [-1] * slots
        self._slot_of = np.full(blocks, -1, np.int16)
        self._next_slot = 0

    def __len__(self) -> int:
        """Return the number of records."""
        return self._count

    @overload
    def __getitem__(self, at: int) -> np.void: ...
    @overload
    def __getitem__(self, at: npt.NDArray[np.integer[Any]]) -> Records: ...
    def __getitem__(self, at: int | npt.NDArray[np.integer[Any]]) -> np.void | Records:
        """Return one record, or those of many numbers in their order. Raises MapError."""
        if isinstance(at, np.ndarray):
            return self._many(at)
        number = operator.index(at)
        if not 0 <= number < self._count:
            raise damaged(self.path)
        block, place = divmod(number, self._per_block)
        # A copy: the slot may hold another block by the time the caller looks again.
        record: np.void = self._block(block)[place].copy()
        return record

    def __iter__(self) -> Iterator[np.void]:
        """Yield every record."""
        return iter(self.between(0, self._count))

    def between(self, first: int, end: int) -> Records:
        """Return a run of records, read in one go and not kept. Raises MapError."""
        return np.frombuffer(self.bytes_between(first, end), self.dtype)

    def bytes_between(self, first: int, end: int) -> bytes:
        """Return a run of records as they lie in the file. Raises MapError."""
        if not 0 <= first <= end <= self._count:
            raise damaged(self.path)
        return self._file.read(self._offset + first * self._size, (end - first) * self._size)

    def _block(self, number: int) -> Records:
        """Return a block of records as it is kept until many others are used."""
        slot = int(self._slot_of[number])
        if slot < 0:
            slot = self._load(number)
        first = number * self._per_block
        at = slot * self._per_block
        return self._kept[at : at + min(self._per_block, self._count - first)]

    def _many(self, at: npt.NDArray[np.integer[Any]]) -> Records:
        if not len(at):
            return np.empty(0, self.dtype)
        if at.max() >= self._count:
            raise damaged(self.path)
        blocks = at >> self._bits
        slots = self._slot_of[blocks]
        if slots.min() < 0:
            wanted = np.unique(blocks)
            if len(wanted) > len(self._block_in):  # more than can be kept at once
                return np.array([self[number] for number in at.tolist()], self.dtype)
            # Those that are there count as used now, so that none of them gives way.
            for number in wanted[self._slot_of[wanted] < 0].tolist():
                self._load(number, spared=wanted)
            slots = self._slot_of[blocks]
        found: Records = self._kept.take(
            (slots.astype(np.int64) << self._bits) | (at & (self._per_block - 1))
        )
        return found

    def _load(self, number: int, spared: npt.NDArray[np.integer[Any]] | None = None) -> int:
        """Read a block into the next slot whose block is not among those spared."""
        first = number * self._per_block
        records = self.between(first, min(first + self._per_block, self._count))
        slot = self._next_slot
        while spared is not None and self._block_in[slot] in spared:
            slot = (slot + 1) % len(self._block_in)
        self._next_slot = (slot + 1) % len(self._block_in)
        if self._block_in[slot] >= 0:
            self._slot_of[self._block_in[slot]] = -1
        at = slot * self._per_block
        self._kept[at : at + len(records)] = records
        self._block_in[slot], self._slot_of[number] = number, slot
        return slot


def damaged(path: Path) -> MapError:
    """Return what to raise for a map that holds what no build writes."""
    return MapError(f"{path}: damaged; build it again")
