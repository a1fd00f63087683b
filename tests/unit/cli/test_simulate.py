"""`backrun simulate` at the pace of real life."""

from __future__ import annotations

from backrun_pi.cli.simulate import real_pace
from backrun_pi.sim.clock import SimClock
from backrun_pi.units import NS_PER_S


def test_a_scenario_second_comes_no_earlier_than_a_real_one() -> None:
    clock = SimClock(0.0, 0.0)
    began_ns = clock.now_ns()
    pace = real_pace(clock)
    pace(12.5)
    assert clock.now_ns() == began_ns + round(12.5 * NS_PER_S)


def test_a_scenario_that_is_behind_is_not_held_back() -> None:
    clock = SimClock(0.0, 0.0)
    pace = real_pace(clock)
    clock.pass_s(20.0)
    now_ns = clock.now_ns()
    pace(12.5)
    assert clock.now_ns() == now_ns
