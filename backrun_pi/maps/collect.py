"""Objects of an extract until their positions are known: nodes, ways and the rims of areas."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backrun_pi.maps import layout, tag_rules, tag_values
from backrun_pi.maps.osm_extract import Extract, NodeCoordinates, node_ids
from backrun_pi.maps.tag_filter import WAY_KEYS, Sense, node_rule, picked, way_sense


class Rim(NamedTuple):
    """An area that a way is a rim of."""

    area: int
    """OSM id of the relation."""
    layer: int
    rules: Sequence[int]


def rims_of(extract: Extract) -> Mapping[int, Sequence[Rim]]:
    """Return the areas that are hazards, by the ways around them."""
    rims: dict[int, list[Rim]] = {}
    for area, text, ways in extract.areas():
        table = picked(text, WAY_KEYS)
        rules = tag_rules.line_rules(table)
        for way in ways if rules else ():
            rims.setdefault(way, []).append(Rim(area, tag_values.layer(table), rules))
    return rims


class Nodes:
    """Nodes that are hazards."""

    def __init__(self) -> None:
        self.ids = array("q")
        self.rules = array("B")

    def take(self, osm: int, text: str) -> None:
        """Keep a node if a rule is for it."""
        rule = node_rule(text)
        if rule is not None:
            self.ids.append(osm)
            self.rules.append(rule)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Straight pieces of lines, one line after the other."""

    points: npt.NDArray[np.int64]
    """[1e-7 deg] lat1, lon1, lat2, lon2; shape (n, 4)."""
    marks: npt.NDArray[np.uint8]
    """[-] Node mark of each end, 0 where no node is; shape (n, 2)."""
    line_of: npt.NDArray[np.intp]
    """Whose they are."""
    broken: int
    """[-] Lines of which a node is missing."""
    jumps: int
    """[-] Steps too long for any way on earth; they were left out."""


class Ways:
    """Ways that are hazards, rims of hazards, or for people to be on."""

    def __init__(self) -> None:
        self.ids = array("q")
        self.senses: list[Sense] = []
        self.rims: dict[int, Sequence[Rim]] = {}
        self.points = 0
        self._refs: list[str] = []
        self._sizes = array("q")

    def take(self, osm: int, text: str, refs: str, rims: Sequence[Rim]) -> None:
        """Keep a way if it matters."""
        sense = way_sense(text)
        if sense.rules or rims or sense.walk is not None:
            if rims:
                self.rims[len(self.ids)] = rims
            self.ids.append(osm)
            self.senses.append(sense)
            self._refs.append(refs)
            size = refs.count("n")
            self._sizes.append(size)
            self.points += size

    def pieces(self, places: NodeCoordinates) -> Pieces:
        """Return the pieces of every way.

        A node that the extract does not hold ends a line there: what lies between its
        neighbours is not known. So does a step of more than 100 km.
        """
        ids = node_ids(self._refs)
        points, known = places.find(ids)
        line_of = np.repeat(np.arange(len(self._sizes)), np.frombuffer(self._sizes, np.int64))
        step = np.diff(points, axis=0)
        is_around = abs(step[:, 1]) > _HALF_TURN
        step[is_around, 1] -= np.sign(step[is_around, 1]) * 2 * _HALF_TURN
        east = step[:, 1] * np.cos(np.radians(points[:-1, 0] * layout.DEG))
        is_jump = np.hypot(step[:, 0], east) * layout.NORTH_M > _LONGEST_M
        is_piece = (line_of[:-1] == line_of[1:]) & known[:-1] & known[1:] & step.any(axis=1)
        kept = np.flatnonzero(is_piece & ~is_jump)
        marks = layout.node_mark(ids)
        return Pieces(
            *_split_at_date_line(
                np.hstack([points[kept], points[kept + 1]]),
                np.column_stack([marks[kept], marks[kept + 1]]),
                line_of[kept],
            ),
            broken=len(np.unique(line_of[~known])),
            jumps=int(np.count_nonzero(is_piece & is_jump)),
        )


def _split_at_date_line(
    points: npt.NDArray[np.int64],
    marks: npt.NDArray[np.uint8],
    line_of: npt.NDArray[np.intp],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.intp]]:
    """Cut pieces that cross the 180th meridian in two, one on each side."""
    crossing = np.flatnonzero(abs(points[:, 3] - points[:, 1]) > _HALF_TURN)
    if not len(crossing):
        return points, marks, line_of
    lat1, lon1, lat2, lon2 = (points[crossing, column] for column in range(4))
    border = np.where(lon1 > 0, _HALF_TURN, -_HALF_TURN)
    to_border = abs(border - lon1)
    share = to_border / np.maximum(1, to_border + abs(-border - lon2))
    lat = np.rint(lat1 + (lat2 - lat1) * share).astype(np.int64)
    points[crossing, 2], points[crossing, 3] = lat, border
    none = np.zeros(len(crossing), np.uint8)
    further = np.column_stack([lat, -border, lat2, lon2])
    further_marks = np.column_stack([none, marks[crossing, 1]])
    marks[crossing, 1] = 0
    line_of = np.concatenate([line_of, line_of[crossing]])
    order = np.argsort(line_of, kind="stable")
    points = np.concatenate([points, further])[order]
    return points, np.concatenate([marks, further_marks])[order], line_of[order]


_HALF_TURN = 1_800_000_000  # [1e-7 deg]
_LONGEST_M = 100_000.0  # between two nodes of anything this map keeps
