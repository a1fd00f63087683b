"""A field that is missing, malformed or out of range is None; never 0.0."""

from __future__ import annotations

from datetime import date

import pytest

from backrun_pi.sensors.gnss.nmea_fields import Sentence, number, read_sentence, time_of_day_ms


def read(text: str) -> Sentence:
    found = read_sentence(text.encode())
    assert found is not None
    return found


def rmc(**changes: str) -> Sentence:
    fields = {
        "time": "120000.00",
        "status": "A",
        "lat": "6010.5000",
        "ns": "N",
        "lon": "02456.5000",
        "ew": "E",
        "knots": "2.0",
        "course": "90.0",
        "date": "010626",
        "mag": "",
        "mag_ew": "",
        "faa": "A",
        "nav": "V",
    } | changes
    return read("GNRMC," + ",".join(fields.values()))


def test_a_navigational_status_of_v_is_not_invalid() -> None:
    assert rmc(nav="V").is_valid


def test_a_good_rmc_is_read_in_si_units() -> None:
    said = rmc()
    assert said.lat_deg == pytest.approx(60.175)
    assert said.lon_deg == pytest.approx(24.941666667)
    assert said.speed_mps == pytest.approx(1.028889)
    assert (said.course_deg, said.date, said.tod_ms) == (90.0, date(2026, 6, 1), 43_200_000)


def test_south_and_west_are_negative() -> None:
    said = rmc(ns="S", ew="W")
    assert said.lat_deg is not None
    assert said.lon_deg is not None
    assert said.lat_deg < 0 > said.lon_deg


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": ""},
        {"lon": ""},
        {"ns": ""},
        {"ew": "N"},
        {"lat": "9010.0"},
        {"lat": "6060.0001"},
        {"lon": "18100.0"},
        {"lat": "36000.0000"},
        {"lat": "60x0.5"},
        {"lat": "0000.0000", "lon": "00000.0000"},
        {"lat": "nan"},
        {"lat": "6e3"},
        {"lat": "60_10.5"},
    ],
)
def test_a_wrong_coordinate_gives_no_position_at_all(changes: dict[str, str]) -> None:
    said = rmc(**changes)
    assert (said.lat_deg, said.lon_deg) == (None, None)


@pytest.mark.parametrize("text", ["", "-1", "361", "nan", "x"])
def test_a_wrong_course_is_none(text: str) -> None:
    assert rmc(course=text).course_deg is None


def test_a_course_of_360_is_north() -> None:
    assert rmc(course="360.0").course_deg == 0.0


@pytest.mark.parametrize("text", ["310226", "001326", "220899x", "2208-1", "", "000000"])
def test_a_date_that_does_not_exist_is_none(text: str) -> None:
    assert rmc(date=text).date is None


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("000000", 0),
        ("235960.5", 86_400_500),
        ("120000.", 43_200_000),
        ("240000", None),
        ("126000", None),
        ("120061", None),
        ("12000", None),
        ("", None),
        ("-10000", None),
    ],
)
def test_a_time_of_day_is_whole_or_none(text: str, ms: int | None) -> None:
    assert time_of_day_ms(text) == ms


@pytest.mark.parametrize("faa", ["N", "M", "S", "x"])
def test_manual_simulated_and_invalid_modes_are_no_fix(faa: str) -> None:
    assert not rmc(faa=faa).is_valid


@pytest.mark.parametrize("faa", ["A", "D", "F", "R", "P", ""])
def test_modes_that_rest_on_satellites_are_a_fix(faa: str) -> None:
    assert rmc(faa=faa).is_valid
    assert not rmc(faa=faa).is_estimated


def test_dead_reckoning_of_the_receiver_is_marked() -> None:
    assert rmc(faa="E").is_estimated
    assert read("GPGGA,120000,6010.0,N,02456.0,E,6,00,,,M,,M,,").is_estimated


@pytest.mark.parametrize(
    ("quality", "is_valid"), [(0, 0), (1, 1), (5, 1), (7, 0), (8, 0), (9, 0)]
)
def test_only_qualities_from_satellites_are_a_fix(quality: int, is_valid: int) -> None:
    said = read(f"GPGGA,120000,6010.0,N,02456.0,E,{quality},08,0.9,20.0,M,,M,,")
    assert said.is_valid == bool(is_valid)


@pytest.mark.parametrize("hdop", ["", "0.0", "99.9", "99.99", "50.0", "25.5", "-1"])
def test_the_ways_receivers_spell_an_unknown_hdop_are_none(hdop: str) -> None:
    assert read(f"GPGGA,120000,6010.0,N,02456.0,E,1,08,{hdop},20.0,M,,M,,").hdop is None


def test_vtg_gives_km_per_hour_when_the_knots_are_empty() -> None:
    assert read("GPVTG,90.0,T,,M,,N,3.6,K,A").speed_mps == pytest.approx(1.0)


def test_gns_is_valid_when_one_constellation_is() -> None:
    assert read("GNGNS,120000,6010.0,N,02456.0,E,NDD,11,1.3,168.9,39.5,,").is_valid
    assert not read("GNGNS,120000,6010.0,N,02456.0,E,NNN,11,1.3,168.9,39.5,,").is_valid
    assert read("GNGNS,120000,6010.0,N,02456.0,E,AA,11,1.3,168.9,39.5,,").altitude_m == 168.9


def test_gst_gives_the_spread_of_one_axis() -> None:
    assert read("GPGST,120000,1.0,,,,3.0,4.0,5.0").sigma_m == pytest.approx(12.5**0.5)
    assert read("GPGST,120000,1.0,,,,,,").sigma_m is None


@pytest.mark.parametrize(
    "body",
    [b"PUBX,00,1", b"GPGSV,1,1,00", b"GPGLC,1", b"PRMC,1", b"GPRMCX,1", b"", b"GPGGQ,RMC"],
)
def test_sentences_that_are_not_used_are_none(body: bytes) -> None:
    assert read_sentence(body) is None


@pytest.mark.parametrize("text", ["inf", "1_0", "1e3", " 1", "0x1", "", "."])
def test_only_plain_decimals_are_numbers(text: str) -> None:
    assert number(text) is None
