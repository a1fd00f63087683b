"""In a field that no map knows, the scouted line is the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.geo import LocalFrame
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import Direction, OncomingHazard, Place, RunnerState, Stage
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.terrain_places import EXTRACT, START, walk

FRAME = LocalFrame(*START)
FIELD = [(0.0, 0.0), (0.0, 150.0), (120.0, 150.0)]
MARK_M = 60.0


def scouted(
    corners: list[tuple[float, float]],
    opened: MapFile | None = None,
    off_m: tuple[float, float] = (0.0, 0.0),
    roughness_mps2: float | None = None,
    marks_m: tuple[float, ...] = (MARK_M,),
) -> bytes:
    """Scout a line on foot and press after some metres; return the marks file."""
    terrain = Terrain(opened, None, TerrainSettings())
    data, gone_m = b"", 0.0
    left = list(marks_m)
    for now in walk(corners, speed_mps=1.4, off_m=off_m):
        terrain.step(replace(now, direction=Direction.FORWARD))
        changes = [terrain.scout(now, roughness_mps2)]
        if left and gone_m >= left[0]:
            changes.append(terrain.mark(now))
            left.pop(0)
        gone_m += 0.28
        data += b"".join(change.data for change in changes if change is not None)
    return data


def seen_on(
    terrain: Terrain, states: Iterable[RunnerState]
) -> tuple[dict[str, list[OncomingHazard]], list[Place]]:
    found: dict[str, list[OncomingHazard]] = {}
    places = []
    for now in states:
        hazards, place = terrain.step(now)
        places.append(place)
        for hazard in hazards:
            found.setdefault(hazard.kind, []).append(hazard)
    return found, places


@given(
    east_m=st.floats(-3.0, 3.0),
    north_m=st.floats(-3.0, 3.0),
)
def test_a_mark_in_a_field_is_announced_in_time_whatever_the_receiver_adds(
    east_m: float, north_m: float
) -> None:
    terrain = Terrain(None, scouted(FIELD), TerrainSettings())
    found, _ = seen_on(terrain, walk(FIELD[:2], off_m=(east_m, north_m)))
    contact_s = MARK_M / 2.5
    assert contact_s - found["mark"][0].t_ns * 1e-9 >= 3.0
    assert any(one.stage is Stage.STOP for one in found["mark"])


def test_the_bend_and_the_end_of_the_line_are_announced(tmp_path: Path) -> None:
    terrain = Terrain(None, scouted(FIELD), TerrainSettings())
    found, places = seen_on(terrain, walk(FIELD, off_m=(1.0, -1.0)))
    assert 150.0 / 2.5 - found["bend"][0].t_ns * 1e-9 >= 3.0
    assert 270.0 / 2.5 - found["line_end"][0].t_ns * 1e-9 >= 3.0
    assert all(one.stage is Stage.CAUTION for one in found["line_end"])
    assert all(place.is_guiding and place.is_scouted for place in places[10:-10])


def test_beside_the_scouted_line_nothing_guides_without_a_map() -> None:
    terrain = Terrain(None, scouted(FIELD), TerrainSettings())
    _, places = seen_on(terrain, walk([(-80.0, 0.0), (-80.0, 60.0)]))
    assert not any(place.is_guiding for place in places)
    assert places[-1].not_guiding_because == "no map"


def test_without_anything_known_nothing_guides() -> None:
    terrain = Terrain(None, None, TerrainSettings())
    found, places = seen_on(terrain, walk(FIELD))
    assert not found
    assert not any(place.is_guiding for place in places)


def test_a_line_far_from_mapped_ways_guides_inside_the_map(tmp_path: Path) -> None:
    build_map([EXTRACT], tmp_path / "place.map")
    opened = MapFile.open(tmp_path / "place.map")
    corners = [(300.0, 300.0), (300.0, 450.0), (380.0, 450.0)]
    data = scouted(corners, opened)
    found, places = seen_on(Terrain(opened, data, TerrainSettings()), walk(corners))
    assert MARK_M / 2.5 - found["mark"][0].t_ns * 1e-9 >= 3.0
    assert "bend" in found
    assert places[-10].is_scouted


def test_out_and_back_and_a_second_walk_add_no_ways_beside_the_first() -> None:
    there_and_back = [*FIELD, *FIELD[-2::-1]]
    data = scouted(there_and_back) + scouted(FIELD, off_m=(3.0, 1.0), marks_m=())
    found, _ = seen_on(Terrain(None, data, TerrainSettings()), walk(FIELD))
    assert len({one.hazard_id for one in found["bend"]}) == 1


def test_rough_ground_that_was_felt_on_the_line_makes_the_place_bad() -> None:
    smooth = scouted([(0.0, 0.0), (0.0, 200.0)], roughness_mps2=1.0, marks_m=())
    rough = scouted([(0.0, 210.0), (0.0, 260.0)], roughness_mps2=3.0, marks_m=())
    terrain = Terrain(None, smooth + rough, TerrainSettings())
    _, places = seen_on(terrain, walk([(0.0, 0.0), (0.0, 250.0)]))
    assert places[50].verdict_because != places[-5].verdict_because
    assert places[-5].verdict.value == "bad"


def straying(on_m: float, aside_m: float) -> list[RunnerState]:
    corners = [(0.0, 0.0), (0.0, on_m), (aside_m, on_m), (aside_m, on_m + 60.0)]
    return list(walk(corners, speed_mps=1.5))


@pytest.mark.parametrize(
    ("on_m", "aside_m", "is_announced"),
    [(120.0, 40.0, True), (120.0, 12.0, False), (50.0, 40.0, False)],
)
def test_leaving_the_scouted_line_is_one_caution_after_a_minute_on_it(
    on_m: float, aside_m: float, is_announced: bool
) -> None:
    data = scouted([(0.0, 0.0), (0.0, 300.0)], marks_m=())
    found, _ = seen_on(Terrain(None, data, TerrainSettings()), straying(on_m, aside_m))
    assert ("left_line" in found) is is_announced
    assert len({one.hazard_id for one in found.get("left_line", [])}) == int(is_announced)


def test_coming_back_to_the_line_arms_the_caution_again() -> None:
    data = scouted([(0.0, 0.0), (0.0, 300.0)], marks_m=())
    out = [(0.0, 0.0), (0.0, 120.0), (40.0, 120.0), (0.0, 130.0), (0.0, 150.0), (40.0, 150.0)]
    found, _ = seen_on(Terrain(None, data, TerrainSettings()), walk(out, speed_mps=1.5))
    assert len({one.hazard_id for one in found["left_line"]}) == 2


def test_a_runner_facing_the_course_gets_no_cue_that_the_line_was_left() -> None:
    data = scouted([(0.0, 0.0), (0.0, 300.0)], marks_m=())
    facing = (replace(now, direction=Direction.FORWARD) for now in straying(120.0, 40.0))
    found, _ = seen_on(Terrain(None, data, TerrainSettings()), facing)
    assert "left_line" not in found
