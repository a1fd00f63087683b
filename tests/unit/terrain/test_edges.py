"""An edge alongside is announced as it begins; STOP is for what comes and was not answered."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from backrun_pi.geo import LocalFrame
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import Direction, Gait, OncomingHazard, RunnerState, Stage
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.terrain_places import START, state, walk

NORTH = [(0.0, 0.0), (0.0, 300.0)]
FRAME = LocalFrame(*START)


def node(name: int, east_m: float, north_m: float) -> str:
    lat, lon = FRAME.to_deg(east_m, north_m)
    return f'<node id="{name}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"/>'


def line(name: int, nodes: Iterable[int], tag: tuple[str, str]) -> str:
    refs = "".join(f'<nd ref="{one}"/>' for one in nodes)
    return f'<way id="{name}" version="1">{refs}<tag k="{tag[0]}" v="{tag[1]}"/></way>'


def place_with(folder: Path, *parts: str) -> MapFile:
    """Build a path of 400 m north, with more beside it."""
    far = [node(90, -600.0, -600.0), node(91, 600.0, 900.0)]
    own = [node(1, 0.0, 0.0), node(2, 0.0, 400.0), line(10, (1, 2), ("highway", "path"))]
    everything = [*own, *far, *parts, line(99, (90, 91), ("building", "yes"))]
    nodes = [part for part in everything if part.startswith("<node")]
    ways = [part for part in everything if not part.startswith("<node")]
    extract = folder / "edge.osm"
    extract.write_text(f'<osm version="0.6">{"".join(nodes + ways)}</osm>', encoding="utf-8")
    build_map([extract], folder / "edge.map")
    return MapFile.open(folder / "edge.map")


@pytest.fixture(scope="module")
def ditch(tmp_path_factory: pytest.TempPathFactory) -> MapFile:
    """A ditch of three objects, 1.2 m to the right, from 50 m to 250 m."""
    parts = [node(20 + at, 1.2, north_m) for at, north_m in enumerate((50, 110, 170, 250))]
    parts += [line(30 + at, (20 + at, 21 + at), ("waterway", "ditch")) for at in range(3)]
    return place_with(tmp_path_factory.mktemp("ditch"), *parts)


def seen_on(opened: MapFile, states: Iterable[RunnerState]) -> Iterator[OncomingHazard]:
    terrain = Terrain(opened, None, TerrainSettings())
    for now in states:
        yield from terrain.step(now)[0]


def test_a_ditch_of_three_objects_is_one_edge_and_never_a_stop(ditch: MapFile) -> None:
    seen = [one for one in seen_on(ditch, walk(NORTH)) if one.kind == "ditch"]
    assert {one.hazard_id for one in seen} == {"w30:ditch"}
    assert all(one.is_edge and one.stage is Stage.CAUTION for one in seen)
    assert seen[0].t_ns * 1e-9 < (50.0 / 2.5) - 3.0
    assert seen[-1].t_ns * 1e-9 > 240.0 / 2.5


def test_an_edge_holds_without_a_gap_while_it_goes_on(ditch: MapFile) -> None:
    times = [one.t_ns * 1e-9 for one in seen_on(ditch, walk(NORTH)) if one.is_edge]
    assert max(b - a for a, b in itertools.pairwise(times)) < 1.0


def test_an_edge_that_a_runner_faces_is_known_for_the_bout_to_come_and_never_a_stop(
    ditch: MapFile,
) -> None:
    facing = (replace(now, direction=Direction.FORWARD) for now in walk(NORTH))
    seen = [one for one in seen_on(ditch, facing) if one.is_edge]
    assert {one.hazard_id for one in seen} == {"w30:ditch"}
    assert {(one.stage, one.contact_s) for one in seen} == {(Stage.CAUTION, None)}


def test_an_edge_keeps_its_name_when_the_runner_turns_backward(ditch: MapFile) -> None:
    way = list(walk(NORTH))
    half = len(way) // 2
    turning = [replace(now, direction=Direction.FORWARD) for now in way[:half]] + way[half:]
    seen = [one for one in seen_on(ditch, turning) if one.is_edge]
    assert {one.hazard_id for one in seen} == {"w30:ditch"}


def test_a_runner_who_drifts_towards_an_edge_gets_a_stop(ditch: MapFile) -> None:
    drifting = walk([(0.0, 0.0), (0.0, 120.0), (4.0, 130.0)])
    steady = replace_sigma(drifting, 1.0)
    stops = [one for one in seen_on(ditch, steady) if one.stage is Stage.STOP]
    assert stops
    assert all(one.is_edge for one in stops)
    assert stops[0].t_ns * 1e-9 > 120.0 / 2.5


def replace_sigma(states: Iterable[RunnerState], sigma_m: float) -> Iterator[RunnerState]:
    return (replace(now, sigma_m=sigma_m) for now in states)


def test_an_edge_that_comes_nearer_is_a_stop(tmp_path: Path) -> None:
    parts = [node(20, 2.6, 40.0), node(21, 2.6, 180.0), node(22, 0.9, 195.0)]
    parts += [node(23, 0.9, 260.0), line(30, (20, 21, 22, 23), ("waterway", "canal"))]
    parts[-1] = parts[-1].replace('"canal"', '"ditch"')
    seen = [one for one in seen_on(place_with(tmp_path, *parts), walk(NORTH)) if one.is_edge]
    stops = [one.t_ns * 1e-9 for one in seen if one.stage is Stage.STOP]
    assert stops
    assert 160.0 / 2.5 < stops[0] < 195.0 / 2.5


def test_a_ditch_across_the_way_is_an_event(tmp_path: Path) -> None:
    parts = [node(20, -30.0, 150.0), node(21, 31.0, 151.0)]
    opened = place_with(tmp_path, *parts, line(30, (20, 21), ("waterway", "ditch")))
    seen = [one for one in seen_on(opened, walk(NORTH)) if one.kind == "ditch"]
    assert not any(one.is_edge for one in seen)
    assert any(one.stage is Stage.STOP for one in seen)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> MapFile:
    lat, lon = FRAME.to_deg(0.0, 100.0)
    spot = (
        f'<node id="20" version="1" lat="{lat:.7f}" lon="{lon:.7f}">'
        '<tag k="amenity" v="bench"/></node>'
    )
    return place_with(tmp_path_factory.mktemp("bench"), spot)


def test_no_stop_for_what_is_reached_or_passed(bench: MapFile) -> None:
    seen = [one for one in seen_on(bench, walk(NORTH)) if one.kind == "bench"]
    stops = [one for one in seen if one.stage is Stage.STOP]
    assert stops
    assert all(one.contact_s is not None and one.contact_s >= 1.0 for one in stops)
    assert stops[-1].t_ns * 1e-9 < 100.0 / 2.5


def stopped_before(bench_m: float, stand_s: float) -> Iterator[RunnerState]:
    """Run until 5 m before a bench, stand, run on."""
    before = list(walk([(0.0, 0.0), (0.0, bench_m - 5.0)]))
    yield from before
    last = before[-1]
    standing = round(stand_s * 5)
    for tick in range(1, standing):
        yield replace(last, t_ns=last.t_ns + tick * 200_000_000, speed_mps=0.0, gait=Gait.STILL)
    start_s = last.t_ns * 1e-9 + stand_s
    yield from walk([(0.0, bench_m - 5.0), (0.0, bench_m + 20.0)], start_s=start_s)


def test_a_stop_that_was_obeyed_does_not_come_back(bench: MapFile) -> None:
    seen = [one for one in seen_on(bench, stopped_before(100.0, 4.0)) if one.kind == "bench"]
    stops = [one.t_ns * 1e-9 for one in seen if one.stage is Stage.STOP]
    assert stops
    assert max(stops) <= 95.0 / 2.5 + 0.1


def test_nothing_is_a_stop_while_the_legs_stand_whatever_the_speed_says(bench: MapFile) -> None:
    terrain = Terrain(bench, None, TerrainSettings())
    for now in walk([(0.0, 0.0), (0.0, 95.0)]):
        terrain.step(now)
    place = FRAME.to_deg(0.0, 95.0)
    still = replace(state(38.6, place), gait=Gait.STILL)
    assert all(one.stage is Stage.CAUTION for one in terrain.step(still)[0])


def test_a_direction_that_flickers_announces_nothing_again(bench: MapFile) -> None:
    terrain = Terrain(bench, None, TerrainSettings())
    announced = []
    for number, now in enumerate(walk([(0.0, 0.0), (0.0, 95.0)])):
        is_flicker = number % 20 == 19
        facing = Direction.FORWARD if is_flicker else Direction.BACKWARD
        terrain.step(replace(now, direction=facing))
        announced += [one.kind for one in terrain.news()]
    assert announced.count("bench") == 1
