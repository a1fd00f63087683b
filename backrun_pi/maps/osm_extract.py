"""An extract, read by libosmium: objects as lines of text, places of nodes by their id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium

from backrun_pi.maps import tags

_PLACE = np.dtype([("id", "<u8"), ("lon", "<i4"), ("lat", "<i4")])
_BLOCK = 16  # places of which one id is kept in memory
_NO_REFS = bytes.maketrans(b",", b" ")


class Extract:
    """An extract as libosmium reads it: one pass in C++, no Python call per node.

    Steps: 1. write tagged nodes and all ways as OPL, one object a line. 2. Keep the places
    of all nodes in a file of libosmium's format `sparse_file_array`: id, lon, lat, sorted.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        self._lines = folder / "objects.opl"
        self._areas = folder / "areas.opl"
        self._nodes = folder / "nodes"

    def read(self) -> None:
        """Read the extract; the lines and the places stand in the folder afterwards.

        Raises:
            RuntimeError: It is no extract or cut short.
        """
        self.close()
        of_area: Any = osmium.filter.KeyFilter(*tags.LINE_KEYS)
        self._write(osmium.osm.RELATION, (of_area,), self._areas)
        store = osmium.index.create_map(f"sparse_file_array,{self._nodes}")
        places: Any = osmium.NodeLocationsForWays(store)
        places.ignore_errors()
        tagged: Any = osmium.filter.KeyFilter(*tags.POINT_KEYS)
        tagged.enable_for(osmium.osm.NODE)
        self._write(osmium.osm.NODE | osmium.osm.WAY, (places, tagged), self._lines)

    def _write(self, kinds: Any, handlers: Iterable[Any], out: Path) -> None:
        lines = osmium.io.File(str(out), "opl,add_metadata=none")
        with (
            closing(osmium.io.Reader(str(self._path), kinds)) as reader,
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
                name, table, members = line.split(" ")
                if "type=multipolygon" in table[1:].split(","):
                    refs = members[1:].split(",")
                    ways = [int(ref[1 : ref.index("@")]) for ref in refs if ref[0] == "w"]
                    yield int(name[1:]), table, ways

    def objects(self) -> Iterator[tuple[bool, int, str, str]]:
        """Yield the nodes that have a key of the table and all ways, in the file's order.

        Yields:
            Whether it is a way; its id; its tags, `Tkey=value,key=value`; of a way its nodes,
            `Nn1,n2`.
        """
        with self._lines.open(encoding="utf-8", newline="\n") as lines:
            for line in lines:
                name, table, rest = line.split(" ", 2)
                yield name[0] == "w", int(name[1:]), table, rest

    def places(self) -> NodeCoordinates:
        """Return where the nodes are."""
        return NodeCoordinates(self._nodes)


class NodeCoordinates:
    """Where nodes are: a sorted file, of which one id in 16 is kept in memory."""

    def __init__(self, path: Path) -> None:
        pairs = np.zeros(0, _PLACE)
        if path.stat().st_size:
            pairs = np.memmap(path, _PLACE, "r")
        self._count = int(np.count_nonzero(pairs["id"]))  # the file grows in steps of zeros
        pairs = pairs[: self._count]
        if not bool(np.all(pairs["id"][1:] >= pairs["id"][:-1])):
            pairs = np.sort(pairs, order="id")
        self._pairs = pairs
        self._first = pairs["id"][::_BLOCK].astype(np.int64)

    def find(
        self, ids: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return latitude and longitude in 1e-7 degrees, shape (n, 2), and which are known."""
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
        on_earth = (abs(places[:, 0]) <= _LAST_LAT) & (abs(places[:, 1]) <= _LAST_LON)
        return places, (found["id"].astype(np.int64) == ids) & on_earth


_LAST_LAT, _LAST_LON = 900_000_000, 1_800_000_000


def node_ids(refs: Iterable[str]) -> npt.NDArray[np.int64]:
    """Return the nodes of ways, one after the other."""
    text = ",".join(refs).encode().translate(_NO_REFS, b"Nn\n")
    return np.fromstring(text, np.int64, sep=" ")
