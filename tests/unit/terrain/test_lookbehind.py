"""The door of the room: warns on the way, stays quiet beside it, says when it is blind."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import Direction, OncomingHazard, RunnerState, Stage
from backrun_pi.terrain.hazards.candidate import HazardKey
from backrun_pi.terrain.hazards.lookbehind import Threat
from backrun_pi.terrain.hazards.pulses import Pulses
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.terrain_places import EXTRACT, START, state, walk

NORTH = [(0.0, 0.0), (0.0, 220.0)]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> MapFile:
    path = tmp_path_factory.mktemp("map") / "place.map"
    build_map([EXTRACT], path)
    return MapFile.open(path)


def room(opened: MapFile | None, marks: bytes | None = None) -> Terrain:
    return Terrain(opened, marks, TerrainSettings())


def run(terrain: Terrain, states: Iterable[RunnerState]) -> dict[str, list[OncomingHazard]]:
    seen: dict[str, list[OncomingHazard]] = {}
    for now in states:
        hazards, _ = terrain.step(now)
        for hazard in hazards:
            seen.setdefault(hazard.hazard_id, []).append(hazard)
    return seen


def first_time_s(hazards: list[OncomingHazard]) -> float:
    return hazards[0].t_ns * 1e-9


def test_a_bollard_on_the_way_is_announced_five_seconds_before_contact(opened: MapFile) -> None:
    seen = run(room(opened), walk(NORTH, off_m=(1.5, -1.0)))
    bollard = seen["n10:bollard"]
    contact_s = 55.6 / 2.5  # 0.0005 degrees of latitude at 2.5 m/s
    assert 5.0 < contact_s - first_time_s(bollard) < 12.0
    assert bollard[0].contact_s is not None
    assert bollard[0].because


def test_a_bollard_that_is_near_in_time_is_a_stop(opened: MapFile) -> None:
    seen = run(room(opened), walk(NORTH))
    stages = [hazard.stage for hazard in seen["n10:bollard"]]
    assert stages[0] is Stage.CAUTION
    assert Stage.STOP in stages


def test_a_tree_20_m_beside_the_way_is_never_announced(opened: MapFile) -> None:
    assert "n12:tree" not in run(room(opened), walk(NORTH))


def test_a_hazard_already_passed_is_not_announced(opened: MapFile) -> None:
    seen = run(room(opened), walk([(0.0, 62.0), (0.0, 75.0)]))
    assert "n10:bollard" not in seen


def test_the_way_under_the_feet_is_never_its_own_hazard(opened: MapFile) -> None:
    east = [(-100.0, 111.3), (100.0, 111.3)]
    seen = run(room(opened), walk(east))
    assert "w101:cycleway" not in seen


def test_a_runner_on_a_cycleway_gets_it_as_their_place(opened: MapFile) -> None:
    terrain = room(opened)
    places = [terrain.step(now)[1] for now in walk([(-100.0, 111.3), (-40.0, 111.3)])]
    assert places[-1].busy_kind == "cycleway"
    assert places[-1].way_id == "w101"


def test_a_cycleway_that_is_crossed_is_announced(opened: MapFile) -> None:
    assert "w101:cycleway" in run(room(opened), walk(NORTH))


def test_water_on_another_layer_is_no_edge(opened: MapFile) -> None:
    assert "w102:stream" not in run(room(opened), walk(NORTH))


def test_a_wall_that_runs_along_is_announced_at_most_once_in_twelve_seconds(
    opened: MapFile,
) -> None:
    terrain = room(opened)
    reported = []
    for now in walk(NORTH):
        terrain.step(now)
        reported += [
            now.t_ns * 1e-9 for one in terrain.news() if one.hazard_id == "w103:drop_wall"
        ]
    assert reported
    assert all(b - a > TerrainSettings().remind_s for a, b in itertools.pairwise(reported))


WALL = """<osm version="0.6">
  <node id="1" version="1" lat="50.0000000" lon="8.0000000"/>
  <node id="2" version="1" lat="50.0020000" lon="8.0000000"/>
  <node id="3" version="1" lat="50.0010000" lon="8.0000200"/>
  <node id="4" version="1" lat="50.0013000" lon="8.0000200"/>
  <node id="5" version="1" lat="50.0021000" lon="8.0000000"/>
  <node id="6" version="1" lat="50.0030000" lon="8.0000000"/>
  <node id="40" version="1" lat="49.9950000" lon="7.9950000"/>
  <node id="41" version="1" lat="50.0070000" lon="8.0080000"/>
  <way id="10" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way>
  <way id="11" version="1"><nd ref="{first}"/><nd ref="{last}"/>{tags}</way>
  <way id="12" version="1"><nd ref="2"/><nd ref="5"/><tag k="highway" v="steps"/>
    <tag k="incline" v="{incline}"/></way>
  <way id="13" version="1"><nd ref="5"/><nd ref="6"/><tag k="highway" v="path"/></way>
  <way id="14" version="1"><nd ref="40"/><nd ref="41"/><tag k="building" v="yes"/></way>
</osm>"""


def edge_of(
    folder: Path, tags: str, first: int, last: int, incline: str = "up"
) -> dict[str, list[OncomingHazard]]:
    """Run north past an edge 1.4 m to the right, then to steps."""
    extract = folder / "edge.osm"
    extract.write_text(
        WALL.format(tags=tags, first=first, last=last, incline=incline), encoding="utf-8"
    )
    build_map([extract], folder / "edge.map")
    return run(room(MapFile.open(folder / "edge.map")), walk(NORTH))


@pytest.mark.parametrize(
    ("tags", "above", "below"),
    [
        ('<tag k="barrier" v="retaining_wall"/>', 3, 2),
        ('<tag k="natural" v="cliff"/>', 3, 2),
        ('<tag k="barrier" v="kerb"/>', 3, 2),
    ],
)
def test_an_edge_is_worse_from_its_upper_side(
    tmp_path: Path, tags: str, above: int, below: int
) -> None:
    north, south = edge_of(tmp_path, tags, 3, 4), edge_of(tmp_path, tags, 4, 3)
    falls, rises = (
        next(reported[-1] for name, reported in seen.items() if name.startswith("w11:"))
        for seen in (north, south)
    )
    assert (falls.severity, rises.severity) == (above, below)
    assert "the ground falls there" in falls.because
    assert "the ground rises there" in rises.because


def test_a_coast_is_as_bad_whichever_way_it_is_drawn(tmp_path: Path) -> None:
    tags = '<tag k="natural" v="coastline"/>'
    for first, last in ((3, 4), (4, 3)):
        assert edge_of(tmp_path, tags, first, last)["w11:water"][-1].severity == 3


@pytest.mark.parametrize(("incline", "severity"), [("up", 2), ("down", 3), ("yes", 3)])
def test_steps_that_lead_down_are_worse_than_steps_that_lead_up(
    tmp_path: Path, incline: str, severity: int
) -> None:
    seen = edge_of(tmp_path, '<tag k="barrier" v="hedge"/>', 3, 4, incline)
    assert seen["w12:steps"][-1].severity == severity


def test_steps_in_line_with_the_way_are_met_and_no_edge_alongside(tmp_path: Path) -> None:
    seen = edge_of(tmp_path, '<tag k="barrier" v="hedge"/>', 3, 4, "down")["w12:steps"]
    assert not any(hazard.is_edge for hazard in seen)
    assert any(hazard.stage is Stage.STOP for hazard in seen)


def test_a_bend_is_announced_before_it_comes(opened: MapFile) -> None:
    bends = [
        hazards
        for name, hazards in run(room(opened), walk(NORTH)).items()
        if name.startswith("bend:")
    ]
    assert len(bends) == 1
    corner_s = 222.5 / 2.5
    assert 4.0 < corner_s - first_time_s(bends[0]) < 10.0


def test_a_hazard_keeps_its_name_while_it_comes_nearer(opened: MapFile) -> None:
    bollard = run(room(opened), walk(NORTH))["n10:bollard"]
    assert len(bollard) > 5
    distances = [hazard.distance_m for hazard in bollard]
    assert distances[0] > distances[-1]


def test_nothing_new_is_announced_while_standing(opened: MapFile) -> None:
    terrain = room(opened)
    place = (START[0] + 0.0004, START[1])
    for tick in range(100):
        terrain.step(state(tick * 0.05, place, speed_mps=0.0, course_rad=None))
    assert terrain.news() == ()


def test_a_slow_runner_keeps_the_matched_direction_whatever_the_course_says(
    opened: MapFile,
) -> None:
    terrain = room(opened)
    run(terrain, walk([(0.0, 20.0), (0.0, 30.0)]))
    slow = walk([(0.0, 30.0), (0.0, 36.0)], speed_mps=0.5, start_s=4.0)
    for tick, now in enumerate(slow):
        terrain.step(replace(now, course_rad=math.pi if tick % 3 else 1.0))
    beyond = walk([(0.0, 36.0), (0.0, 44.0)], start_s=16.2)
    assert "n10:bollard" in run(terrain, beyond)


def test_a_turn_round_is_followed(opened: MapFile) -> None:
    terrain = room(opened)
    corners = [(0.0, 20.0), (0.0, 110.0), (0.0, 20.0)]
    reported = []
    for now in walk(corners):
        terrain.step(now)
        reported += [
            now.t_ns * 1e-9 for one in terrain.news() if one.hazard_id == "n10:bollard"
        ]
    turn_s, again_s = 90.0 / 2.5, (90.0 + 54.4) / 2.5
    assert len(reported) == 2
    assert reported[0] < turn_s < reported[1] < again_s - 3.0


@pytest.mark.parametrize(
    ("distance_m", "p", "is_announced"),
    [(15.0, 0.2, True), (4.0, 0.2, False), (4.0, 0.5, True)],
)
def test_a_doubtful_hazard_too_near_to_act_on_is_no_reason_for_a_pulse(
    distance_m: float,
    p: float,
    is_announced: bool,
) -> None:
    threat = Threat(1, p, 0.5, distance_m, 1.0, p, 1.0)
    assert bool(Pulses(TerrainSettings()).step(0, {1: threat}, 2.5, {1: 1.0})) is is_announced


def test_on_a_wide_path_a_word_for_nothing_is_accepted_sooner() -> None:
    doubtful: dict[HazardKey, Threat] = {1: Threat(1, 0.13, 0.2, 15.0, 1.0, 0.13, 1.0)}
    reported = [
        Pulses(TerrainSettings(), wide).step(0, doubtful, 2.5, {1: 1.0})
        for wide in (False, True)
    ]
    assert reported == [[], [1]]


def test_what_was_announced_in_forward_walking_is_announced_again_in_backward_walking(
    opened: MapFile,
) -> None:
    terrain = room(opened)
    reported = []
    for now in walk([(0.0, 30.0), (0.0, 54.0)], speed_mps=1.5):
        is_backward = now.t_ns > 11e9
        facing = Direction.BACKWARD if is_backward else Direction.FORWARD
        terrain.step(replace(now, direction=facing))
        reported += [
            (one.hazard_id, is_backward)
            for one in terrain.news()
            if one.hazard_id == "n10:bollard"
        ]
    assert reported == [("n10:bollard", False), ("n10:bollard", True)]


@pytest.mark.parametrize(
    ("now", "because"),
    [
        (state(1.0, START, sigma_m=11.0), "sigma 11 m"),
        (state(1.0, START, age_s=2.5), "older than 2 s"),
        (state(1.0, None), "no position"),
        (state(1.0, (51.0, 8.0)), "off the map"),
    ],
)
def test_a_position_not_to_be_trusted_switches_the_map_off_and_says_why(
    opened: MapFile, now: RunnerState, because: str
) -> None:
    hazards, place = room(opened).step(now)
    assert hazards == ()
    assert not place.is_guiding
    assert place.not_guiding_because is not None
    assert because in place.not_guiding_because


def test_a_fix_that_grows_old_switches_the_map_off_at_once(opened: MapFile) -> None:
    terrain = room(opened)
    assert terrain.step(state(1.0, START))[1].is_guiding
    assert not terrain.step(state(1.05, START, age_s=2.1))[1].is_guiding


def test_at_the_edge_of_the_map_what_is_known_is_announced_and_the_rest_is_said_to_be_missing(
    tmp_path: Path,
) -> None:
    extract = tmp_path / "edge.osm"
    extract.write_text(
        '<osm version="0.6"><node id="1" version="1" lat="50.0" lon="8.0"/>'
        '<node id="2" version="1" lat="50.002" lon="8.0"/>'
        '<node id="3" version="1" lat="50.0005" lon="8.0">'
        '<tag k="barrier" v="bollard"/></node>'
        '<node id="4" version="1" lat="50.001" lon="8.0001"/>'
        '<node id="5" version="1" lat="50.001" lon="7.9999"/>'
        '<way id="1" version="1"><nd ref="1"/><nd ref="3"/><nd ref="2"/>'
        '<tag k="highway" v="path"/></way><way id="2" version="1"><nd ref="4"/><nd ref="5"/>'
        '<tag k="highway" v="path"/></way></osm>',
        encoding="utf-8",
    )
    build_map([extract], tmp_path / "edge.map")
    terrain = room(MapFile.open(tmp_path / "edge.map"))
    steps = [terrain.step(now) for now in walk([(0.0, 5.0), (0.0, 50.0)])]
    assert any(hazard.kind == "bollard" for hazards, _ in steps for hazard in hazards)
    assert not any(place.is_guiding for _, place in steps)
    assert "edge of the map" in (steps[-1][1].not_guiding_because or "")


def test_in_the_open_a_drop_on_the_course_is_announced(opened: MapFile) -> None:
    seen = run(room(opened), walk([(70.0, 150.0), (8.0, 150.0)]))
    contact_s = 67.0 / 2.5
    assert 4.0 < contact_s - first_time_s(seen["w103:drop_wall"]) < 12.0


def test_in_the_open_a_drop_beside_the_course_is_not_announced(opened: MapFile) -> None:
    assert "w103:drop_wall" not in run(room(opened), walk([(40.0, 100.0), (40.0, 190.0)]))


def test_after_a_gap_the_place_is_sought_again(opened: MapFile) -> None:
    terrain = room(opened)
    run(terrain, walk([(0.0, 20.0), (0.0, 60.0)]))
    later = walk([(-60.0, 111.3), (-30.0, 111.3)], start_s=40.0)
    places = [terrain.step(now)[1] for now in later]
    assert places[0].way_id == "w101"
    assert places[-1].way_id == "w101"


def test_without_a_map_nothing_guides(opened: MapFile) -> None:
    _, place = room(None).step(state(1.0, START))
    assert place.not_guiding_because == "no map"


def test_far_from_any_way_the_place_says_that_only_edges_are_announced(opened: MapFile) -> None:
    terrain = room(opened)
    places = [terrain.step(now)[1] for now in walk([(150.0, 60.0), (150.0, 90.0)])]
    assert places[-1].way_id is None
    assert places[-1].is_guiding
    assert "not on a mapped way" in places[-1].verdict_because[0]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    east_m=st.floats(-3.5, 3.5),
    north_m=st.floats(-3.5, 3.5),
    speed_mps=st.floats(1.0, 3.5),
)
def test_a_constant_error_of_the_receiver_never_hides_the_bollard(
    opened: MapFile, east_m: float, north_m: float, speed_mps: float
) -> None:
    seen = run(room(opened), walk(NORTH, speed_mps, off_m=(east_m, north_m)))
    lead_s = 55.6 / speed_mps - first_time_s(seen["n10:bollard"])
    assert 3.0 < lead_s < 15.0


def test_the_same_states_give_the_same_warnings(opened: MapFile) -> None:
    assert run(room(opened), walk(NORTH)) == run(room(opened), walk(NORTH))


def test_distances_are_never_negative_and_probabilities_stay_in_bounds(
    opened: MapFile,
) -> None:
    for hazards in run(room(opened), walk(NORTH)).values():
        for hazard in hazards:
            assert hazard.distance_m >= 0.0
            assert 0.0 <= hazard.p_contact <= 1.0
            assert math.isfinite(hazard.offset_m)
