"""A fix leaves soon after its last byte and carries only what decisions may rest on."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from backrun_pi.messages import FixMode, GnssFix
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.gnss.settings import GnssSettings
from tests.support.gnss_talk import gga, gsa, gst, rmc, vtg

NOON = 43200.0
SETTINGS = GnssSettings()
MS = 1_000_000


def cycle(tod_s: float, *, lon_deg: float = 24.94, speed_mps: float = 2.0) -> list[bytes]:
    return [
        rmc(tod_s, lon_deg=lon_deg, speed_mps=speed_mps, course_deg=90.0 + tod_s % 7),
        gga(tod_s, lon_deg=lon_deg),
        gsa(),
        gsa(),
        vtg(speed_mps, 90.0),
    ]


def played(
    cycles: Iterable[list[bytes]],
    *,
    period_ms: int,
    baud: int,
    look_ms: int,
    reader: GnssReader | None = None,
) -> list[tuple[int, int, GnssFix]]:
    """Send cycles over a line and look every `look_ms`.

    Returns:
        (ms when the last byte of the cycle came, ms when the fix came out, fix).
    """
    reader = GnssReader(SETTINGS) if reader is None else reader
    arrivals: list[tuple[float, int]] = []
    ends: list[int] = []
    for number, lines in enumerate(cycles):
        start_ms = 1000.0 + number * period_ms
        data = b"".join(lines)
        arrivals += [(start_ms + k * 10_000 / baud, byte) for k, byte in enumerate(data)]
        ends.append(math.ceil(arrivals[-1][0]))
    out: list[tuple[int, int, GnssFix]] = []
    at, now_ms = 0, 1000
    while now_ms < ends[-1] + 2000:
        chunk = bytearray()
        while at < len(arrivals) and arrivals[at][0] <= now_ms:
            chunk.append(arrivals[at][1])
            at += 1
        fixes = reader.feed(bytes(chunk), now_ms * MS) + reader.poll(now_ms * MS)
        out += [(ends[len(out) + k], now_ms, fix) for k, fix in enumerate(fixes)]
        now_ms += look_ms
    return out


@pytest.mark.parametrize(
    ("period_ms", "baud"), [(1000, 9600), (1000, 115200), (200, 115200), (200, 38400)]
)
def test_a_fix_is_out_sixty_ms_after_its_last_byte(period_ms: int, baud: int) -> None:
    cycles = [cycle(NOON + k * period_ms / 1000, lon_deg=24.94 + k * 1e-6) for k in range(20)]
    out = played(cycles, period_ms=period_ms, baud=baud, look_ms=10)
    assert len(out) == 20
    late = [fix_ms - end_ms for end_ms, fix_ms, _ in out]
    assert max(late) <= 60
    assert min(late) >= 0


def test_with_slow_looks_the_learned_end_of_the_cycle_keeps_the_fix_in_time() -> None:
    cycles = [cycle(NOON + k / 5, lon_deg=24.94 + k * 1e-6) for k in range(40)]
    out = played(cycles, period_ms=200, baud=38400, look_ms=50)
    assert len(out) == 40
    assert max(fix_ms - end_ms for end_ms, fix_ms, _ in out[5:]) <= 50


def test_bytes_at_two_successive_looks_are_one_burst() -> None:
    cycles = [cycle(NOON + k, lon_deg=24.94 + k * 1e-6) for k in range(10)]
    out = played(cycles, period_ms=1000, baud=4800, look_ms=50)
    assert len(out) == 10
    assert all(fix.satellites == 9 and fix.speed_mps is not None for _, _, fix in out)


def test_the_time_of_a_fix_is_the_arrival_of_its_first_byte() -> None:
    cycles = [cycle(NOON + k, lon_deg=24.94 + k * 1e-6) for k in range(10)]
    out = played(cycles, period_ms=1000, baud=9600, look_ms=10)
    for number, (_, _, fix) in enumerate(out):
        assert 0 <= fix.t_ns // MS - (1000 + number * 1000) <= 10


def test_a_cycle_that_grows_is_learned_again() -> None:
    short = [cycle(NOON + k / 5, lon_deg=24.94 + k * 1e-6)[:3] for k in range(10)]
    longer = [cycle(NOON + k / 5, lon_deg=24.94 + k * 1e-6) for k in range(10, 30)]
    out = played(short + longer, period_ms=200, baud=115200, look_ms=10)
    assert [fix.t_ns for _, _, fix in out] == sorted({fix.t_ns for _, _, fix in out})
    assert len(out) == 30


def test_a_receiver_without_a_fix_says_so_each_epoch() -> None:
    cycles = [[rmc(NOON + k, status="V"), gga(NOON + k, quality=0)] for k in range(10)]
    out = played(cycles, period_ms=1000, baud=9600, look_ms=10)
    assert [fix.mode for _, _, fix in out] == [FixMode.NONE] * 10
    assert {fix.lat_deg for _, _, fix in out} == {None}


def fixes_of(cycles: Iterable[list[bytes]], settings: GnssSettings = SETTINGS) -> list[GnssFix]:
    out = played(cycles, period_ms=200, baud=115200, look_ms=10, reader=GnssReader(settings))
    return [fix for _, _, fix in out]


def walk(speeds_mps: list[float]) -> list[list[bytes]]:
    return [
        cycle(NOON + k / 5, lon_deg=24.94 + k * 7e-6, speed_mps=speed)
        for k, speed in enumerate(speeds_mps)
    ]


def test_no_course_is_given_below_one_metre_per_second() -> None:
    for fix in fixes_of(walk([0.95] * 30)):
        assert fix.course_rad is None
        assert fix.speed_mps is not None


def test_course_is_given_two_seconds_after_the_speed_is_there() -> None:
    fixes = fixes_of(walk([0.5] * 10 + [1.5] * 20))
    first = next(k for k, fix in enumerate(fixes) if fix.course_rad is not None)
    assert first == 20
    assert fixes[first].course_rad == pytest.approx(math.pi / 2, abs=0.13)


def test_a_course_that_never_changes_is_frozen() -> None:
    cycles = [
        [rmc(NOON + k / 5, lon_deg=24.94 + k * 7e-6), gga(NOON + k / 5)] for k in range(30)
    ]
    assert all(fix.course_rad is None for fix in fixes_of(cycles))


def test_a_speed_no_runner_reaches_is_dropped_but_not_the_fix() -> None:
    for fix in fixes_of(walk([13.0] * 12)):
        assert fix.speed_mps is None
        assert fix.course_rad is None
        assert fix.lat_deg is not None


def test_a_receiver_that_repeats_itself_while_moving_is_stuck() -> None:
    cycles = [[rmc(NOON + k / 5), gga(NOON + k / 5)] for k in range(12)]
    fixes = fixes_of(cycles)
    assert [fix.is_stuck for fix in fixes] == [False] * 3 + [True] * 9
    assert all(fix.speed_mps is None for fix in fixes[3:])


def test_a_receiver_that_repeats_itself_standing_is_not_stuck() -> None:
    cycles = [[rmc(NOON + k / 5, speed_mps=0.1), gga(NOON + k / 5)] for k in range(12)]
    assert not any(fix.is_stuck for fix in fixes_of(cycles))


def test_dead_reckoning_of_the_receiver_is_no_motion() -> None:
    cycles = [[gga(NOON + k / 5, quality=6), vtg(2.0, 90.0)] for k in range(12)]
    for fix in fixes_of(cycles):
        assert fix.is_estimated
        assert fix.speed_mps is None


def test_sigma_comes_from_gst_before_hdop() -> None:
    with_gst = [[*cycle(NOON + k / 5), gst(NOON + k / 5, 3.0, 4.0)] for k in range(3)]
    assert fixes_of(with_gst)[-1].sigma_m == pytest.approx(12.5**0.5)


def test_sigma_grows_with_hdop_and_is_larger_for_one_constellation() -> None:
    def sigma(hdop: str, talker: str) -> float | None:
        cycles = [[gga(NOON + k / 5, hdop=hdop, talker=talker)] for k in range(3)]
        return fixes_of(cycles)[-1].sigma_m

    near, far, single = sigma("0.90", "GN"), sigma("1.80", "GN"), sigma("0.90", "GP")
    assert near is not None
    assert far == pytest.approx(2 * near)
    assert single is not None
    assert single > near
    assert sigma("99.9", "GN") is None


def test_a_line_that_damages_more_than_one_in_twenty_is_degraded_and_recovers() -> None:
    reader = GnssReader(SETTINGS)
    states = []
    for k in range(80):
        good = b"".join(cycle(NOON + k / 5, lon_deg=24.94 + k * 7e-6))
        is_damaged = k < 60 and k % 2 == 0
        reader.feed(good.replace(b"A", b"B", 1) if is_damaged else good, k * 1000 * MS)
        states.append("damages" in (reader.degraded_because or ""))
    assert states[59]
    assert not states[79]
    assert reader.quality.damaged == 30
