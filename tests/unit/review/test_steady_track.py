"""An exported line is as long as the way, however noisy the positions were."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.geo import distance_m
from backrun_pi.review.exports.steady_track import steady
from backrun_pi.review.model import SessionReview
from tests.support import report_samples as samples


def noisy(sigma_m: float, seed: int) -> SessionReview:
    rng = random.Random(seed)  # noqa: S311 - repeatable
    sample = samples.park(bouts=2)
    track = tuple(
        replace(
            point,
            lat_deg=(point.lat_deg or 0.0) + rng.gauss(0.0, sigma_m) / 111_320.0,
            lon_deg=(point.lon_deg or 0.0) + rng.gauss(0.0, sigma_m) / 55_400.0,
        )
        for point in sample.track
    )
    return replace(sample, track=track)


def length_m(review: SessionReview) -> float:
    return sum(
        distance_m(a.lat_deg or 0.0, a.lon_deg or 0.0, b.lat_deg or 0.0, b.lon_deg or 0.0)
        for a, b in itertools.pairwise(review.track)
    )


@given(sigma_m=st.floats(0.1, 1.5), seed=st.integers(0, 99))
def test_the_line_is_within_two_per_cent_of_the_way(sigma_m: float, seed: int) -> None:
    review = noisy(sigma_m, seed)
    way_m = review.track[-1].distance_m - review.track[0].distance_m
    assert length_m(steady(review)) == pytest.approx(way_m, rel=0.02)


def test_a_point_stays_near_its_place_and_nothing_but_places_changes() -> None:
    review = noisy(1.0, 1)
    for before, after in zip(review.track, steady(review).track, strict=True):
        moved_m = distance_m(
            before.lat_deg or 0.0,
            before.lon_deg or 0.0,
            after.lat_deg or 0.0,
            after.lon_deg or 0.0,
        )
        assert moved_m < 8.0
        assert replace(after, lat_deg=before.lat_deg, lon_deg=before.lon_deg) == before


def test_a_point_without_a_position_stays_without_one() -> None:
    review = noisy(1.0, 1)
    holed = tuple(
        replace(point, lat_deg=None, lon_deg=None) if 50 <= point.t_s < 90 else point
        for point in review.track
    )
    track = steady(replace(review, track=holed)).track
    assert [p.t_s for p in track if p.lat_deg is None] == [float(n) for n in range(50, 90)]
    assert steady(samples.treadmill()) == samples.treadmill()
