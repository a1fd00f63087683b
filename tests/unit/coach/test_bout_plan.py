"""Bouts laid over a known line: where they meet least, within the limits of the programme."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.coach.bout_plan import Wanted, bouts_by_clock, lay_bouts
from backrun_pi.messages import BoutGround, PlannedBout

STEP_M = 5.0
WANTED = Wanted(
    bouts_s=(60.0,) * 5,
    first_walk_s=60.0,
    rest_s=60.0,
    forward_mps=1.2,
    backward_mps=0.7,
    spare_s=90.0,
)


def ground(
    length_m: float, *spots: tuple[float, float], roads: tuple[float, ...] = ()
) -> BoutGround:
    count = round(length_m / STEP_M)
    contacts = [0.0] * count
    for at_m, contact in spots:
        contacts[int(at_m / STEP_M)] += contact
    barred = {int(at_m / STEP_M) for at_m in roads}
    return BoutGround(STEP_M, tuple(contacts), tuple(n in barred for n in range(count)))


def total(bouts: tuple[PlannedBout, ...]) -> float:
    return sum(bout.contacts for bout in bouts)


def holds(bouts: tuple[PlannedBout, ...], wanted: Wanted) -> None:
    """Check the limits that every plan keeps."""
    assert [bout.number for bout in bouts] == list(range(1, len(wanted.bouts_s) + 1))
    backward_s = sum(bout.backward_s for bout in bouts)
    assert backward_s >= wanted.kept_share * sum(wanted.bouts_s) - 1e-9
    ends_m = [bout.walk_m + bout.backward_s * wanted.backward_mps for bout in bouts]
    for end_m, bout in zip(ends_m, bouts[1:], strict=False):
        assert bout.walk_m - end_m >= wanted.rest_s * wanted.forward_mps - 2 * STEP_M
    walk_m = ends_m[-1] - backward_s * wanted.backward_mps
    took_s = walk_m / wanted.forward_mps + backward_s
    assert took_s <= wanted.clock_s + wanted.spare_s + 30.0
    for one, two in itertools.pairwise(bouts):
        assert two.walk_m > one.walk_m


def test_on_clear_ground_the_plan_is_the_clock() -> None:
    plan = lay_bouts(ground(2000.0), 0.0, WANTED, is_onward=True)
    clock = bouts_by_clock(ground(2000.0), 0.0, WANTED, is_onward=True)
    assert [bout.backward_s for bout in plan] == [60.0] * 5
    starts = [bout.walk_m for bout in plan]
    assert starts == pytest.approx([bout.walk_m for bout in clock], abs=STEP_M * 5)
    holds(plan, WANTED)


def test_bouts_go_between_the_obstacles() -> None:
    spots = [(float(at), 0.5) for at in range(80, 2000, 60)]
    there = ground(2000.0, *spots)
    plan = lay_bouts(there, 0.0, WANTED, is_onward=True)
    holds(plan, WANTED)
    by_clock = total(bouts_by_clock(there, 0.0, WANTED, is_onward=True))
    assert by_clock >= 2.0
    assert total(plan) <= 0.5 * by_clock


def test_no_bout_lies_on_a_road() -> None:
    roads = tuple(float(at) for at in range(100, 2000, 90))
    there = ground(2000.0, roads=roads)
    assert sum(b.traffic_m for b in bouts_by_clock(there, 0.0, WANTED, is_onward=True)) > 0.0
    plan = lay_bouts(there, 0.0, WANTED, is_onward=True)
    assert sum(bout.traffic_m for bout in plan) == 0.0
    holds(plan, WANTED)


def test_a_short_line_is_walked_to_and_fro_and_nobody_turns_round_in_a_bout() -> None:
    plan = lay_bouts(ground(160.0), 20.0, WANTED, is_onward=False)
    holds(plan, WANTED)
    for bout in plan:
        assert min(bout.from_m, bout.to_m) >= 5.0
        assert max(bout.from_m, bout.to_m) <= 155.0
    assert len({bout.from_m < bout.to_m for bout in plan}) == 2


def test_a_line_that_is_hardly_one_has_no_plan() -> None:
    assert lay_bouts(ground(15.0), 0.0, WANTED, is_onward=True) == ()


@given(
    st.lists(st.tuples(st.floats(0.0, 599.0), st.floats(0.0, 1.0)), max_size=30),
    st.lists(st.floats(0.0, 599.0), max_size=6),
    st.floats(0.0, 600.0),
    st.booleans(),
    st.integers(1, 8),
)
def test_whatever_the_ground_the_plan_keeps_its_limits_and_is_no_worse_than_the_clock(
    spots: list[tuple[float, float]],
    roads: list[float],
    from_m: float,
    is_onward: bool,
    bouts: int,
) -> None:
    there = ground(600.0, *spots, roads=tuple(roads))
    wanted = Wanted(
        bouts_s=(60.0,) * bouts,
        first_walk_s=60.0,
        rest_s=60.0,
        forward_mps=1.2,
        backward_mps=0.7,
        spare_s=18.0 * bouts,
    )
    plan = lay_bouts(there, from_m, wanted, is_onward=is_onward)
    clock = bouts_by_clock(there, from_m, wanted, is_onward=is_onward)
    holds(plan, wanted)
    assert sum(b.traffic_m for b in plan) <= sum(b.traffic_m for b in clock)
