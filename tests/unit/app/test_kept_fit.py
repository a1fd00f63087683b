"""What was learned of the wearer survives a power cut; a damaged file is set aside."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from backrun_pi.app.kept_state import WEARER
from backrun_pi.app.loading import NO_MAP, plan_in_force
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings, with_tables
from backrun_pi.messages import Direction, MountState, RunnerState
from backrun_pi.motion.estimator import Motion
from backrun_pi.motion.settings import MotionSettings
from backrun_pi.motion.wearer_profile import load
from backrun_pi.sim.board import PowerCut, TwinBoard
from tests.support.twin import board
from tests.support.waist import play, session

YAW_DEG = 25.0
CUT_S = 62.0
DAY = f"""
duration_s = 80
seed = 3

[runner]
follow = "coach"

[gnss]
is_configured = true
ttff_s = 2

[imu]
mount_deg = [0, 0, {YAW_DEG}]

[[press]]
at_s = 5

[[fault]]
what = "power_cut"
from_s = {CUT_S}
value = 5.0
"""


def boots(twin: TwinBoard) -> list[list[RunnerState]]:
    """Run the program to the end of the day, through its power cut; states of each boot."""
    settings = with_tables(Settings(), {}, "test")
    reported: list[list[RunnerState]] = []

    def follow(inputs: Inputs, outputs: Outputs) -> None:
        reported[-1].append(outputs.state)

    while not twin.is_over():
        reported.append([])
        companion = Companion(twin, settings, NO_MAP, plan_in_force(settings), follow)
        try:
            companion.run(twin.is_over)
        except PowerCut:
            twin.reboot()
    return reported


@pytest.mark.slow
def test_a_power_cut_after_the_warm_up_keeps_the_fit_that_it_has_shown(tmp_path: Path) -> None:
    twin = board(tmp_path, DAY)
    first, second = boots(twin)
    kept = json.loads(twin.storage.read(WEARER) or b"{}")
    assert -math.degrees(kept["worn"]["yaw_rad"]) == pytest.approx(YAW_DEG, abs=4.0)
    assert first[40].mount is not MountState.CORRECTED
    corrected = [s for s in second if s.mount is MountState.CORRECTED]
    assert corrected
    assert (corrected[0].t_ns - second[0].t_ns) * 1e-9 < 2.0, "a walk shows it after 10 s"


@pytest.mark.slow
def test_a_damaged_file_is_set_aside_and_the_wearer_is_learned_again(tmp_path: Path) -> None:
    twin = board(tmp_path, DAY)
    twin.storage.replace(WEARER, b'{"version": 1, "asymm\0\0\0\0')
    first, second = boots(twin)
    status = [text for _, text in twin.notifications if text.startswith(f"STATUS={WEARER}")]
    assert status == [f"STATUS={WEARER}: it could not be read; set aside in {WEARER}.damaged"]
    assert Direction.FORWARD in {state.direction for state in first}
    assert Direction.FORWARD in {state.direction for state in second}
    assert load(twin.storage.read(WEARER))[1]


def writings(motion: Motion, seconds: float, sign: float = 1.0) -> list[tuple[float, bytes]]:
    """Return what was worth keeping of a walk, each with its time."""
    return [
        (state.t_ns * 1e-9, data)
        for state in play(motion, session(sign, seconds))
        if (data := motion.worth_keeping()) is not None
    ]


def test_what_is_learned_is_written_when_it_is_certain_and_then_once_a_minute() -> None:
    found = writings(Motion(MotionSettings()), 150.0)
    assert [at_s for at_s, _ in found] == pytest.approx([18.0, 78.0, 138.0], abs=4.0)
    assert all(load(data)[1] for _, data in found)


def test_what_is_not_certain_replaces_nothing_that_was_kept() -> None:
    on_the_hip = session(1.0, 40.0)[:, [1, 0, 2]]
    motion = Motion(MotionSettings())
    assert all(motion.worth_keeping() is None for _ in play(motion, on_the_hip))
    assert writings(Motion(MotionSettings()), 40.0, sign=-1.0) == []


def test_a_file_cut_at_any_byte_is_known_to_be_damaged() -> None:
    ((_, whole),) = writings(Motion(MotionSettings()), 30.0)
    assert load(whole)[1]
    for end in range(len(whole)):
        assert not load(whole[:end])[1]
        assert not load(whole[:end] + b"\0" * (len(whole) - end))[1]
