"""Which extracts of an index hold a place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import MapError
from backrun_pi.maps.fetch.index import around, file_name, named, read_index, smallest
from tests.support.extract_server import feature

SOURCE = "https://maps.example/index.json"


def index(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


LAND = feature("Land", "https://maps.example/land.osm.pbf", 0.0, 50.0, 10.0)
WEST = feature("West", "west.osm.pbf", 0.0, 50.0, 2.0)
EAST = feature("East", "/east.osm.pbf", 2.0, 50.0, 2.0)
FIJI = feature("Fiji", "https://maps.example/fiji.osm.pbf", 179.0, -19.0, 1.0)
FIJI["geometry"]["coordinates"].append(
    [[[-180.0, -19.0], [-179.0, -19.0], [-179.0, -18.0], [-180.0, -18.0]]]
)
OFFERS = read_index(index(LAND, WEST, EAST, FIJI), SOURCE)


def names(lat: float, lon: float, radius_m: float) -> list[str]:
    return sorted(offer.name for offer in smallest(OFFERS, lat, lon, radius_m))


def test_addresses_may_be_relative_to_the_index() -> None:
    urls = {offer.name: offer.url for offer in OFFERS}
    assert urls["West"] == "https://maps.example/west.osm.pbf"
    assert urls["East"] == "https://maps.example/east.osm.pbf"


def test_the_smallest_extract_with_the_whole_circle_is_chosen() -> None:
    assert names(51.0, 1.0, 5000.0) == ["West"]
    assert names(55.0, 5.0, 5000.0) == ["Land"]


def test_a_place_at_a_border_needs_both_sides_when_they_are_less_to_load() -> None:
    assert names(51.0, 2.0, 5000.0) == ["East", "West"]


def test_a_circle_that_leaves_a_small_extract_for_the_land_takes_the_land_alone() -> None:
    assert names(51.9999, 1.0, 5000.0) == ["Land"]


def test_a_place_at_the_date_line_is_held_by_an_extract_on_both_sides() -> None:
    assert names(-18.5, 179.999, 5000.0) == ["Fiji"]
    boxes = around(-18.5, 179.999, 5000.0)
    assert [box[1::2] for box in boxes] == [
        (pytest.approx(179.95, abs=0.01), 180.0),
        (-180.0, pytest.approx(-179.95, abs=0.01)),
    ]


def test_a_place_in_no_extract_is_said() -> None:
    with pytest.raises(MapError, match=r"10, 100: no extract of the index holds this place"):
        smallest(OFFERS, 10.0, 100.0, 5000.0)


def test_an_extract_is_found_by_name_or_id_whatever_the_case() -> None:
    found = named(OFFERS, "  wEsT ")
    assert found is not None
    assert found.name == "West"
    assert named(OFFERS, "wes") is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"features": 3}',
        b'{"features": [3]}',
        b"\xff\xfe",
        b"[" * 9999,
    ],
)
def test_what_is_no_index_is_said_in_one_line(text: bytes) -> None:
    with pytest.raises(MapError, match=r"maps.example/index.json: ") as caught:
        read_index(text, SOURCE)
    assert "\n" not in str(caught.value)


def test_entries_without_a_file_or_a_border_are_passed_over() -> None:
    bare = {"type": "Feature", "properties": {"id": "x"}, "geometry": None}
    other = feature("Ftp", "ftp://maps.example/x.osm.pbf", 0.0, 0.0, 1.0)
    local = feature("Local", "file:///etc/passwd", 0.0, 0.0, 1.0)
    assert [one.name for one in read_index(index(bare, other, local, WEST), SOURCE)] == ["West"]
    with pytest.raises(MapError, match="offers no extract"):
        read_index(index(bare, other, local), SOURCE)


@given(path=st.text(max_size=200))
def test_no_address_makes_a_file_name_that_leaves_the_folder(path: str) -> None:
    offers = read_index(
        index(feature("X", f"https://maps.example/{path}", 0.0, 0.0, 1.0)), SOURCE
    )
    name = file_name(offers[0])
    assert "/" not in name
    assert name not in {".", ".."}
    assert not name.startswith(".")
    assert len(name) < 120
