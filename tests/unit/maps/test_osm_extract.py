"""Places of nodes, found by id in the file that libosmium wrote."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backrun_pi.maps.osm_extract import NodeCoordinates, node_ids
from tests.support.terrain_places import EXTRACT

IDS = st.integers(1, 500) | st.integers(2**33, 2**33 + 500)
NODES = st.dictionaries(
    IDS, st.tuples(st.integers(-(9 * 10**8), 9 * 10**8), st.integers(-(10**9), 10**9))
)
PAIR = np.dtype([("id", "<u8"), ("lon", "<i4"), ("lat", "<i4")])


def stored(folder: Path, nodes: dict[int, tuple[int, int]]) -> NodeCoordinates:
    """Return places from a file as libosmium leaves it: pairs, then a rest of zeros."""
    pairs = [(osm, lon, lat) for osm, (lat, lon) in nodes.items()]
    path = folder / "nodes"
    path.write_bytes(np.array(pairs + [(0, 2**31 - 1, 2**31 - 1)] * 7, PAIR).tobytes())
    return NodeCoordinates(path, EXTRACT)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NODES, st.lists(IDS | st.integers(-5, 0)), st.booleans())
def test_a_node_is_found_where_it_is_and_no_other_is(
    tmp_path: Path, nodes: dict[int, tuple[int, int]], asked: list[int], is_sorted: bool
) -> None:
    if is_sorted:
        nodes = dict(sorted(nodes.items()))
    asked += list(nodes)
    places, known = stored(tmp_path, nodes).find(np.array(asked, np.int64))
    assert known.tolist() == [osm in nodes for osm in asked]
    for osm, place, is_known in zip(asked, places.tolist(), known.tolist(), strict=True):
        assert not is_known or tuple(place) == nodes[osm]


def test_a_place_off_the_earth_is_not_known(tmp_path: Path) -> None:
    places = stored(tmp_path, {1: (900_000_001, 0), 2: (0, 2**31 - 1), 3: (-900_000_000, 0)})
    assert places.find(np.array([1, 2, 3]))[1].tolist() == [False, False, True]


def test_an_extract_without_nodes_knows_no_place(tmp_path: Path) -> None:
    (tmp_path / "nodes").write_bytes(b"")
    assert NodeCoordinates(tmp_path / "nodes", EXTRACT).find(np.array([1]))[1].tolist() == [
        False
    ]


def test_the_nodes_of_ways_are_read_one_way_after_the_other() -> None:
    assert node_ids(["Nn1,n22\n", "N\n", "Nn-3\n"]).tolist() == [1, 22, -3]
