"""`backrun map` and `backrun warn` as scripts see them."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import gpxpy
import gpxpy.gpx
import pytest

from backrun_pi.cli.main import BAD_USE, DONE, main
from backrun_pi.geo import LocalFrame
from backrun_pi.maps.build import build_map
from backrun_pi.terrain.scouting.marks import Mark, encode
from tests.support.terrain_places import EXTRACT, START, walk

Capture = pytest.CaptureFixture[str]
NORTH = [(0.0, 0.0), (0.0, 220.0)]


@pytest.fixture
def place_map(tmp_path: Path) -> Path:
    build_map([EXTRACT], tmp_path / "place.map")
    return tmp_path / "place.map"


def lines(capsys: Capture) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def track(path: Path) -> Path:
    rows = ["t_s,lat_deg,lon_deg,speed_mps,course_deg,sigma_m,direction"]
    rows += [
        f"{now.t_ns * 1e-9:.1f},{now.lat_deg:.7f},{now.lon_deg:.7f},2.5,0.0,2.5,backward"
        for now in walk(NORTH, off_m=(1.0, 1.0))
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def gpx_file(path: Path, corners: list[tuple[float, float]]) -> Path:
    gpx = gpxpy.gpx.GPX()
    route = gpxpy.gpx.GPXRoute()
    frame = LocalFrame(*START)
    route.points = [gpxpy.gpx.GPXRoutePoint(*frame.to_deg(*corner)) for corner in corners]
    gpx.routes.append(route)
    path.write_text(gpx.to_xml(), encoding="utf-8")
    return path


def test_build_says_what_it_made_and_info_what_is_in_it(
    tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "new.map"
    assert main(["map", "build", str(EXTRACT), "-o", str(out)]) == DONE
    built = lines(capsys)[0]
    assert built["bytes"] == out.stat().st_size
    assert main(["map", "info", str(out), "--json"]) == DONE
    info = lines(capsys)[0]
    assert info["attribution"] == "© OpenStreetMap contributors"
    assert info["rules"]["barrier=bollard (point)"] == 1


def test_near_lists_json_lines(place_map: Path, capsys: Capture) -> None:
    assert main(["map", "near", str(place_map), "50.0005", "8.0", "--radius", "10"]) == DONE
    assert {line["osm_id"] for line in lines(capsys)} == {"n10", "w100"}


@pytest.mark.parametrize("what", ["near", "suggest"])
def test_a_place_outside_of_the_map_is_distinguished_from_an_empty_one(
    place_map: Path, capsys: Capture, what: str
) -> None:
    assert main(["map", what, str(place_map), "10", "20"]) == BAD_USE
    said = capsys.readouterr()
    assert said.out == ""
    assert "10.0 20.0 lies outside of" in said.err
    assert len(said.err.splitlines()) == 1


def test_every_answer_from_a_map_names_where_its_data_come_from(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    route = str(gpx_file(tmp_path / "north.gpx", NORTH))
    for rest in (["near", "50", "8"], ["suggest", "50", "8"], ["check", route]):
        assert main(["map", rest[0], str(place_map), *rest[1:]]) == DONE
        assert "© OpenStreetMap contributors" in capsys.readouterr().err


def test_suggest_says_when_nothing_suits_and_refuses_to_list_none(
    place_map: Path, capsys: Capture
) -> None:
    assert main(["map", "suggest", str(place_map), "50.006", "7.996", "--radius", "1"]) == DONE
    assert "no stretch of 100 m" in capsys.readouterr().err
    assert main(["map", "suggest", str(place_map), "50", "8", "--most", "0"]) == BAD_USE
    assert "--most 0" in capsys.readouterr().err


def test_a_place_off_the_earth_is_wrong_use(place_map: Path, capsys: Capture) -> None:
    assert main(["map", "near", str(place_map), "95", "8.0"]) == BAD_USE
    assert "latitude" in capsys.readouterr().err


def test_warn_prints_one_line_for_an_obstacle_when_it_is_first_warned_of(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["warn", str(place_map), str(track(tmp_path / "t.csv")), "--json"]) == DONE
    onsets = lines(capsys)
    bollards = [line for line in onsets if line["osm_id"] == "n10"]
    assert len(bollards) == 1
    assert bollards[0]["priority"] in {"stop", "caution"}
    assert bollards[0]["because"]
    assert [line["t_s"] for line in onsets] == sorted(line["t_s"] for line in onsets)
    assert not any(line["kind"] == "bend" for line in onsets)


def test_warn_tells_bends_when_asked(place_map: Path, tmp_path: Path, capsys: Capture) -> None:
    arguments = ["warn", str(place_map), str(track(tmp_path / "t.csv")), "--bends"]
    assert main(arguments) == DONE
    assert [line["kind"] for line in lines(capsys)].count("bend") == 1


def test_warn_tells_a_mark_without_an_osm_id(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    lat, lon = LocalFrame(*START).to_deg(1.5, 180.0)
    marks = tmp_path / "marks.csv"
    marks.write_text(f"t_s,lat_deg,lon_deg\n80.0,{lat:.7f},{lon:.7f}\n", encoding="utf-8")
    arguments = ["warn", str(place_map), str(track(tmp_path / "t.csv"))]
    assert main([*arguments, "--marks", str(marks)]) == DONE
    assert [line["osm_id"] for line in lines(capsys) if line["kind"] == "mark"] == [None]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("t_s,lat_deg\n1,2\n", "no column lon_deg"),
        (
            "t_s,lat_deg,lon_deg,speed_mps,course_deg,sigma_m,direction\n1,x,8,1,0,2,backward\n",
            "line 2: lat_deg is not a number",
        ),
    ],
)
def test_a_bad_track_is_named_with_line_and_fault(
    content: str, fault: str, place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(content, encoding="utf-8")
    assert main(["warn", str(place_map), str(bad)]) == BAD_USE
    error = capsys.readouterr().err
    assert "bad.csv" in error
    assert fault in error
    assert len(error.splitlines()) == 1


def test_a_track_with_empty_cells_is_run_through(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "gaps.csv"
    path.write_text(
        "t_s,lat_deg,lon_deg,speed_mps,course_deg,sigma_m,direction\n"
        "0.0,50.0,8.0,2.5,,2.5,backward\n0.2,,,,,,backward\n0.4,50.0,8.0,,0,2.5,forward\n",
        encoding="utf-8",
    )
    assert main(["warn", str(place_map), str(path)]) == DONE
    assert all("t_s" in line for line in lines(capsys))


@pytest.mark.parametrize("command", [["map", "info"], ["map", "near"], ["warn"]])
def test_a_missing_map_is_one_clear_line(
    command: list[str], tmp_path: Path, capsys: Capture
) -> None:
    rest = {"map info": [], "map near": ["50", "8"], "warn": [str(tmp_path / "t.csv")]}
    missing = str(tmp_path / "none.map")
    assert main([*command, missing, *rest[" ".join(command)]]) == BAD_USE
    error = capsys.readouterr().err
    assert "none.map" in error
    assert len(error.splitlines()) == 1


def test_check_never_calls_a_stretch_good_for_want_of_tags(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    footway = gpx_file(tmp_path / "plain.gpx", [(220.0, 225.0), (560.0, 760.0)])
    assert main(["map", "check", str(place_map), str(footway)]) == DONE
    stretches = lines(capsys)
    assert stretches
    assert not any(stretch["verdict"] == "good" for stretch in stretches)
    assert all(stretch["because"] for stretch in stretches)


def test_check_gives_stretches_that_cover_the_route_without_gaps(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    route = gpx_file(tmp_path / "north.gpx", [(0.0, 0.0), (0.0, 222.0), (200.0, 222.0)])
    assert main(["map", "check", str(place_map), str(route)]) == DONE
    stretches = lines(capsys)
    assert stretches[0]["from_m"] == 0.0
    assert stretches[-1]["to_m"] == pytest.approx(422.0, abs=1.0)
    for one, other in itertools.pairwise(stretches):
        assert one["to_m"] == other["from_m"]
    assert {"good", "bad"} <= {stretch["verdict"] for stretch in stretches}
    reasons = " ".join(reason for stretch in stretches for reason in stretch["because"])
    assert "bend" in reasons


def test_check_says_how_much_of_what_it_asks_for_is_tagged(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    for corners, share in (
        ([(0.0, 10.0), (0.0, 100.0)], 0.8),  # surface, smoothness, width, lit; no incline
        ([(-100.0, 111.3), (-50.0, 111.3)], 0.2),  # surface alone
        ([(500.0, 0.0), (560.0, 0.0)], 0.0),  # no way at all
    ):
        route = gpx_file(tmp_path / "route.gpx", corners)
        assert main(["map", "check", str(place_map), str(route)]) == DONE
        assert lines(capsys)[0]["tagged_share"] == share


def test_check_calls_mud_and_a_cycleway_bad(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    for corners, reason in (
        ([(-100.0, 111.3), (100.0, 111.3)], "busy: cycleway"),
        ([(-350.0, -545.0), (-10.0, -15.0)], "surface mud"),
    ):
        route = gpx_file(tmp_path / "route.gpx", corners)
        assert main(["map", "check", str(place_map), str(route)]) == DONE
        stretches = lines(capsys)
        assert any(
            reason in stretch["because"] and stretch["verdict"] == "bad"
            for stretch in stretches
        )


@pytest.mark.parametrize("content", ["", "<html></html>", "<gpx></gpx>"])
def test_a_route_that_is_none_is_refused(
    content: str, place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    bad = tmp_path / "bad.gpx"
    bad.write_text(content, encoding="utf-8")
    assert main(["map", "check", str(place_map), str(bad)]) == BAD_USE
    assert "bad.gpx" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("places", "fault"),
    [
        (["nan 8", "50 8"], "place 1"),
        (["50 8", "95 8"], "place 2: 95 8 is not on the earth"),
        (["50 8", "50 8"], "at least two places, this has 1"),
        ([], "at least two places, this has 0"),
    ],
)
def test_a_route_of_no_length_or_off_the_earth_is_refused_in_one_line(
    places: list[str], fault: str, place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    pairs = [place.split() for place in places]
    points = "".join(f'<rtept lat="{lat}" lon="{lon}"/>' for lat, lon in pairs)
    bad = tmp_path / "bad.gpx"
    bad.write_text(f"<gpx><rte>{points}</rte></gpx>", encoding="utf-8")
    assert main(["map", "check", str(place_map), str(bad)]) == BAD_USE
    error = capsys.readouterr().err
    assert "bad.gpx" in error
    assert fault in error
    assert len(error.splitlines()) == 1


def test_check_says_how_much_of_a_route_lies_outside_of_the_map(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    route = gpx_file(tmp_path / "away.gpx", [(0.0, 10.0), (0.0, 4000.0)])
    assert main(["map", "check", str(place_map), str(route)]) == DONE
    said = capsys.readouterr()
    assert "away.gpx: 1 of 2 places lie outside of" in said.err
    assert json.loads(said.out.splitlines()[-1])["verdict"] == "unknown"


def test_suggest_lists_stretches_of_100_m_and_writes_a_gpx_of_each(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "stretches"
    arguments = ["map", "suggest", str(place_map), "50.001", "8.0", "--out", str(out)]
    assert main(arguments) == DONE
    found = lines(capsys)
    assert found
    for one in found:
        assert one["length_m"] >= 100
        assert one["verdict"] in {"good", "likely", "unknown"}
        written = gpxpy.parse(Path(one["gpx"]).read_text(encoding="utf-8"))
        assert len(written.routes[0].points) > 2
    assert [one["score"] for one in found] == sorted(
        (one["score"] for one in found), reverse=True
    )


def test_a_mark_is_held_against_the_map(
    place_map: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_bytes(encode(Mark("m1", 50.0005, 8.00003, 2.0)) + encode(Mark("m2", 51, 8, 2.0)))
    assert main(["map", "marks", str(path), "--map", str(place_map)]) == DONE
    first, second = lines(capsys)
    assert first["beside"]["osm_id"] == "n10"
    assert first["beside"]["distance_m"] == pytest.approx(2.15, abs=0.1)
    assert second["beside"] is None


def test_marks_are_listed_nudged_and_deleted(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_bytes(encode(Mark("m1", *START, 2.0)) + encode(Mark("m2", *START, 2.0)))
    assert main(["map", "marks", str(path)]) == DONE
    assert [line["id"] for line in lines(capsys)] == ["m1", "m2"]
    assert main(["map", "marks", str(path), "--nudge", "m1", "0", "11.1"]) == DONE
    assert lines(capsys)[0]["lat"] == pytest.approx(50.0001, abs=1e-6)
    assert main(["map", "marks", str(path), "--delete", "m1"]) == DONE
    assert [line["id"] for line in lines(capsys)] == ["m2"]
    assert main(["map", "marks", str(path), "--delete", "m1"]) == BAD_USE


@pytest.mark.parametrize("metres", [["nan", "1"], ["1e9", "1"], ["inf", "0"], ["a", "b"]])
def test_a_nudge_that_is_no_distance_leaves_the_marks_as_they_were(
    metres: list[str], tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_bytes(encode(Mark("m1", *START, 2.0)))
    before = path.read_bytes()
    assert main(["map", "marks", str(path), "--nudge", "m1", *metres]) == BAD_USE
    assert "metres" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_mark_off_the_earth_is_refused_with_its_line(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_bytes(encode(Mark("m1", *START, 2.0)) + encode(Mark("m2", 123.0, 8.0, 2.0)))
    assert main(["map", "marks", str(path)]) == BAD_USE
    assert "marks.jsonl: line 2" in capsys.readouterr().err


def test_an_unknown_mark_is_answered_with_a_few_that_are_known(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_bytes(b"".join(encode(Mark(f"m{i}", *START, 2.0)) for i in range(10_000)))
    assert main(["map", "marks", str(path), "--delete", "nope"]) == BAD_USE
    error = capsys.readouterr().err
    assert "no mark nope; 10000 are known: m0, m1" in error
    assert len(error) < 300
