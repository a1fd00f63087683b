"""Marks, the walked line, and what they change."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.cli.warn_track import onsets, read_presses
from backrun_pi.errors import RouteError
from backrun_pi.geo import LocalFrame, distance_m
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import StateChange, Suitability
from backrun_pi.terrain.hazards.candidate import HazardKey, MarkIndex
from backrun_pi.terrain.hazards.lookbehind import Threat
from backrun_pi.terrain.hazards.pulses import Pulses
from backrun_pi.terrain.scouting.marks import (
    Everywhere,
    Mark,
    Walked,
    delete_mark,
    encode,
    nudge_mark,
    read_notes,
)
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain
from tests.support.terrain_places import EXTRACT, START, state, walk

NORTH = [(0.0, 0.0), (0.0, 220.0)]
SOUTH = [(0.0, 215.0), (0.0, 10.0)]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> MapFile:
    path = tmp_path_factory.mktemp("map") / "place.map"
    build_map([EXTRACT], path)
    return MapFile.open(path)


def place(east_m: float, north_m: float) -> tuple[float, float]:
    return LocalFrame(*START).to_deg(east_m, north_m)


def reported(terrain: Terrain, corners: list[tuple[float, float]]) -> dict[str, float]:
    """Return the first time each hazard is reported of while running along corners."""
    times: dict[str, float] = {}
    for now in walk(corners):
        terrain.step(now)
        for hazard in terrain.news():
            times.setdefault(hazard.hazard_id, now.t_ns * 1e-9)
    return times


def kept(changes: list[StateChange | None]) -> bytes:
    return b"".join(change.data for change in changes if change is not None)


@pytest.mark.parametrize(("corners", "start_m"), [(NORTH, 0.0), (SOUTH, 215.0)])
def test_a_mark_that_no_map_knows_is_announced_in_both_directions(
    opened: MapFile, corners: list[tuple[float, float]], start_m: float
) -> None:
    marks = encode(Mark("m1", *place(2.0, 180.0), 2.5))
    times = reported(Terrain(opened, marks, TerrainSettings()), corners)
    contact_s = abs(180.0 - start_m) / 2.5
    assert 4.0 < contact_s - times["m1"] < 12.0


def test_a_mark_announced_while_another_lay_before_it_is_announced_again_when_that_is_passed(
    opened: MapFile,
) -> None:
    marks = [Mark("near", *place(0.0, 150.0), 1.0), Mark("far", *place(0.0, 166.0), 1.0)]
    terrain = Terrain(opened, b"".join(map(encode, marks)), TerrainSettings())
    times: dict[str, list[float]] = {"near": [], "far": []}
    for now in walk([(0.0, 115.0), (0.0, 215.0)]):
        terrain.step(now)
        for name in {one.hazard_id for one in terrain.news()} & times.keys():
            times[name].append(now.t_ns * 1e-9)
    near_s, far_s = 35.0 / 2.5, 51.0 / 2.5
    assert len(times["near"]) == 1
    first, again = times["far"]
    assert first < near_s < again < far_s - 2.0


@pytest.mark.parametrize(("mark_m", "words"), [(20.0, 2), (9.0, 1)])
def test_a_second_word_for_a_mark_comes_in_time_or_not_at_all(
    mark_m: float, words: int
) -> None:
    pulses, reported = Pulses(TerrainSettings()), 0
    for tick in range(round(mark_m / 2.5 * 5)):
        left_m = mark_m - tick * 0.5
        mark = MarkIndex(0)
        threats: dict[HazardKey, Threat] = {
            1: Threat(
                1, 0.5, 0.8, max(0.5, 1.0 - tick * 0.5), 1.0, 0.5, 1.0
            ),  # a wall alongside
            mark: Threat(mark, 0.65, 0.95, left_m, 0.0, 0.65, 1.0),
        }
        reported += mark in pulses.step(round(tick * 0.2e9), threats, 2.5, {1: 1.0, mark: 1.0})
    assert reported == words


def test_everything_that_one_pulse_tells_of_has_a_line_of_its_own(opened: MapFile) -> None:
    marks = [Mark("near", *place(0.0, 150.0), 1.0), Mark("far", *place(0.0, 155.0), 1.0)]
    terrain = Terrain(opened, b"".join(map(encode, marks)), TerrainSettings())
    track = walk([(0.0, 115.0), (0.0, 215.0)])
    lines = [(onset.hazard.hazard_id, onset.t_s) for onset in onsets(terrain, track)]
    pulse = dict(line for line in lines if line[0] in {"near", "far"})
    assert set(pulse) == {"near", "far"}
    assert abs(pulse["near"] - pulse["far"]) <= TerrainSettings().pulse_s


def test_a_mark_set_while_scouting_is_announced_on_the_next_run(opened: MapFile) -> None:
    scout = Terrain(opened, None, TerrainSettings())
    changes: list[StateChange | None] = []
    for now in walk([(0.0, 100.0), (0.0, 181.0)], speed_mps=1.4, off_m=(2.0, 0.5)):
        scout.step(now)
        changes.append(scout.scout(now, 0.4))
    changes.append(scout.mark(now))
    times = reported(Terrain(opened, kept(changes), TerrainSettings()), NORTH)
    assert any(name.startswith("m") for name in times)


def test_a_mark_is_kept_on_the_way_not_where_the_receiver_said(opened: MapFile) -> None:
    scout = Terrain(opened, None, TerrainSettings())
    for now in walk([(0.0, 120.0), (0.0, 181.0)], speed_mps=1.4, off_m=(3.0, 0.0)):
        scout.step(now)
    change = scout.mark(now)
    assert change is not None
    mark = read_notes(change.data, "marks").marks[0]
    assert abs(distance_m(mark.lat_deg, mark.lon_deg, mark.lat_deg, START[1])) < 0.5


def test_a_mark_taken_back_is_gone_from_the_file_and_from_the_run(opened: MapFile) -> None:
    terrain = Terrain(opened, None, TerrainSettings())
    terrain.step(state(0.0, place(0.0, 180.0)))
    first, undone = terrain.mark(state(0.0, place(0.0, 180.0))), terrain.unmark(1)
    assert read_notes(kept([first, undone]), "marks").marks == []
    assert terrain.unmark(2) is None


def test_no_mark_is_set_without_a_position_to_trust(opened: MapFile) -> None:
    terrain = Terrain(opened, None, TerrainSettings())
    assert terrain.mark(state(0.0, None)) is None
    assert terrain.mark(state(0.0, START, sigma_m=30.0)) is None


def test_several_scoutings_in_one_file_all_count(opened: MapFile) -> None:
    marks = encode(Mark("m1", *place(0.0, 150.0), 2.5)) + encode(
        Mark("m2", *place(0.0, 185.0), 2.5)
    )
    times = reported(Terrain(opened, marks, TerrainSettings()), NORTH)
    assert {"m1", "m2"} <= set(times)


def test_what_the_scout_passed_without_a_mark_counts_less(opened: MapFile) -> None:
    plain = _largest_p(Terrain(opened, None, TerrainSettings()))
    scouted = _largest_p(Terrain(opened, encode(Everywhere()), TerrainSettings()))
    assert scouted["n11:bench"] < 0.5 * plain["n11:bench"]


def test_a_mark_beside_a_mapped_hazard_confirms_it(opened: MapFile) -> None:
    marks = encode(Everywhere()) + encode(Mark("m1", *place(1.0, 78.0), 2.5))
    marked = _largest_p(Terrain(opened, marks, TerrainSettings()))
    unmarked = _largest_p(Terrain(opened, encode(Everywhere()), TerrainSettings()))
    assert marked["n11:bench"] > 2.0 * unmarked["n11:bench"]


def test_the_place_says_whether_the_ground_was_scouted(opened: MapFile) -> None:
    walked = b"".join(encode(Walked(*place(0.0, north))) for north in range(0, 100, 5))
    terrain = Terrain(opened, walked, TerrainSettings())
    assert terrain.step(state(0.0, place(0.0, 50.0)))[1].is_scouted
    other = Terrain(opened, walked, TerrainSettings())
    assert not other.step(state(0.0, place(0.0, 180.0)))[1].is_scouted


def test_ground_that_felt_rough_makes_the_place_bad(opened: MapFile) -> None:
    def felt(north: int) -> float:
        return 3.0 if 140 <= north <= 180 else 1.0

    walked = b"".join(
        encode(Walked(*place(0.0, north), felt(north))) for north in range(0, 220, 5)
    )
    smooth = Terrain(opened, walked, TerrainSettings()).step(state(0.0, place(0.0, 60.0)))[1]
    rough = Terrain(opened, walked, TerrainSettings()).step(state(0.0, place(0.0, 160.0)))[1]
    assert smooth.verdict is Suitability.GOOD
    assert rough.verdict is Suitability.BAD
    assert "felt rough" in rough.verdict_because[0]


def test_a_mark_can_be_nudged_and_deleted() -> None:
    data = encode(Mark("m1", *place(0.0, 50.0), 2.0)) + encode(Mark("m2", *START, 2.0))
    moved = read_notes(nudge_mark(data, "m1", (3.0, -4.0), "marks"), "marks").marks
    first = next(mark for mark in moved if mark.id == "m1")
    lat, lon = place(0.0, 50.0)
    assert distance_m(first.lat_deg, first.lon_deg, lat, lon) == pytest.approx(5.0, abs=0.05)
    left = read_notes(delete_mark(data, "m1", "marks"), "marks").marks
    assert [mark.id for mark in left] == ["m2"]


def test_a_mark_that_is_not_there_is_named_with_those_that_are() -> None:
    data = encode(Mark("m1", *START, 2.0))
    with pytest.raises(RouteError, match=r"m7.*m1"):
        delete_mark(data, "m7", "marks")


def test_a_line_that_is_not_ours_is_named_by_number() -> None:
    with pytest.raises(RouteError, match="line 2"):
        read_notes(encode(Mark("m1", *START, 2.0)) + b'{"type":"dance"}\n', "marks")


@given(st.integers(0, 400))
def test_a_marks_file_cut_at_any_byte_loses_at_most_the_cut_line(cut: int) -> None:
    lines = [encode(Mark(f"m{n}", *START, 2.0)) for n in range(4)]
    data = b"".join(lines)[:cut]
    whole = data.count(b"\n")
    assert len(read_notes(data, "marks").marks) in {whole, whole + 1}


def _largest_p(terrain: Terrain) -> dict[str, float]:
    largest: dict[str, float] = {}
    for now in walk(NORTH):
        for hazard in terrain.step(now)[0]:
            largest[hazard.hazard_id] = max(
                hazard.p_contact, largest.get(hazard.hazard_id, 0.0)
            )
    return {"n11:bench": 0.0, **largest}


def test_the_whole_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    entries: list[Mark | Walked] = [Mark("m1", *START, 2.0), Walked(*START, 0.3)]
    (tmp_path / "marks.jsonl").write_bytes(b"".join(encode(entry) for entry in entries))
    notes = read_notes((tmp_path / "marks.jsonl").read_bytes(), "marks")
    assert [notes.marks[0], notes.walked[0]] == entries


def test_marks_that_two_walks_set_at_one_place_are_one_obstacle(opened: MapFile) -> None:
    first = encode(Everywhere()) + encode(Mark("a", *place(0.0, 30.0), 1.0))
    second = encode(Everywhere()) + encode(Mark("b", *place(0.5, 32.0), 1.0))
    terrain = Terrain(opened, first + second, TerrainSettings())
    obstacles = set()
    for now in walk([(0.0, 2.0), (0.0, 36.0)]):
        hazards, _ = terrain.step(now)
        obstacles |= {one.obstacle_id for one in hazards if one.kind == "mark"}
    assert obstacles == {"a"}


def test_marks_of_one_walk_beside_each_other_stay_two_obstacles(opened: MapFile) -> None:
    marks = [Mark("a", *place(0.0, 30.0), 1.0), Mark("b", *place(0.5, 32.0), 1.0)]
    data = encode(Everywhere()) + b"".join(map(encode, marks))
    terrain = Terrain(opened, data, TerrainSettings())
    obstacles = set()
    for now in walk([(0.0, 2.0), (0.0, 36.0)]):
        hazards, _ = terrain.step(now)
        obstacles |= {one.obstacle_id for one in hazards if one.kind == "mark"}
    assert obstacles == {"a", "b"}


def test_a_file_of_presses_whose_clock_goes_back_holds_two_walks(tmp_path: Path) -> None:
    presses = tmp_path / "presses.csv"
    presses.write_text("t_s,lat_deg,lon_deg\n5,50,8\n9,50.001,8\n4,50,8\n", encoding="utf-8")
    notes = read_notes(read_presses([presses], TerrainSettings()), "presses")
    assert notes.everywhere == 2
    assert [notes.walk_of[mark.id] for mark in notes.marks] == [1, 1, 2]
