"""The way from the start is judged once, a little a tick: the scouted line, or this way."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.geo import LocalFrame
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import RouteVerdict, Suitability
from backrun_pi.terrain.places.gpx_route import RouteSegment
from backrun_pi.terrain.places.whole_route import check_route
from backrun_pi.terrain.scouting.marks import Notes, Walked, encode
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.terrain_places import EXTRACT, START, state

FRAME = LocalFrame(*START)
Corners = list[tuple[float, float]]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> MapFile:
    path: Path = tmp_path_factory.mktemp("map") / "place.map"
    build_map([EXTRACT], path)
    return MapFile.open(path)


def line(corners: Corners) -> list[Walked]:
    """Return the notes of a walk north or east from corner to corner, 5 m apart."""
    (ax, ay), (bx, by) = corners
    count = int(max(abs(bx - ax), abs(by - ay)) / 5.0)
    shares = [n / count for n in range(count + 1)]
    points = [(ax + (bx - ax) * share, ay + (by - ay) * share) for share in shares]
    return [Walked(*FRAME.to_deg(*point)) for point in points]


def judged(
    opened: MapFile | None, at_m: tuple[float, float], walked: list[Walked], ticks: int = 900
) -> list[RouteVerdict]:
    """Stand still for some ticks; return all verdicts that came."""
    marks = b"".join(encode(point) for point in walked)
    terrain = Terrain(opened, marks, TerrainSettings())
    found = []
    for n in range(ticks):
        now = state(n * 0.05, FRAME.to_deg(*at_m), speed_mps=0.0, course_rad=None)
        terrain.step(now)
        found.append(terrain.start_route(now))
    return [verdict for verdict in found if verdict is not None]


def test_without_a_scouting_the_way_under_the_feet_is_judged_in_both_directions(
    opened: MapFile,
) -> None:
    (found,) = judged(opened, (0.0, 60.0), [])
    assert not found.is_scouted
    assert found.stretches[0].from_m == 0.0
    assert found.stretches[-1].to_m > 200.0, "100 m and more each way"
    for one, other in zip(found.stretches, found.stretches[1:], strict=False):
        assert one.to_m == other.from_m, "without a gap"
    assert all(stretch.because for stretch in found.stretches)


def test_a_scouted_line_is_judged_as_the_same_route_would_be(opened: MapFile) -> None:
    walked = line([(0.0, 0.0), (0.0, 200.0)])
    (found,) = judged(opened, (0.0, 60.0), walked)
    places = [(point.lat_deg, point.lon_deg) for point in walked]
    segments = [RouteSegment(places, is_recorded=False)]
    notes = Notes(walked=walked)
    whole = [one.stretch for one in check_route(opened, segments, notes, TerrainSettings())]
    assert found.is_scouted
    assert [(one.verdict, one.because) for one in found.stretches] == [
        (one.verdict, one.because) for one in whole
    ]
    assert found.stretches[-1].to_m == pytest.approx(200.0, abs=0.1)


def test_of_two_walks_the_one_that_passes_here_counts_and_then_the_newest(
    opened: MapFile,
) -> None:
    first, elsewhere = line([(0.0, 0.0), (0.0, 100.0)]), line([(40.0, 111.3), (90.0, 111.3)])
    newest = line([(0.0, 20.0), (0.0, 80.0)])
    (found,) = judged(opened, (0.0, 50.0), first + newest + elsewhere)
    assert found.stretches[-1].to_m == pytest.approx(60.0, abs=0.1)
    (found,) = judged(opened, (60.0, 111.3), first + newest + elsewhere)
    assert found.stretches[-1].to_m == pytest.approx(50.0, abs=0.1)
    assert {stretch.verdict for stretch in found.stretches} == {Suitability.BAD}
    assert found.stretches[0].because[0] == "busy: cycleway"


def test_a_long_line_is_judged_for_two_kilometres(opened: MapFile) -> None:
    (found,) = judged(opened, (0.0, 60.0), line([(0.0, 0.0), (0.0, 5000.0)]))
    assert found.stretches[-1].to_m == pytest.approx(2000.0, abs=10.0)


def test_the_judging_is_spread_over_ticks(opened: MapFile) -> None:
    walked = line([(0.0, 0.0), (0.0, 200.0)])
    assert judged(opened, (0.0, 60.0), walked, ticks=10) == [], (
        "200 m are 40 places, 2 a tick, gone through twice"
    )
    assert len(judged(opened, (0.0, 60.0), walked, ticks=50)) == 1


def test_where_no_way_is_nothing_is_judged(opened: MapFile) -> None:
    assert judged(opened, (-300.0, 500.0), []) == []
    assert judged(None, (0.0, 60.0), []) == []
