"""Where the runner is: distance from Doppler, dead reckoning with steps, honest sigma."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from backrun_pi.geo import LocalFrame, wrap_tau
from backrun_pi.messages import FixMode, GnssFix
from backrun_pi.motion.position import Position, PositionEstimate, StepMotion
from backrun_pi.motion.settings import PositionSettings

HOME = LocalFrame(60.17, 24.94)
TICK_NS = 50_000_000
RATE_HZ = 5.0


def fix_at(
    t_ns: int,
    east_m: float,
    north_m: float,
    speed_mps: float | None,
    course_rad: float | None,
    sigma_m: float = 3.0,
) -> GnssFix:
    lat_deg, lon_deg = HOME.to_deg(east_m, north_m)
    return GnssFix(
        t_ns=t_ns,
        utc_s=None,
        mode=FixMode.THREE_D,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        altitude_m=None,
        speed_mps=speed_mps,
        course_rad=course_rad,
        sigma_m=sigma_m,
        satellites=9,
        is_estimated=False,
        is_stuck=False,
    )


@dataclass
class Receiver:
    """Position wanders with 30 s, velocity with 2 s of memory; bends read 1 % slow."""

    seed: int
    position_sigma_m: float = 3.0
    velocity_sigma_mps: float = 0.08
    _noise: random.Random = field(init=False)
    _state: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._noise = random.Random(self.seed)  # noqa: S311 (a seeded model)
        self._state = [self._noise.gauss(0, self.position_sigma_m) for _ in range(2)]
        self._state += [self._noise.gauss(0, self.velocity_sigma_mps) for _ in range(2)]

    def fix(self, t_ns: int, east_m: float, north_m: float, ve: float, vn: float) -> GnssFix:
        for index, (sigma, tau_s) in enumerate(
            [(self.position_sigma_m, 30.0)] * 2 + [(self.velocity_sigma_mps, 2.0)] * 2
        ):
            keep = math.exp(-1.0 / RATE_HZ / tau_s)
            drive = sigma * math.sqrt(1.0 - keep * keep)
            self._state[index] = keep * self._state[index] + self._noise.gauss(0, drive)
        e, n, se, sn = self._state
        speed = math.hypot(ve + se, vn + sn)
        course = wrap_tau(math.atan2(ve + se, vn + sn)) if speed >= 1.0 else None
        return fix_at(
            t_ns, east_m + e, north_m + n, round(speed, 2), course, self.position_sigma_m
        )


def lap_point(s_m: float) -> tuple[float, float, float]:
    """Return east, north, course on a 400 m track: two straights of 84.39 m, radius 36.5 m."""
    straight, radius = 84.39, 36.8
    bend = math.pi * radius
    s_m %= 2 * (straight + bend)
    if s_m < straight:
        return radius, s_m, 0.0
    s_m -= straight
    if s_m < bend:
        a = s_m / radius
        return radius * math.cos(a), straight + radius * math.sin(a), wrap_tau(-a)
    s_m -= bend
    if s_m < straight:
        return -radius, straight - s_m, math.pi
    a = (s_m - straight) / radius
    return -radius * math.cos(a), -radius * math.sin(a), wrap_tau(math.pi - a)


def run_lap(seed: int, speed_mps: float, moving: bool | None) -> tuple[float, float]:
    """Return (true metres, measured metres) of one lap and a stand before and after it."""
    receiver, position = Receiver(seed), Position(PositionSettings())
    lap_m = 2 * (84.39 + math.pi * 36.8)
    s_m, t_ns, estimate = 0.0, 0, None
    while t_ns < (20.0 + lap_m / speed_mps) * 1e9:
        t_ns += TICK_NS
        is_moving = t_ns >= 10e9 and s_m < lap_m
        s_m = min(lap_m, s_m + speed_mps * 0.05) if is_moving else s_m
        east, north, course = lap_point(s_m)
        speed = speed_mps if is_moving else 0.0
        fixes = []
        if t_ns % 200_000_000 == 0:
            fixes = [
                receiver.fix(
                    t_ns, east, north, speed * math.sin(course), speed * math.cos(course)
                )
            ]
        estimate = position.step(
            t_ns, fixes, StepMotion(is_moving=is_moving if moving else None)
        )
    assert estimate is not None
    return lap_m, estimate.distance_m


@pytest.mark.parametrize("speed_mps", [0.9, 1.2, 2.0, 3.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_lap_of_the_track_is_measured_within_one_and_a_half_percent(
    seed: int, speed_mps: float
) -> None:
    true_m, measured_m = run_lap(seed, speed_mps, moving=True)
    assert measured_m == pytest.approx(true_m, rel=0.015)


def test_a_lap_is_measured_within_one_and_a_half_percent_without_the_imu() -> None:
    true_m, measured_m = run_lap(4, 2.5, moving=None)
    assert measured_m == pytest.approx(true_m, rel=0.015)


@pytest.mark.parametrize("moving", [False, None])
def test_ten_minutes_of_standing_invent_at_most_three_metres(moving: bool | None) -> None:
    receiver, position = Receiver(7), Position(PositionSettings())
    estimate = None
    for tick in range(1, 10 * 60 * 20 + 1):
        t_ns = tick * TICK_NS
        fixes = [receiver.fix(t_ns, 0, 0, 0, 0)] if tick % 4 == 0 else []
        estimate = position.step(t_ns, fixes, StepMotion(is_moving=moving))
    assert estimate is not None
    assert estimate.distance_m <= 3.0


def straight_run(
    gap_s: float, steps_mps: float | None, hint_rad: float | None
) -> tuple[list[PositionEstimate], list[float]]:
    """Run north at 2 m/s with fixes for 20 s, then without; return each tick of the gap."""
    position = Position(PositionSettings())
    estimates, truth = [], []
    for tick in range(1, int((20 + gap_s) * 20) + 1):
        t_ns = tick * TICK_NS
        north = 2.0 * t_ns / 1e9
        has_fix = tick % 4 == 0 and t_ns <= 20e9
        fixes = [fix_at(t_ns, 0.0, north, 2.0, 0.0)] if has_fix else []
        estimates.append(
            position.step(t_ns, fixes, StepMotion(steps_mps, 0.12, True, hint_rad))
        )
        truth.append(north)
    return estimates[400:], truth[400:]


@pytest.mark.parametrize("hint_rad", [0.05, None])
def test_steps_bridge_a_gap_of_twenty_seconds_and_sigma_grows_all_the_way(
    hint_rad: float | None,
) -> None:
    estimates, truth = straight_run(19.9, steps_mps=1.8, hint_rad=hint_rad)
    sigmas = []
    for estimate, north in zip(estimates, truth, strict=True):
        assert estimate.lat_deg is not None
        assert estimate.lon_deg is not None
        assert estimate.sigma_m is not None
        east_m, north_m = HOME.to_m(estimate.lat_deg, estimate.lon_deg)
        assert math.hypot(east_m, north_m - north) <= 2.5 * estimate.sigma_m
        sigmas.append(estimate.sigma_m)
    assert all(later >= earlier for earlier, later in pairwise(sigmas))
    assert sigmas[-1] > 2.0 * sigmas[0]
    assert estimates[-1].distance_m == pytest.approx(truth[-1], rel=0.06)


def gap_error_m(hint_off_rad: float | None, *, is_turned_round: bool) -> tuple[float, float]:
    """Go north at 1.1 m/s, lose the fixes for 18 s, bend right or turn round at once.

    Returns:
        Error and sigma of the position at its end [m].
    """
    position, east, north = Position(PositionSettings()), 0.0, 0.0
    estimate = None
    for tick in range(1, 38 * 20 + 1):
        t_ns = tick * TICK_NS
        since_s = max(0.0, t_ns / 1e9 - 20.0)
        course = math.pi if is_turned_round and since_s > 2.0 else 0.0
        if not is_turned_round:
            course = min(math.pi / 2.0, since_s * math.pi / 20.0)
        east += 1.1 * 0.05 * math.sin(course)
        north += 1.1 * 0.05 * math.cos(course)
        has_fix = tick % 4 == 0 and since_s == 0.0
        fixes = [fix_at(t_ns, east, north, 1.1, course)] if has_fix else []
        hint = None if hint_off_rad is None else wrap_tau(course + hint_off_rad)
        estimate = position.step(t_ns, fixes, StepMotion(1.1, 0.12, True, hint))
    assert estimate is not None
    assert estimate.course_rad is None, "a hint is not given out as a course"
    assert estimate.lat_deg is not None
    assert estimate.lon_deg is not None
    assert estimate.sigma_m is not None
    found_m = HOME.to_m(estimate.lat_deg, estimate.lon_deg)
    return math.hypot(found_m[0] - east, found_m[1] - north), estimate.sigma_m


@pytest.mark.parametrize("is_turned_round", [False, True])
def test_facing_and_direction_lead_through_a_gap_where_the_last_course_would_not(
    is_turned_round: bool,
) -> None:
    led_m, sigma_m = gap_error_m(0.15, is_turned_round=is_turned_round)
    assert led_m < 3.0
    assert sigma_m < 6.0
    assert gap_error_m(None, is_turned_round=is_turned_round)[0] > 15.0


def test_below_the_speed_of_a_course_facing_carries_the_position_through_a_gap() -> None:
    position, estimates = Position(PositionSettings()), []
    for tick in range(1, 35 * 20 + 1):
        t_ns, north = tick * TICK_NS, 0.7 * tick / 20.0
        fixes = [fix_at(t_ns, 0.0, north, 0.7, None)] if tick % 4 == 0 and tick <= 400 else []
        hint = 0.1 if tick > 100 else None
        estimates.append(position.step(t_ns, fixes, StepMotion(0.7, 0.12, True, hint)))
    last = estimates[-1]
    assert last.lat_deg is not None
    assert last.lon_deg is not None
    assert HOME.to_m(last.lat_deg, last.lon_deg) == pytest.approx((1.0, 24.5), abs=2.0)


def test_what_led_last_leads_on_when_the_direction_is_unknown_for_a_while() -> None:
    position, estimate = Position(PositionSettings()), None
    for tick in range(1, 30 * 20 + 1):
        t_ns, t_s = tick * TICK_NS, tick / 20.0
        fixes = [fix_at(t_ns, 0.0, t_s, 1.0, 0.0)] if tick % 4 == 0 and t_s <= 20.0 else []
        hint = math.pi / 2.0 if 22.0 < t_s < 24.0 else None
        estimate = position.step(t_ns, fixes, StepMotion(1.0, 0.12, True, hint))
    assert estimate is not None
    assert estimate.lat_deg is not None
    assert estimate.lon_deg is not None
    assert HOME.to_m(estimate.lat_deg, estimate.lon_deg) == pytest.approx((8.0, 22.0), abs=0.5)


def test_after_the_longest_bridge_there_is_no_position_and_no_sigma() -> None:
    estimates, _ = straight_run(25.0, steps_mps=1.8, hint_rad=0.05)
    last = estimates[-1]
    assert (last.lat_deg, last.lon_deg, last.sigma_m) == (None, None, None)
    assert last.age_s == pytest.approx(25.0, abs=0.1)
    assert last.speed_mps == 1.8


def test_without_steps_speed_and_course_end_with_the_last_fix_and_position_soon_after() -> None:
    estimates, _ = straight_run(6.0, steps_mps=None, hint_rad=None)
    assert estimates[int(1.9 * 20)].speed_mps is not None
    assert estimates[int(2.1 * 20)].speed_mps is None
    assert estimates[int(2.1 * 20)].course_rad is None
    assert estimates[int(4.5 * 20)].lat_deg is not None
    assert estimates[int(5.5 * 20)].lat_deg is None


def test_one_wild_fix_does_not_move_the_position_but_a_lasting_change_does() -> None:
    position = Position(PositionSettings())
    for tick in range(1, 101):
        position.step(
            tick * TICK_NS,
            [fix_at(tick * TICK_NS, 0, 0, 0.0, None)],
            StepMotion(is_moving=False),
        )
    wild = position.step(
        101 * TICK_NS, [fix_at(101 * TICK_NS, 900, 0, 0.0, None)], StepMotion(is_moving=False)
    )
    assert wild.lon_deg == pytest.approx(HOME.lon0_deg, abs=1e-5)
    last = wild
    for tick in range(102, 180):
        fixes = [fix_at(tick * TICK_NS, 900, 0, 0.0, None)]
        last = position.step(tick * TICK_NS, fixes, StepMotion(is_moving=False))
    assert last.lon_deg == pytest.approx(HOME.to_deg(900, 0)[1], abs=1e-5)
    assert last.distance_m == 0.0


def test_the_sigma_of_the_position_is_the_spread_of_its_error() -> None:
    inside = 0
    for seed in range(60):
        receiver, position = Receiver(seed), Position(PositionSettings())
        estimate = None
        for tick in range(1, 801):
            t_ns = tick * TICK_NS
            s_m = 2.0 * t_ns / 1e9
            fixes = [receiver.fix(t_ns, 0, s_m, 0, 2.0)] if tick % 4 == 0 else []
            estimate = position.step(t_ns, fixes, StepMotion(is_moving=True))
        assert estimate is not None
        assert estimate.lat_deg is not None
        assert estimate.lon_deg is not None
        assert estimate.sigma_m is not None
        east_m, north_m = HOME.to_m(estimate.lat_deg, estimate.lon_deg)
        inside += math.hypot(east_m, north_m - 80.0) <= 1.177 * estimate.sigma_m  # CEP50
    assert 18 <= inside <= 44


def test_a_stuck_or_estimated_fix_is_no_evidence_of_motion() -> None:
    position = Position(PositionSettings())
    good = fix_at(TICK_NS, 0, 0, 2.0, 1.0)
    for flags in ({"is_stuck": True}, {"is_estimated": True}):
        fields = {name: getattr(good, name) for name in good.__dataclass_fields__} | flags
        estimate = position.step(TICK_NS, [GnssFix(**fields)])
        assert estimate.speed_mps is None
        assert estimate.course_rad is None


def test_the_share_a_caller_gives_for_steps_sets_the_sigma_after_a_gap() -> None:
    def sigma_after_10_s(share: float) -> float:
        position, t_ns = Position(PositionSettings()), 0
        for tick in range(400):
            t_ns = tick * TICK_NS
            is_heard = t_ns <= 10_000_000_000
            way_m = 1.8 * t_ns * 1e-9
            fixes = [fix_at(t_ns, 0.0, way_m, 1.8, 0.0)] if is_heard and tick % 4 == 0 else []
            estimate = position.step(t_ns, fixes, StepMotion(1.8, share, True, 0.0))
        assert estimate.sigma_m is not None
        return estimate.sigma_m

    way_m = 1.8 * 9.95
    unknown, known = sigma_after_10_s(0.25), sigma_after_10_s(0.12)
    grown = math.sqrt(unknown**2 - known**2)
    assert grown == pytest.approx(way_m * math.sqrt(0.25**2 - 0.12**2), rel=0.05)
