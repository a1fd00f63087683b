"""The receiver of the twin: sentences, errors, baud rates, commands, faults."""

from __future__ import annotations

import math
import re
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import StreamLost
from backrun_pi.messages import FloatArray
from backrun_pi.sim.board import TwinBoard
from backrun_pi.sim.gnss_chip import misread
from backrun_pi.sim.gnss_error import QUALITY_M, ErrorModel
from backrun_pi.sim.nmea_out import Epoch, gga, rmc
from tests.support.twin import board, run_to

READY = "duration_s = 600\n[gnss]\nis_configured = true\nttff_s = 0\n"
BAG = "duration_s = 600\n[gnss]\nttff_s = 0\n"
LINE = re.compile(rb"\$([A-Z0-9,.\-]*)\*([0-9A-F]{2})\r\n")


def listen(twin: TwinBoard, seconds: float) -> bytes:
    out = b""
    end_s = twin.elapsed_s + seconds
    while twin.elapsed_s < end_s - 1e-9:
        run_to(twin, min(end_s, twin.elapsed_s + 0.05))
        out += twin.gnss.read()
    return out


def good_lines(data: bytes) -> list[list[str]]:
    return [
        body.decode().split(",")
        for body, check in LINE.findall(data)
        if reduce(lambda a, b: a ^ b, body, 0) == int(check, 16)
    ]


def epochs(data: bytes) -> list[str]:
    return [fields[1] for fields in good_lines(data) if fields[0] == "GNRMC"]


def ubx(kind: int, number: int, body: bytes) -> bytes:
    inner = bytes((kind, number)) + len(body).to_bytes(2, "little") + body
    a = b = 0
    for byte in inner:
        a = (a + byte) & 0xFF
        b = (b + a) & 0xFF
    return b"\xb5\x62" + inner + bytes((a, b))


def nmea(body: str) -> bytes:
    return f"${body}*{reduce(lambda a, b: a ^ b, body.encode(), 0):02X}\r\n".encode()


def test_a_configured_receiver_sends_five_epochs_a_second(tmp_path: Path) -> None:
    twin = board(tmp_path, READY)
    twin.gnss.open(115200)
    times = epochs(listen(twin, 20.0))
    assert len(times) == pytest.approx(98, abs=3)
    assert len(set(times)) == len(times)


def test_every_sentence_has_a_right_checksum(tmp_path: Path) -> None:
    twin = board(tmp_path, READY)
    twin.gnss.open(115200)
    data = listen(twin, 5.0)
    assert data.count(b"$") - len(good_lines(data)) <= 1  # the last one may be under way
    kinds = {fields[0] for fields in good_lines(data)}
    assert kinds == {"GNRMC", "GNVTG", "GNGGA", "GNGSA", "GNGST"}


def test_bytes_arrive_at_the_pace_of_the_line(tmp_path: Path) -> None:
    twin = board(tmp_path, BAG)
    twin.gnss.open(9600)
    run_to(twin, 5.0)
    twin.gnss.read()
    sizes = []
    for _ in range(60):
        run_to(twin, twin.elapsed_s + 0.05)
        sizes.append(len(twin.gnss.read()))
    assert max(sizes) <= math.ceil(0.05 * 960) + 1
    assert sum(sizes) > 500


def test_before_the_first_fix_it_says_that_it_has_none(tmp_path: Path) -> None:
    twin = board(tmp_path, "duration_s = 60\n[gnss]\nis_configured = true\nttff_s = 3\n")
    twin.gnss.open(115200)
    early = good_lines(listen(twin, 2.5))
    assert {fields[2] for fields in early if fields[0] == "GNRMC"} == {"V"}
    assert all(fields[3] == "" for fields in early if fields[0] == "GNRMC")
    later = good_lines(listen(twin, 2.5))
    assert [fields[2] for fields in later if fields[0] == "GNRMC"][-1] == "A"


def positions(data: bytes) -> FloatArray:
    found = []
    for fields in good_lines(data):
        if fields[0] == "GNRMC" and fields[2] == "A":
            lat = float(fields[3][:2]) + float(fields[3][2:]) / 60.0
            lon = float(fields[5][:3]) + float(fields[5][3:]) / 60.0
            found.append((lat * 111_320.0, lon * 111_320.0 * 0.4977))  # cos of 60.18 deg
    return np.array(found)


def test_the_error_wanders_slowly_and_the_receiver_knows_its_size(tmp_path: Path) -> None:
    twin = board(tmp_path, READY)
    twin.gnss.open(115200)
    data = listen(twin, 240.0)
    east = positions(data)[:, 1]
    error = east - east.mean()
    neighbours = np.corrcoef(error[:-5], error[5:])[0, 1]  # one second apart
    assert neighbours > 0.9
    sigmas = [float(fields[6]) for fields in good_lines(data) if fields[0] == "GNGST"]
    assert 0.5 * np.median(sigmas) < error.std() * 1.2 < 2.0 * np.median(sigmas)


@pytest.mark.parametrize("quality", sorted(QUALITY_M))
def test_the_spread_of_the_error_is_that_of_the_sky(quality: str) -> None:
    ends = []
    for seed in range(60):
        model = ErrorModel(quality, np.random.default_rng(seed))
        found = [model.step(20.0 * k, 1.0) for k in range(40)]
        ends += [error.east_m for error in found]
        sigma_m = found[0].sigma_m
    assert np.std(ends) == pytest.approx(QUALITY_M[quality], rel=0.12)
    assert sigma_m == pytest.approx(QUALITY_M[quality], rel=0.3)


def test_doppler_speed_is_good_to_a_tenth(tmp_path: Path) -> None:
    twin = board(tmp_path, READY + "[[script]]\ndo = 'run_forward'\nspeed_mps = 2.5\n")
    twin.gnss.open(115200)
    listen(twin, 10.0)
    lines = good_lines(listen(twin, 60.0))
    speeds = np.array([float(f[7]) * 1852 / 3600 for f in lines if f[0] == "GNRMC"])
    assert speeds.mean() == pytest.approx(2.5, abs=0.1)
    assert 0.03 < speeds.std() < 0.15


def test_a_receiver_at_another_speed_is_heard_as_garbage(tmp_path: Path) -> None:
    twin = board(tmp_path, BAG)
    twin.gnss.open(115200)
    data = listen(twin, 5.0)
    assert len(data) > 100
    assert good_lines(data) == []
    twin.gnss.open(9600)
    assert len(good_lines(listen(twin, 5.0))) > 10


@given(st.binary(min_size=1, max_size=60))
def test_the_right_speed_reads_every_byte(data: bytes) -> None:
    assert misread(data, 9600, 9600)[: len(data) - 2] == data[: len(data) - 2]


def test_ubx_commands_raise_baud_and_rate(tmp_path: Path) -> None:
    twin = board(tmp_path, BAG)
    twin.gnss.open(9600)
    listen(twin, 2.0)
    for number in (1, 3):  # GLL, GSV off
        twin.gnss.write(ubx(6, 1, bytes((0xF0, number, 0, 0, 0, 0, 0, 0))))
    assert ubx(5, 1, bytes((6, 1))) in listen(twin, 2.0)
    port = bytes.fromhex("01000000c008000000c2010003000300 00000000".replace(" ", ""))
    twin.gnss.write(ubx(6, 0, port))
    twin.gnss.open(115200)
    twin.gnss.write(ubx(6, 8, bytes((200, 0, 1, 0, 1, 0))))
    listen(twin, 1.0)
    data = listen(twin, 4.0)
    assert len(epochs(data)) == pytest.approx(20, abs=1)
    assert not any(fields[0] == "GPGSV" for fields in good_lines(data))


def test_a_torn_or_damaged_command_changes_nothing(tmp_path: Path) -> None:
    twin = board(tmp_path, BAG)
    twin.gnss.open(9600)
    listen(twin, 2.0)
    frame = bytearray(ubx(6, 8, bytes((200, 0, 1, 0, 1, 0))))
    frame[6] ^= 0x10
    twin.gnss.write(bytes(frame))
    assert len(epochs(listen(twin, 6.0))) == pytest.approx(6, abs=1)


def test_an_m10_refuses_the_old_commands_and_takes_the_new(tmp_path: Path) -> None:
    twin = board(tmp_path, BAG + "chip = 'ublox-m10'\n")
    twin.gnss.open(9600)
    listen(twin, 2.0)
    twin.gnss.write(ubx(6, 8, bytes((200, 0, 1, 0, 1, 0))))
    assert ubx(5, 0, bytes((6, 8))) in listen(twin, 2.0)
    twin.gnss.write(ubx(0x0A, 4, b""))
    assert b"PROTVER=34" in listen(twin, 2.0)
    off = b"".join(
        key.to_bytes(4, "little") + b"\0" for key in (0x209100C5, 0x209100CA, 0x209100C0)
    )
    rate = bytes.fromhex("01002130c800")
    twin.gnss.write(ubx(6, 0x8A, bytes((0, 1, 0, 0)) + off + rate))
    assert ubx(5, 1, bytes((6, 0x8A))) in listen(twin, 3.0)
    baud = bytes.fromhex("0100524000c20100")
    twin.gnss.write(ubx(6, 0x8A, bytes((0, 1, 0, 0)) + baud))
    twin.gnss.open(115200)
    listen(twin, 1.0)
    assert len(epochs(listen(twin, 4.0))) == pytest.approx(20, abs=1)


def test_an_mtk_answers_pmtk_and_not_ubx(tmp_path: Path) -> None:
    twin = board(tmp_path, BAG + "chip = 'mt3339'\n")
    twin.gnss.open(9600)
    listen(twin, 2.0)
    twin.gnss.write(ubx(0x0A, 4, b""))
    assert b"\xb5\x62" not in listen(twin, 2.0)
    twin.gnss.write(nmea("PMTK314,0,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0"))
    assert nmea("PMTK001,314,3") in listen(twin, 2.0)
    twin.gnss.write(nmea("PMTK251,115200"))
    twin.gnss.open(115200)
    twin.gnss.write(nmea("PMTK220,200"))
    listen(twin, 1.0)
    assert len(epochs(listen(twin, 4.0))) == pytest.approx(20, abs=1)


def test_a_pulled_cable_is_silence_and_a_lost_port_an_error(tmp_path: Path) -> None:
    faults = """
[[fault]]
what = "gnss_silent"
from_s = 3
until_s = 5
[[fault]]
what = "gnss_port_lost"
from_s = 7
until_s = 8
"""
    twin = board(tmp_path, READY + faults)
    twin.gnss.open(115200)
    assert listen(twin, 2.9)
    run_to(twin, 3.2)
    twin.gnss.read()
    assert listen(twin, 1.5) == b""
    assert listen(twin, 2.0)
    run_to(twin, 7.1)
    with pytest.raises(StreamLost):
        twin.gnss.read()
    run_to(twin, 8.1)
    with pytest.raises(StreamLost):  # it must be opened again
        twin.gnss.read()
    twin.gnss.open(115200)
    assert listen(twin, 1.0)


def test_a_frozen_receiver_repeats_one_epoch(tmp_path: Path) -> None:
    fault = "[[fault]]\nwhat = 'gnss_frozen'\nfrom_s = 5\nuntil_s = 9\n"
    twin = board(tmp_path, READY + fault + "[[script]]\ndo = 'walk_forward'\n")
    twin.gnss.open(115200)
    listen(twin, 6.0)
    assert len(set(epochs(listen(twin, 2.0)))) == 1


def test_a_jump_is_as_wide_as_the_scenario_says(tmp_path: Path) -> None:
    fault = "[[fault]]\nwhat = 'gnss_jump'\nfrom_s = 5\nuntil_s = 9\nvalue = 40\n"
    twin = board(tmp_path, READY + fault)
    twin.gnss.open(115200)
    before = positions(listen(twin, 5.0))[-1]
    after = positions(listen(twin, 2.0))[-1]
    assert math.hypot(*(after - before)) == pytest.approx(44.7, abs=3.0)


@given(
    lat_deg=st.floats(-89.9999999, 89.9999999),
    lon_deg=st.floats(-179.9999999, 179.9999999),
    utc_s=st.floats(1.6e9, 1.9e9),
)
def test_minutes_and_seconds_never_reach_sixty(
    lat_deg: float, lon_deg: float, utc_s: float
) -> None:
    epoch = Epoch(utc_s, True, lat_deg, lon_deg, 10.0, 1.2, 1.0, 0.9, 2.0, 12)
    for line in (rmc(epoch), gga(epoch)):
        fields = line.decode().split(",")
        place = fields[3:7] if "RMC" in fields[0] else fields[2:6]
        assert float(place[0][2:]) < 60.0
        assert float(place[2][3:]) < 60.0
        assert float(fields[1][4:]) < 60.0
        found = int(place[0][:2]) + float(place[0][2:]) / 60.0
        assert found == pytest.approx(abs(lat_deg), abs=1e-7)
