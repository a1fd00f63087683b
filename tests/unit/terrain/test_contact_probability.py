"""Probability of contact with an obstacle beside the way, before and after scouting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.terrain.hazards.contact_probability import (
    ContactChances,
    Widths,
    chances,
    of_mark,
)

NARROW = Widths(touch_m=0.75, near_m=2.0, marked_m=1.15, wander_m=0.45, map_sigma_m=1.0)
WIDE = Widths(touch_m=0.75, near_m=2.0, marked_m=1.15, wander_m=1.2, map_sigma_m=1.0)
OFFSETS_M = st.floats(-5.0, 5.0)


def spot(offset_m: float, widths: Widths = NARROW, pressed: float = 0.9) -> ContactChances:
    return chances(offset_m, offset_m, 0.3, 0.0, widths, pressed)


@pytest.mark.parametrize("widths", [NARROW, WIDE])
@pytest.mark.parametrize("offset_m", [0.0, 1.5, 2.5])
def test_the_chances_agree_with_drawn_walks(widths: Widths, offset_m: float) -> None:
    draw = np.random.default_rng(1).normal
    stands = offset_m + draw(0.0, widths.map_sigma_m, 400_000)
    scout, runner = (draw(0.0, widths.wander_m, 400_000) for _ in range(2))
    touched = abs(stands - runner) < widths.touch_m + 0.3
    near = abs(stands - runner) < widths.near_m + 0.3
    noticed = abs(stands - scout) < widths.marked_m + 0.3
    found = spot(offset_m, widths, pressed=1.0)
    assert found.touch == pytest.approx(touched.mean(), abs=0.01)
    assert found.near == pytest.approx(near.mean(), abs=0.01)
    assert found.noticed == pytest.approx(noticed.mean(), abs=0.01)
    assert found.touch_if_marked == pytest.approx(touched[noticed].mean(), abs=0.015)
    assert found.touch_if_not == pytest.approx(touched[~noticed].mean(), abs=0.015)


@given(OFFSETS_M, st.sampled_from([NARROW, WIDE]), st.floats(0.0, 1.0))
def test_a_mark_raises_the_chance_and_silence_lowers_it(
    offset_m: float, widths: Widths, pressed: float
) -> None:
    found = spot(offset_m, widths, pressed)
    assert found.touch_if_not <= found.touch + 1e-9
    assert found.touch <= found.touch_if_marked + 1e-9
    assert found.touch <= found.near


@given(OFFSETS_M, st.sampled_from([NARROW, WIDE]), st.floats(0.0, 1.0))
def test_marked_or_not_together_give_what_was_known_before(
    offset_m: float, widths: Widths, pressed: float
) -> None:
    found = spot(offset_m, widths, pressed)
    marked = pressed * found.noticed
    whole = marked * found.touch_if_marked + (1.0 - marked) * found.touch_if_not
    assert whole == pytest.approx(found.touch, abs=1e-9)


@given(OFFSETS_M)
def test_the_silence_of_a_scout_who_marks_nothing_changes_nothing(offset_m: float) -> None:
    found = spot(offset_m, pressed=0.0)
    assert found.touch_if_not == pytest.approx(found.touch)


def test_a_wider_wander_touches_more_of_what_stands_far_off() -> None:
    assert spot(2.5, WIDE).touch > 1.5 * spot(2.5, NARROW).touch


def test_silence_weighs_less_where_scouts_wander() -> None:
    narrow, wide = spot(2.0, NARROW), spot(2.0, WIDE)
    assert wide.touch_if_not / wide.touch > narrow.touch_if_not / narrow.touch


def test_what_goes_on_alongside_is_touched_more_than_a_spot() -> None:
    along = chances(2.5, 2.5, 0.1, 20.0, NARROW, 0.9)
    assert along.touch > chances(2.5, 2.5, 0.1, 0.0, NARROW, 0.9).touch


def test_what_was_marked_is_likely_to_be_met_again() -> None:
    narrow, wide = of_mark(0.3, NARROW), of_mark(0.3, WIDE)
    assert narrow.touch_if_marked > 0.65
    assert narrow.near_if_marked > 0.9
    assert wide.touch_if_marked < narrow.touch_if_marked


def test_a_hazard_on_both_sides_counts_for_both() -> None:
    one = spot(2.5)
    assert one.joined(one).touch == pytest.approx(2.0 * one.touch)
    assert one.joined(spot(0.0)).near <= 1.0


@pytest.mark.parametrize("widths", [NARROW, WIDE])
def test_silence_on_two_walks_says_more_than_on_one_as_drawn_walks_do(widths: Widths) -> None:
    draw = np.random.default_rng(2).normal
    stands = 1.5 + draw(0.0, widths.map_sigma_m, 400_000)
    one, other, runner = (draw(0.0, widths.wander_m, 400_000) for _ in range(3))
    touched = abs(stands - runner) < widths.touch_m + 0.3
    silent = np.ones(len(stands), bool)
    for scout in (one, other):
        silent &= ~(abs(stands - scout) < widths.marked_m + 0.3)
    found = chances(1.5, 1.5, 0.3, 0.0, widths, 1.0, passes=2)
    assert found.touch_if_not == pytest.approx(touched[silent].mean(), abs=0.015)
    assert found.touch_if_not < spot(1.5, widths, pressed=1.0).touch_if_not
