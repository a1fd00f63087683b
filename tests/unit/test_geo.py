"""Local metres agree with the geodesic, and angles stay in their range."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi import geo

LAT = st.floats(-75.0, 75.0)
LON = st.floats(-180.0, 180.0)
NEAR_M = st.floats(-2500.0, 2500.0)


@given(LAT, LON, NEAR_M, NEAR_M)
def test_a_point_comes_back_from_local_metres(
    lat: float, lon: float, east_m: float, north_m: float
) -> None:
    frame = geo.LocalFrame(lat, lon)
    x, y = frame.to_m(*frame.to_deg(east_m, north_m))
    assert (x, y) == pytest.approx((east_m, north_m), abs=1e-5)


def test_one_minute_of_latitude_is_a_nautical_mile_on_the_ellipsoid() -> None:
    # Meridian arc from 51d59.5m to 52d00.5m on WGS 84: 1854.03 m (Helmert's series).
    assert geo.distance_m(52.0 - 1 / 120, 5.0, 52.0 + 1 / 120, 5.0) == pytest.approx(
        1854.03, abs=0.5
    )


def test_the_date_line_is_no_border() -> None:
    assert geo.distance_m(0.0, 179.9999, 0.0, -179.9999) == pytest.approx(22.26, abs=0.01)


@given(st.floats(-1e4, 1e4))
def test_wrapped_angles_point_the_same_way(angle: float) -> None:
    for wrapped in (geo.wrap_pi(angle), geo.wrap_tau(angle)):
        assert math.cos(wrapped) == pytest.approx(math.cos(angle), abs=1e-6)
        assert math.sin(wrapped) == pytest.approx(math.sin(angle), abs=1e-6)
    assert -math.pi < geo.wrap_pi(angle) <= math.pi
    assert 0.0 <= geo.wrap_tau(angle) < geo.TAU


def test_left_of_the_course_is_positive() -> None:
    along, left = geo.along_across_m(-1.0, 2.0, 0.0)
    assert (along, left) == pytest.approx((2.0, 1.0))


@given(*[st.floats(-100, 100) for _ in range(6)])
def test_no_point_of_a_segment_is_nearer_than_the_nearest(
    px: float, py: float, ax: float, ay: float, bx: float, by: float
) -> None:
    distance, t = geo.segment_distance_m(px, py, ax, ay, bx, by)
    assert 0.0 <= t <= 1.0
    for k in range(11):
        q = k / 10
        there = math.hypot(px - ax - q * (bx - ax), py - ay - q * (by - ay))
        assert distance <= there + 1e-9
