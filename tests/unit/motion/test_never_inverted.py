"""No fit, no profile and no promise turns the direction round: not for a tenth of a second."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backrun_pi.messages import Direction, MountState, RunnerState
from backrun_pi.motion.estimator import Motion
from backrun_pi.motion.settings import MotionSettings
from tests.support.felt import feel, script, seconds

SETTLED_S = 3.0
"""[s] After a change, until which the direction before it may still be declared."""
TURNS_S = 1.5
"""[s] Before a run the other way, in which the twin turns its body round already."""


def worn(
    folder: Path,
    *steps: str,
    yaw_deg: float = 0.0,
    kept: bytes | None = None,
    asked: Direction | None = Direction.FORWARD,
) -> tuple[list[RunnerState], bytes | None]:
    """Play a script on the twin; return the states and what is kept of the wearer."""
    motion = Motion(MotionSettings(), kept)
    text = script(*steps, head=f"[imu]\nmount_deg = [0, -4, {yaw_deg}]\n")
    return feel(folder, text, motion, asked), motion.wearer()


def inverted_s(states: list[RunnerState], *steps: str) -> float:
    """Return for how long the opposite of what the script does was declared."""
    found, at_s = 0.0, 0.0
    for step in steps:
        do, for_s, *_ = step.split()
        until_s = at_s + float(for_s)
        part = states[round((at_s + SETTLED_S) * 20.0) : round((until_s - TURNS_S) * 20.0)]
        if do.endswith("_forward"):
            found += seconds(part, Direction.BACKWARD)
        elif do.endswith("_backward"):
            found += seconds(part, Direction.FORWARD)
        at_s = until_s
    return found


def another_wearer(profile: bytes) -> bytes:
    """Return a profile whose forward cycle is the mirror of this one."""
    kept = json.loads(profile)
    for cue in ("asymmetry", "phase", "pivot"):
        for kind in kept[cue]:
            kind["mean"] = -kind["mean"]
    return json.dumps(kept).encode()


DAY = ("stand 5", "walk_forward 25", "walk_backward 15", "run_forward 12", "walk_backward 8")


def test_the_profile_of_a_wearer_with_the_opposite_cycle_inverts_nothing(
    tmp_path: Path,
) -> None:
    _, profile = worn(tmp_path / "first", "stand 5", "walk_forward 40")
    assert profile is not None
    states, _ = worn(tmp_path / "next", *DAY, kept=another_wearer(profile), asked=None)
    assert inverted_s(states, *DAY) == 0.0
    assert seconds(states, Direction.FORWARD) > 10.0


@pytest.mark.parametrize("before", [("jump 1.3",) * 6, ("in_hand 12", "table 5", "in_hand 4")])
def test_bumps_and_hands_before_the_start_invert_nothing(
    tmp_path: Path, before: tuple[str, ...]
) -> None:
    day = ("stand 3", *before, *DAY)
    states, _ = worn(tmp_path, *day, asked=None)
    assert inverted_s(states, *day) == 0.0


@pytest.mark.parametrize("do", ["walk_backward 20", "run_backward 15"])
def test_a_warm_up_that_starts_backward_is_unknown_and_announced(
    tmp_path: Path, do: str
) -> None:
    day = ("stand 5", do, "walk_forward 25", "walk_backward 15")
    states, _ = worn(tmp_path, *day)
    assert inverted_s(states, *day) == 0.0
    assert any(s.mount is MountState.DOUBTED for s in states)


def test_a_device_turned_to_the_front_between_sessions_inverts_nothing(tmp_path: Path) -> None:
    _, profile = worn(tmp_path / "first", "stand 5", "walk_forward 40")
    day = ("stand 5", "walk_forward 40")
    states, _ = worn(tmp_path / "next", *day, yaw_deg=180.0, kept=profile)
    assert inverted_s(states, *day) == 0.0
    assert states[-1].mount is MountState.DOUBTED
