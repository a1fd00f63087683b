"""Hazards and ways of extracts -> the sections of a map file, cut, sorted and written."""

from __future__ import annotations

import os
import struct
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backrun_pi.maps import layout, tags
from backrun_pi.maps.collect import Nodes, Pieces, Rim, Ways
from backrun_pi.maps.coverage import Box, Coverage
from backrun_pi.maps.extent import Extent
from backrun_pi.maps.external_sort import Lines, cut
from backrun_pi.maps.header import MapSource, head
from backrun_pi.maps.osm_extract import NodeCoordinates

_Ints = npt.NDArray[np.int64]
_WALK = -1  # in place of a rule: the way itself


class Builder:
    """Collects hazards and ways from extracts."""

    def __init__(self, folder: Path, shared_ways: frozenset[int] | None) -> None:
        """Begin a map.

        Args:
            folder: For what is spilled to disk.
            shared_ways: Ways that stand in several extracts; None of a single extract, in
                which no id comes twice.
        """
        self._folder = folder
        self._shared = shared_ways
        self._laid: dict[tuple[int, int], set[tuple[int, ...]]] = {}
        self._seen: set[int] = set()
        self._capsules = Lines(folder, "capsules", layout.CAPSULE)
        self._segments = Lines(folder, "segments", layout.SEGMENT)
        self._features = bytearray()
        self._ways = bytearray()
        self._tagsets: dict[str, int] = {}
        self._counts = np.zeros(len(tags.RULES), np.int64)
        self._extent = Extent()
        self._feature_count = 0
        self.way_count = 0
        """[-] Ways a person can be on."""
        self.nodes = 0
        """[-] Nodes that are hazards."""
        self.left_out: Counter[str] = Counter()
        """What could not be used, and how often."""

    def close(self) -> None:
        """Let go of the spilled pieces."""
        self._capsules.close()
        self._segments.close()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self._capsules.count and not self.way_count

    @property
    def pieces(self) -> int:
        """Return how many pieces of hazards there are."""
        return self._capsules.count

    def coverage(self, declared: tuple[Box, ...]) -> Coverage:
        """Return where the data since the last call can warn, and begin again."""
        covered = self._extent.coverage(declared)
        self._extent = Extent()
        return covered

    def leave_out(self, counts: Mapping[str, int]) -> None:
        """Count what could not be used."""
        self.left_out.update({what: count for what, count in counts.items() if count})

    def put(self, nodes: Nodes, ways: Ways, places: NodeCoordinates) -> None:
        """Take nodes and ways."""
        if nodes.ids:
            self._put_nodes(nodes, places)
        if ways.ids:
            self._put_lines(ways, places)

    def _put_nodes(self, nodes: Nodes, places: NodeCoordinates) -> None:
        ids = np.frombuffer(nodes.ids, np.int64)
        points, known = places.find(ids)
        known &= np.array([self._is_new(osm) for osm in nodes.ids])
        points, ids = points[known], ids[known]
        features = np.zeros(len(points), layout.FEATURE)
        features["osm"] = ids * 4 + layout.NODE
        features["rule"] = np.frombuffer(nodes.rules, np.uint8)[known]
        features["layer"] = layout.ANY_LAYER
        self._extent.add_nodes(points[_STANDS_ALONE[features["rule"]]])
        self.nodes += len(points)
        marks = layout.node_mark(ids)
        self._counts += np.bincount(features["rule"], minlength=len(tags.RULES))
        self._put_capsules(
            np.hstack([points, points]),
            (marks | marks << 4).astype(np.uint8),
            np.arange(len(points)),
            features,
        )

    def _is_new(self, osm: int) -> bool:
        if self._shared is None:
            return True
        if osm in self._seen:
            return False
        self._seen.add(osm)
        return True

    def _put_lines(self, ways: Ways, places: NodeCoordinates) -> None:
        whole = ways.pieces(places)
        self.leave_out(
            {
                "ways with nodes missing": whole.broken,
                "steps of more than 100 km": whole.jumps,
            }
        )
        if not len(whole.points):
            return
        self._extent.add_lines(_boxes(whole))
        points, index = cut(whole.points)
        marks, line_of = _marks(whole.marks, index), whole.line_of[index]
        counts = np.bincount(line_of, minlength=len(ways.ids))
        self._put_walkable(ways, points, marks, line_of)
        rules, ends, areas = _rules_of(ways, counts > 0)
        if rules:
            line_of_feature = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
            features = _features(ways, line_of_feature, np.frombuffer(rules, np.uint8))
            for at, rim in areas.items():
                features["relation"][at] = rim.area
                features["layer"][at] = rim.layer
            _flag_water_below(features)
            rows, feature = _rows(counts, line_of_feature)
            fresh = self._fresh(features["osm"] >> 2, features["rule"], feature, points[rows])
            rows, feature = rows[fresh], feature[fresh]
            self._put_capsules(points[rows], marks[rows], feature, features)

    def _put_walkable(
        self, ways: Ways, points: _Ints, marks: npt.NDArray[np.uint8], line_of: _Ints
    ) -> None:
        is_walk = np.array([sense.walk is not None for sense in ways.senses])
        rows = np.flatnonzero(is_walk[line_of])
        osm = np.frombuffer(ways.ids, np.int64)
        rule = np.full(len(osm), _WALK)
        fresh = self._fresh(osm, rule, line_of[rows], points[rows], is_counted=False)
        rows = rows[fresh]
        way_of = np.full(len(osm), -1)
        for line in np.unique(line_of[rows]).tolist():
            walk = ways.senses[line].walk
            if walk is None:
                continue
            row = self._tagsets.setdefault(walk.tagset, len(self._tagsets))
            self._ways += _WAY.pack(
                ways.ids[line], row, walk.flags, walk.road, walk.layer, walk.busy, 0
            )
            way_of[line] = self.way_count
            self.way_count += 1
        owners = {"way": way_of[line_of[rows]], "nodes": marks[rows]}
        self._segments.put(points[rows], owners)

    def _fresh(
        self,
        osm: _Ints,
        rule: npt.NDArray[np.integer],
        owner: npt.NDArray[np.intp],
        points: _Ints,
        *,
        is_counted: bool = True,
    ) -> npt.NDArray[np.bool_]:
        """Return which pieces no extract before has given: two tiles may each hold a part.

        Args:
            osm: Way of each owner.
            rule: Rule of each owner.
            owner: Whose each piece is.
            points: The pieces.
            is_counted: Owners of a rule are counted once.
        """
        fresh = np.ones(len(owner), bool)
        again = set()
        if self._shared:
            is_shared = np.isin(osm, np.fromiter(self._shared, np.int64))
            for at in np.flatnonzero(is_shared[owner]).tolist():
                key = (int(osm[owner[at]]), int(rule[owner[at]]))
                laid = self._laid.get(key)
                if laid is None:
                    laid = self._laid[key] = set()
                    again.add((key, int(owner[at])))
                piece = tuple(points[at].tolist())
                fresh[at] = piece not in laid and piece[2:] + piece[:2] not in laid
                laid.add(piece)
        if is_counted:
            owners = np.unique(owner)
            if self._shared:
                first = {at for _, at in again}
                kept = [
                    at in first or int(osm[at]) not in self._shared for at in owners.tolist()
                ]
                owners = owners[np.array(kept, bool)]
            self._counts += np.bincount(rule[owners], minlength=len(tags.RULES))
        return fresh

    def _put_capsules(
        self,
        points: _Ints,
        marks: npt.NDArray[np.uint8],
        feature: npt.NDArray[np.intp],
        features: npt.NDArray[np.void],
    ) -> None:
        """Spill pieces of hazards, shape (n, 4), and keep what they are of."""
        owners = {
            "rule": features["rule"][feature],
            "nodes": marks,
            "feature": feature + self._feature_count,
        }
        self._capsules.put(points, owners)
        self._features += features.tobytes()
        self._feature_count += len(features)

    def write(self, sources: Sequence[MapSource], coverage: Coverage, out: Path) -> None:
        """Sort, write beside the goal, rename."""
        (capsule_rows, capsule_cells) = self._capsules.sort()
        (segment_rows, segment_cells) = self._segments.sort()
        texts = [text.encode() for text in self._tagsets]
        ends = np.cumsum([len(text) for text in texts], dtype=layout.END)
        sizes = {
            "capsules": self._capsules.count,
            "capsule_rows": capsule_rows,
            "capsule_cells": capsule_cells,
            "features": self._feature_count,
            "segments": self._segments.count,
            "segment_rows": segment_rows,
            "segment_cells": segment_cells,
            "ways": self.way_count,
            "tagset_ends": len(ends),
            "tagset_text": int(ends[-1]) if len(ends) else 0,
        }
        first = head(sizes, coverage, sources, self._counts.tolist(), self.left_out)
        target = self._folder / "map"
        with target.open("wb") as file:
            file.write(first)
            self._capsules.write(file)
            file.write(self._features)
            layout.pad(file)
            self._segments.write(file)
            for part in (bytes(self._ways), ends.tobytes(), b"".join(texts)):
                file.write(part)
                layout.pad(file)
            file.flush()
            os.fsync(file.fileno())
        target.replace(out)


_WAY = struct.Struct("<qIHBbBB")
_DROP_FLAG = np.array([rule.has_drop_right * layout.DROP_RIGHT for rule in tags.RULES])
_IS_STEPS = np.array([rule.kind == "steps" for rule in tags.RULES])
_IS_WATER = np.array([rule.kind in {"water", "stream", "ditch"} for rule in tags.RULES])
_ON_WAYS = frozenset({"barrier", "ford", "hazard", "highway", "kerb", "railway"})
_STANDS_ALONE = np.array(
    [rule.is_solid and rule.tag.partition("=")[0] not in _ON_WAYS for rule in tags.RULES]
)


def _boxes(pieces: Pieces) -> _Ints:
    """Return south, west, north, east of each line that has pieces, the hemispheres apart."""
    side = pieces.line_of * 2 + (pieces.points[:, [1, 3]].max(axis=1) > 0)
    first = np.flatnonzero(np.diff(side, prepend=-1))
    low = np.minimum(pieces.points[:, :2], pieces.points[:, 2:])
    high = np.maximum(pieces.points[:, :2], pieces.points[:, 2:])
    return np.hstack([np.minimum.reduceat(low, first), np.maximum.reduceat(high, first)])


def _marks(marks: npt.NDArray[np.uint8], index: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
    """Return the node marks of the parts of pieces: a cut is no node."""
    is_first = np.diff(index, prepend=-1) != 0
    is_last = np.diff(index, append=len(marks)) != 0
    one, other = marks[index, 0] * is_first, marks[index, 1] * is_last
    nodes: npt.NDArray[np.uint8] = (one | other << 4).astype(np.uint8)
    return nodes


def _rules_of(
    ways: Ways, has_pieces: npt.NDArray[np.bool_]
) -> tuple[array[int], array[int], dict[int, Rim]]:
    """Return the rules of lines one after the other, where each line's end, and the rims."""
    rules, ends, areas = array("B"), array("q"), dict[int, Rim]()
    for line, (sense, is_there) in enumerate(
        zip(ways.senses, has_pieces.tolist(), strict=True)
    ):
        if is_there:
            rules.extend(sense.rules)
            for rim in ways.rims.get(line, ()):
                for rule in rim.rules:
                    if rule not in sense.rules:
                        areas[len(rules)] = rim
                        rules.append(rule)
        ends.append(len(rules))
    return rules, ends, areas


def _features(ways: Ways, line: _Ints, rule: npt.NDArray[np.uint8]) -> npt.NDArray[np.void]:
    """Return the records of the features of ways, from the line and the rule of each."""
    features = np.zeros(len(line), layout.FEATURE)
    features["osm"] = np.frombuffer(ways.ids, np.int64)[line] * 4 + layout.LINE
    features["rule"] = rule
    features["layer"] = np.array([sense.layer for sense in ways.senses])[line]
    steps = np.array([sense.steps for sense in ways.senses])[line]
    features["flags"] = _DROP_FLAG[rule] | steps * _IS_STEPS[rule]
    return features


def _flag_water_below(features: npt.NDArray[np.void]) -> None:
    """Flag open water whose layer is below 0.

    Mappers give a stream a layer of -1 for the bridges over it; the water beside a path lies
    beside it all the same. What runs through a tunnel is no feature at all.
    """
    below = _IS_WATER[features["rule"]] & (features["layer"] < 0)
    features["flags"][below] |= layout.BELOW


def _rows(counts: npt.NDArray[np.intp], lines: _Ints) -> tuple[_Ints, npt.NDArray[np.intp]]:
    """Return the pieces of each feature's line, and the features they are of.

    Args:
        counts: Pieces of each line; they stand one line after the other.
        lines: The line of each feature.
    """
    starts = np.cumsum(counts) - counts
    wanted = counts[lines]
    feature = np.repeat(np.arange(len(lines)), wanted)
    rows = np.arange(len(feature)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    return rows + starts[lines][feature], feature
