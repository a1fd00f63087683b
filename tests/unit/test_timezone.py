"""The zone of a position, without a network and without a library."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.timezone import zone, zone_name


@pytest.mark.parametrize(
    ("lat_deg", "lon_deg", "name"),
    [
        (60.17, 24.94, "Europe/Helsinki"),
        (48.4, -4.48, "Europe/Paris"),
        (43.2, -8.5, "Europe/Madrid"),
        (-33.9, 151.2, "Australia/Sydney"),
        (27.7, 85.3, "Asia/Kathmandu"),
    ],
)
def test_a_town_has_the_zone_of_its_country(lat_deg: float, lon_deg: float, name: str) -> None:
    assert zone_name(lat_deg, lon_deg) == name


@given(lat_deg=st.floats(allow_nan=True), lon_deg=st.floats(allow_nan=True))
def test_any_position_has_a_zone_or_none(lat_deg: float, lon_deg: float) -> None:
    name = zone_name(lat_deg, lon_deg)
    assert (name is None) == (not (abs(lat_deg) <= 90.0 and abs(lon_deg) < float("inf")))


def test_the_grid_agrees_with_the_polygons_it_was_made_from() -> None:
    tzfpy = pytest.importorskip("tzfpy")
    rng = random.Random(1)  # noqa: S311 - repeatable
    spots = [(rng.uniform(-58.0, 70.0), rng.uniform(-180.0, 180.0)) for _ in range(2000)]
    same = sum(zone_name(lat, lon) == tzfpy.get_tz(lon, lat) for lat, lon in spots)
    assert same / len(spots) > 0.985


def test_the_rules_of_a_zone_know_summer_time_and_an_unknown_zone_is_utc() -> None:
    summer = datetime(2026, 7, 1, tzinfo=zone("Europe/Helsinki"))
    assert summer.utcoffset() == timedelta(hours=3)
    assert zone(None) is UTC
    assert zone("Nowhere/At_All") is UTC
    assert zone("../../etc/passwd") is UTC
