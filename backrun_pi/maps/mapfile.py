"""The map on disk: read when asked for, found by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from backrun_pi.errors import MapError
from backrun_pi.maps import layout, way_record
from backrun_pi.maps.coverage import Coverage
from backrun_pi.maps.header import read_header
from backrun_pi.maps.paged_file import PagedFile, RecordTable, damaged
from backrun_pi.maps.spatial_index import Pieces, Section
from backrun_pi.maps.way_record import Way

Box = tuple[float, float, float, float]
"""[deg] south, west, north, east."""

_LARGEST_RADIUS_M = 7.0  # of the tag table: half a motorway
_WAYS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class MapLine:
    """A way or a hazard, for drawing and listing."""

    osm_id: str
    """`n1`, `w1` or `r1`."""
    kind: str
    """Kind of the tag table, or the value of `highway` for a way."""
    severity: int
    """[-] Of a hazard; 0 for a way."""
    points_deg: tuple[tuple[float, float], ...]
    """[deg] (lat, lon) along the line; one point for a node."""


class MapFile:
    """A map made by `backrun map build`."""

    def __init__(self, file: PagedFile) -> None:
        self.header = header = read_header(file)
        self.path = path = file.path
        self.rules = header.rules
        sections = {
            name: RecordTable(file, dtype, *header.sections[name])
            for name, dtype in layout.SECTIONS.items()
        }
        self.features = sections["features"]
        self.ways = sections["ways"]
        self._tagset_ends, self._tagset_text = sections["tagset_ends"], sections["tagset_text"]
        self._radius_cm = np.array(
            [round(rule.radius_m * 100) for rule in header.rules], np.uint16
        )
        self.capsules, self.segments = (
            Section(
                path=path,
                records=sections[f"{name}s"],
                rows=_rows(path, sections[f"{name}_rows"]),
                cells=sections[f"{name}_cells"],
                decode=decode,
            )
            for name, decode in (("capsule", self._capsules), ("segment", self._segments))
        )
        self.way = lru_cache(_WAYS_KEPT)(self._way)

    @classmethod
    def open(cls, path: Path) -> MapFile:
        """Open a map file.

        Raises:
            MapError: It is missing, not a map, of another version, cut short or damaged.
        """
        with _opened(path) as file:
            return cls(PagedFile(path, file.fileno()))

    def _way(self, row: int) -> Way:
        """Return a way as it was tagged.

        Raises:
            MapError: The file is damaged there or cannot be read any more.
        """
        record = self.ways[row]
        at = int(record["tags"])
        first = self._end_of(at - 1)
        text = self._tagset_text.bytes_between(first, self._end_of(at))
        try:
            return way_record.view(record, text.decode())
        except (IndexError, UnicodeDecodeError) as error:
            raise damaged(self.path) from error

    def _end_of(self, tagset: int) -> int:
        return 0 if tagset < 0 else int(self._tagset_ends[np.array([tagset])][0])

    @property
    def first_line_rule(self) -> int:
        """Return the place of the first rule for lines; those before are for nodes."""
        return self.header.first_line_rule

    @property
    def attribution(self) -> str:
        """Return the notice that goes with everything made from this map."""
        return self.header.attribution

    @property
    def coverage(self) -> Coverage:
        """Return what part of the earth the map holds."""
        return self.header.coverage

    def capsules_near(
        self, lat: int, lon: int, radius_m: float, reach_m: float = _LARGEST_RADIUS_M
    ) -> Pieces:
        """Return capsules that may come within a radius (and a few that do not).

        Args:
            lat: In units of 1e-7 degrees.
            lon: In units of 1e-7 degrees.
            radius_m: Distance to the edge of the feature.
            reach_m: Largest radius of a feature to be found.
        """
        reach = radius_m + reach_m + layout.CUT_M / 2
        return self.capsules.near(lat, lon, reach)

    def segments_near(self, lat: int, lon: int, radius_m: float) -> npt.NDArray[np.void]:
        """Return way segments that may come within a radius (and a few that do not)."""
        reach = radius_m + layout.CUT_M / 2
        return self.segments.near(lat, lon, reach)

    def segments_in_tile(self, row: int, column: int, bits: int) -> Pieces:
        """Return way segments whose middle lies in a tile of 2**bits units."""
        return self.segments.tile(row, column, bits)

    def holds(self, lat_deg: float, lon_deg: float, margin_m: float) -> bool:
        """Say whether a position lies on the map, and its edge no nearer than a margin."""
        return self.header.coverage.holds(lat_deg, lon_deg, margin_m)

    def ways_in(self, box: Box) -> tuple[MapLine, ...]:
        """Return every way that has a piece in a box, for drawing."""
        found = self.segments.within(*units(box[0], box[1]), *units(box[2], box[3]))
        lines = []
        for way in np.unique(found["way"]):
            record = self.ways[way]
            name = f"w{int(record['osm'])}"
            road = layout.ROADS[int(record["road"])]
            pieces = found[found["way"] == way]
            lines += [MapLine(name, road, 0, points) for points in _chains(pieces)]
        return tuple(lines)

    def hazards_in(self, box: Box) -> tuple[MapLine, ...]:
        """Return every hazard that has a piece in a box, for drawing."""
        found = self.capsules.within(*units(box[0], box[1]), *units(box[2], box[3]))
        lines = []
        for at in np.unique(found["feature"]):
            rule = self.rules[int(self.features[at]["rule"])]
            name = layout.osm_name(int(self.features[at]["osm"]))
            pieces = found[found["feature"] == at]
            lines += [
                MapLine(name, rule.kind, rule.severity, points) for points in _chains(pieces)
            ]
        return tuple(lines)

    def _capsules(self, records: Pieces) -> Pieces:
        """Return capsules with both ends; what belongs to no feature of the map is damage."""
        pieces = _both_ends(records, layout.READ_CAPSULE)
        rules, features = records["rule"], records["feature"]
        if len(records):
            if int(rules.max()) >= len(self.rules):
                raise damaged(self.path)
            if not np.array_equal(self.features[features]["rule"], rules):
                raise damaged(self.path)
        pieces["rule"], pieces["feature"] = rules, features
        pieces["radius_cm"] = self._radius_cm[rules]
        return pieces

    def _segments(self, records: Pieces) -> Pieces:
        """Return segments with both ends; what belongs to no way of the map is damage."""
        pieces = _both_ends(records, layout.READ_SEGMENT)
        pieces["way"] = records["way"]
        if len(records):
            ways = self.ways[records["way"]]
            if (
                int(ways["road"].max()) >= len(layout.ROADS)
                or int(ways["busy"].max()) >= len(way_record.BUSY_KINDS)
                or int(ways["tags"].max()) >= len(self._tagset_ends)
            ):
                raise damaged(self.path)
        return pieces


def units(lat_deg: float, lon_deg: float) -> tuple[int, int]:
    """Return a position in the units of the map."""
    return round(lat_deg / layout.DEG), round(lon_deg / layout.DEG)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise MapError(f"{path}: there is no such map file") from None
    except IsADirectoryError:
        raise MapError(f"{path}: is a folder, not a map file") from None
    except OSError as error:
        raise MapError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:  # a zero byte in the name
        raise MapError(f"{path!s:.200}: no file has such a name: {error}") from error


def _rows(path: Path, rows: RecordTable) -> npt.NDArray[np.void]:
    """Return the rows of cells, the closing one last."""
    if not len(rows):
        raise damaged(path)
    return rows.between(0, len(rows))


def _both_ends(records: Pieces, dtype: np.dtype[np.void]) -> Pieces:
    """Return records as pieces with both ends and the node marks of each."""
    pieces = np.empty(len(records), dtype)
    for axis in ("lat", "lon"):
        pieces[f"{axis}1"] = records[axis]
        pieces[f"{axis}2"] = records[axis] + records[f"d{axis}"]
    pieces["node1"], pieces["node2"] = records["nodes"] & 15, records["nodes"] >> 4
    return pieces


def _chains(pieces: npt.NDArray[np.void]) -> list[tuple[tuple[float, float], ...]]:
    """Join the pieces of one line where one ends and the next begins."""
    nexts: dict[tuple[int, int], list[tuple[int, int]]] = {}
    ends = set()
    for a, b, c, d in _corners(pieces):
        nexts.setdefault((a, b), []).append((c, d))
        ends.add((c, d))
    starts = [point for point in nexts if point not in ends] + list(nexts)
    chains = []
    for start in starts:
        while nexts.get(start):
            chain = [start]
            while nexts.get(chain[-1]):
                chain.append(nexts[chain[-1]].pop())
            if len(chain) == 2 and chain[0] == chain[1]:
                chain.pop()
            chains.append(tuple((la * layout.DEG, lo * layout.DEG) for la, lo in chain))
    return chains


def _corners(pieces: npt.NDArray[np.void]) -> Sequence[tuple[int, int, int, int]]:
    columns = (pieces[name].tolist() for name in ("lat1", "lon1", "lat2", "lon2"))
    return list(zip(*columns, strict=True))
