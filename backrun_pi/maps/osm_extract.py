"""An extract, read by libosmium: objects as lines of text, positions of nodes by their id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import osmium

from backrun_pi.maps import osm_xml, tag_rules
from backrun_pi.maps.coverage import Box
from backrun_pi.maps.extent import declared_boxes

_PLACE = np.dtype([("id", "<u8"), ("lon", "<i4"), ("lat", "<i4")])
_BLOCK = 16  # places of which one id is kept in memory
_NO_REFS = bytes.maketrans(b",", b" ")
_UNTIL = ("osmosis_replication_timestamp", "timestamp")


class OsmObject(NamedTuple):
    """A tagged node or a way of an extract."""

    is_way: bool
    osm: int
    tags: str
    """`Tkey=value,key=value`"""
    refs: str
    """Of a way its nodes, `Nn1,n2`."""


class Extract:
    """An extract as libosmium reads it: one pass in C++, no Python call per node.

    Steps: 1. write tagged nodes and all ways as OPL, one object a line. 2. Keep the places
    of all nodes in a file of libosmium's format `sparse_file_array`: id, lon, lat, sorted.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self._lines = folder / "objects.opl"
        self._areas = folder / "areas.opl"
        self._nodes = folder / "nodes"
        self._xml = osm_xml.EMPTY
        self._box: list[Box] = []
        self.data_until: str | None = None
        """Time up to which the data go, when the extract says so."""
        self.newest = ""
        """Time of the newest object seen, ISO 8601; empty when none has one."""
        self.deleted = 0
        """[-] Objects marked as deleted, which were passed over."""

    def read(self) -> None:
        """Read the extract; the lines and the places stand in the folder afterwards.

        Raises:
            RuntimeError: It is no extract, cut short, or holds several versions of objects.
        """
        self.close()
        self._xml = osm_xml.scan(self.path)
        self._read_header()
        of_area: Any = osmium.filter.KeyFilter(*tag_rules.LINE_KEYS)
        self._write(osmium.osm.RELATION, (of_area,), self._areas)
        store = osmium.index.create_map(f"sparse_file_array,{self._nodes}")
        places: Any = osmium.NodeLocationsForWays(store)
        places.ignore_errors()
        tagged: Any = osmium.filter.KeyFilter(*tag_rules.POINT_KEYS)
        tagged.enable_for(osmium.osm.NODE)
        self._write(osmium.osm.NODE | osmium.osm.WAY, (places, tagged), self._lines)

    def _read_header(self) -> None:
        with closing(osmium.io.Reader(str(self.path), osmium.osm.NODE)) as reader:
            header = reader.header()
            if header.has_multiple_object_versions:
                raise RuntimeError("it is a history or a change file, not a plain extract")
            until = (header.get(name) for name in _UNTIL)
            self.data_until = next((text for text in until if text), None)
            box = header.box()
            if box.valid():
                low, high = box.bottom_left, box.top_right
                self._box = [(low.lat, low.lon, high.lat, high.lon)]

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Return the boxes that the extract declares."""
        return declared_boxes(list(self._xml.boxes) or self._box)

    def _write(self, kinds: Any, handlers: Iterable[Any], out: Path) -> None:
        lines = osmium.io.File(str(out), "opl,add_metadata=timestamp")
        with (
            closing(osmium.io.Reader(str(self.path), kinds)) as reader,
            closing(osmium.SimpleWriter(lines)) as writer,
        ):
            osmium.apply(reader, *handlers, writer)

    def close(self) -> None:
        """Remove what was read from the folder."""
        for path in (self._lines, self._areas, self._nodes):
            path.unlink(missing_ok=True)

    def areas(self) -> Iterator[tuple[int, str, list[int]]]:
        """Yield id, tags and ways of the multipolygons that have a key of the table."""
        with self._areas.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                name, shown, _, table, members = line.split(" ")
                if shown == "dD" or name in self._xml.deleted:
                    continue
                if "type=multipolygon" in table[1:].split(","):
                    refs = members[1:].split(",")
                    ways = [int(ref[1 : ref.index("@")]) for ref in refs if ref[0] == "w"]
                    yield int(name[1:]), table, ways

    def objects(self) -> Iterator[OsmObject]:
        """Yield the nodes that have a key of the table and all ways, in the file's order."""
        newest, gone = "", self._xml.deleted
        with self._lines.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                name, shown, when, table, rest = line.split(" ", 4)
                if shown == "dD" or (gone and name in gone):
                    self.deleted += 1
                    continue
                newest = max(newest, when)
                yield OsmObject(name[0] == "w", int(name[1:]), table, rest)
        self.newest = newest[1:]

    def way_ids(self) -> npt.NDArray[np.int64]:
        """Return the ids of all ways."""
        with self._lines.open("rb") as lines:
            names = (line[1 : line.index(b" ")] for line in lines if line[:1] == b"w")
            return np.fromiter((int(name) for name in names), np.int64)

    def places(self) -> NodeCoordinates:
        """Return where the nodes are."""
        return NodeCoordinates(self._nodes, self.path)


class NodeCoordinates:
    """Where nodes are: a sorted file, of which one id in 16 is kept in memory."""

    def __init__(self, path: Path, extract: Path) -> None:
        pairs = np.zeros(0, _PLACE)
        if path.stat().st_size:
            pairs = np.memmap(path, _PLACE, "r")
        self._count = int(np.count_nonzero(pairs["id"]))  # the file grows in steps of zeros
        pairs = pairs[: self._count]
        if not bool(np.all(pairs["id"][1:] >= pairs["id"][:-1])):
            pairs = np.sort(pairs, order="id")
        self._pairs = pairs
        self._first = pairs["id"][::_BLOCK].astype(np.int64)
        self._extract = extract
        self._drawn: dict[int, tuple[int, int]] | None = None
        self.off_earth = 0
        """[-] Nodes asked for that lie off the earth."""

    def find(
        self, ids: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return latitude and longitude in 1e-7 degrees, shape (n, 2), and which are known."""
        places, known = self._indexed(ids)
        negative = np.flatnonzero(ids < 0)
        for at in negative.tolist():
            place = self._by_hand().get(int(ids[at]))
            known[at] = place is not None
            if place is not None:
                places[at] = place
        on_earth = (abs(places[:, 0]) <= _LAST_LAT) & (abs(places[:, 1]) <= _LAST_LON)
        self.off_earth += int(np.count_nonzero(known & ~on_earth))
        return places, known & on_earth

    def _indexed(
        self, ids: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        if not self._count:
            return np.zeros((len(ids), 2), np.int64), np.zeros(len(ids), bool)
        at = np.maximum(np.searchsorted(self._first, ids, "right") - 1, 0) * _BLOCK
        known_ids = self._pairs["id"]
        step = _BLOCK // 2
        while step:  # the last id that is not larger
            further = np.minimum(at + step, self._count - 1)
            at = np.where(known_ids[further].astype(np.int64) <= ids, further, at)
            step //= 2
        found = self._pairs[at]
        places = np.column_stack([found["lat"], found["lon"]]).astype(np.int64)
        return places, found["id"].astype(np.int64) == ids

    def _by_hand(self) -> dict[int, tuple[int, int]]:
        """Return the places of nodes that an editor has not uploaded: their ids are negative.

        The index of libosmium holds none; they come in hand-made files, so a slow pass will do.
        """
        if self._drawn is None:
            self._drawn = {
                node.id: (node.location.y, node.location.x)
                for node in osmium.FileProcessor(str(self._extract), osmium.osm.NODE)
                if isinstance(node, osmium.osm.Node) and node.id < 0 and node.location.valid()
            }
        return self._drawn


_LAST_LAT, _LAST_LON = 900_000_000, 1_800_000_000


def node_ids(refs: Iterable[str]) -> npt.NDArray[np.int64]:
    """Return the nodes of ways, one after the other."""
    text = ",".join(refs).encode().translate(_NO_REFS, b"Nn\n")
    return np.fromstring(text, np.int64, sep=" ")
