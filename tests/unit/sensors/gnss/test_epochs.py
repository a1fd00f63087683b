"""Sentences of one moment make one epoch, and an epoch is accepted only when it can be true."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.messages import FixMode
from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.nmea_framing import sentence
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.gnss.stream import EpochStream
from tests.support.gnss_talk import gga, gsa, gst, rmc, vtg, zda

NOON = 43200.0


def decoded(*lines: bytes) -> list[Epoch]:
    stream = EpochStream(GnssSettings(), is_live=False)
    return [*stream.feed(b"".join(lines), 0), *stream.end()]


def only(*lines: bytes) -> Epoch:
    epochs = decoded(*lines)
    assert len(epochs) == 1
    return epochs[0]


def fixes(epochs: list[Epoch]) -> list[Epoch]:
    return [epoch for epoch in epochs if epoch.is_fix]


def test_all_sentences_of_a_moment_are_one_epoch() -> None:
    epoch = only(rmc(), vtg(2.0, 90.0), gga(), gsa(3), gst(NOON, 3.0, 4.0))
    assert epoch.mode is FixMode.THREE_D
    assert epoch.utc_ms == 1_780_315_200_000
    assert epoch.satellites == 9
    assert epoch.sigma_m == pytest.approx(12.5**0.5)
    assert epoch.speed_mps == pytest.approx(2.0, abs=0.001)


def test_a_new_time_begins_a_new_epoch() -> None:
    lines = [line for k in range(5) for line in (rmc(NOON + k / 5), gga(NOON + k / 5), gsa())]
    assert [epoch.tod_ms for epoch in decoded(*lines)] == [
        43_200_000 + 200 * k for k in range(5)
    ]


def test_roundings_of_one_moment_are_one_epoch() -> None:
    lines = (
        sentence(b"GPGGA,120000.523,6010.2,N,02456.4,E,1,09,0.9,20.0,M,,M,,"),
        sentence(b"GPRMC,120000.52,A,6010.2,N,02456.4,E,2.0,90.0,010626,,,A"),
    )
    assert only(*lines).lines == 2


def test_a_repeated_line_changes_nothing() -> None:
    lines = [rmc(), gga(), gsa(), rmc(NOON + 1), gga(NOON + 1), gsa()]
    doubled = [line for line in lines for _ in range(2)]
    assert decoded(*doubled) != []
    assert [(e.tod_ms, e.places) for e in decoded(*doubled)] == [
        (e.tod_ms, (e.places[0], e.places[-1])) for e in decoded(*lines)
    ]


@pytest.mark.parametrize(
    "lines",
    [
        (rmc(status="V"), gga()),
        (rmc(), gga(quality=0)),
        (rmc(), gga(quality=7)),
        (rmc(), gga(quality=8)),
        (rmc(status="V"), gga(quality=8), gsa(3)),
        (rmc(), gga(), gsa(1)),
        (gga(satellites=0),),
        (rmc(status="V"),),
        (gga(quality=0),),
    ],
)
def test_void_manual_and_simulated_sentences_never_make_a_fix(lines: tuple[bytes, ...]) -> None:
    for epoch in decoded(*lines, *(rmc(NOON + 1, status="V"),)):
        assert epoch.mode is FixMode.NONE
        assert epoch.places == ()
        assert epoch.speed_mps is None


def test_one_constellation_with_no_satellites_does_not_void_the_others() -> None:
    epoch = only(gga(satellites=5, talker="GP"), gga(satellites=0, talker="GA"), rmc())
    assert epoch.is_fix
    assert epoch.satellites == 5


def test_the_best_dimension_of_all_constellations_counts() -> None:
    assert only(rmc(), gga(), gsa(3), gsa(1)).mode is FixMode.THREE_D


def test_position_comes_from_gga_and_speed_from_rmc() -> None:
    epoch = only(rmc(lat_deg=60.170001, speed_mps=2.0), gga(lat_deg=60.170002), vtg(2.1, 91.0))
    assert epoch.places[0][0] == pytest.approx(60.170002, abs=1e-7)
    assert epoch.speed_mps == pytest.approx(2.0, abs=0.001)
    assert epoch.course_deg == 90.0


def test_vtg_fills_in_what_rmc_leaves_empty() -> None:
    epoch = only(rmc(speed_mps=None, course_deg=None), gga(), vtg(2.1, 91.0))
    assert epoch.speed_mps == pytest.approx(2.1, abs=0.001)
    assert epoch.course_deg == 91.0


def test_a_sentence_that_is_late_by_less_than_a_second_opens_no_epoch() -> None:
    first, second, third = (rmc(NOON + k, speed_mps=0.0) for k in range(3))
    epochs = decoded(first, second, gga(NOON + 0.5), gga(NOON + 1), third)
    assert [epoch.tod_ms for epoch in epochs] == [43_200_000, 43_201_000, 43_202_000]


def test_the_time_of_zda_opens_no_epoch() -> None:
    epochs = decoded(gga(NOON), zda(NOON + 1), gsa(), gga(NOON + 1), gga(NOON + 2))
    assert [epoch.tod_ms for epoch in epochs] == [43_200_000, 43_201_000, 43_202_000]


def test_after_midnight_without_a_date_it_is_the_next_day() -> None:
    epochs = decoded(rmc(86399.0, speed_mps=0.0), gga(86399.0), gga(0.0), gga(1.0))
    assert [epoch.utc_ms for epoch in epochs] == [
        1_780_315_200_000 + 43_199_000 + 1000 * k for k in range(3)
    ]


def test_there_is_no_utc_before_the_first_date() -> None:
    epochs = decoded(gga(NOON), gga(NOON + 1), rmc(NOON + 2, speed_mps=0.0), gga(NOON + 3))
    assert [epoch.utc_ms is None for epoch in epochs] == [True, True, False, False]


def test_receivers_without_a_time_are_alive_without_a_fix() -> None:
    silent = sentence(b"GPGGA,,,,,,0,,,,,,,,") + sentence(b"GPRMC,,V,,,,,,,,,,N")
    epochs = decoded(silent, silent, silent)
    assert [epoch.mode for epoch in epochs] == [FixMode.NONE] * 3


def test_a_position_without_a_time_is_no_fix() -> None:
    untimed = sentence(b"GPGGA,,6010.2,N,02456.4,E,1,09,0.9,20.0,M,,M,,")
    assert fixes(decoded(untimed, untimed)) == []


def test_a_lone_position_that_jumps_and_comes_back_is_refused() -> None:
    lines = [gga(NOON + k, lat_deg=60.17 + (0.01 if k == 5 else 0.0)) for k in range(10)]
    assert [e.tod_ms for e in decoded(*lines)] == [
        43_200_000 + 1000 * k for k in range(10) if k != 5
    ]


def test_the_very_first_position_is_not_accepted_against_the_next() -> None:
    # A flipped digit of the degrees: two thousand kilometres, and no past to speak against it.
    lines = [rmc(NOON + k, lat_deg=40.17 if k == 0 else 60.17, speed_mps=0.0) for k in range(5)]
    found = fixes(decoded(*lines))
    assert len(found) == 4
    assert all(epoch.places[0][0] > 60.0 for epoch in found)


def test_a_jump_that_lasts_is_accepted() -> None:
    lines = [gga(NOON + k, lat_deg=60.17 + (0.01 if k >= 5 else 0.0)) for k in range(10)]
    assert len(decoded(*lines)) == 10


def stands(k: int, north_m: float = 0.0) -> list[bytes]:
    lat_deg = 60.17 + north_m / 111_195
    return [rmc(NOON + k, lat_deg=lat_deg, speed_mps=0.0), gga(NOON + k, lat_deg=lat_deg)]


def test_a_jump_by_metres_that_two_sentences_agree_on_is_accepted_at_once() -> None:
    assert len(decoded(*stands(0), *stands(1, north_m=10.0))) == 2


def test_a_far_jump_is_accepted_when_the_next_epoch_takes_its_side() -> None:
    lines = [line for k in range(6) for line in stands(k, north_m=500.0 if k >= 3 else 0.0)]
    assert len(decoded(*lines)) == 6


def test_a_far_jump_that_comes_back_is_refused_though_two_sentences_agree_on_it() -> None:
    lines = [line for k in range(6) for line in stands(k, north_m=500.0 if k == 3 else 0.0)]
    assert [e.tod_ms for e in decoded(*lines)] == [
        43_200_000 + 1000 * k for k in (0, 1, 2, 4, 5)
    ]


def test_of_two_sentences_that_contradict_the_one_that_fits_is_taken() -> None:
    first = [rmc(NOON, speed_mps=0.0), gga(NOON)]
    second = [rmc(NOON + 1, speed_mps=0.0), gga(NOON + 1, lat_deg=60.25)]
    assert decoded(*first, *second)[1].places[0][0] == pytest.approx(60.17)


def test_a_lone_wrong_time_is_refused() -> None:
    times = [NOON, NOON + 1, NOON + 2, NOON + 36000, NOON + 3, NOON + 4]
    epochs = decoded(*(gga(tod_s) for tod_s in times))
    assert [e.tod_ms for e in epochs] == [43_200_000 + 1000 * k for k in range(5)]


def test_times_never_go_back_by_a_second_or_less() -> None:
    lines = [line for k in (0, 2, 1.5, 3, 3, 4) for line in (rmc(NOON + k), gga(NOON + k))]
    times = [epoch.tod_ms for epoch in decoded(*lines)]
    assert times == [43_200_000 + 1000 * k for k in (0, 2, 3, 4)]


def test_a_receiver_set_to_another_day_is_followed() -> None:
    before = [line for k in range(3) for line in (rmc(NOON + k), gga(NOON + k))]
    after = [line for k in range(3) for line in (rmc(50.0 + k, day="050626"), gga(50.0 + k))]
    epochs = decoded(*before, *after)
    assert len(epochs) == 6
    assert epochs[-1].day == (epochs[0].day or 0) + 4


def cycle(k: int, course_deg: float = 90.0) -> list[bytes]:
    """Return one epoch of a runner going east at 2 m/s, 5 Hz."""
    tod_s, lon_deg = NOON + k / 5, 24.94 + k * 7.2e-6
    return [
        rmc(tod_s, lon_deg=lon_deg, course_deg=course_deg),
        gga(tod_s, lon_deg=lon_deg),
        gsa(),
        vtg(2.0, course_deg),
    ]


STREAM = b"".join(line for k in range(40) for line in cycle(k))
EXPECTED = decoded(STREAM)


@given(st.lists(st.integers(1, 200), min_size=1, max_size=6))
def test_epochs_do_not_depend_on_how_the_bytes_are_cut(cuts: list[int]) -> None:
    stream = EpochStream(GnssSettings(), is_live=False)
    found: list[Epoch] = []
    at = turn = 0
    while at < len(STREAM):
        size = cuts[turn % len(cuts)]
        found += stream.feed(STREAM[at : at + size], 0)
        at, turn = at + size, turn + 1
    assert found + stream.end() == EXPECTED


WITHIN_DEG = 1.3 / 111_320  # what the strict gate lets pass: 0.6 m and the way of 0.2 s


def damaged(line: bytes, chance: random.Random) -> bytes:
    """Damage a line and repair its checksum as the same damage would: two equal bit flips."""
    body = bytearray(line[1:-5])
    first, second = chance.sample(range(6, len(body)), 2)
    bit = 1 << chance.randrange(7)
    body[first] ^= bit
    body[second] ^= bit
    return b"$" + bytes(body) + line[-5:]


def test_flips_that_the_checksum_cannot_see_never_make_a_wrong_position() -> None:
    chance = random.Random(5)  # noqa: S311 (seeded damage)
    right = {epoch.tod_ms: epoch.places[0] for epoch in EXPECTED}
    hits = 0
    for _ in range(60):
        lines = [line for k in range(40) for line in cycle(k)]
        for at in chance.sample(range(12, len(lines)), 16):
            lines[at] = damaged(lines[at], chance)
        for epoch in fixes(decoded(*lines)):
            expected = right.get(epoch.tod_ms)
            if expected is None:
                continue
            hits += 1
            assert epoch.places[0][0] == pytest.approx(expected[0], abs=WITHIN_DEG)
            assert epoch.places[0][1] == pytest.approx(expected[1], abs=2 * WITHIN_DEG)
    assert hits > 60 * 40 * 0.9
