"""From an extract to a map file, and what goes wrong on the way."""

from __future__ import annotations

import bz2
import gzip
from collections import Counter
from pathlib import Path

import osmium
import pytest

from backrun_pi.errors import MapError
from backrun_pi.terrain import layout
from backrun_pi.terrain.build import build_map
from backrun_pi.terrain.mapfile import MapFile
from tests.unit.terrain_places import EXTRACT


@pytest.fixture
def opened(tmp_path: Path) -> MapFile:
    build_map([EXTRACT], tmp_path / "place.map")
    return MapFile.open(tmp_path / "place.map")


def kinds(opened: MapFile) -> Counter[str]:
    return Counter(opened.rules[int(rule)].kind for rule in opened.features["rule"])


def test_the_map_holds_the_hazards_of_the_extract_and_no_others(opened: MapFile) -> None:
    assert kinds(opened) == Counter(
        bollard=1,
        bench=1,
        tree=2,
        stream=1,
        drop_wall=1,
        cycleway=1,
        water=1,
        rough_surface=1,
    )


def test_the_map_holds_the_ways_a_person_can_be_on(opened: MapFile) -> None:
    roads = Counter(layout.ROADS[int(road)] for road in opened.ways["road"])
    assert roads == Counter(path=1, cycleway=1, track=1, footway=1)


def test_a_rim_of_an_area_carries_the_tags_of_its_relation(opened: MapFile) -> None:
    water = [one for one in opened.features if opened.rules[int(one["rule"])].kind == "water"]
    assert [layout.osm_name(int(one["osm"])) for one in water] == ["w106"]
    assert int(water[0]["relation"]) == 200


def test_the_tags_of_a_way_are_kept(opened: MapFile) -> None:
    path = next(way for way in opened.ways if int(way["osm"]) == 100)
    assert layout.SURFACES[int(path["surface"])] == "asphalt"
    assert layout.SMOOTHNESSES[int(path["smoothness"])] == "good"
    assert int(path["width_cm"]) == 300
    assert int(path["lit"]) == 1
    assert int(path["incline_pm"]) == layout.NO_INCLINE


def test_no_piece_of_a_line_is_longer_than_20_m_and_none_is_lost(opened: MapFile) -> None:
    for records in (opened.capsules, opened.segments):
        north = (records["lat2"] - records["lat1"]) * 1e-7 * 111_300.0
        east = (records["lon2"] - records["lon1"]) * 1e-7 * 71_700.0
        assert ((north**2 + east**2) ** 0.5).max() < 20.2
    north_south = opened.segments[opened.segments["way"] == 0]
    assert int(north_south["lat1"].min()) == 500_000_000
    assert int(north_south["lat2"].max()) == 500_020_000


def test_the_same_extract_gives_the_same_bytes(tmp_path: Path) -> None:
    build_map([EXTRACT], tmp_path / "one.map")
    build_map([EXTRACT], tmp_path / "two.map")
    assert (tmp_path / "one.map").read_bytes() == (tmp_path / "two.map").read_bytes()


def test_two_extracts_that_overlap_give_each_object_once(tmp_path: Path) -> None:
    again = tmp_path / "again.osm"
    again.write_bytes(EXTRACT.read_bytes())
    build_map([EXTRACT, again], tmp_path / "two.map")
    build_map([EXTRACT], tmp_path / "one.map")
    one, two = MapFile.open(tmp_path / "one.map"), MapFile.open(tmp_path / "two.map")
    assert one.capsules.tobytes() == two.capsules.tobytes()
    assert one.ways.tobytes() == two.ways.tobytes()


def test_places_kept_on_disk_give_the_same_map(tmp_path: Path) -> None:
    again = tmp_path / "again.osm"
    again.write_bytes(EXTRACT.read_bytes())
    for name, large_bytes in (("disk.map", 0), ("memory.map", 10**9)):
        build_map([EXTRACT, again], tmp_path / name, large_bytes=large_bytes)
    assert (tmp_path / "disk.map").read_bytes() == (tmp_path / "memory.map").read_bytes()


@pytest.mark.parametrize("ending", ["osm.gz", "osm.bz2", "osm.pbf"])
def test_every_packing_of_an_extract_gives_the_same_map(ending: str, tmp_path: Path) -> None:
    packed = tmp_path / f"place.{ending}"
    if ending == "osm.gz":
        packed.write_bytes(gzip.compress(EXTRACT.read_bytes()))
    elif ending == "osm.bz2":
        packed.write_bytes(bz2.compress(EXTRACT.read_bytes()))
    else:
        with osmium.SimpleWriter(str(packed)) as writer:
            for found in osmium.FileProcessor(str(EXTRACT)):
                writer.add(found)
    build_map([EXTRACT], tmp_path / "plain.map")
    build_map([packed], tmp_path / "packed.map")
    plain, other = MapFile.open(tmp_path / "plain.map"), MapFile.open(tmp_path / "packed.map")
    assert plain.capsules.tobytes() == other.capsules.tobytes()
    assert plain.segments.tobytes() == other.segments.tobytes()
    assert plain.ways.tobytes() == other.ways.tobytes()


@pytest.mark.parametrize("name", ["cut.osm", "cut.osm.gz", "cut.osm.pbf"])
def test_a_truncated_extract_is_refused_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    whole = tmp_path / name.replace("cut", "whole")
    if name.endswith("gz"):
        whole.write_bytes(gzip.compress(EXTRACT.read_bytes()))
    elif name.endswith("pbf"):
        with osmium.SimpleWriter(str(whole)) as writer:
            for found in osmium.FileProcessor(str(EXTRACT)):
                writer.add(found)
    else:
        whole.write_bytes(EXTRACT.read_bytes())
    folder = tmp_path / "out"
    folder.mkdir()
    cut = tmp_path / name
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(MapError, match=r"cut\.osm"):
        build_map([cut], folder / "place.map")
    assert list(folder.iterdir()) == []


def test_a_file_that_is_no_extract_is_refused_by_name(tmp_path: Path) -> None:
    foreign = tmp_path / "holiday.osm.pbf"
    foreign.write_bytes(b"\x89PNG not a map at all" * 20)
    with pytest.raises(MapError, match="holiday"):
        build_map([foreign], tmp_path / "place.map")


def test_a_file_of_unknown_kind_is_refused_by_name(tmp_path: Path) -> None:
    foreign = tmp_path / "notes.txt"
    foreign.write_text("milk, bread", encoding="utf-8")
    with pytest.raises(MapError, match="notes"):
        build_map([foreign], tmp_path / "place.map")


def test_an_extract_that_is_missing_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="nowhere"):
        build_map([tmp_path / "nowhere.osm.pbf"], tmp_path / "place.map")


def test_a_failed_build_leaves_the_old_map_alone(tmp_path: Path) -> None:
    goal = tmp_path / "place.map"
    build_map([EXTRACT], goal)
    before = goal.read_bytes()
    with pytest.raises(MapError):
        build_map([EXTRACT, tmp_path / "nowhere.osm"], goal)
    assert goal.read_bytes() == before


def test_an_extract_without_hazards_gives_a_map_that_opens(tmp_path: Path) -> None:
    empty = tmp_path / "empty.osm"
    empty.write_text('<osm version="0.6"></osm>', encoding="utf-8")
    build_map([empty], tmp_path / "empty.map")
    assert MapFile.open(tmp_path / "empty.map").box is None
    assert len(MapFile.open(tmp_path / "empty.map").capsules_near(0, 0, 60.0)) == 0
