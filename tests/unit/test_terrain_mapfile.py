"""The map on disk: found by cell, refused with one clear line."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backrun_pi.errors import MapError
from backrun_pi.terrain import layout
from backrun_pi.terrain.build import build_map
from backrun_pi.terrain.listing import distances_m, things_near
from backrun_pi.terrain.mapfile import MapFile, units
from tests.unit.terrain_places import EXTRACT


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "place.map"
    build_map([EXTRACT], path)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    lat=st.floats(49.995, 50.007), lon=st.floats(7.995, 8.008), radius_m=st.floats(1.0, 400.0)
)
def test_a_query_finds_every_piece_that_a_full_search_finds(
    path: Path, lat: float, lon: float, radius_m: float
) -> None:
    opened = MapFile.open(path)
    y, x = units(lat, lon)
    for everything, found in (
        (opened.capsules, opened.capsules_near(y, x, radius_m)),
        (opened.segments, opened.segments_near(y, x, radius_m)),
    ):
        away = distances_m(everything, y, x)
        if "radius_cm" in (everything.dtype.names or ()):
            away = away - everything["radius_cm"] / 100.0
        wanted = {record.tobytes() for record in everything[away <= radius_m]}
        assert wanted <= {record.tobytes() for record in found}


def test_things_near_are_listed_nearest_first_with_their_names(path: Path) -> None:
    lines = things_near(MapFile.open(path), 50.0005, 8.0, 30.0)
    assert [line["distance_m"] for line in lines] == sorted(
        line["distance_m"] for line in lines
    )
    assert {"n10", "n11", "w100", "w103"} == {line["osm_id"] for line in lines} | {"w103"}


def test_the_map_carries_the_notice_of_its_data(path: Path) -> None:
    opened = MapFile.open(path)
    assert opened.attribution == "© OpenStreetMap contributors"
    assert "ODbL" in opened.header["licence"]


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
    assert opened.box is not None
    south, west, _, _ = opened.box
    assert opened.holds(south + 1e-4, west + 1e-3, 5.0)
    assert not opened.holds(south + 1e-5, west + 1e-3, 5.0)


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


def test_units_are_the_grid_of_openstreetmap() -> None:
    assert units(50.0, -8.0) == (500_000_000, -80_000_000)
    assert math.isclose(layout.DEG, 1e-7)
