"""What a wearer's own cycle, and the gait before this one, do to the evidence."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.motion.direction import BACKWARD, FORWARD
from backrun_pi.motion.evidence import GaitFilter, learn, weigh
from backrun_pi.motion.gait import cycle
from backrun_pi.motion.kinematics import BASE, NEEDED, Lean, transition
from backrun_pi.motion.wearer_profile import KINDS, OwnCue, WearerProfile, kinds_of
from tests.support.gait_windows import moved, window


def test_a_walk_that_bounces_more_and_more_stays_the_cycle_that_was_learned() -> None:
    wearer = WearerProfile()
    for i in range(20):  # braking as in a walk, as much up and down as between walk and run
        for kind, part in kinds_of(5.7):
            wearer.asymmetry[kind].note(-2.7 - 1.4 * (i % 2), part)
            wearer.phase[kind].note(0.3, part)
            wearer.pivot[kind].note(0.6, part)
    bouncing = replace(
        cycle(window()),
        up_mps2=8.3,
        flight_share=0.4,
        step_hz=2.3,
        asymmetry=-2.3,
        quadrature=0.1,
    )
    alone = weigh(bouncing, WearerProfile(), GaitFilter()).direction
    assert abs(alone) < 0.5, "people alone cannot tell"
    assert weigh(bouncing, wearer, GaitFilter()).direction < alone - 0.3
    assert weigh(replace(bouncing, asymmetry=2.6), wearer, GaitFilter()).direction > 0.5, (
        "and its mirror is"
    )


def test_a_usual_walk_teaches_nothing_about_a_run() -> None:
    wearer, run = WearerProfile(), cycle(window(1.0, -1.0, 14.0, 2.7))
    for _ in range(30):
        learn(cycle(window()), wearer, 1.0)
    assert (
        weigh(run, wearer, GaitFilter()).direction
        == weigh(run, WearerProfile(), GaitFilter()).direction
        < -1.0
    )


def test_a_known_cycle_never_silences_what_people_s_cycles_say() -> None:
    wearer, run = WearerProfile(), cycle(window(1.0, -1.0, 14.0, 2.7))
    for kind, part in kinds_of(run.up_mps2):  # a cycle whose mirror is this very window
        wearer.asymmetry[kind] = OwnCue(40.0 * part, -run.asymmetry, 0.1)
        wearer.phase[kind] = OwnCue(40.0 * part, -run.quadrature, 0.01)
    assert abs(weigh(run, wearer, GaitFilter()).direction) < 1.5


@given(st.floats(0.0, 60.0))
def test_a_window_belongs_whole_to_the_two_kinds_it_lies_between(up_mps2: float) -> None:
    (low, low_share), (high, high_share) = kinds_of(up_mps2)
    assert 0 <= low == high - 1 < KINDS - 1
    assert low_share + high_share == pytest.approx(1.0)
    assert 0.0 <= low_share <= 1.0


def test_the_walk_after_a_run_is_in_doubt_until_the_lean_of_the_run_is_unlearned() -> None:
    lean = Lean()
    assert lean.step(0.25) == 0.25
    assert lean.step(0.7) == 0.7, "a run is in doubt at once"
    after = [lean.step(0.25) for _ in range(50)]
    assert after[0] == pytest.approx(0.7, rel=0.06)
    assert after[9] == pytest.approx(0.7 * math.exp(-0.5), rel=0.02), "half of the 4 s later"
    assert after[-1] == 0.25


def test_slowing_down_out_of_a_run_is_no_reversal_in_the_walk_after_it() -> None:
    leaning = moved(np.full(NEEDED, -1.3), np.zeros(NEEDED))  # 8 deg of lean
    known = transition(leaning, BASE, 1.2, 0.25)
    doubted = transition(leaning, BASE, 1.2, 0.6)
    assert doubted[FORWARD][BACKWARD] < 0.1 * known[FORWARD][BACKWARD]
