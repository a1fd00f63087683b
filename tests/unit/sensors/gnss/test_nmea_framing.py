"""Bytes become sentences whatever lies between them and however they are cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.sensors.gnss.nmea_fields import read_sentence
from backrun_pi.sensors.gnss.nmea_framing import Framer, LineQuality, sentence

RMC = b"GPRMC,120000.00,A,6010.0000,N,02456.0000,E,2.0,90.0,010626,,,A"
GGA = b"GPGGA,120000.00,6010.0000,N,02456.0000,E,1,09,0.9,20.0,M,17.0,M,,"
UBX_NAV = bytes.fromhex("b562010710002436b562474e0d0a0000ff00deadbeef0102")


def bodies(data: bytes) -> list[bytes]:
    framer = Framer(LineQuality())
    return framer.feed(data) + framer.end()


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r", b"\0", b" ", b""])
def test_every_line_end_is_read(end: bytes) -> None:
    line = sentence(RMC).rstrip() + end
    assert bodies(line + line) == [RMC, RMC]


def test_a_sentence_right_behind_binary_is_not_lost() -> None:
    assert bodies(UBX_NAV + sentence(RMC) + b"\xd3\x00$" + sentence(GGA)) == [RMC, GGA]


def test_a_new_dollar_restarts_a_torn_sentence() -> None:
    quality = LineQuality()
    assert Framer(quality).feed(sentence(RMC)[:30] + sentence(GGA)) == [GGA]
    assert quality.resyncs == 1


def test_a_sentence_without_checksum_is_not_read() -> None:
    assert bodies(b"$" + RMC + b"\r\n") == []


def test_a_wrong_checksum_is_counted_and_not_read() -> None:
    quality = LineQuality()
    damaged = sentence(RMC).replace(b"120000", b"120001")
    assert Framer(quality).feed(damaged + sentence(GGA)) == [GGA]
    assert (quality.good, quality.bad_checksum) == (1, 1)


def test_a_byte_that_no_sentence_has_ends_it() -> None:
    line = sentence(RMC)
    for strange in (b"\x80", b"\x07", b"!", b"*"):
        assert bodies(line[:20] + strange + line[20:]) == []


def test_a_body_may_be_longer_than_the_standard_allows_but_not_without_bound() -> None:
    longest = b"GPTXT," + b"A" * (150 - 6)
    assert bodies(sentence(longest)) == [longest]
    assert bodies(sentence(longest + b"A") + sentence(RMC)) == [RMC]


def test_garbage_without_an_end_is_not_kept() -> None:
    framer = Framer(LineQuality())
    for _ in range(1000):
        framer.feed(b"$GPRMC,1" + b"2" * 4000)
    assert framer.feed(sentence(RMC)) == [RMC]


PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [sentence(RMC), sentence(GGA), sentence(RMC)[:25], b"$", b"*4", b"\xb5\x62\x01\x07"]
    ),
)


@given(
    pieces=st.lists(PIECES, max_size=12),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=9),
)
def test_the_outcome_does_not_depend_on_how_the_bytes_are_cut(
    pieces: list[bytes], cuts: list[int]
) -> None:
    data = b"".join(pieces)
    whole_quality, cut_quality = LineQuality(), LineQuality()
    whole, cut = Framer(whole_quality), Framer(cut_quality)
    expected = whole.feed(data) + whole.end()
    found: list[bytes] = []
    at = turn = 0
    while at < len(data):
        size = cuts[turn % len(cuts)]
        found += cut.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert found + cut.end() == expected
    assert cut_quality == whole_quality


@given(st.binary(max_size=160))
def test_no_body_makes_the_reader_fail(body: bytes) -> None:
    for address in (
        b"GPRMC,",
        b"GNGGA,",
        b"GNGNS,",
        b"GPGLL,",
        b"GPZDA,",
        b"GPGST,",
        b"GPVTG,",
    ):
        for clean in bodies(sentence(address + body)):
            read_sentence(clean)


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=6)


@given(st.lists(TEXT, max_size=22))
def test_no_choice_of_fields_makes_the_reader_fail(fields: list[str]) -> None:
    for address in ("GPRMC", "GNGGA", "GNGSA", "GNGNS", "GPGLL", "GPZDA", "GPGST", "GPVTG"):
        read = read_sentence(",".join([address, *fields]).encode())
        if read is not None and read.lat_deg is not None:
            assert -90.0 <= read.lat_deg <= 90.0
