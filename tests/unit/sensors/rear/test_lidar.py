"""The range sensor's bytes: frames found in noise, codes distinguished, a line hunted."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.messages import Echo, RearFrames, RearSample
from backrun_pi.sensors.rear.benewake import FORMAT_CM, OUTPUT_ON, LidarFramer, rate
from backrun_pi.sensors.rear.lidar_line import LidarLine
from backrun_pi.sensors.rear.samples import SampleDecoder
from backrun_pi.sensors.rear.settings import RearSettings

SETTINGS = RearSettings(lidar="tfmini-s", radar="ld2451")
MS = 1_000_000


def frame(centimetres: int, amplitude: int, celsius: float = 30.0) -> bytes:
    body = b"\x59\x59" + struct.pack("<HHH", centimetres, amplitude, round(8 * (celsius + 256)))
    return body + bytes((sum(body) & 0xFF,))


def decoded(words: bytes, settings: RearSettings = SETTINGS) -> list[RearSample]:
    return list(SampleDecoder(settings).samples(RearFrames(words, b""), 10_000 * MS))


def test_a_frame_of_the_manual_is_read() -> None:
    assert frame(120, 1500).hex(" ") == "59 59 78 00 dc 05 f0 08 03"
    words = LidarFramer().feed(frame(120, 1500) * 2)
    assert [sample.range_m for sample in decoded(words)] == [1.2, 1.2]


@pytest.mark.parametrize(
    ("centimetres", "amplitude", "echo"),
    [
        (0xFFFF, 60, Echo.NOTHING),
        (0xFFFE, 0xFFFF, Echo.SATURATED),
        (0xFFFC, 40_000, Echo.SUN),
        (0, 60, Echo.NOTHING),
        (0, 59_000, Echo.SUN),
        (500, 0xFFFF, Echo.SATURATED),
        (500, 99, Echo.NOTHING),
        (1201, 500, Echo.NOTHING),
        (0xFFFF, 1000, Echo.NOTHING),
        (8, 2000, Echo.SATURATED),
    ],
)
def test_a_code_of_any_of_the_family_is_no_range(
    centimetres: int, amplitude: int, echo: Echo
) -> None:
    (sample,) = decoded(struct.pack("<HH", centimetres, amplitude))
    assert sample.echo is echo
    assert sample.range_m is None


@given(st.lists(st.binary(max_size=7), max_size=6), st.integers(20, 1200))
def test_whole_frames_are_found_between_any_bytes(noise: list[bytes], centimetres: int) -> None:
    framer, found = LidarFramer(), 0
    for junk in noise:
        whole = frame(centimetres, 400)
        words = framer.feed(junk.replace(b"\x59", b"\x58") + whole)
        found += words.count(struct.pack("<HH", centimetres, 400))
    assert found == len(noise)


@given(st.integers(20, 1200), st.integers(100, 30_000), st.integers(0, 8))
def test_a_frame_cut_anywhere_is_read_when_its_rest_comes(
    centimetres: int, amplitude: int, cut: int
) -> None:
    framer, whole = LidarFramer(), frame(centimetres, amplitude)
    assert framer.feed(whole[:cut]) == b""
    assert framer.feed(whole[cut:]) == struct.pack("<HH", centimetres, amplitude)


def test_headers_inside_a_frame_do_not_hide_it() -> None:
    whole = frame(0x0159, 0x5959)
    assert LidarFramer().feed(b"\x59" + whole + whole) == struct.pack("<HH", 0x0159, 0x5959) * 2


def damaged(rng: np.random.Generator, whole: bytes) -> bytes:
    kind = int(rng.integers(4))
    at = int(rng.integers(len(whole)))
    if kind == 0:
        return whole[:at] + whole[at + 1 :]
    if kind == 1:
        return whole[:at] + b"\x59" + whole[at:]
    bad = bytearray(whole)
    for _ in range(int(rng.integers(1, 5))):
        bad[int(rng.integers(len(bad)))] = int(rng.integers(256)) if kind == 2 else 0x59
    return bytes(bad)


def wrong_ranges(trials: int, seed: int) -> int:
    """Return how many wrong ranges are accepted of so many damaged frames in a good stream."""
    rng = np.random.default_rng(seed)
    framer, decoder, wrong = LidarFramer(), SampleDecoder(SETTINGS), 0
    for number in range(trials // 20):
        true_cm = int(rng.integers(100, 1100))
        good = frame(true_cm, 400)
        stream = b"".join(part for _ in range(20) for part in (good, damaged(rng, good)))
        frames = RearFrames(framer.feed(stream + good * 2), b"")
        samples = list(decoder.samples(frames, number * 100 * MS))
        wrong += sum(
            sample.range_m is not None and abs(sample.range_m - true_cm / 100) > 1.0
            for sample in samples
        )
    return wrong


def test_of_damaged_frames_no_wrong_range_is_accepted() -> None:
    assert wrong_ranges(20_000, 7) == 0


class Line:
    """A serial line with a sensor that sends at its rate, at one speed."""

    def __init__(self, baud: int, rate_hz: int = 100, *, is_deaf: bool = False) -> None:
        self.baud_of_sensor, self.rate_hz, self.is_deaf = baud, rate_hz, is_deaf
        self.baud = 0
        self.written: list[bytes] = []
        self.is_mute = False

    name = "line"
    is_configurable = True

    def open(self, baud: int) -> None:
        self.baud = baud

    def read(self) -> bytes:
        if self.is_mute:
            return b""
        if self.baud != self.baud_of_sensor:
            return b"\x00\xff" * 5
        return frame(300, 500) * (self.rate_hz // 10)

    def write(self, data: bytes) -> None:
        self.written.append(data)
        is_rate = data[:3] == b"\x5a\x06\x03" and self.baud == self.baud_of_sensor
        if is_rate and not self.is_deaf:
            self.rate_hz = int.from_bytes(data[3:5], "little")

    def close(self) -> None:
        self.baud = 0


def run(lidar: LidarLine, ticks: int, from_ms: int = 0) -> int:
    return sum(len(lidar.read((from_ms + 100 * n) * MS)) // 4 for n in range(ticks))


@pytest.mark.parametrize("baud", [115_200, 256_000, 9_600])
def test_a_sensor_at_any_speed_is_found_and_set_up(baud: int) -> None:
    line = Line(baud)
    lidar = LidarLine(line, 50)
    assert run(lidar, 80) > 0
    assert (lidar.baud, line.rate_hz, lidar.degraded_because) == (baud, 50, None)
    assert FORMAT_CM in line.written
    assert OUTPUT_ON in line.written


def test_after_a_brown_out_the_rate_is_set_again() -> None:
    line = Line(115_200)
    lidar = LidarLine(line, 50)
    run(lidar, 40)
    line.rate_hz = 100
    run(lidar, 40, 4_000)
    assert line.rate_hz == 50
    assert line.written.count(rate(50)) == 2


def test_a_sensor_that_takes_no_commands_is_used_and_named() -> None:
    lidar = LidarLine(Line(115_200, is_deaf=True), 50)
    assert run(lidar, 100) > 500
    assert lidar.degraded_because == "the range sensor sends 100 ranges a second, not 50"


def test_a_sensor_that_falls_silent_is_hunted_again() -> None:
    line = Line(115_200)
    lidar = LidarLine(line, 50)
    run(lidar, 40)
    line.is_mute = True
    run(lidar, 30, 4_000)
    line.is_mute, line.baud_of_sensor = False, 57_600
    assert run(lidar, 60, 7_000) > 0
    assert lidar.baud == 57_600
