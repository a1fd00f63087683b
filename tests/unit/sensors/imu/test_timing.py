"""The filter between the chip's clock and ours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.sensors.imu.settings import ImuSettings
from backrun_pi.sensors.imu.timing import SampleClock

SETTINGS = ImuSettings()


@pytest.mark.parametrize("true_period_s", [0.0096, 0.00985, 0.01, 0.0102, 0.0105])
def test_the_real_period_is_learned_to_a_thousandth_within_a_minute(
    true_period_s: float,
) -> None:
    clock = SampleClock(0.01, SETTINGS)
    taken = 0
    for tick in range(1, 1200):
        t_s = tick * 0.0501
        count = int(t_s / true_period_s) - taken
        taken += count
        clock.stamp(count, int(t_s * 1e9))
    assert clock.period_s == pytest.approx(true_period_s, rel=1e-3)


def test_a_period_outside_the_tolerance_of_oscillators_is_not_accepted() -> None:
    clock = SampleClock(0.01, SETTINGS)
    for tick in range(1, 400):
        clock.stamp(6, tick * 50_000_000)
    assert clock.period_s >= 0.01 * (1.0 - SETTINGS.period_tolerance)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 10**9)), min_size=1, max_size=60))
def test_times_always_rise_and_never_lie_in_the_future_by_more_than_the_count(
    drains: list[tuple[int, int]],
) -> None:
    clock = SampleClock(0.01, SETTINGS)
    now_ns, last_ns = 10**12, 0
    for count, passed_ns in drains:
        now_ns += passed_ns + count
        times_ns, gap_s = clock.stamp(count, now_ns)
        assert times_ns.shape == (count,)
        assert times_ns[0] > last_ns
        assert np.all(np.diff(times_ns) > 0)
        assert times_ns[-1] <= now_ns + count
        assert gap_s >= 0.0
        last_ns = int(times_ns[-1])


def test_samples_that_were_thrown_away_leave_a_gap_of_their_length() -> None:
    clock = SampleClock(0.01, SETTINGS)
    clock.stamp(5, 1_050_000_000)
    clock.breaks()
    times_ns, gap_s = clock.stamp(5, 1_250_000_000)
    assert gap_s == pytest.approx(0.15)
    assert times_ns[0] == pytest.approx(1_205_000_000, abs=1000)
