"""Recorded frames -> samples: the same code live and in a replay.

A range counts only when the frame before or after it has it too: the sum lets one in 256 of
frames pass in which two bytes were damaged, an edge in the ray gives a value between both
sides, and the smallest sensor is now and then off by tens of metres (its manual).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from backrun_pi.messages import Echo, RearFrames, RearPart, RearSample
from backrun_pi.sensors.rear.ld2451 import TARGET
from backrun_pi.sensors.rear.settings import LIDAR_REACH_M, RearSettings

_WEAK, _SATURATED, _SUN = 0xFFFF, 0xFFFE, 0xFFFC  # range codes of the TFmini-S
_LEAST_CM = 20
_LEAST_AMPLITUDE, _MOST_AMPLITUDE = 100, 30_000  # makers' limits for a range that holds
_SUN_AMPLITUDE = 32_768  # a TF-Luna above it looks into the sun
_SAME_M, _SAME_P = 0.3, 0.06  # two ranges of one object: 2 m/s at 20 Hz, and the noise
_BEAM_SIGMA_RAD = math.radians(1.0)  # half of a 2 deg cone
_RANGE_SIGMA_M = 0.06  # makers' accuracy up to 6 m
_RADAR_RANGE_SIGMA_M = 0.5  # whole metres, and 0.4 m of its own
_KMH = 1.0 / 3.6
_RADAR_CLOSING_SIGMA_MPS = 0.2  # whole km/h
_NEAR_M, _MID_M = 4.0, 8.0
_MOST_SPAN_NS = 300_000_000  # frames of a reading that came late are not spread further


class SampleDecoder:
    """Turns what was read into samples; keeps the last range, to compare the next with."""

    def __init__(self, settings: RearSettings) -> None:
        self._settings = settings
        self._reach_m = LIDAR_REACH_M[settings.lidar]
        self._last: RearSample | None = None
        self._is_last_given = False
        self._read_ns: int | None = None

    def samples(self, frames: RearFrames, now_ns: int) -> Iterator[RearSample]:
        """Yield the samples of one reading, the oldest of each sensor first.

        Args:
            frames: As read, or as recorded.
            now_ns: [ns] When they were read. Sensors send evenly: their frames are spread
                over the time since the reading before.
        """
        span_ns = _MOST_SPAN_NS
        if self._read_ns is not None:
            span_ns = min(span_ns, now_ns - self._read_ns)
        self._read_ns = now_ns
        if frames.lidar:
            yield from self._ranges(frames.lidar, now_ns, span_ns)
        if frames.radar:
            yield from self._targets(frames.radar, now_ns, span_ns)

    def _ranges(self, words: bytes, now_ns: int, span_ns: int) -> Iterator[RearSample]:
        count = len(words) // 4
        latency_ns = round(self._settings.lidar_latency_s * 1e9)
        for number, (centimetres, amplitude) in enumerate(struct.iter_unpack("<HH", words), 1):
            t_ns = now_ns - latency_ns - span_ns * (count - number) // count
            echo = _echo(centimetres, amplitude, self._reach_m)
            range_m = centimetres / 100.0 if echo is Echo.RANGE else None
            sample = RearSample(
                t_ns=t_ns,
                source=RearPart.LIDAR,
                echo=echo,
                strength=float(amplitude),
                bearing_rad=0.0,
                bearing_sigma_rad=_BEAM_SIGMA_RAD,
                range_m=range_m,
                range_sigma_m=None if range_m is None else _RANGE_SIGMA_M,
            )
            last, self._last = self._last, sample
            is_same = range_m is not None and last is not None and _is_same(range_m, last)
            if is_same and last is not None and not self._is_last_given:
                yield last
            self._is_last_given = is_same or range_m is None
            if self._is_last_given:
                yield sample

    def _targets(self, reports: bytes, now_ns: int, span_ns: int) -> Iterator[RearSample]:
        found: list[bytes] = []
        at = 0
        while at < len(reports):
            end = at + 1 + TARGET * reports[at]
            found.append(reports[at + 1 : end])
            at = end
        latency_ns = round(self._settings.radar_latency_s * 1e9)
        for number, targets in enumerate(found, 1):
            t_ns = now_ns - latency_ns - span_ns * (len(found) - number) // len(found)
            for start in range(0, len(targets), TARGET):
                yield _target(t_ns, targets[start : start + TARGET])


def _target(t_ns: int, target: bytes) -> RearSample:
    # Which side is plus is not documented: only the size of a bearing is used.
    bearing, range_m, direction, speed_kmh, snr = target
    sigma_deg = 25.0 if range_m < _NEAR_M else 6.0 if range_m < _MID_M else 3.0
    closing_mps = speed_kmh * _KMH
    return RearSample(
        t_ns=t_ns,
        source=RearPart.RADAR,
        echo=Echo.RANGE,
        strength=float(snr),
        bearing_rad=math.radians(bearing - 0x80),
        bearing_sigma_rad=math.radians(sigma_deg),
        range_m=float(range_m),
        range_sigma_m=_RADAR_RANGE_SIGMA_M,
        closing_mps=closing_mps if direction == 1 else -closing_mps,
        closing_sigma_mps=_RADAR_CLOSING_SIGMA_MPS,
    )


def _echo(centimetres: int, amplitude: int, reach_m: float) -> Echo:
    """Return what the two words of a frame stand for, whichever of the family sent them."""
    if centimetres == _SUN or (amplitude > _SUN_AMPLITUDE and amplitude != 0xFFFF):
        return Echo.SUN
    if centimetres == _SATURATED or amplitude == 0xFFFF:
        return Echo.SATURATED
    if centimetres == _WEAK or not _LEAST_AMPLITUDE <= amplitude <= _MOST_AMPLITUDE:
        return Echo.NOTHING
    if centimetres < _LEAST_CM:
        return Echo.SATURATED if centimetres else Echo.NOTHING
    return Echo.RANGE if centimetres <= reach_m * 100.0 else Echo.NOTHING


def _is_same(range_m: float, other: RearSample) -> bool:
    other_m = other.range_m
    return other_m is not None and abs(range_m - other_m) <= _SAME_M + _SAME_P * range_m
