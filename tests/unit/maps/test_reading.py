"""What an extract leaves out or says oddly is named, never guessed and never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.errors import MapError
from backrun_pi.maps.build import Built, build_map
from backrun_pi.maps.coverage import Coverage
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.maps.polygon_file import read_polygon
from backrun_pi.maps.query import features_near

PATH = '<tag k="highway" v="path"/>'


def built(folder: Path, *bodies: str, asked: Coverage | None = None) -> tuple[Built, MapFile]:
    extracts = []
    for number, body in enumerate(bodies):
        extracts.append(folder / f"{number}.osm")
        extracts[-1].write_text(f'<osm version="0.6">{body}</osm>', encoding="utf-8")
    made = build_map(extracts, folder / "place.map", asked=asked)
    return made, MapFile.open(folder / "place.map")


def node(osm: int, lat: float, lon: float = 8.0, inner: str = "", more: str = "") -> str:
    return f'<node id="{osm}" version="1" lat="{lat}" lon="{lon}" {more}>{inner}</node>'


def way(osm: int, nodes: list[int], tags: str = PATH) -> str:
    refs = "".join(f'<nd ref="{one}"/>' for one in nodes)
    return f'<way id="{osm}" version="1">{refs}{tags}</way>'


def found(opened: MapFile, lat: float, lon: float = 8.0, radius_m: float = 5.0) -> set[str]:
    return {line["osm_id"] for line in features_near(opened, lat, lon, radius_m)}


def test_a_missing_node_ends_a_line_and_is_named(tmp_path: Path) -> None:
    body = node(1, 50.0) + node(2, 50.001) + node(4, 50.003) + node(5, 50.004)
    made, opened = built(tmp_path, body + way(7, [1, 2, 3, 4, 5]))
    assert made.left_out == {"ways with nodes missing": 1}
    assert found(opened, 50.0005) == found(opened, 50.0035) == {"w7"}
    assert found(opened, 50.002) == set()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_tiles_each_with_a_part_of_a_way_give_the_whole(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    fence = way(8, [1, 2, 3, 4], '<tag k="barrier" v="fence"/>')
    tiles = [
        node(1, 50.0) + node(2, 50.001) + way(7, [1, 2, 3, 4]) + fence,
        node(2, 50.001) + node(3, 50.002) + node(4, 50.003) + way(7, [1, 2, 3, 4]) + fence,
    ]
    _, opened = built(tmp_path, *(tiles[at] for at in order))
    for lat in (50.0005, 50.0015, 50.0025):
        assert found(opened, lat) == {"w7", "w8"}


def test_new_objects_of_an_editor_are_read_and_deleted_ones_are_not(tmp_path: Path) -> None:
    bench = '<tag k="amenity" v="bench"/>'
    body = node(1, 50.0) + node(-1, 50.001) + node(-2, 50.0005, 8.00001, bench)
    body += node(3, 50.0005, 8.00002, bench, 'action="delete"')
    body += node(4, 50.0005, 8.00002, bench, 'visible="false"')
    made, opened = built(tmp_path, body + way(-7, [1, -1]))
    assert made.left_out == {"deleted objects": 2}
    assert found(opened, 50.0005) == {"n-2", "w-7"}


def test_a_way_across_the_date_line_is_not_drawn_around_the_earth(tmp_path: Path) -> None:
    body = node(1, 50.0, 179.9999) + node(2, 50.001, -179.9999) + way(7, [1, 2])
    _, opened = built(tmp_path, body)
    assert found(opened, 50.0002, 179.99994) == found(opened, 50.0008, -179.99994) == {"w7"}
    assert not opened.holds(50.0005, 0.0, 0.0)
    assert opened.holds(50.0002, 179.99995, 0.0)


def test_a_step_around_the_earth_is_left_out_and_named(tmp_path: Path) -> None:
    body = node(1, -80.0, -79.0) + node(2, 80.0, 79.0) + node(3, 80.001, 79.0)
    made, _ = built(tmp_path, body + way(7, [1, 2, 1, 2, 3]))
    assert made.left_out == {"steps of more than 100 km": 3}


def test_a_node_off_the_earth_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"0\.osm: .*off the earth"):
        built(tmp_path, node(1, 95.0) + node(2, 50.0) + way(7, [1, 2]))


def test_a_long_railway_does_not_widen_what_the_map_holds(tmp_path: Path) -> None:
    rail = way(9, [3, 4], '<tag k="railway" v="rail"/>')
    body = node(1, 50.0) + node(2, 50.003, 8.001) + way(7, [1, 2])
    _, opened = built(tmp_path, body + node(3, 49.999, 7.99) + node(4, 50.04, 8.06) + rail)
    assert opened.coverage.box == (50.0, 8.0, 50.003, 8.001)
    assert opened.coverage.source == "inferred"
    assert not opened.holds(50.02, 8.03, 0.0)


def test_declared_bounds_count_as_far_as_there_are_data(tmp_path: Path) -> None:
    bounds = '<bounds minlat="49.99" minlon="7.99" maxlat="50.01" maxlon="18.0"/>'
    _, opened = built(tmp_path, bounds + node(1, 50.0) + node(2, 50.003) + way(7, [1, 2]))
    assert opened.holds(50.005, 8.0, 0.0)
    assert not opened.holds(50.005, 9.0, 0.0), "70 km from the last feature known"


def test_the_polygon_of_the_cut_is_the_border(tmp_path: Path) -> None:
    text = "cut\n1\n 7.9 49.9\n 8.1 49.9\n 8.1 50.002\n 7.9 50.002\nEND\nEND\n"
    (tmp_path / "cut.poly").write_text(text, encoding="utf-8")
    body = node(1, 50.0) + node(2, 50.003) + way(7, [1, 2])
    _, opened = built(tmp_path, body, asked=read_polygon(tmp_path / "cut.poly"))
    assert opened.holds(50.001, 8.0, 30.0)
    assert not opened.holds(50.0019, 8.0, 30.0)
    assert not opened.holds(50.0025, 8.0, 0.0)


@pytest.mark.parametrize("text", ["", "cut\n1\n a b\nEND\nEND\n", "{}", '{"type": "Point"}'])
def test_a_file_that_is_no_polygon_is_one_clear_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "cut.poly").write_text(text, encoding="utf-8")
    with pytest.raises(MapError, match=r"cut\.poly"):
        read_polygon(tmp_path / "cut.poly")
