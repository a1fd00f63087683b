"""What people do besides going: felt through the chip, it is not said to be backward."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.messages import Direction, Gait
from tests.support.felt import feel, script, seconds

ACTIVITIES = {
    "stairs up": ("stand 5", "walk_forward 10", "stairs_up 20", "walk_forward 5"),
    "stairs down": ("stand 5", "walk_forward 10", "stairs_down 20", "walk_forward 5"),
    "stairs up from standing": ("stand 5", "stairs_up 20"),
    "stairs down from standing": ("stand 5", "stairs_down 20"),
    "standing": ("stand 40",),
    "standing about": ("stand 5", "walk_forward 10", "loiter 30", "stand 3", "loiter 10"),
    "turning on the spot": ("stand 5", "turn 6 angle_deg=360", "turn 8 angle_deg=-540"),
    "sidestepping": ("stand 5", "sidestep 8 offset_m=4", "stand 2", "sidestep 8 offset_m=-4"),
    "single jumps": ("stand 5", *("jump 2.5",) * 8),
    "jumps in a row": ("stand 5", *("jump 1.3",) * 14, "stand 3"),
    "jumps after a walk": ("stand 5", "walk_forward 10", *("jump 2",) * 5, "walk_forward 5"),
    "sitting down and rising": ("stand 5", "sit 6", "stand 4", "sit 4", "stand 4"),
    "the device turned in the hands": ("stand 5", "in_hand 25", "stand 3"),
    "the device in a swinging hand": ("stand 5", "walk_forward 8", "in_hand 20 speed_mps=1.2"),
    "a hand that swings slowly": ("stand 5", "in_hand 20 speed_mps=0.8", "stand 3"),
    "the device laid down": ("stand 5", "table 8", "stand 4"),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ACTIVITIES)
def test_what_is_no_way_backward_is_never_said_to_be(
    tmp_path: Path, name: str, seed: int
) -> None:
    states = feel(tmp_path, script(*ACTIVITIES[name], head=f"seed = {seed}"))
    assert seconds(states, Direction.BACKWARD) == 0.0


@pytest.mark.parametrize("do", ["stairs_up", "stairs_down"])
def test_stairs_are_unknown_and_a_walk_after_them_is_known_again(
    tmp_path: Path, do: str
) -> None:
    states = feel(tmp_path, script("stand 5", "walk_forward 10", f"{do} 15", "walk_forward 10"))
    on_stairs, after = states[360:590], states[680:]
    assert {s.direction for s in on_stairs} == {Direction.UNKNOWN}
    assert {s.gait for s in on_stairs} == {Gait.UNKNOWN}
    assert {s.direction for s in after} == {Direction.FORWARD}


@pytest.mark.parametrize(
    "steps",
    [
        ("stand 5", "walk_forward 12", "sit 6"),  # the pelvis does go back onto the seat
        ("stand 5", "in_hand 20 speed_mps=1.2", "in_hand 15 speed_mps=0.8"),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_seat_out_of_a_walk_and_a_hand_that_slows_are_backward_for_a_second_at_most(
    tmp_path: Path, steps: tuple[str, ...], seed: int
) -> None:
    states = feel(tmp_path, script(*steps, head=f"seed = {seed}"))
    assert seconds(states, Direction.BACKWARD) <= 1.0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_backward_start_from_standing_is_said_within_two_seconds(
    tmp_path: Path, seed: int
) -> None:
    states = feel(tmp_path, script("stand 5", "walk_backward 10", head=f"seed = {seed}"))
    first = next(i for i, s in enumerate(states) if s.direction is Direction.BACKWARD)
    assert first * 0.05 - 5.0 < 2.5
    assert seconds(states, Direction.FORWARD) == 0.0


BOUTS = ("stand 5", "walk_forward 15", "walk_backward 15", "run_forward 12", "run_backward 12")
CHANGES_S = (5.0, 20.0, 35.0, 47.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chip", "shake_mps2"),
    [("mpu6050", 10), ("icm20948", 10), ("lsm6dso", 10), ("mpu6050", 100)],
)
def test_the_motor_changes_no_direction_and_no_cadence(
    tmp_path: Path, chip: str, shake_mps2: int
) -> None:
    # 10 m/s2 is a coin motor on 100 g; ten times that folds 5 m/s2 of 187 Hz down to 12 Hz.
    head = f"[imu]\nchip = '{chip}'\n[motor]\nshake_mps2 = {shake_mps2}\n"
    day = script(*BOUTS, head=head)
    calm = feel(tmp_path / "calm", day)
    shaken = feel(tmp_path / "shaken", day, buzzes=True)
    moving = range(round(5.0 * 20.0), len(calm))
    steady = [i for i in moving if not any(-0.9 < 0.05 * i - s < 3.5 for s in CHANGES_S)]
    assert len(steady) > 600
    for a, b in ((calm[i], shaken[i]) for i in steady):
        assert b.direction is a.direction
        assert b.gait is a.gait
    for i in (390, 690, 930, len(calm) - 1):  # at the end of each bout
        assert shaken[i].cadence_spm == pytest.approx(calm[i].cadence_spm, rel=0.02)
    differ = sum(a.direction is not b.direction for a, b in zip(calm, shaken, strict=True))
    assert differ * 0.05 < (2.0 if shake_mps2 == 10 else 4.0), "a change may move by 0.4 s"
