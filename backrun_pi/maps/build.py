"""OSM extract -> map file: streams the extract, cuts lines, sorts by cell, writes by rename."""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from array import array
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backrun_pi.errors import MapError, OutputError
from backrun_pi.maps import layout, tags
from backrun_pi.maps.collect import Nodes, Rim, Ways, rims_of
from backrun_pi.maps.external_sort import Lines, cut
from backrun_pi.maps.header import head
from backrun_pi.maps.osm_extract import Extract, NodeCoordinates

Progress = Callable[[str, int], None]
"""Told the name of the stage and how many objects it has seen."""

_CHUNK_POINTS = 50_000  # points of lines held before they are cut and spilled
_LOOK_EVERY = 100  # objects
_ROOM_BYTES, _ROOM_FACTOR = 40_000_000, 16  # measured: 17 MB of places and 12 to 15 times

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Built:
    """What a build found."""

    nodes: int
    """[-] Nodes that are hazards."""
    ways: int
    """[-] Ways a person can be on."""
    capsules: int
    """[-] Pieces of hazards."""
    bytes: int
    """[B] Size of the map file."""


def build_map(
    extracts: Sequence[Path],
    out: Path,
    progress: Progress = lambda _stage, _count: None,
) -> Built:
    """Make a map file from extracts; the same input gives the same bytes.

    Args:
        extracts: What to read; an object in several of them counts once.
        out: Written by rename.
        progress: Told how far it is.

    Raises:
        MapError: An extract is missing, cut short or not OpenStreetMap data, or holds
            nothing that a map could say.
        OutputError: The map cannot be written.
    """
    for extract in extracts:
        if not extract.is_file():
            what = "is not a file" if extract.exists() else "there is no such extract"
            raise MapError(f"{extract}: {what}")
    if out.exists() and not out.is_file():
        raise OutputError(f"{out}: is there already and is not a file; name a file to write")
    try:
        _need_room(extracts, out)
        with tempfile.TemporaryDirectory(prefix=".backmap-", dir=out.parent) as scratch:
            work = _Builder(Path(scratch), progress, len(extracts) == 1)
            with closing(work):
                for extract in extracts:
                    _scan(extract, work)
                return work.finish(extracts, out)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from error


def _need_room(extracts: Sequence[Path], out: Path) -> None:
    """Refuse to begin what the disk cannot hold: a mapped file on a full disk is fatal."""
    need = _ROOM_BYTES + _ROOM_FACTOR * sum(extract.stat().st_size for extract in extracts)
    free = shutil.disk_usage(out.parent).free
    if free < need:
        raise OutputError(
            f"{out}: building needs {need / 1e6:.0f} MB beside it for a while, "
            f"{free / 1e6:.0f} MB are free"
        )


def _scan(extract: Path, work: _Builder) -> None:
    try:
        work.take(extract)
    except (RuntimeError, ValueError) as error:
        raise MapError(
            f"{extract}: cut short or not an OpenStreetMap extract ({error}); fetch it again; "
            "its name must end in .osm.pbf, .osm, .osm.gz or .osm.bz2"
        ) from error


class _Builder:
    """Collects hazards and ways from extracts."""

    def __init__(self, folder: Path, progress: Progress, is_single: bool) -> None:
        self._progress = progress
        self._is_single = is_single  # within one extract no id comes twice
        self._folder = folder
        self._capsules = Lines(folder, "capsules", layout.CAPSULE)
        self._segments = Lines(folder, "segments", layout.SEGMENT)
        self._features = bytearray()
        self._ways = bytearray()
        self._feature_count = self._way_count = self._nodes = 0
        self._counts = np.zeros(len(tags.RULES), np.int64)
        self._seen: set[int] = set()
        self._low = [2**31, 2**31]
        self._high = [-(2**31), -(2**31)]

    def close(self) -> None:
        """Let go of the spilled pieces."""
        self._capsules.close()
        self._segments.close()

    def take(self, path: Path) -> None:
        """Take every hazard and way of an extract."""
        with closing(Extract(path, self._folder)) as extract:
            self._progress(path.name, 0)
            extract.read()
            rims = rims_of(extract)
            places = extract.places()
            nodes, lines = Nodes(), Ways()
            for seen, (is_way, osm, text, refs) in enumerate(extract.objects()):
                if is_way:
                    lines.take(osm, text, refs, rims.get(osm, ()))
                else:
                    nodes.take(osm, text)
                if seen % _LOOK_EVERY == 0 and len(nodes.ids) + lines.points > _CHUNK_POINTS:
                    self._progress(path.name, seen)
                    self._flush(nodes, lines, places)
                    nodes, lines = Nodes(), Ways()
            self._flush(nodes, lines, places)

    def _flush(self, nodes: Nodes, lines: Ways, places: NodeCoordinates) -> None:
        if nodes.ids:
            self._put_nodes(nodes, places)
        if lines.ids:
            self._put_lines(lines, places)

    def _put_nodes(self, nodes: Nodes, places: NodeCoordinates) -> None:
        ids = np.frombuffer(nodes.ids, np.int64) * 4 + layout.NODE
        points, known = places.find(ids >> 2)
        known &= np.array([self._is_new(key) for key in ids.tolist()])
        points = points[known]
        features = np.zeros(len(points), layout.FEATURE)
        features["osm"] = ids[known]
        features["rule"] = np.frombuffer(nodes.rules, np.uint8)[known]
        features["layer"] = layout.ANY_LAYER
        self._widen(points)
        self._nodes += len(points)
        self._put_capsules(np.hstack([points, points]), np.arange(len(points)), features)

    def _put_lines(self, ways: Ways, places: NodeCoordinates) -> None:
        points, sizes = ways.places(places)
        self._widen(points)
        way_of = np.full(len(sizes), -1)
        rules, ends, areas = array("B"), array("q"), dict[int, Rim]()
        for line, (osm, sense, size) in enumerate(
            zip(ways.ids, ways.senses, sizes.tolist(), strict=True)
        ):
            if size > 1 and self._is_new(osm * 4 + layout.LINE):
                rules.extend(sense.rules)
                for rim in ways.rims.get(line, ()):
                    for rule in rim.rules:
                        if rule not in sense.rules:
                            areas[len(rules)] = rim
                            rules.append(rule)
                if sense.walk is not None:
                    self._ways += _ID.pack(osm) + sense.walk
                    way_of[line] = self._way_count
                    self._way_count += 1
            ends.append(len(rules))
        pieces, line_of = _pieces(points, sizes)
        pieces, index = cut(pieces)
        line_of = line_of[index]
        way = way_of[line_of]
        self._segments.put(pieces[way >= 0], {"way": way[way >= 0]})
        if rules:
            line_of_feature = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
            features = _features(ways, line_of_feature, np.frombuffer(rules, np.uint8))
            for at, rim in areas.items():
                features["relation"][at], features["layer"][at] = rim.area, rim.layer
            counts = np.bincount(line_of, minlength=len(sizes))
            rows, feature = _rows(counts, line_of_feature)
            self._put_capsules(pieces[rows], feature, features)

    def _put_capsules(
        self, points: _Ints, feature: npt.NDArray[np.intp], features: npt.NDArray[np.void]
    ) -> None:
        """Spill pieces of hazards, shape (n, 4), and keep what they are of."""
        rules = features["rule"]
        owners = {
            "rule": rules[feature],
            "radius_cm": _RADIUS_CM[rules[feature]],
            "feature": feature + self._feature_count,
        }
        self._capsules.put(points, owners)
        self._features += features.tobytes()
        self._feature_count += len(features)
        self._counts += np.bincount(rules, minlength=len(tags.RULES))

    def _is_new(self, key: int) -> bool:
        if self._is_single:
            return True
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _widen(self, places: _Ints) -> None:
        for axis in (0, 1) if len(places) else ():
            self._low[axis] = min(self._low[axis], int(places[:, axis].min()))
            self._high[axis] = max(self._high[axis], int(places[:, axis].max()))

    def finish(self, extracts: Sequence[Path], out: Path) -> Built:
        """Sort, write beside the goal, rename."""
        if not self._capsules.count and not self._way_count:
            names = ", ".join(map(str, extracts))
            raise MapError(f"{names}: no way a person can be on and no obstacle in it")
        self._progress("sorting", self._capsules.count)
        capsule_cells, segment_cells = self._capsules.sort(), self._segments.sort()
        sizes = {
            "capsules": self._capsules.count,
            "capsule_keys": capsule_cells,
            "capsule_starts": capsule_cells,
            "features": self._feature_count,
            "segments": self._segments.count,
            "segment_keys": segment_cells,
            "segment_starts": segment_cells,
            "ways": self._way_count,
        }
        box = None
        if self._high[0] >= self._low[0]:
            box = [round(v * layout.DEG, 7) for v in (*self._low, *self._high)]
        first = head(sizes, box, extracts, self._counts.tolist())
        target = self._folder / "map"
        with target.open("wb") as file:
            file.write(first)
            self._capsules.write(file)
            file.write(self._features)
            layout.pad(file)
            self._segments.write(file)
            file.write(self._ways)
            layout.pad(file)
            file.flush()
            os.fsync(file.fileno())
        target.replace(out)
        return Built(self._nodes, self._way_count, self._capsules.count, out.stat().st_size)


_ID = struct.Struct("<q")
_RADIUS_CM = np.array([round(rule.radius_m * 100) for rule in tags.RULES], np.uint16)
_DROP_FLAG = np.array([rule.has_drop_right * layout.DROP_RIGHT for rule in tags.RULES])
_IS_STEPS = np.array([rule.kind == "steps" for rule in tags.RULES])


def _features(ways: Ways, line: _Ints, rule: npt.NDArray[np.uint8]) -> npt.NDArray[np.void]:
    """Return the records of the features of ways, from the line and the rule of each."""
    features = np.zeros(len(line), layout.FEATURE)
    features["osm"] = np.frombuffer(ways.ids, np.int64)[line] * 4 + layout.LINE
    features["rule"] = rule
    features["layer"] = np.array([sense.layer for sense in ways.senses])[line]
    steps = np.array([sense.steps for sense in ways.senses])[line]
    features["flags"] = _DROP_FLAG[rule] | steps * _IS_STEPS[rule]
    return features


def _pieces(points: _Ints, sizes: _Ints) -> tuple[_Ints, npt.NDArray[np.intp]]:
    """Return the straight pieces of lines, shape (n, 4), and whose they are."""
    line_of = np.repeat(np.arange(len(sizes)), sizes)
    within = line_of[:-1] == line_of[1:]
    return np.hstack([points[:-1], points[1:]])[within], line_of[:-1][within]


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
