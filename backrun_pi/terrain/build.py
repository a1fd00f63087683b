"""OSM extract -> map file: streams the extract, cuts lines, sorts by cell, writes by rename."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium

from backrun_pi.errors import MapError, OutputError
from backrun_pi.terrain import layout, tags, waytags
from backrun_pi.terrain.header import head
from backrun_pi.terrain.pick import NODE_KEYS, WAY_KEYS, picked
from backrun_pi.terrain.spill import Lines

Progress = Callable[[str, int], None]
"""Told the name of the stage and how many objects it has seen."""

LARGE_BYTES = 20_000_000
"""[B] Size of an extract from which it counts as large: 4 million nodes, 64 MB of places."""

_CHUNK_POINTS = 200_000  # points of lines held before they are cut and spilled
_TELL_EVERY = 5_000
_RELATION_KEYS = tags.LINE_KEYS


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
    large_bytes: int = LARGE_BYTES,
) -> Built:
    """Make a map file from extracts; the same input gives the same bytes.

    Args:
        extracts: What to read; an object in several of them counts once.
        out: Written by rename.
        progress: Told how far it is.
        large_bytes: [B] Of an extract this large the places of nodes are kept on disk.

    Raises:
        MapError: An extract is missing, cut short or not OpenStreetMap data.
        OutputError: The map cannot be written.
    """
    for extract in extracts:
        if not extract.is_file():
            raise MapError(f"{extract}: there is no such extract")
    try:
        with tempfile.TemporaryDirectory(prefix=".backmap-", dir=out.parent) as scratch:
            work = _Builder(Path(scratch), progress, len(extracts) == 1, large_bytes)
            with closing(work):
                for extract in extracts:
                    _scan(extract, work)
                return work.finish(extracts, out)
    except OSError as fault:
        raise OutputError(f"{out}: cannot be written: {fault.strerror or fault}") from fault


def _scan(extract: Path, work: _Builder) -> None:
    try:
        work.relations(extract)
        work.objects(extract)
    except (RuntimeError, ValueError) as fault:
        raise MapError(
            f"{extract}: cut short or not an OpenStreetMap extract: {fault}"
        ) from fault


class _Builder:
    """Collects hazards and ways from extracts."""

    def __init__(
        self, folder: Path, progress: Progress, is_single: bool, large_bytes: int
    ) -> None:
        self._progress = progress
        self._large_bytes = large_bytes
        self._is_single = is_single  # within one extract no id comes twice
        self._folder = folder
        self._capsules = Lines(folder, "capsules", layout.CAPSULE)
        self._segments = Lines(folder, "segments", layout.SEGMENT)
        self._features = bytearray()
        self._ways = bytearray()
        self._feature_count = self._way_count = 0
        self._members: dict[int, list[tuple[int, list[int], int]]] = {}
        self._counts = [0] * len(tags.RULES)
        self._nodes = 0
        self._seen: set[int] = set()
        self._large = 0
        self._low = [2**31, 2**31]
        self._high = [-(2**31), -(2**31)]
        self._wkb = osmium.geom.WKBFactory()
        self._clear()

    def _clear(self) -> None:
        self._wkb_hex: list[str] = []
        self._pending_points = 0
        self._line_features: list[tuple[int, ...]] = []  # features of each pending line
        self._line_way = array("q")  # way of each pending line, -1 for none
        self._points = array("i")  # lat, lon of pending nodes
        self._point_rules = array("i")
        self._point_features = array("I")

    def close(self) -> None:
        """Let go of the spilled pieces."""
        self._capsules.close()
        self._segments.close()

    def relations(self, extract: Path) -> None:
        """Note which ways are the rims of areas that are hazards."""
        self._members.clear()
        areas: Iterable[Any] = osmium.FileProcessor(
            str(extract), osmium.osm.RELATION
        ).with_filter(osmium.filter.KeyFilter(*_RELATION_KEYS))
        for area in areas:
            if area.tags.get("type") != "multipolygon":
                continue
            table = picked(area.tags, WAY_KEYS)
            rules = tags.line_rules(table)
            if rules:
                layer = waytags.layer(table)
                for member in area.members:
                    if member.type == "w":
                        self._members.setdefault(member.ref, []).append((area.id, rules, layer))

    def objects(self, extract: Path) -> None:
        """Read nodes and ways."""
        tagged: Any = osmium.filter.KeyFilter(*tags.POINT_KEYS)
        tagged.enable_for(osmium.osm.NODE)
        wanted: Any = (
            osmium.FileProcessor(str(extract), osmium.osm.NODE | osmium.osm.WAY)
            .with_locations(self._locations(extract))
            .with_filter(tagged)
        )
        for seen, found in enumerate(wanted):
            if isinstance(found, osmium.osm.Way):
                self._way(found, found.id)
            else:
                self._node(found)
            if seen % _TELL_EVERY == 0:
                self._progress(extract.name, seen)
        self._flush()

    def _locations(self, extract: Path) -> str:
        """Return where the places of nodes are kept, 16 bytes each: of a large one on disk."""
        if extract.stat().st_size < self._large_bytes:
            return "sparse_mmap_array"
        self._large += 1  # each has a file of its own
        return f"sparse_file_array,{self._folder / f'nodes-{self._large}'}"

    def _feature(self, osm: int, relation: int, rule: int, layer: int, flags: int) -> int:
        self._features += _FEATURE.pack(osm, relation, rule, layer, flags)
        self._counts[rule] += 1
        self._feature_count += 1
        return self._feature_count - 1

    def _is_new(self, key: int) -> bool:
        if self._is_single:
            return True
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _node(self, node: Any) -> None:
        rule = tags.point_rule(picked(node.tags, NODE_KEYS))
        if rule is None or not self._is_new(node.id * 4 + layout.NODE):
            return
        at = self._feature(node.id * 4 + layout.NODE, 0, rule, layout.ANY_LAYER, 0)
        place = node.location
        self._points.extend((place.y, place.x))
        self._point_rules.append(rule)
        self._point_features.append(at)
        self._nodes += 1

    def _way(self, way: Any, osm: int) -> None:
        table = picked(way.tags, WAY_KEYS)
        rims = self._members.get(osm, ())
        rules = tags.line_rules(table)
        walk = waytags.record(osm, table)
        if not (rules or rims or walk) or not self._is_new(osm * 4 + layout.LINE):
            return
        line = self._coordinates(way)
        if line is None:
            return
        features = self._line_features_of(osm, table, rules, rims)
        self._wkb_hex.append(line)
        self._pending_points += len(line) >> 5  # 16 bytes of a point, two digits a byte
        self._line_features.append(features)
        if walk is None:
            self._line_way.append(-1)
        else:
            self._ways += walk
            self._line_way.append(self._way_count)
            self._way_count += 1
        if self._pending_points > _CHUNK_POINTS:
            self._flush()

    def _line_features_of(
        self,
        osm: int,
        table: Mapping[str, str],
        rules: list[int],
        rims: Sequence[tuple[int, list[int], int]],
    ) -> tuple[int, ...]:
        key = osm * 4 + layout.LINE
        if not rules and not rims:
            return ()
        layer = waytags.layer(table)
        wanted = [(0, rule) for rule in rules]
        wanted += [
            (area, rule) for area, of_area, _ in rims for rule in of_area if rule not in rules
        ]
        return tuple(
            self._feature(key, area, rule, layer, _flags(rule, table)) for area, rule in wanted
        )

    def _coordinates(self, way: Any) -> str | None:
        try:
            return str(self._wkb.create_linestring(way))
        except (RuntimeError, osmium.InvalidLocationError):
            # the extract was cut through this way, or it has a single place
            places = [node.location for node in way.nodes if node.location.valid()]
            if len({(place.x, place.y) for place in places}) < 2:
                return None
            raw = np.array([(place.lon, place.lat) for place in places], "<f8")
            return "00" * _WKB_HEAD + raw.tobytes().hex()

    def _flush(self) -> None:
        if self._points:
            places = np.frombuffer(self._points, np.int32).reshape(-1, 2).astype(np.int64)
            rules = np.frombuffer(self._point_rules, np.int32)
            self._widen(places)
            self._capsules.put(
                np.hstack([places, places]),
                {
                    "rule": rules,
                    "radius_cm": _RADIUS_CM[rules],
                    "feature": np.frombuffer(self._point_features, np.uint32),
                },
            )
        if self._wkb_hex:
            self._flush_lines()
        self._clear()

    def _flush_lines(self) -> None:
        lines = [bytes.fromhex(text)[_WKB_HEAD:] for text in self._wkb_hex]
        sizes = np.array([len(line) >> 4 for line in lines])
        lonlat = np.frombuffer(b"".join(lines), "<f8").reshape(-1, 2)
        places = np.rint(lonlat[:, ::-1] / layout.DEG).astype(np.int64)
        self._widen(places)
        pieces = np.hstack([places[:-1], places[1:]])
        line_of = np.repeat(np.arange(len(sizes)), sizes)
        within = line_of[:-1] == line_of[1:]
        pieces, line_of = pieces[within], line_of[:-1][within]
        way_of = np.frombuffer(self._line_way, np.int64)[line_of]
        moves = (pieces[:, 0] != pieces[:, 2]) | (pieces[:, 1] != pieces[:, 3])
        walked = (way_of >= 0) & moves
        self._segments.put(pieces[walked], {"way": way_of[walked]})
        starts = np.cumsum(sizes - 1) - (sizes - 1)
        owners = [
            (feature, line)
            for line, features in enumerate(self._line_features)
            for feature in features
        ]
        if not owners:
            return
        feature_of, line = np.array(owners).T
        counts = (sizes - 1)[line]
        rows = np.repeat(starts[line] - (np.cumsum(counts) - counts), counts)
        rows += np.arange(len(rows))
        feature = np.repeat(feature_of, counts)
        stored = np.frombuffer(self._features, layout.FEATURE)
        rules = stored["rule"][feature]
        del stored  # lets the bytearray grow again
        self._capsules.put(
            pieces[rows],
            {"rule": rules, "radius_cm": _RADIUS_CM[rules], "feature": feature},
        )

    def _widen(self, places: npt.NDArray[np.int64]) -> None:
        for axis in (0, 1):
            self._low[axis] = min(self._low[axis], int(places[:, axis].min()))
            self._high[axis] = max(self._high[axis], int(places[:, axis].max()))

    def finish(self, extracts: Sequence[Path], out: Path) -> Built:
        """Sort, write beside the goal, rename."""
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
        first = head(sizes, box, extracts, self._counts)
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


_WKB_HEAD = 9  # byte order, geometry type, number of points
_FEATURE = waytags.struct_of(layout.FEATURE)
_RADIUS_CM = np.array([round(rule.radius_m * 100) for rule in tags.RULES], np.uint16)


def _flags(rule: int, table: Mapping[str, str]) -> int:
    flags = waytags.steps_flags(table) if tags.RULES[rule].kind == "steps" else 0
    return flags | (layout.DROP_RIGHT if tags.RULES[rule].has_drop_right else 0)
