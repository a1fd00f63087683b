"""A suspected fall, and what is none."""

from __future__ import annotations

import pytest

from backrun_pi.coach.fall import FallWatch
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import Condition, Direction, Gait, MountState, RunnerState

TICK_NS = 50_000_000
LYING, UPRIGHT, SITTING = 1.5, 0.1, 0.5


class Run:
    """A fall watch and a body."""

    def __init__(self) -> None:
        self.watch = FallWatch(CoachSettings())
        self.now_ns = 0
        self.reported: list[tuple[float, Condition]] = []

    def live(
        self, seconds: float, gait: Gait, tilt_rad: float | None, impact_mps2: float = 11.0
    ) -> set[Condition]:
        """Live so for a while; the impact is felt on the first tick."""
        before = len(self.reported)
        for tick in range(round(seconds * 20)):
            self.now_ns += TICK_NS
            state = RunnerState(
                t_ns=self.now_ns, direction=Direction.UNKNOWN, gait=gait, p_backward=None,
                because=(), cadence_spm=None, speed_mps=None, course_rad=None, facing_rad=None,
                lat_deg=None, lon_deg=None, sigma_m=None, position_age_s=None, distance_m=0.0,
                mount=MountState.CALIBRATED, turn_rps=None,
                impact_mps2=impact_mps2 if tick == 0 else 9.8, tilt_rad=tilt_rad,
            )  # fmt: skip
            fact = self.watch.step(self.now_ns, state)
            if fact is not None:
                self.reported.append((self.now_ns * 1e-9, fact.condition))
        return {condition for _, condition in self.reported[before:]}


def fallen(tilt_rad: float | None = LYING) -> Run:
    run = Run()
    run.live(5.0, Gait.RUN, UPRIGHT, 25.0)
    run.live(0.5, Gait.UNKNOWN, tilt_rad, 60.0)
    return run


def test_an_impact_and_then_stillness_on_a_leaning_trunk_is_a_suspected_fall() -> None:
    run = fallen()
    assert run.live(7.5, Gait.STILL, LYING) == {Condition.FALL_SUSPECTED}
    assert run.reported[0][0] - 5.0 <= 8.0


def test_a_gait_that_is_declared_still_only_later_hides_no_fall() -> None:
    run = Run()
    run.live(10.0, Gait.WALK, UPRIGHT)
    run.live(2.2, Gait.WALK, LYING, 70.0)
    assert run.live(6.0, Gait.STILL, LYING) == {Condition.FALL_SUSPECTED}


def test_nobody_pressing_for_thirty_seconds_raises_the_alarm() -> None:
    run = fallen()
    run.live(60.0, Gait.STILL, LYING)
    suspected_s = run.reported[0][0]
    alarm_s = next(t for t, c in run.reported if c is Condition.FALL_ALARM)
    assert alarm_s - suspected_s == pytest.approx(30.0, abs=0.1)
    assert run.live(300.0, Gait.STILL, LYING) == {Condition.FALL_ALARM}


def test_a_press_says_that_all_is_well() -> None:
    run = fallen()
    run.live(10.0, Gait.STILL, LYING)
    assert run.watch.is_asking
    run.watch.cancel()
    assert run.live(120.0, Gait.STILL, LYING) == set()


def test_getting_up_and_walking_on_ends_it() -> None:
    run = fallen()
    run.live(40.0, Gait.STILL, LYING)
    run.live(5.0, Gait.WALK, UPRIGHT)
    assert run.live(60.0, Gait.STILL, UPRIGHT) == set()


def test_without_the_lean_of_the_trunk_a_longer_stillness_is_wanted() -> None:
    run = fallen(None)
    assert run.live(7.0, Gait.STILL, None) == set()
    assert run.live(2.0, Gait.STILL, None) == {Condition.FALL_SUSPECTED}


def test_a_jump_and_then_standing_is_no_fall() -> None:
    run = Run()
    run.live(5.0, Gait.WALK, UPRIGHT)
    run.live(0.5, Gait.UNKNOWN, UPRIGHT, 55.0)
    assert run.live(60.0, Gait.STILL, UPRIGHT) == set()


def test_sitting_down_hard_is_no_fall() -> None:
    run = Run()
    run.live(5.0, Gait.WALK, UPRIGHT)
    run.live(0.5, Gait.UNKNOWN, SITTING, 40.0)
    assert run.live(60.0, Gait.STILL, SITTING) == set()


def test_a_device_put_on_a_table_was_not_on_its_feet() -> None:
    run = Run()
    run.live(5.0, Gait.WALK, UPRIGHT)
    run.live(6.0, Gait.STILL, UPRIGHT)
    run.live(0.1, Gait.STILL, LYING, 60.0)
    assert run.live(60.0, Gait.STILL, LYING) == set()


def test_the_impacts_of_running_on_are_no_fall() -> None:
    run = Run()
    for _ in range(20):
        run.live(0.3, Gait.RUN, 0.3, 38.0)
    assert run.live(30.0, Gait.RUN, 0.3, 38.0) == set()
    assert run.reported == []


def test_lying_down_gently_is_not_taken_for_a_fall() -> None:
    run = Run()
    run.live(5.0, Gait.WALK, UPRIGHT)
    assert run.live(60.0, Gait.STILL, LYING, 14.0) == set()
