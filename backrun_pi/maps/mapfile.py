"""The map on disk: read only, found by cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from backrun_pi.errors import MapError
from backrun_pi.maps import layout
from backrun_pi.maps.header import read_header
from backrun_pi.maps.paged_file import CellIndex, PagedFile, Records, RecordTable, damaged
from backrun_pi.maps.spatial_index import Section
from backrun_pi.maps.tags import Rule
from backrun_pi.maps.way_record import BUSY_KINDS

Box = tuple[float, float, float, float]
"""[deg] south, west, north, east."""

_LARGEST_RADIUS_M = 7.0  # of the tag table: half a motorway


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
        checked, self.header = read_header(file)
        self.path = file.path
        tables = {
            name: RecordTable(file, dtype, *checked.sections[name])
            for name, dtype in layout.SECTIONS.items()
        }
        self.capsules, self.segments = tables["capsules"], tables["segments"]
        self.features, self.ways = tables["features"], tables["ways"]
        self.rules = tuple(Rule(*row) for row in checked.rules)
        self._capsules, self._segments = (
            Section(
                path=file.path,
                records=tables[f"{name}s"],
                cells=CellIndex(tables[f"{name}_keys"], tables[f"{name}_starts"]),
                are_sound=are_sound,
            )
            for name, are_sound in (
                ("capsule", self._are_capsules),
                ("segment", self._are_segments),
            )
        )

    @classmethod
    def open(cls, path: Path) -> MapFile:
        """Open a map file.

        Raises:
            MapError: It is missing, not a map, of another version, cut short or damaged.
        """
        with _opened(path) as file:
            return cls(PagedFile(path, file.fileno()))

    @property
    def first_line_rule(self) -> int:
        """Return the place of the first rule for lines; those before are for nodes."""
        return int(self.header["first_line_rule"])

    @property
    def attribution(self) -> str:
        """Return the notice that goes with everything made from this map."""
        return str(self.header["attribution"])

    @property
    def box(self) -> Box | None:
        """Return south, west, north, east in degrees; None of an empty map."""
        box = self.header["box"]
        return None if box is None else (box[0], box[1], box[2], box[3])

    def capsules_near(
        self, lat: int, lon: int, radius_m: float, reach_m: float = _LARGEST_RADIUS_M
    ) -> npt.NDArray[np.void]:
        """Return capsules that may come within a radius (and a few that do not).

        Args:
            lat: In units of 1e-7 degrees.
            lon: In units of 1e-7 degrees.
            radius_m: Distance to the edge of the thing.
            reach_m: Largest radius of a thing to be found.
        """
        reach = radius_m + reach_m + layout.CUT_M / 2
        return self._capsules.near(lat, lon, reach)

    def segments_near(self, lat: int, lon: int, radius_m: float) -> npt.NDArray[np.void]:
        """Return way segments that may come within a radius (and a few that do not)."""
        reach = radius_m + layout.CUT_M / 2
        return self._segments.near(lat, lon, reach)

    def segments_in_tile(self, row: int, column: int, bits: int) -> npt.NDArray[np.void]:
        """Return way segments whose middle lies in a tile of 2**bits units."""
        found = self._segments.tile(row, column, bits)
        ways = self.ways[found["way"]]
        if (
            (ways["busy"] >= len(BUSY_KINDS)).any()
            or not _are_codes(ways["surface"], len(layout.SURFACES))
            or not _are_codes(ways["smoothness"], len(layout.SMOOTHNESSES))
        ):
            raise damaged(self.path)
        return found

    def holds(self, lat_deg: float, lon_deg: float, margin_m: float) -> bool:
        """Say whether a position lies in the box of the map, less a margin."""
        if self.box is None:
            return False
        south, west, north, east = self.box
        dlat = margin_m / 111_000.0  # metres of a degree; a margin needs no more
        dlon = dlat / max(0.01, math.cos(math.radians(lat_deg)))
        return south + dlat <= lat_deg <= north - dlat and west + dlon <= lon_deg <= east - dlon

    def ways_in(self, box: Box) -> tuple[MapLine, ...]:
        """Return every way that has a piece in a box, for drawing."""
        found = self._segments.within(*units(box[0], box[1]), *units(box[2], box[3]))
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
        found = self._capsules.within(*units(box[0], box[1]), *units(box[2], box[3]))
        lines = []
        for at in np.unique(found["feature"]):
            rule = self.rules[int(self.features[at]["rule"])]
            name = layout.osm_name(int(self.features[at]["osm"]))
            pieces = found[found["feature"] == at]
            lines += [
                MapLine(name, rule.kind, rule.severity, points) for points in _chains(pieces)
            ]
        return tuple(lines)

    def _are_capsules(self, records: Records) -> bool:
        """Say whether capsules are pieces of things that the map holds."""
        at, rules = records["feature"], records["rule"]
        return not (
            np.count_nonzero(at >= len(self.features))
            or np.count_nonzero(rules >= len(self.rules))
            or np.count_nonzero(self.features[at]["rule"] != rules)
        )

    def _are_segments(self, records: Records) -> bool:
        """Say whether segments are pieces of ways that the map holds."""
        at = records["way"]
        return not (
            np.count_nonzero(at >= len(self.ways))
            or np.count_nonzero(self.ways[at]["road"] >= len(layout.ROADS))
        )


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


def _are_codes(codes: npt.NDArray[np.uint8], count: int) -> bool:
    return bool(((codes < count) | (codes >= layout.OTHER_CODE)).all())


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
