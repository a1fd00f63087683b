"""The map on disk: found by cell, refused with one clear line."""

from __future__ import annotations

import contextlib
import json
import math
import os
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backrun_pi.errors import MapError
from backrun_pi.maps import layout
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.maps.paged_file import PagedFile, RecordTable
from backrun_pi.maps.query import distances_m, features_near, offset_of_mark
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.map_records import pieces
from tests.support.terrain_places import EXTRACT, walk


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "place.map"
    build_map([EXTRACT], path)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lat=st.floats(49.995, 50.007), lon=st.floats(7.995, 8.008), radius_m=st.floats(1.0, 400.0)
)
def test_a_query_finds_every_piece_that_a_full_search_finds(
    path: Path, lat: float, lon: float, radius_m: float
) -> None:
    opened = MapFile.open(path)
    y, x = units(lat, lon)
    for everything, found in (
        (pieces(opened.capsules), opened.capsules_near(y, x, radius_m)),
        (pieces(opened.segments), opened.segments_near(y, x, radius_m)),
    ):
        away = distances_m(everything, y, x)
        if "radius_cm" in (everything.dtype.names or ()):
            away = away - everything["radius_cm"] / 100.0
        wanted = {record.tobytes() for record in everything[away <= radius_m]}
        assert wanted <= {record.tobytes() for record in found}


def test_features_near_are_listed_nearest_first_with_their_names(path: Path) -> None:
    lines = features_near(MapFile.open(path), 50.0005, 8.0, 30.0)
    assert [line["distance_m"] for line in lines] == sorted(
        line["distance_m"] for line in lines
    )
    assert {"n10", "n11", "w100", "w103"} == {line["osm_id"] for line in lines} | {"w103"}


def test_the_map_carries_the_notice_of_its_data(path: Path) -> None:
    opened = MapFile.open(path)
    assert opened.attribution == "© OpenStreetMap contributors"
    assert "ODbL" in opened.header.licence


def test_ways_and_hazards_in_a_box_come_as_whole_lines(path: Path) -> None:
    opened = MapFile.open(path)
    box = (49.999, 7.998, 50.003, 8.004)
    ways = {line.osm_id: line for line in opened.ways_in(box)}
    assert {"w100", "w101", "w107"} <= set(ways)
    assert ways["w100"].points_deg[0] == pytest.approx((50.0, 8.0))
    assert ways["w100"].points_deg[-1] == pytest.approx((50.002, 8.003))
    hazards = {line.osm_id: line for line in opened.hazards_in(box)}
    assert hazards["n10"].kind == "bollard"
    assert len(hazards["n10"].points_deg) == 1
    assert len(hazards["w103"].points_deg) > 2


def test_a_box_elsewhere_is_empty(path: Path) -> None:
    opened = MapFile.open(path)
    assert opened.ways_in((10.0, 10.0, 10.1, 10.1)) == ()
    assert opened.hazards_in((10.0, 10.0, 10.1, 10.1)) == ()


def test_the_edge_of_the_map_is_known(path: Path) -> None:
    opened = MapFile.open(path)
    assert opened.holds(50.0005, 8.0, 30.0)
    assert not opened.holds(50.02, 8.0, 30.0)
    assert opened.coverage.box is not None
    south, west, _, _ = opened.coverage.box
    assert opened.holds(south + 1e-4, west + 1e-3, 5.0)
    assert not opened.holds(south + 1e-5, west + 1e-3, 5.0)
    assert opened.holds(south - 2e-4, west + 1e-3, 0.0)
    assert not opened.holds(south - 4e-4, west + 1e-3, 0.0)


@pytest.mark.parametrize("keep", [0, 5, 31, 200, 5000])
def test_a_truncated_map_is_refused(keep: int, path: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.map"
    cut.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(MapError, match=r"cut\.map"):
        MapFile.open(cut)


def test_a_map_of_another_version_is_refused(path: Path, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[8:12] = (layout.VERSION + 1).to_bytes(4, "little")
    (tmp_path / "new.map").write_bytes(data)
    with pytest.raises(MapError, match="version"):
        MapFile.open(tmp_path / "new.map")


def test_a_damaged_header_is_refused(path: Path, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[layout.PREFIX.size + 40] ^= 1
    (tmp_path / "bad.map").write_bytes(data)
    with pytest.raises(MapError, match="damaged"):
        MapFile.open(tmp_path / "bad.map")


def test_an_extract_given_as_a_map_is_refused_with_the_command_that_helps() -> None:
    with pytest.raises(MapError, match="map build"):
        MapFile.open(EXTRACT)


def test_a_missing_map_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="no such map"):
        MapFile.open(tmp_path / "none.map")
    with pytest.raises(MapError):
        MapFile.open(tmp_path)


def put(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def ask_everything(opened: MapFile) -> None:
    """Ask a map all that a session and a report ask."""
    for lat_deg, lon_deg in ((50.0005, 8.0), (50.0018, 8.0002)):
        features_near(opened, lat_deg, lon_deg, 200.0)
        offset_of_mark(opened, lat_deg, lon_deg, 8.0)
    box = (49.99, 7.99, 50.01, 8.01)
    assert len(opened.ways_in(box)) < 1000
    assert len(opened.hazards_in(box)) < 1000
    terrain = Terrain(opened, None, TerrainSettings())
    for one in walk([(0.0, 0.0), (0.0, 40.0)]):
        hazards, place = terrain.step(one)
        terrain.start_route(one)
        assert len(hazards) < 100
        assert place.is_guiding or place.not_guiding_because


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_map_with_wrong_bytes_anywhere_is_refused_or_answers(
    path: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole = bytearray(path.read_bytes())
    sections = MapFile.open(path).header.sections
    for _ in range(data.draw(st.integers(1, 20))):
        name = data.draw(st.sampled_from(["head", *sections]))
        first, count = sections.get(name, (0, 64))
        size = layout.SECTIONS[name].itemsize if name in sections else 1
        at = first + data.draw(st.integers(0, max(0, count * size - 1)))
        whole[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(MapError):
        ask_everything(MapFile.open(put(tmp_path / "wrong.map", bytes(whole))))


@pytest.mark.parametrize("filler", [b"\x00", b"\xff", b"\x7f"])
@pytest.mark.parametrize("name", layout.SECTIONS)
def test_a_map_with_a_section_gone_is_refused_or_answers(
    name: str, filler: bytes, path: Path, tmp_path: Path
) -> None:
    whole = path.read_bytes()
    first, count = MapFile.open(path).header.sections[name]
    length = count * layout.SECTIONS[name].itemsize
    gone = whole[:first] + filler * length + whole[first + length :]
    with contextlib.suppress(MapError):
        ask_everything(MapFile.open(put(tmp_path / "gone.map", gone)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_map_cut_short_anywhere_is_refused(
    path: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole = path.read_bytes()
    keep = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(MapError, match=r"cut\.map"):
        MapFile.open(put(tmp_path / "cut.map", whole[:keep]))


@pytest.mark.parametrize("name", ["capsules", "segments"])
def test_records_that_point_nowhere_are_named_as_damage(
    name: str, path: Path, tmp_path: Path
) -> None:
    whole = path.read_bytes()
    first, count = MapFile.open(path).header.sections[name]
    length = count * layout.SECTIONS[name].itemsize
    bad = put(tmp_path / "bad.map", whole[:first] + b"\xff" * length + whole[first + length :])
    with pytest.raises(MapError, match=r"bad\.map: damaged; build it again"):
        features_near(MapFile.open(bad), 50.0005, 8.0, 60.0)


def test_a_map_that_fails_on_the_run_is_given_up_and_the_place_says_so(
    path: Path, tmp_path: Path
) -> None:
    own = put(tmp_path / "own.map", path.read_bytes())
    terrain = Terrain(MapFile.open(own), None, TerrainSettings())
    first, second = (
        walk([(0.0, 0.0), (0.0, 10.0)]),
        walk([(0.0, 100.0), (0.0, 110.0)], 2.5, 60.0),
    )
    assert terrain.step(next(first))[1].is_guiding
    offset, count = MapFile.open(own).header.sections["segments"]
    with own.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * (count * layout.SEGMENT.itemsize))
    for one in second:
        _, place = terrain.step(one)
        assert terrain.start_route(one) is None
        assert not place.is_guiding
        assert "own.map: was changed" in (place.not_guiding_because or "")


@pytest.mark.parametrize("keep", [0, 100, 4096, 5000])
def test_a_map_cut_short_while_in_use_is_an_error_and_not_the_end_of_the_process(
    keep: int, path: Path, tmp_path: Path
) -> None:
    own = put(tmp_path / "own.map", path.read_bytes())
    opened = MapFile.open(own)
    os.truncate(own, keep)
    with pytest.raises(MapError, match=r"own\.map: was changed or cut short while in use"):
        features_near(opened, 50.0005, 8.0, 60.0)


def test_a_map_replaced_beside_stays_readable_as_it_was(path: Path, tmp_path: Path) -> None:
    own = put(tmp_path / "own.map", path.read_bytes())
    opened = MapFile.open(own)
    put(tmp_path / "new.map", b"another map").replace(own)
    assert features_near(opened, 50.0005, 8.0, 60.0)


def header_with(data: bytes, **changes: object) -> bytes:
    """Return a map file whose header is whole, with right checksum, but says other values."""
    length = layout.PREFIX.unpack_from(data)[2]
    begin = layout.PREFIX.size
    plain = json.loads(data[begin : begin + length])
    text = json.dumps({**plain, **changes}).encode().ljust(length)
    prefix = layout.PREFIX.pack(
        layout.MAGIC, layout.VERSION, len(text), zlib.crc32(text), 0, len(data)
    )
    return prefix + text + data[begin + len(text) :]


@pytest.mark.parametrize(
    "changes",
    [
        {"sections": {}},
        {"sections": {name: [0, 10**9] for name in layout.SECTIONS}},
        {"sections": {name: [-64, 5] for name in layout.SECTIONS}},
        {"sections": dict.fromkeys(layout.SECTIONS, "a")},
        {"sections": {name: [0, 0] for name in layout.SECTIONS}},
        {"rules": [["barrier=bollard", "bollard", "?", 3, 0.1, False, "post"]]},
        {"rules": [[]]},
        {"rules": None},
        {"boxes": [[1.0]]},
        {"boxes": [[1000.0, 0.0, 0.0, 0.0]]},
        {"rings": [[[1.0, 1.0]]]},
        {"first_line_rule": "no"},
        {"attribution": None},
    ],
)
def test_a_header_that_is_whole_but_not_ours_is_refused_in_one_line(
    changes: dict[str, object], path: Path, tmp_path: Path
) -> None:
    other = put(tmp_path / "other.map", header_with(path.read_bytes(), **changes))
    with pytest.raises(MapError, match=r"other\.map: not a map of this program: .*; build it"):
        MapFile.open(other)


def test_records_are_right_however_often_blocks_give_way(tmp_path: Path) -> None:
    count = 700_000
    numbers = np.arange(count, dtype=layout.END)
    file = put(tmp_path / "numbers", numbers.tobytes())
    with file.open("rb") as stream:
        table = RecordTable(PagedFile(file, stream.fileno()), layout.END, 0, count)
    rng = np.random.default_rng(5)
    for size in (1, 10, 200, 3000):
        at = rng.integers(0, count, size).astype(np.uint32)
        assert table[at].tolist() == at.tolist()
        assert int(table[int(at[0])]) == int(at[0])


def test_units_are_the_grid_of_openstreetmap() -> None:
    assert units(50.0, -8.0) == (500_000_000, -80_000_000)
    assert math.isclose(layout.DEG, 1e-7)
