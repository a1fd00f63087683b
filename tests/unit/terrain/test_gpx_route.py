"""GPX files as other programs write them."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from backrun_pi.errors import RouteError
from backrun_pi.geo import LocalFrame
from backrun_pi.terrain.places.gpx_route import read_gpx
from backrun_pi.terrain.places.polyline import smoothed

POINTS = ((50.0, 8.0), (50.001, 8.0))


def points(tag: str = "trkpt", places: tuple[tuple[float, float], ...] = POINTS) -> str:
    return "".join(f'<{tag} lat="{lat}" lon="{lon}"/>' for lat, lon in places)


def written(folder: Path, body: str | bytes) -> Path:
    path = folder / "route.gpx"
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return path


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        *(("ISO-8859-1", "latin-1"), ("UTF-8", "latin-1"), ("windows-1252", "cp1252")),
        *(("UTF-16", "utf-16"), ("UTF-8", "utf-8-sig"), ("GB2312", "gb2312")),
    ],
)
def test_a_file_is_read_in_the_encoding_it_has(
    declared: str, encoding: str, tmp_path: Path
) -> None:
    name = "公園" if encoding == "gb2312" else "Schlößle"
    name = name if encoding != "gb2312" else "公园"
    text = f'<?xml version="1.0" encoding="{declared}"?><gpx><trk><name>{name}</name><trkseg>'
    path = written(tmp_path, (text + points() + "</trkseg></trk></gpx>").encode(encoding))
    assert read_gpx(path).segments[0].places == list(POINTS)


@pytest.mark.parametrize(
    "body",
    [
        '<g:gpx xmlns:g="http://www.topografix.com/GPX/1/1"><g:trk><g:trkseg>'
        + points("g:trkpt")
        + "</g:trkseg></g:trk></g:gpx>",
        "\n\n<gpx><rte>" + points("rtept") + "</rte></gpx>",
        (
            '<gpx><rte><rtept lat="50" lon="8"><extensions><x:rpt lat="50.001" lon="8"/>'
            "</extensions></rtept></rte></gpx>"
        ),
        (
            '<gpx><trk><trkseg><trkpt lat="50,0" lon="8"/><trkpt lat="50,001" lon="8"/>'
            "</trkseg></trk></gpx>"
        ),
    ],
)
def test_prefixes_extensions_and_decimal_commas_are_read(body: str, tmp_path: Path) -> None:
    assert read_gpx(written(tmp_path, body)).segments[0].places == list(POINTS)


def test_segments_stay_apart_and_places_at_0_0_are_left_out(tmp_path: Path) -> None:
    segment = "<trkseg>" + points() + '<trkpt lat="0" lon="0"/></trkseg>'
    route = read_gpx(written(tmp_path, f"<gpx><trk>{segment}{segment}</trk></gpx>"))
    assert [part.places for part in route.segments] == [list(POINTS)] * 2
    assert route.notes == ("2 places at 0 0 left out",)


def test_a_gap_that_nobody_walked_ends_a_segment_and_is_named(tmp_path: Path) -> None:
    places = (*POINTS, (50.1, 8.0), (50.101, 8.0))
    path = written(
        tmp_path, f"<gpx><trk><trkseg>{points('trkpt', places)}</trkseg></trk></gpx>"
    )
    route = read_gpx(path)
    assert len(route.segments) == 2
    assert route.notes == ("a gap of 11 km: not walked",)


def test_a_route_across_the_date_line_is_two_segments(tmp_path: Path) -> None:
    places = ((-16.8, 179.999), (-16.8, -179.999))
    path = written(tmp_path, f"<gpx><rte>{points('rtept', places)}</rte></gpx>")
    first, second = read_gpx(path).segments
    assert first.places[-1] == (-16.8, 180.0)
    assert second.places[0] == (-16.8, -180.0)


def test_a_recording_that_ends_in_the_middle_is_read_so_far(tmp_path: Path) -> None:
    route = read_gpx(written(tmp_path, "<gpx><trk><trkseg>" + points() + "<trkpt lat="))
    assert route.segments[0].places == list(POINTS)
    assert "ends in the middle" in route.notes[0]


@pytest.mark.parametrize(
    "body", ["<kml></kml>", "PK\x03\x04", '<!DOCTYPE a [<!ENTITY b "c">]><gpx/>']
)
def test_what_is_no_gpx_is_refused_in_one_line(body: str, tmp_path: Path) -> None:
    with pytest.raises(RouteError, match=r"route\.gpx: ") as error:
        read_gpx(written(tmp_path, body))
    assert "\n" not in str(error.value)


def test_a_recorded_walk_is_as_long_and_as_straight_as_what_was_walked() -> None:
    rng = np.random.default_rng(4)
    walked = [
        (float(rng.normal(0.0, 0.5)), 1.4 * second + float(rng.normal(0.0, 0.5)))
        for second in range(270)
    ]
    line = smoothed(walked)
    length = sum(math.dist(a, b) for a, b in itertools.pairwise(line))
    assert length == pytest.approx(1.4 * 269, rel=0.01)


def test_the_corners_of_a_sparse_line_stay_where_they_are() -> None:
    frame = LocalFrame(50.0, 8.0)
    corners = [(0.0, 0.0), (0.0, 90.0), (300.0, 90.0), (300.0, 0.0)]
    assert smoothed(corners) == corners
    assert frame.to_m(50.0, 8.0) == (0.0, 0.0)
