"""From an extract to a map file, and what goes wrong on the way."""

from __future__ import annotations

import bz2
import gzip
import os
from collections import Counter
from pathlib import Path

import osmium
import pytest

from backrun_pi.errors import MapError, OutputError
from backrun_pi.maps import layout
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from tests.support.map_records import pieces, records, ways
from tests.support.terrain_places import EXTRACT


@pytest.fixture
def opened(tmp_path: Path) -> MapFile:
    build_map([EXTRACT], tmp_path / "place.map")
    return MapFile.open(tmp_path / "place.map")


def kinds(opened: MapFile) -> Counter[str]:
    return Counter(opened.rules[int(rule)].kind for rule in records(opened.features)["rule"])


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
    roads = Counter(layout.ROADS[int(road)] for road in records(opened.ways)["road"])
    assert roads == Counter(path=1, cycleway=1, track=1, footway=1)


def test_a_rim_of_an_area_carries_the_tags_of_its_relation(opened: MapFile) -> None:
    water = [
        one
        for one in records(opened.features)
        if opened.rules[int(one["rule"])].kind == "water"
    ]
    assert [layout.osm_name(int(one["osm"])) for one in water] == ["w106"]
    assert int(water[0]["relation"]) == 200


def test_a_rim_lies_on_the_layer_of_its_area(tmp_path: Path) -> None:
    bay = tmp_path / "bay.osm"
    bay.write_text(
        """<osm version="0.6"><node id="1" lat="1" lon="1"/><node id="2" lat="1.001" lon="1"/>
        <way id="7"><nd ref="1"/><nd ref="2"/><tag k="barrier" v="fence"/></way>
        <relation id="9"><member type="way" ref="7" role="outer"/>
        <tag k="type" v="multipolygon"/><tag k="amenity" v="fountain"/><tag k="layer" v="-2"/>
        </relation></osm>""",
        encoding="utf-8",
    )
    build_map([bay], tmp_path / "bay.map")
    features = records(MapFile.open(tmp_path / "bay.map").features)
    assert features[["relation", "layer"]].tolist() == [(0, 0), (9, -2)]


def test_the_tags_of_a_way_are_kept(opened: MapFile) -> None:
    assert ways(opened)["w100"].tags == {
        "highway": "path",
        "surface": "asphalt",
        "smoothness": "good",
        "width": "3",
        "lit": "yes",
    }


def test_no_piece_of_a_line_is_longer_than_20_m_and_none_is_lost(opened: MapFile) -> None:
    for section in (opened.capsules, opened.segments):
        found = pieces(section)
        north = (found["lat2"] - found["lat1"]) * 1e-7 * 111_300.0
        east = (found["lon2"] - found["lon1"]) * 1e-7 * 71_700.0
        assert ((north**2 + east**2) ** 0.5).max() < 20.2
    segments = pieces(opened.segments)
    north_south = segments[segments["way"] == 0]
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
    assert pieces(one.capsules).tobytes() == pieces(two.capsules).tobytes()
    assert records(one.ways).tobytes() == records(two.ways).tobytes()


def nodes_and_rest() -> tuple[list[str], str]:
    """Return the lines of nodes of the extract, and all others as one text."""
    lines = EXTRACT.read_text(encoding="utf-8").splitlines(keepends=True)
    nodes = [line for line in lines if "<node" in line]
    return nodes, "".join(line for line in lines if "<node" not in line)


def test_nodes_in_any_order_and_after_the_ways_give_the_same_map(tmp_path: Path) -> None:
    nodes, rest = nodes_and_rest()
    turned = tmp_path / "turned.osm"
    turned.write_text(rest.replace("</osm>", "".join(reversed(nodes)) + "</osm>"), "utf-8")
    build_map([EXTRACT], tmp_path / "plain.map")
    build_map([turned], tmp_path / "turned.map")
    plain, other = MapFile.open(tmp_path / "plain.map"), MapFile.open(tmp_path / "turned.map")
    assert sorted(pieces(plain.segments)[["lat1", "lon1", "lat2", "lon2"]].tolist()) == sorted(
        pieces(other.segments)[["lat1", "lon1", "lat2", "lon2"]].tolist()
    )
    assert kinds(plain) == kinds(other)


def test_tags_with_marks_of_every_kind_are_read_as_they_are(tmp_path: Path) -> None:
    odd = tmp_path / "odd.osm"
    odd.write_text(
        """<osm version="0.6"><node id="1" lat="1" lon="1"/><node id="2" lat="1.0001" lon="1"/>
        <way id="7"><nd ref="1"/><nd ref="2"/><tag k="name" v="a, b=c %20% &#10;highway=ü 東"/>
        <tag k="highway" v="path"/><tag k="width" v="2,5 m"/><tag k="incline" v="-10%"/>
        <tag k="a=b,c" v="d"/></way></osm>""",
        encoding="utf-8",
    )
    build_map([odd], tmp_path / "odd.map")
    way = ways(MapFile.open(tmp_path / "odd.map"))["w7"]
    assert way.tags == {"highway": "path", "width": "2,5 m", "incline": "-10%"}


def test_what_an_extract_cut_off_is_left_out(tmp_path: Path) -> None:
    cut = tmp_path / "cut.osm"
    cut.write_text(
        """<osm version="0.6"><node id="5" lat="1" lon="1"/><node id="6" lat="1.0001" lon="1"/>
        <node id="8" lat="1" lon="1"/><node id="9"><tag k="natural" v="tree"/></node>
        <way id="1"><nd ref="4"/><nd ref="5"/><nd ref="6"/><nd ref="7"/>
        <tag k="highway" v="path"/></way>
        <way id="2"><nd ref="4"/><nd ref="5"/><tag k="barrier" v="wall"/></way>
        <way id="3"><nd ref="5"/><nd ref="8"/><tag k="barrier" v="wall"/></way></osm>""",
        encoding="utf-8",
    )
    build_map([cut], tmp_path / "cut.map")
    opened = MapFile.open(tmp_path / "cut.map")
    assert kinds(opened) == Counter()
    assert pieces(opened.segments)["lat1"].tolist() == [10_000_000]


def test_a_way_cut_off_in_one_extract_is_taken_from_the_other(tmp_path: Path) -> None:
    without = tmp_path / "without.osm"
    without.write_text(nodes_and_rest()[1], "utf-8")
    build_map([without, EXTRACT], tmp_path / "two.map")
    build_map([EXTRACT], tmp_path / "one.map")
    one, two = MapFile.open(tmp_path / "one.map"), MapFile.open(tmp_path / "two.map")
    assert pieces(one.capsules).tobytes() == pieces(two.capsules).tobytes()
    assert records(one.ways).tobytes() == records(two.ways).tobytes()


def test_a_build_that_the_disk_cannot_hold_is_not_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backrun_pi.maps.build._ROOM_BYTES", 10**18)
    with pytest.raises(OutputError, match=r"^[^:]*place\.map: building needs .* MB are free$"):
        build_map([EXTRACT], tmp_path / "place.map")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_or_a_device_is_never_replaced_by_a_map(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for out in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(OutputError, match="not a file"):
            build_map([EXTRACT], out)
    with pytest.raises(MapError, match="is not a file"):
        build_map([tmp_path], tmp_path / "place.map")


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
    assert pieces(plain.capsules).tobytes() == pieces(other.capsules).tobytes()
    assert pieces(plain.segments).tobytes() == pieces(other.segments).tobytes()
    assert records(plain.ways).tobytes() == records(other.ways).tobytes()


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


def test_an_extract_with_nothing_for_a_map_is_refused_by_name(tmp_path: Path) -> None:
    empty = tmp_path / "empty.osm"
    empty.write_text('<osm version="0.6"></osm>', encoding="utf-8")
    with pytest.raises(MapError, match=r"empty\.osm: no way"):
        build_map([empty], tmp_path / "empty.map")
    assert not (tmp_path / "empty.map").exists()


def test_an_extract_without_ways_gives_a_map_of_its_obstacles(tmp_path: Path) -> None:
    tree = tmp_path / "tree.osm"
    tree.write_text(
        """<osm version="0.6"><node id="1" lat="1" lon="1"><tag k="natural" v="tree"/></node>
        </osm>""",
        encoding="utf-8",
    )
    assert build_map([tree], tmp_path / "tree.map").ways == 0
    opened = MapFile.open(tmp_path / "tree.map")
    assert len(opened.capsules_near(10_000_000, 10_000_000, 60.0)) == 1
    assert len(opened.segments_near(10_000_000, 10_000_000, 60.0)) == 0
