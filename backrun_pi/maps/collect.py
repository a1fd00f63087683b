"""Objects of an extract that wait for their places: nodes, ways and the rims of areas."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from backrun_pi.maps import tags, way_record
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
        rules = tags.line_rules(table)
        for way in ways if rules else ():
            rims.setdefault(way, []).append(Rim(area, way_record.layer(table), rules))
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

    def places(
        self, places: NodeCoordinates
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the places of every way, shape (n, 2), and how many each way has.

        What the extract does not hold is left out, and a place that stands twice in a row.
        """
        points, known = places.find(node_ids(self._refs))
        line_of = np.repeat(np.arange(len(self._sizes)), np.frombuffer(self._sizes, np.int64))
        points, line_of = points[known], line_of[known]
        kept = np.ones(len(points), bool)
        kept[1:] = line_of[1:] != line_of[:-1]
        for axis in (0, 1):
            kept[1:] |= points[1:, axis] != points[:-1, axis]
        return points[kept], np.bincount(line_of[kept], minlength=len(self._sizes))
