"""UTC is reported once it is trusted, and never decides how long something took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.gnss.utc import ROLLOVER_DAYS, UtcMap

SETTINGS = GnssSettings()
DAY_S = 86400
NOON_S = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp())

GOOD = Epoch(
    t_ns=0,
    tod_ms=0,
    day=0,
    lines=2,
    is_fix=True,
    is_estimated=False,
    places=((60.17, 24.94),),
    altitude_m=20.0,
    speed_mps=0.0,
    course_deg=None,
    satellites=9,
    hdop=0.9,
    quality=1,
    dimension=3,
    sigma_m=None,
    is_multi=True,
)


def at(boot_s: float, utc_s: float, epoch: Epoch = GOOD) -> Epoch:
    day, tod_s = divmod(utc_s, DAY_S)
    return replace(epoch, t_ns=round(boot_s * 1e9), day=int(day), tod_ms=round(tod_s * 1000))


def noted(clock: UtcMap, epochs: Iterable[Epoch]) -> list[float | None]:
    return [clock.note(epoch) for epoch in epochs]


def trusted_clock() -> UtcMap:
    clock = UtcMap(SETTINGS)
    noted(clock, (at(100 + k / 5, NOON_S + k / 5) for k in range(60)))
    assert clock.utc_s(0) == pytest.approx(NOON_S - 100)
    return clock


def test_utc_is_trusted_after_ten_seconds_of_fix() -> None:
    reported = noted(UtcMap(SETTINGS), (at(100 + k / 5, NOON_S + k / 5) for k in range(60)))
    assert all(utc_s is None for utc_s in reported[:50])
    assert reported[51:] == [pytest.approx(NOON_S + k / 5) for k in range(51, 60)]


def test_at_one_hertz_ten_seconds_are_enough_as_well() -> None:
    reported = noted(UtcMap(SETTINGS), (at(100 + k, NOON_S + k) for k in range(13)))
    assert reported[8] is None
    assert reported[12] == pytest.approx(NOON_S + 12)


def test_a_moment_before_the_first_fix_gets_its_date_afterwards() -> None:
    assert trusted_clock().utc_s(5_000_000_000) == pytest.approx(NOON_S - 95, abs=0.5)


@pytest.mark.parametrize(
    "epoch",
    [
        replace(GOOD, is_fix=False),
        replace(GOOD, is_estimated=True),
        replace(GOOD, dimension=2, satellites=4),
    ],
)
def test_a_poor_fix_never_earns_trust(epoch: Epoch) -> None:
    clock = UtcMap(SETTINGS)
    assert set(noted(clock, (at(100 + k, NOON_S + k, epoch) for k in range(60)))) == {None}


def test_five_satellites_earn_trust_without_a_third_dimension() -> None:
    epoch = replace(GOOD, dimension=2, satellites=5)
    reported = noted(UtcMap(SETTINGS), (at(100 + k, NOON_S + k, epoch) for k in range(15)))
    assert reported[-1] is not None


@pytest.mark.parametrize("rollovers", [1, 2])
def test_a_date_that_fell_back_by_1024_weeks_is_corrected(rollovers: int) -> None:
    clock = UtcMap(SETTINGS)
    sent_s = NOON_S - rollovers * ROLLOVER_DAYS * DAY_S
    reported = noted(clock, (at(100 + k, sent_s + k) for k in range(15)))
    assert reported[-1] == pytest.approx(NOON_S + 14)
    assert clock.is_rollover_fixed


def test_a_right_date_is_not_called_corrected() -> None:
    assert not trusted_clock().is_rollover_fixed


def test_a_date_too_far_off_is_never_trusted() -> None:
    clock = UtcMap(SETTINGS)
    sent_s = NOON_S + 1100 * 7 * DAY_S
    assert set(noted(clock, (at(100 + k, sent_s + k) for k in range(30)))) == {None}


def test_before_the_first_date_there_is_no_utc() -> None:
    epochs = (replace(at(100 + k, NOON_S + k), day=None) for k in range(30))
    assert set(noted(UtcMap(SETTINGS), epochs)) == {None}


@pytest.mark.parametrize("step_s", [1, -1, 3, 18, -18])
def test_a_late_leap_second_table_moves_utc_after_three_epochs(step_s: int) -> None:
    clock = trusted_clock()
    reported = noted(clock, (at(200 + k, NOON_S + 100 + step_s + k) for k in range(5)))
    assert reported[:2] == [None, None]
    assert reported[-1] == pytest.approx(NOON_S + 104 + step_s)


def test_the_same_step_much_later_has_to_earn_trust_again() -> None:
    clock = trusted_clock()
    reported = noted(clock, (at(2000 + k, NOON_S + 1900 + 18 + k) for k in range(15)))
    assert reported[:9] == [None] * 9
    assert reported[-1] is not None


@pytest.mark.parametrize("days", [1, -1, 400, -20])
def test_a_jump_of_days_is_not_reported_until_it_has_lasted(days: int) -> None:
    clock = trusted_clock()
    sent_s = NOON_S + 100 + days * DAY_S
    reported = noted(clock, (at(200 + k, sent_s + k) for k in range(15)))
    assert reported[:9] == [None] * 9
    assert clock.segments == 1


def test_one_wrong_epoch_changes_nothing() -> None:
    clock = trusted_clock()
    assert clock.note(at(112, NOON_S + 12 + 5 * DAY_S)) is None
    assert clock.note(at(113, NOON_S + 13)) == pytest.approx(NOON_S + 13)
    assert clock.utc_s(0) == pytest.approx(NOON_S - 100)


def test_delays_of_the_line_do_not_move_utc_by_more_than_they_last() -> None:
    clock = UtcMap(SETTINGS)
    epochs = (at(100 + k / 5 + (0.2 if k % 3 else 0.0), NOON_S + k / 5) for k in range(90))
    reported = noted(clock, epochs)
    assert reported[-1] == pytest.approx(NOON_S + 89 / 5)
    assert clock.utc_s(100_000_000_000) == pytest.approx(NOON_S, abs=0.25)


def test_midnight_is_one_second_after_its_eve() -> None:
    eve_s = NOON_S - NOON_S % DAY_S + DAY_S - 20
    reported = noted(UtcMap(SETTINGS), (at(100 + k, eve_s + k) for k in range(40)))
    assert reported[12:] == [pytest.approx(eve_s + k) for k in range(12, 40)]


def test_a_receiver_without_a_fix_may_still_tell_a_trusted_time() -> None:
    clock = trusted_clock()
    silent = replace(GOOD, is_fix=False)
    assert clock.note(at(150, NOON_S + 50, silent)) == pytest.approx(NOON_S + 50)
    assert clock.note(at(151, NOON_S - 10_000, silent)) is None
