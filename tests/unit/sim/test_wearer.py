"""The wearer: what they do when the motor plays, and what the script makes them do."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from backrun_pi.geo import wrap_pi
from backrun_pi.messages import FloatArray
from backrun_pi.sim.board import TwinBoard
from tests.support.twin import board, run_to

FOLLOW = "duration_s = 300\n[runner]\nfollow = 'coach'\nwander_m = 0\n"


GO = (0.15, 0.15, 0.3, 0.3)
BACKWARD = (0.5, 0.15, 0.5)
FORWARD = (0.15, 0.5, 0.15)


def spell(twin: TwinBoard, *lengths_s: float) -> None:
    """Play pulses with the gaps of the vocabulary, then two seconds of silence."""
    for length_s in lengths_s:
        twin.motor.pulse(1.0, length_s)
        run_to(twin, twin.elapsed_s + length_s + 0.2)
    run_to(twin, twin.elapsed_s + 2.0)


def end(twin: TwinBoard) -> None:
    """Play the end of a session after one bout: very long, a pause, the number."""
    twin.motor.pulse(1.0, 1.0)
    run_to(twin, twin.elapsed_s + 1.45)
    spell(twin, 0.15, 0.3)


def moving(twin: TwinBoard) -> tuple[float, bool]:
    """Return (speed in m/s, whether they face away from where they go) now."""
    east, north, facing_rad = (float(v) for v in twin.world.ground(twin.elapsed_s)[2:])
    if math.hypot(east, north) < 0.05:
        return 0.0, False
    apart_rad = wrap_pi(facing_rad - math.atan2(east, north))
    return math.hypot(east, north), abs(apart_rad) > math.pi / 2


def test_each_direction_has_a_cue_that_says_where_to(tmp_path: Path) -> None:
    twin = board(tmp_path, FOLLOW)
    run_to(twin, 3.0)
    assert moving(twin)[0] == 0.0
    for cue, expected in (
        (GO, (1.2, False)),
        (FORWARD, (1.2, False)),
        (BACKWARD, (0.8, True)),
        (BACKWARD, (0.8, True)),
        (FORWARD, (1.2, False)),
    ):
        spell(twin, *cue)
        run_to(twin, twin.elapsed_s + 5.0)
        assert moving(twin) == (pytest.approx(expected[0], abs=0.05), expected[1])


@pytest.mark.parametrize(
    "beats", [(0.15,), (0.15,) * 3, (0.3, 0.5, 0.3), (0.5, 0.15, 0.15), (0.6,)]
)
def test_other_rhythms_leave_them_as_they_are(tmp_path: Path, beats: tuple[float, ...]) -> None:
    twin = board(tmp_path, FOLLOW)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 5.0)
    spell(twin, *beats)
    run_to(twin, twin.elapsed_s + 3.0)
    assert moving(twin) == (pytest.approx(1.2, abs=0.05), False)


def test_a_stop_is_obeyed_at_its_second_beat_with_a_look_and_a_way_round(
    tmp_path: Path,
) -> None:
    twin = board(tmp_path, FOLLOW)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 15.0)
    began_s = twin.elapsed_s
    spell(twin, 0.5, 0.5, 0.5)
    run_to(twin, began_s + 4.0)
    assert moving(twin)[0] == 0.0
    line = (twin.world.route.course_rad[0], twin.world.ground(began_s)[:2])
    run_to(twin, began_s + 14.0)
    assert moving(twin)[0] > 1.0
    assert abs(aside_m(twin, *line)) == pytest.approx(1.5, abs=0.2)
    run_to(twin, began_s + 30.0)
    assert abs(aside_m(twin, *line)) < 0.3


def test_a_switch_on_the_way_round_leaves_nobody_aside_for_ever(tmp_path: Path) -> None:
    twin = board(tmp_path, FOLLOW)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 15.0)
    began_s = twin.elapsed_s
    line = (twin.world.route.course_rad[0], twin.world.ground(began_s)[:2])
    spell(twin, 0.5, 0.5, 0.5)
    run_to(twin, began_s + 12.0)
    spell(twin, *BACKWARD)
    run_to(twin, began_s + 40.0)
    assert moving(twin)[0] > 0.5
    assert abs(aside_m(twin, *line)) < 0.3


def test_two_stops_in_a_row_do_not_lead_further_and_further_from_the_line(
    tmp_path: Path,
) -> None:
    twin = board(tmp_path, FOLLOW)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 15.0)
    began_s = twin.elapsed_s
    line = (twin.world.route.course_rad[0], twin.world.ground(began_s)[:2])
    for at_s in (0.0, 12.0, 24.0):
        run_to(twin, began_s + at_s)
        spell(twin, 0.5, 0.5, 0.5)
        for _ in range(8):
            run_to(twin, twin.elapsed_s + 1.0)
            assert abs(aside_m(twin, *line)) < 1.7
    run_to(twin, twin.elapsed_s + 30.0)
    assert abs(aside_m(twin, *line)) < 0.3


def test_after_the_end_the_next_session_begins_forward(tmp_path: Path) -> None:
    twin = board(tmp_path, FOLLOW)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 15.0)
    spell(twin, *BACKWARD)
    run_to(twin, twin.elapsed_s + 15.0)
    assert moving(twin)[1]
    end(twin)
    run_to(twin, twin.elapsed_s + 15.0)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 4.0)
    assert moving(twin) == (pytest.approx(1.2, abs=0.05), False)


def aside_m(twin: TwinBoard, course_rad: float, origin: FloatArray) -> float:
    east, north = twin.world.ground(twin.elapsed_s)[:2] - origin
    return float(north * math.sin(course_rad) - east * math.cos(course_rad))


def test_two_medium_beats_slow_a_backward_runner_for_a_while(tmp_path: Path) -> None:
    twin = board(tmp_path, FOLLOW)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 15.0)
    spell(twin, *BACKWARD)
    run_to(twin, twin.elapsed_s + 5.0)
    spell(twin, 0.3, 0.3)
    run_to(twin, twin.elapsed_s + 3.0)
    assert moving(twin) == (pytest.approx(0.64, abs=0.03), True)
    run_to(twin, twin.elapsed_s + 14.0)
    assert moving(twin) == (pytest.approx(0.8, abs=0.03), True)


def test_a_very_long_beat_and_a_number_are_the_end(tmp_path: Path) -> None:
    twin = board(tmp_path, FOLLOW)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 5.0)
    end(twin)
    run_to(twin, twin.elapsed_s + 3.0)
    assert moving(twin)[0] == 0.0


def test_a_scripted_runner_feels_nothing(tmp_path: Path) -> None:
    twin = board(tmp_path, "duration_s = 60\n[[script]]\ndo = 'walk_forward'\n")
    run_to(twin, 3.0)
    spell(twin, 0.5, 0.5, 0.5)
    assert moving(twin)[0] > 1.0


def script(folder: Path, *steps: str) -> TwinBoard:
    lists = "".join(f"[[script]]\n{step}\n" for step in steps)
    return board(folder, "duration_s = 120\n[runner]\nwander_m = 0\n" + lists)


@pytest.mark.parametrize("turn", ["pivot", "stop"])
def test_forward_becomes_backward_by_turning_the_body_or_the_course(
    tmp_path: Path, turn: str
) -> None:
    twin = script(
        tmp_path, "do = 'walk_forward'\nfor_s = 10", f"do = 'walk_backward'\nturn = '{turn}'"
    )
    run_to(twin, 9.0)
    before = twin.world.ground(9.0).copy()
    run_to(twin, 20.0)
    after = twin.world.ground(20.0)
    assert moving(twin)[1]
    same_course = before[2] * after[2] + before[3] * after[3] > 0
    same_facing = math.cos(before[4] - after[4]) > 0
    assert (same_course, same_facing) == ((True, False) if turn == "pivot" else (False, True))


def test_after_a_turn_on_the_spot_they_go_where_they_face(tmp_path: Path) -> None:
    twin = script(
        tmp_path,
        "do = 'walk_forward'\nfor_s = 10",
        "do = 'turn'\nfor_s = 6\nangle_deg = 180",
        "do = 'walk_forward'",
    )
    run_to(twin, 9.0)
    before = twin.world.ground(9.0)[2:4].copy()
    run_to(twin, 25.0)
    after = twin.world.ground(25.0)[2:4]
    assert moving(twin) == (pytest.approx(1.2, abs=0.05), False)
    assert float(before @ after) < 0.0


@pytest.mark.parametrize(
    ("do", "at_least_mps2", "at_most_mps2"),
    [("jump", 25.0, 60.0), ("sit", 12.0, 30.0), ("fall", 60.0, 110.0), ("table", 15.0, 40.0)],
)
def test_each_blow_has_its_size(
    tmp_path: Path, do: str, at_least_mps2: float, at_most_mps2: float
) -> None:
    twin = script(
        tmp_path, "do = 'stand'\nfor_s = 3", f"do = '{do}'\nfor_s = 6", "do = 'stand'"
    )
    run_to(twin, 9.0)
    force = np.concatenate(
        [np.linalg.norm(b.sensed[:3], axis=0) for b in twin.world.blocks if 3 <= b.t0_s < 8.9]
    )
    assert at_least_mps2 < force.max() < at_most_mps2


@pytest.mark.parametrize(("before", "side"), [("walk_backward", 1.0), ("walk_forward", -1.0)])
def test_a_fall_while_going_backward_ends_on_the_back(
    tmp_path: Path, before: str, side: float
) -> None:
    twin = script(tmp_path, f"do = '{before}'\nfor_s = 5", "do = 'fall'")
    run_to(twin, 10.0)
    mean = twin.world.blocks[-2].sensed[:3].mean(axis=1)
    assert mean[0] * side > 9.0  # the chest axis points up when they lie on their back


def test_a_device_on_a_table_lies_dead_still(tmp_path: Path) -> None:
    twin = script(tmp_path, "do = 'stand'\nfor_s = 3", "do = 'table'")
    run_to(twin, 12.0)
    assert np.abs(twin.world.blocks[-2].sensed[3:]).max() < 1e-6


def test_on_a_treadmill_they_move_and_stay_where_they_are(tmp_path: Path) -> None:
    twin = board(
        tmp_path,
        "duration_s = 60\n[runner]\nis_treadmill = true\n[[script]]\ndo = 'walk_forward'\n",
    )
    run_to(twin, 20.0)
    assert twin.world.ground(20.0)[2:4].tolist() == [0.0, 0.0]
    assert twin.world.blocks[-2].sensed[2].std() > 1.0


def test_at_the_end_of_the_line_they_come_back(tmp_path: Path) -> None:
    twin = board(
        tmp_path,
        "duration_s = 120\n[route]\npoints = [[60.0, 25.0], [60.0005, 25.0]]\n"
        "[[script]]\ndo = 'walk_forward'\n",
    )
    run_to(twin, 100.0)
    north_m = [float(twin.world.ground(t_s)[1]) for t_s in (99.0, 100.0)]
    assert -2.0 < north_m[1] < 57.0
    assert moving(twin)[0] == pytest.approx(1.2, abs=0.1)


def test_three_short_beats_make_a_backward_runner_look_and_nobody_else(tmp_path: Path) -> None:
    twin = board(tmp_path, FOLLOW)
    spell(twin, *GO)
    run_to(twin, twin.elapsed_s + 15.0)
    assert most_yaw_rate_dps(twin, 0.15, 0.15, 0.15) < 30.0  # forward: only the steps
    spell(twin, *BACKWARD)
    run_to(twin, twin.elapsed_s + 5.0)
    assert most_yaw_rate_dps(twin, 0.15, 0.15, 0.15) > 38.0
    assert moving(twin)[1]


def most_yaw_rate_dps(twin: TwinBoard, *beats: float) -> float:
    """Play beats, and return the largest yaw rate over half a second."""
    began_s = twin.elapsed_s
    spell(twin, *beats)
    rates = [block.sensed[5] for block in twin.world.blocks if block.t0_s >= began_s]
    smooth = np.convolve(np.concatenate(rates), np.full(100, 0.01), mode="valid")
    return float(np.degrees(np.abs(smooth).max()))
