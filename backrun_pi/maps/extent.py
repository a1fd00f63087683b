"""How far the data of an extract reach, when the extract does not say it.

Ways are kept whole when an extract is cut, so the long ones stick out of the cut and say
little of where it ends. Steps: 1. short ways and free-standing nodes lie in it: their box.
2. each long way has some part in it: the box is widened only until it touches each. 3. an
extract of long ways alone is taken as a whole.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from backrun_pi.maps import layout
from backrun_pi.maps.coverage import DECLARED, INFERRED, Box, Coverage, split_at_date_line

_SHORT_M = 1000.0
_FAR = 2**40
_SPARE = 180_000  # [1e-7 deg] 2 km: beyond the outermost data nothing is known
_QUARTER = 900_000_000  # [1e-7 deg]


class Extent:
    """Boxes of lines and nodes, in units of the map."""

    def __init__(self) -> None:
        self._short = _Bounds()
        self._touch = _Bounds()
        self._all = _Bounds()

    def add_lines(self, boxes: npt.NDArray[np.int64]) -> None:
        """Take in the boxes of lines: south, west, north, east; shape (n, 4)."""
        if not len(boxes):
            return
        self._all.include(boxes)
        north_m = (boxes[:, 2] - boxes[:, 0]) * layout.NORTH_M
        shrink = np.cos(np.radians(boxes[:, 0] * layout.DEG))
        east_m = (boxes[:, 3] - boxes[:, 1]) * layout.NORTH_M * shrink
        is_short = np.hypot(north_m, east_m) <= _SHORT_M
        self._short.include(boxes[is_short])
        self._touch.include(boxes[~is_short][:, [2, 3, 0, 1]])

    def add_nodes(self, places: npt.NDArray[np.int64]) -> None:
        """Take in nodes that stand alone: latitude and longitude; shape (n, 2)."""
        boxes = np.hstack([places, places])
        self._all.include(boxes)
        self._short.include(boxes)

    def coverage(self, declared: tuple[Box, ...]) -> Coverage:
        """Return where a map of these data can warn.

        Args:
            declared: The boxes that the extract declares; of no use where no data are, because
                a cut by a polygon declares the polygon's whole box.
        """
        if self._all.is_empty:
            return Coverage((), source=DECLARED if declared else INFERRED)
        if declared:
            most = self._all.boxes(_SPARE)
            both = (_shared(one, other) for one in declared for other in most)
            boxes = tuple(box for box in both if box is not None)
            if boxes:
                return Coverage(boxes, source=DECLARED)
        inner = self._short if not self._short.is_empty else self._all
        inner.touch(self._touch)
        return Coverage(inner.boxes(0), source=INFERRED)


class _Bounds:
    """South, west, north, east of what was taken in, the hemispheres apart."""

    def __init__(self) -> None:
        self._sides = [np.array([_FAR, _FAR, -_FAR, -_FAR]) for _ in range(2)]

    @property
    def is_empty(self) -> bool:
        return all(int(side[0]) == _FAR for side in self._sides)

    def include(self, boxes: npt.NDArray[np.int64]) -> None:
        is_east = boxes[:, 1] >= 0
        for side, part in zip(self._sides, (boxes[~is_east], boxes[is_east]), strict=True):
            if len(part):
                side[:2] = np.minimum(side[:2], part[:, :2].min(axis=0))
                side[2:] = np.maximum(side[2:], part[:, 2:].max(axis=0))

    def touch(self, others: _Bounds) -> None:
        """Widen where a long way would not be touched otherwise."""
        for side, other in zip(self._sides, others._sides, strict=True):
            if int(side[0]) != _FAR and int(other[0]) != _FAR:
                side[:2] = np.minimum(side[:2], other[:2])
                side[2:] = np.maximum(side[2:], other[2:])

    def boxes(self, spare: int) -> tuple[Box, ...]:
        west, east = (side for side in self._sides)
        held = [side for side in (west, east) if int(side[0]) != _FAR]
        is_at_date_line = (
            len(held) == 2 and int(west[3]) < -_QUARTER and int(east[1]) > _QUARTER
        )
        if len(held) == 2 and not is_at_date_line:
            low = np.minimum(west[:2], east[:2])
            held = [np.concatenate([low, np.maximum(west[2:], east[2:])])]
        return tuple(_degrees(side, spare) for side in held)


def _degrees(side: npt.NDArray[np.int64], spare: int) -> Box:
    south, west, north, east = (round(int(v) * layout.DEG, 7) for v in side)
    more = spare * layout.DEG
    wide = more / max(0.05, float(np.cos(np.radians((south + north) / 2.0))))
    return (
        max(-90.0, south - more),
        max(-180.0, west - wide),
        min(90.0, north + more),
        min(180.0, east + wide),
    )


def _shared(one: Box, other: Box) -> Box | None:
    south, west = max(one[0], other[0]), max(one[1], other[1])
    north, east = min(one[2], other[2]), min(one[3], other[3])
    return (south, west, north, east) if south <= north and west <= east else None


def declared_boxes(boxes: list[Box]) -> tuple[Box, ...]:
    """Return declared boxes, those across the date line as two; what is no box is left out."""
    return tuple(
        part
        for box in boxes
        if -90.0 <= box[0] <= box[2] <= 90.0 and abs(box[1]) <= 180.0 and abs(box[3]) <= 180.0
        for part in split_at_date_line(box)
    )
