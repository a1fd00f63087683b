"""A small extract out of a large one: what touches a box, whole, with libosmium's trackers."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import osmium

from backrun_pi.errors import MapError
from backrun_pi.maps.coverage import Box

_MARGIN_DEG = 0.01
"""[deg] About a kilometre: a long straight way may have no node within the box."""
_UNITS_PER_DEG = 1e7
_PLACE = np.dtype([("id", "<u8"), ("lon", "<i4"), ("lat", "<i4")])


def cut(source: Path, target: Path, boxes: tuple[Box, ...]) -> int:
    """Write the ways and relations that have a node near a box, and all their nodes.

    Args:
        source: An extract, in any format of libosmium.
        target: Written as its suffix says; must not be there.
        boxes: What is wanted.

    Returns:
        How many nodes lie within the boxes, margin included.

    Raises:
        MapError: The source is no extract, or was cut short.
    """
    tracker = osmium.IdTracker()
    name = str(source)
    try:
        with TemporaryDirectory(dir=target.parent) as folder:
            inside = _inside(name, Path(folder) / "nodes", boxes)
        for one in inside:
            tracker.add_node(one)
        tracker.complete_forward_references(name, relation_depth=1)
        tracker.complete_backward_references(name)
        with (
            closing(osmium.io.Reader(name)) as reader,
            closing(osmium.SimpleWriter(str(target), header=reader.header())) as writer,
        ):
            osmium.apply(reader, tracker.id_filter(), writer)
    except RuntimeError as error:
        raise MapError(f"{source}: not an extract that can be cut: {error}") from error
    return len(inside)


def _inside(source: str, file: Path, boxes: tuple[Box, ...]) -> list[int]:
    """Return the nodes within the boxes; libosmium lists all places, 16 bytes each."""
    store: Any = osmium.index.create_map(f"sparse_file_array,{file}")
    with closing(osmium.io.Reader(source, osmium.osm.NODE)) as reader:
        osmium.apply(reader, osmium.NodeLocationsForWays(store))
    if not file.stat().st_size:
        return []
    places = np.memmap(file, _PLACE, "r")
    inside = np.zeros(len(places), bool)
    for south, west, north, east in boxes:
        low_lat, low_lon = _units(south - _MARGIN_DEG), _units(west - _MARGIN_DEG)
        high_lat, high_lon = _units(north + _MARGIN_DEG), _units(east + _MARGIN_DEG)
        is_here = (places["lat"] >= low_lat) & (places["lat"] <= high_lat)
        is_here &= (places["lon"] >= low_lon) & (places["lon"] <= high_lon)
        inside |= is_here
    inside &= places["id"] > 0  # the file grows in steps of zeros
    found: list[int] = places["id"][inside].tolist()
    return found


def _units(degrees: float) -> int:
    return round(degrees * _UNITS_PER_DEG)
