"""The radar's bytes: reports, answers, silence that is no loss, and a line that is hunted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.messages import RearFrames
from backrun_pi.sensors.rear.ld2451 import DETECTION, ENABLE, END, WISHES, RadarFramer, command
from backrun_pi.sensors.rear.radar_line import RadarLine
from backrun_pi.sensors.rear.samples import SampleDecoder
from backrun_pi.sensors.rear.settings import RearSettings

MAKERS = bytes.fromhex("F4F3F2F1110003018A28003C158A1E013C0F765F003C0FF8F7F6F5")
EMPTY = bytes.fromhex("F4F3F2F10000F8F7F6F5")
MS = 1_000_000


def report(*targets: tuple[int, int, int, int, int]) -> bytes:
    body = bytes((len(targets), 1)) + b"".join(map(bytes, targets))
    return b"\xf4\xf3\xf2\xf1" + len(body).to_bytes(2, "little") + body + b"\xf8\xf7\xf6\xf5"


def test_the_makers_example_is_read() -> None:
    news = RadarFramer().feed(MAKERS)
    frames = RearFrames(b"", news.reports)
    samples = list(SampleDecoder(RearSettings(radar="ld2451")).samples(frames, 1000 * MS))
    assert [sample.range_m for sample in samples] == [40.0, 30.0, 95.0]
    assert [round(math.degrees(sample.bearing_rad)) for sample in samples] == [10, 10, -10]
    speeds = [sample.closing_mps or 0.0 for sample in samples]
    assert [round(3.6 * speed) for speed in speeds] == [-60, 60, -60]


def test_an_empty_report_is_a_sign_of_life_without_targets() -> None:
    assert RadarFramer().feed(EMPTY).reports == b"\0"


def test_commands_are_those_of_the_protocol() -> None:
    sent = [command(word, value).hex(" ").upper() for word, value in WISHES]
    assert sent == [
        "FD FC FB FA 04 00 FF 00 01 00 04 03 02 01",
        "FD FC FB FA 06 00 02 00 3C 02 00 00 04 03 02 01",
        "FD FC FB FA 06 00 03 00 01 04 00 00 04 03 02 01",
        "FD FC FB FA 02 00 FE 00 04 03 02 01",
    ]


@pytest.mark.parametrize(
    "target",
    [(0x80, 101, 1, 5, 40), (0x80, 8, 2, 5, 40), (0x80, 8, 1, 121, 40), (0x00, 8, 1, 5, 40)],
)
def test_a_report_with_an_impossible_target_is_dropped(
    target: tuple[int, int, int, int, int],
) -> None:
    assert RadarFramer().feed(report((0x80, 8, 1, 5, 40), target)).reports == b""


@given(st.binary(max_size=20), st.integers(0, 16))
def test_a_report_is_found_after_any_bytes_and_cut_anywhere(junk: bytes, cut: int) -> None:
    framer, whole = RadarFramer(), report((0x83, 8, 1, 5, 40))
    stream = junk + whole
    first = framer.feed(stream[: len(junk) + cut]).reports
    found = first + framer.feed(stream[len(junk) + cut :] + whole + whole).reports
    assert found.count(b"\x01\x83\x08\x01\x05\x28") >= 2


def test_of_damaged_reports_hardly_any_other_range_comes_through() -> None:
    rng, wrong = np.random.default_rng(3), 0
    whole = report((0x83, 8, 1, 5, 40))
    for _ in range(20_000):
        bad = bytearray(whole)
        bad[int(rng.integers(len(bad)))] = int(rng.integers(256))
        found = RadarFramer().feed(bytes(bad)).reports
        wrong += len(found) == 6 and found[2] != 8
    # One byte in seventeen is the range itself; the lookout asks for three reports of four.
    assert wrong <= 20_000 / 17


class Line:
    """A serial line with a radar that answers at one speed."""

    def __init__(self, baud: int = 115_200, *, sends_empty: bool = True) -> None:
        self.baud_of_radar, self.sends_empty = baud, sends_empty
        self.baud = 0
        self.is_mute = self.is_open = False
        self.words: list[int] = []
        self.waiting = b""

    name = "line"
    is_configurable = True

    def open(self, baud: int) -> None:
        self.baud = baud

    def read(self) -> bytes:
        if self.is_mute or self.baud != self.baud_of_radar:
            return b""
        out, self.waiting = self.waiting, b""
        return out + (EMPTY if self.sends_empty and not self.is_open else b"")

    def write(self, data: bytes) -> None:
        if self.is_mute or self.baud != self.baud_of_radar:
            return
        word = data[6]
        self.words.append(word)
        if word == ENABLE:
            self.is_open = True
        if not self.is_open:
            return
        self.is_open = word != END
        more = b"\x01\x00\x00\x00" if word == ENABLE else b""
        body = bytes((word, 1, 0, 0)) + more
        self.waiting += b"\xfd\xfc\xfb\xfa" + len(body).to_bytes(2, "little") + body
        self.waiting += b"\x04\x03\x02\x01"

    def close(self) -> None:
        self.baud = 0


def alive(radar: RadarLine, ticks: int, from_ms: int = 0) -> list[bool]:
    return [radar.read((from_ms + 100 * n) * MS).is_alive for n in range(ticks)]


@pytest.mark.parametrize("baud", [115_200, 256_000])
@pytest.mark.parametrize("sends_empty", [True, False])
def test_a_radar_is_found_set_up_and_alive_whether_it_reports_nothing_or_is_silent(
    baud: int, sends_empty: bool
) -> None:
    line = Line(baud, sends_empty=sends_empty)
    radar = RadarLine(line)
    alive(radar, 40)
    assert radar.is_set_up
    assert (radar.baud, DETECTION in line.words) == (baud, True)
    signs = alive(radar, 100, 4_000)
    silent = max(len(run) for run in "".join("x" if one else "." for one in signs).split("x"))
    assert silent <= 9, "silence is broken by a question before it counts as late"


def test_a_radar_that_is_gone_gives_no_sign_and_is_found_again() -> None:
    line = Line()
    radar = RadarLine(line)
    alive(radar, 40)
    line.is_mute = True
    assert not any(alive(radar, 40, 4_000))
    line.is_mute = False
    assert any(alive(radar, 80, 8_000))
    assert not line.is_open
