"""Marks for other programs are what those programs read."""

from __future__ import annotations

import json
from pathlib import Path

import gpxpy
import osmium

from backrun_pi.cli.main import BAD_USE, DONE, main
from backrun_pi.terrain.scouting.mark_export import as_geojson, as_gpx, as_osm
from backrun_pi.terrain.scouting.marks import Mark, encode, read_notes

MARKS = [
    Mark("m1", 50.0, 8.0, 2.0, name='"Ä" <bench> & co', kind="bench"),
    Mark("m2", 50.1, 8.1, 3.0, kind="roots"),
    Mark("m3", 50.2, 8.2, 3.0),
]


def test_gpx_holds_a_way_point_for_each_mark() -> None:
    points = gpxpy.parse(as_gpx(MARKS)).waypoints
    assert [(one.name, one.type) for one in points] == [
        ('"Ä" <bench> & co', "bench"),
        ("m2", "roots"),
        ("m3", None),
    ]


def test_geojson_holds_a_point_with_longitude_first() -> None:
    features = json.loads(as_geojson(MARKS))["features"]
    assert features[1]["geometry"] == {"type": "Point", "coordinates": [8.1, 50.1]}
    assert features[0]["properties"]["kind"] == "bench"


def test_osm_holds_new_nodes_with_the_tag_of_a_known_kind_and_a_note(tmp_path: Path) -> None:
    text = as_osm(MARKS)
    assert 'upload="never"' in text
    (tmp_path / "marks.osm").write_text(text, encoding="utf-8")
    nodes = {
        node.id: {tag.k: tag.v for tag in node.tags}
        for node in osmium.FileProcessor(str(tmp_path / "marks.osm"))
    }
    assert sorted(nodes) == [-3, -2, -1]
    assert nodes[-1]["amenity"] == "bench"
    assert '"Ä" <bench> & co' in nodes[-1]["note"]
    assert set(nodes[-2]) == set(nodes[-3]) == {"note", "source"}
    assert nodes[-2]["note"].startswith("roots: ")


def test_marks_are_named_and_exported_by_the_command(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_bytes(b"".join(map(encode, MARKS)))
    command = ["map", "marks", str(path)]
    assert main([*command, "--name", "m3", "kerb at the pond", "--kind", "m3", "kerb"]) == DONE
    assert read_notes(path.read_bytes(), "marks").marks[2].kind == "kerb"
    for ending in ("gpx", "geojson", "osm"):
        out = tmp_path / f"out.{ending}"
        assert main([*command, "--export", str(out)]) == DONE
        assert "kerb at the pond" in out.read_text(encoding="utf-8")
    assert main([*command, "--export", str(tmp_path / "out.shp")]) == BAD_USE
