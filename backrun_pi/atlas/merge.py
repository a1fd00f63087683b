"""Parts to one atlas: each path once across the borders of extracts, ranked inside H3 cells.

What is held of the whole is numbers: the ways that stand in several parts, and of each stretch
its cell and score. The rows themselves are read and written part by part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backrun_pi.atlas.geoparquet import COLUMNS, EXTRA, ranked_writer, read, write_group
from backrun_pi.atlas.stretches import Claim, once
from backrun_pi.optional_library import imported

CELL_RESOLUTION = 7
"""[-] Of H3: 5 km2, about what a runner reaches on foot."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Of each stretch that is kept: its part, its row, its cell, its place in the cell."""

    part: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
    cell: npt.NDArray[np.uint64]
    rank: npt.NDArray[np.int32]


def merge(
    parts: Sequence[Path], doubles: AbstractSet[tuple[int, int]], out: Path
) -> Iterator[list[Row]]:
    """Write the atlas, and yield its rows part by part.

    Args:
        parts: Made by `make_part`.
        doubles: To be left out.
        out: File to write; the caller renames it when the last rows were taken.

    Raises:
        OSError: A part cannot be read, or the atlas not be written.
    """
    h3 = imported("h3", EXTRA)
    ranks = _ranks(parts, doubles)
    starts = np.searchsorted(ranks.part, np.arange(len(parts) + 1))
    with ranked_writer(out) as writer:
        for number, path in enumerate(parts):
            span = slice(int(starts[number]), int(starts[number + 1]))
            columns = read(path, list(COLUMNS))
            rows = [
                {
                    **{name: columns[name][row] for name in COLUMNS},
                    "cell": h3.int_to_str(cell),
                    "rank_in_cell": rank,
                }
                for row, cell, rank in zip(
                    ranks.row[span].tolist(),
                    ranks.cell[span].tolist(),
                    ranks.rank[span].tolist(),
                    strict=True,
                )
            ]
            if rows:
                write_group(writer, rows)
            yield rows


def doubled(parts: Sequence[Path]) -> set[tuple[int, int]]:
    """Return (part, row) of every stretch that another part knows as well or better.

    A stretch inside of its data goes before one that comes near their edge, then the better
    score, then the order of the parts.
    """
    shared = _shared_ways(parts)
    if not len(shared):
        return set()
    names = ("way_ids", "way_lengths_m", "is_whole", "score")
    found = []
    for number, path in enumerate(parts):
        columns = read(path, names)
        is_shared = np.isin([way for row in columns["way_ids"] for way in row], shared)
        begin = 0
        for row, ways in enumerate(columns["way_ids"]):
            begin, first = begin + len(ways), begin
            if is_shared[first:begin].any():
                claim = Claim(ways, columns["way_lengths_m"][row])
                order = (not columns["is_whole"][row], -columns["score"][row], number, row)
                found.append((order, claim))
    found.sort(key=lambda one: one[0])
    kept = set(once(claim for _, claim in found))
    return {(order[2], order[3]) for at, (order, _) in enumerate(found) if at not in kept}


def _shared_ways(parts: Sequence[Path]) -> npt.NDArray[np.int64]:
    """Return the ways that stand in several parts."""
    each = [np.zeros(0, np.int64)]
    for path in parts:
        ways = [way for row in read(path, ("way_ids",))["way_ids"] for way in row]
        each.append(np.unique(np.array(ways, np.int64)))
    ids, counts = np.unique(np.concatenate(each), return_counts=True)
    shared: npt.NDArray[np.int64] = ids[counts > 1]
    return shared


def _ranks(parts: Sequence[Path], doubles: AbstractSet[tuple[int, int]]) -> _Ranks:
    h3 = imported("h3", EXTRA)
    part = [np.zeros(0, np.int32)]
    row = [np.zeros(0, np.int32)]
    cell = [np.zeros(0, np.uint64)]
    score = [np.zeros(0, np.float64)]
    for number, path in enumerate(parts):
        columns = read(path, ("lat_deg", "lon_deg", "score"))
        kept = [at for at in range(len(columns["score"])) if (number, at) not in doubles]
        places = [(columns["lat_deg"][at], columns["lon_deg"][at]) for at in kept]
        cells = [h3.str_to_int(h3.latlng_to_cell(*one, CELL_RESOLUTION)) for one in places]
        part.append(np.full(len(kept), number, np.int32))
        row.append(np.array(kept, np.int32))
        cell.append(np.array(cells, np.uint64))
        score.append(np.array([columns["score"][at] for at in kept], np.float64))
    parts_of, rows, cells_of = np.concatenate(part), np.concatenate(row), np.concatenate(cell)
    scores = np.concatenate(score)
    order = np.lexsort((rows, parts_of, -scores, cells_of))
    sorted_cells = cells_of[order]
    first = np.concatenate(([True], sorted_cells[1:] != sorted_cells[:-1]))[: len(order)]
    begins = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order)) - begins + 1
    return _Ranks(parts_of, rows, cells_of, rank)
