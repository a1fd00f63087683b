"""How the device sits, felt through the chip: corrected when certain, announced when not."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from backrun_pi.messages import Direction, MountState, RunnerState
from backrun_pi.motion.estimator import Motion
from backrun_pi.motion.settings import MotionSettings
from tests.support.felt import feel, script, seconds

DAY = ("stand 5", "walk_forward 25", "walk_backward 15")
WARM_UP = ("stand 5", "walk_forward 30")


def wear(
    folder: Path,
    yaw_deg: float,
    *steps: str,
    roll_deg: float = 0.0,
    kept: bytes | None = None,
    expected: Direction | None = None,
) -> tuple[list[RunnerState], bytes | None]:
    """Play a script with the device turned on the body; return states and what is kept."""
    head = f"[imu]\nmount_deg = [{roll_deg}, -4, {yaw_deg}]\n"
    motion = Motion(MotionSettings(), kept)
    return feel(folder, script(*steps, head=head), motion, expected), motion.wearer()


def kept_yaw_deg(wearer: bytes | None) -> float:
    """Return the turn about up that was learned; the device itself is turned the other way."""
    assert wearer is not None
    return -math.degrees(json.loads(wearer)["worn"]["yaw_rad"])


@pytest.mark.parametrize("yaw_deg", [25.0, -30.0, 18.0])
def test_a_device_turned_about_up_is_turned_back_by_the_warm_up(
    tmp_path: Path, yaw_deg: float
) -> None:
    states, wearer = wear(tmp_path, yaw_deg, *DAY)
    assert kept_yaw_deg(wearer) == pytest.approx(yaw_deg, abs=4.0)
    assert states[-1].mount is MountState.CORRECTED
    assert states[560].direction is Direction.FORWARD
    assert states[-1].direction is Direction.BACKWARD


@pytest.mark.parametrize("yaw_deg", [0.0, 8.0, -8.0])
def test_a_device_that_sits_a_little_askew_is_left_as_it_is(
    tmp_path: Path, yaw_deg: float
) -> None:
    states, wearer = wear(tmp_path, yaw_deg, *WARM_UP)
    assert kept_yaw_deg(wearer) == 0.0
    assert states[-1].mount is MountState.CALIBRATED


@pytest.mark.parametrize("yaw_deg", [60.0, 90.0, -90.0])
def test_a_device_on_the_hip_is_announced_and_gives_no_direction(
    tmp_path: Path, yaw_deg: float
) -> None:
    states, wearer = wear(tmp_path, yaw_deg, *WARM_UP)
    assert states[-1].mount is MountState.WRONG
    assert states[-1].direction is Direction.UNKNOWN
    assert seconds(states, Direction.BACKWARD) == 0.0
    assert wearer is None or json.loads(wearer)["worn"] is None


@pytest.mark.parametrize(("roll_deg", "yaw_deg"), [(180.0, 0.0), (180.0, 20.0), (90.0, 0.0)])
def test_a_device_upside_down_or_on_its_side_is_corrected(
    tmp_path: Path, roll_deg: float, yaw_deg: float
) -> None:
    states, wearer = wear(tmp_path, yaw_deg, *DAY, roll_deg=roll_deg)
    assert states[40].mount is MountState.CORRECTED
    assert states[560].direction is Direction.FORWARD
    assert states[-1].direction is Direction.BACKWARD
    assert wearer is not None


def test_what_was_learned_of_the_fit_is_used_at_once_after_a_restart(tmp_path: Path) -> None:
    _, wearer = wear(tmp_path / "first", 25.0, *WARM_UP)
    states, again = wear(tmp_path / "next", 25.0, *WARM_UP, kept=wearer)
    assert states[40].mount is MountState.CORRECTED
    assert kept_yaw_deg(again) == kept_yaw_deg(wearer)


@pytest.mark.parametrize(("roll_deg", "yaw_deg"), [(0.0, 25.0), (180.0, 0.0), (90.0, -20.0)])
def test_a_restart_on_the_way_needs_no_standing_for_the_fit(
    tmp_path: Path, roll_deg: float, yaw_deg: float
) -> None:
    _, wearer = wear(tmp_path / "first", yaw_deg, *WARM_UP, roll_deg=roll_deg)
    on_the_way = ("walk_forward 8", "walk_backward 8")
    states, _ = wear(tmp_path / "next", yaw_deg, *on_the_way, roll_deg=roll_deg, kept=wearer)
    assert {s.mount for s in states[40:]} == {MountState.CORRECTED}
    assert {s.direction for s in states[80:150]} == {Direction.FORWARD}
    assert states[-1].direction is Direction.BACKWARD


def test_a_restart_on_the_way_with_the_device_worn_differently_announces_nothing_wrong(
    tmp_path: Path,
) -> None:
    _, wearer = wear(tmp_path / "first", 25.0, *WARM_UP)
    states, _ = wear(tmp_path / "next", 0.0, "walk_forward 15", roll_deg=180.0, kept=wearer)
    assert {s.mount for s in states} == {MountState.UNKNOWN}
    assert {s.direction for s in states} == {Direction.UNKNOWN}


def test_a_fit_that_was_kept_is_dropped_when_the_device_is_worn_differently(
    tmp_path: Path,
) -> None:
    _, wearer = wear(tmp_path / "first", 25.0, *WARM_UP)
    _, turned = wear(tmp_path / "turned", -20.0, *WARM_UP, kept=wearer)
    assert kept_yaw_deg(turned) == pytest.approx(-20.0, abs=4.0)
    _, upside_down = wear(tmp_path / "down", 0.0, *WARM_UP, roll_deg=180.0, kept=wearer)
    assert kept_yaw_deg(upside_down) == 0.0


def test_a_device_turned_to_the_front_between_sessions_is_never_inverted(
    tmp_path: Path,
) -> None:
    asked = Direction.FORWARD
    _, wearer = wear(tmp_path / "first", 0.0, *WARM_UP, expected=asked)
    states, _ = wear(tmp_path / "next", 180.0, *WARM_UP, kept=wearer, expected=asked)
    assert {s.direction for s in states} == {Direction.UNKNOWN}
    assert states[-1].mount is MountState.DOUBTED


def test_a_walk_backward_from_the_start_is_never_called_forward(tmp_path: Path) -> None:
    day = ("stand 5", "walk_backward 15", "walk_forward 25", "walk_backward 10")
    states, _ = wear(tmp_path, 0.0, *day, expected=Direction.FORWARD)
    assert Direction.FORWARD not in {s.direction for s in states[:400]}
    assert any(s.mount is MountState.DOUBTED for s in states[:420])
    assert states[860].direction is Direction.FORWARD
    assert states[-1].direction is Direction.BACKWARD


@pytest.mark.parametrize("share", [0.0, 3.0, math.inf])
def test_a_kept_fit_that_cannot_be_true_counts_as_nothing(tmp_path: Path, share: float) -> None:
    _, wearer = wear(tmp_path / "first", 25.0, *WARM_UP)
    assert wearer is not None
    torn = json.loads(wearer)
    torn["worn"]["up"] = [share * part for part in torn["worn"]["up"]]
    text = json.dumps(torn).replace("Infinity", "1e999").encode()
    states, _ = wear(tmp_path / "next", 25.0, "stand 5", kept=text)
    assert states[-1].mount is MountState.LEVELLED
