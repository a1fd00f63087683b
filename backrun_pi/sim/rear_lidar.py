"""A range sensor of Benewake's family: light out and back, noise, filter, frames, commands.

Sources: manuals TFmini-S A00, TF-Luna A05, TFmini Plus A05, TF02-Pro. The amplitude of a white
surface at 1 m is set so that 100, the least that is measured, lies at the makers' ranges for
10 % and 90 %.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from backrun_pi.messages import FloatArray
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.rear_tables import RearTable
from backrun_pi.sim.rear_view import RearView
from backrun_pi.sim.rear_world import NEVER_M, RearWorld

_AMPLITUDE = {"tf-luna": 6250, "tfmini-plus": 16000, "tfmini-s": 49000, "tf02-pro": 182_000}
_REACH_M = {"tf-luna": 8.0, "tfmini-plus": 12.0, "tfmini-s": 12.0, "tf02-pro": 40.0}
_LEAST = 100.0
_SIGMA_AT = (100.0, 200.0, 400.0, 1000.0, 2000.0)  # amplitude
_SIGMA_M = (0.03, 0.03, 0.02, 0.01, 0.005)
_LOOKS = 3  # moments of a frame's averaging time that are cast
_LAG_S = 0.02  # the filters on the sensor
_SUN_RAD = math.radians(10.0)
_DUMMY = {"tf-luna", "tfmini-plus"}  # they send 0 where the others send a code
_WRONG_P = 1 / 200  # of weak frames of a TF-Luna are off by tens of metres


class RearLidar:
    """The chip behind its serial line."""

    def __init__(
        self,
        table: RearTable,
        view: RearView,
        world: RearWorld,
        faults: FaultBook,
        rng: np.random.Generator,
    ) -> None:
        self._table, self._view, self._world = table, view, world
        self._faults, self._rng = faults, rng
        self._model = table.lidar
        self._gain = float(table.amplitude or _AMPLITUDE[self._model])
        self._bias_m = float(rng.uniform(-0.06, 0.06))
        self._scale_p = float(rng.uniform(-0.01, 0.01))
        self._sent_s = 0.0
        self._last = (0xFFFF, 0)
        self._answers = b""
        self.baud = table.lidar_baud
        self.power_on(0.0)

    def power_on(self, t_s: float) -> None:
        """Begin with the settings of the factory."""
        self._rate_hz, self._is_on = 100, True
        self._sent_s = t_s + 0.3

    def drained(self, t_s: float) -> bytes:
        """Return what was sent since this was last asked."""
        answers, self._answers = self._answers, b""
        if not self._is_on or self._rate_hz == 0 or t_s < self._sent_s:
            return answers
        count = int((t_s - self._sent_s) * self._rate_hz)
        times_s = self._sent_s + (1 + np.arange(count)) / self._rate_hz
        self._sent_s += count / self._rate_hz
        if self._faults.holds("rear_lidar_mute", t_s) or count == 0:
            return answers
        return answers + b"".join(self._frame(*words) for words in self._words(times_s, t_s))

    def send(self, t_s: float, data: bytes) -> None:
        """Take commands: `5A length id payload sum`."""
        while len(data) >= 4 and data[0] == 0x5A and len(data) >= data[1]:
            one, data = data[: data[1]], data[data[1] :]
            number, payload = one[2], one[3:-1]
            if number == 0x03 and len(payload) == 2:
                self._rate_hz = int.from_bytes(payload, "little")
                self._sent_s = max(self._sent_s, t_s)
            elif number == 0x07:
                self._sent_s = t_s if not self._is_on else self._sent_s
                self._is_on = payload == b"\x01"
            self._answers += one

    def _words(self, times_s: FloatArray, t_s: float) -> list[tuple[int, int]]:
        if self._faults.holds("rear_stuck", t_s):
            return [self._last] * len(times_s)
        cover_m = self._faults.value("rear_covered", t_s)
        looks = np.arange(_LOOKS) / (_LOOKS * self._rate_hz)
        seen_s = np.maximum((times_s[:, None] - _LAG_S - looks[::-1]).ravel(), 0.0)
        ray = self._view.rays(seen_s)
        range_m, rho = self._world.cast(ray, self._table.ground_rho)
        sun = self._sees_sun(ray.direction)
        shape = (len(times_s), -1)
        found = zip(range_m.reshape(shape), rho.reshape(shape), sun.reshape(shape), strict=True)
        words = [
            self._covered(cover_m) if cover_m is not None else self._word(*one, t_s=t_s)
            for one in found
        ]
        self._last = words[-1]
        return words

    def _word(
        self, range_m: FloatArray, rho: FloatArray, sun: FloatArray, *, t_s: float
    ) -> tuple[int, int]:
        """Return range and amplitude of one frame from the rays of its averaging time."""
        weak = 0 if self._model in _DUMMY else 0xFFFF
        if sun.any():
            return (0, 59_000) if self._model in _DUMMY else (0xFFFC, 40_000)
        if self._rng.random() < self._table.arms_hz / self._rate_hz:
            return self._covered(0.3)
        if self._rng.random() < self._table.rain_p:
            return round(100 * self._rng.uniform(0.2, 1.5)), round(self._rng.uniform(60, 300))
        light = np.where(range_m < NEVER_M, rho / np.maximum(range_m, 0.05) ** 2, 0.0)
        total = float(light.sum())
        fog = self._faults.value("rear_fog", t_s) or 1.0
        amplitude = min(65534.0, self._gain * fog * total / len(light))
        if amplitude < _LEAST:
            return self._weak(amplitude, weak)
        true_m = float((light * np.minimum(range_m, NEVER_M)).sum()) / total
        sigma_m = float(np.interp(amplitude, _SIGMA_AT, _SIGMA_M))
        scale = self._scale_p * max(0.0, true_m - 6.0)
        seen_m = true_m + self._bias_m + scale + sigma_m * float(self._rng.standard_normal())
        is_far = seen_m > _REACH_M[self._model]
        return weak if is_far else max(1, round(100 * seen_m)), round(amplitude)

    def _weak(self, amplitude: float, code: int) -> tuple[int, int]:
        is_off = self._model == "tf-luna" and self._rng.random() < _WRONG_P
        if is_off and amplitude > 20.0:
            return round(self._rng.uniform(1000, 8000)), 100
        return code, round(amplitude)

    def _covered(self, cover_m: float) -> tuple[int, int]:
        return round(100 * cover_m * self._rng.uniform(0.8, 1.2)), round(
            min(29_000, 500 + 3000 * self._rng.random())
        )

    def _sees_sun(self, direction: FloatArray) -> FloatArray:
        bearing_deg = self._table.sun_bearing_deg
        if bearing_deg is None:
            return np.zeros(direction.shape[1])
        az, el = math.radians(bearing_deg), math.radians(self._table.sun_elevation_deg)
        sun = (math.sin(az) * math.cos(el), math.cos(az) * math.cos(el), math.sin(el))
        away = direction[0] * sun[0] + direction[1] * sun[1] + direction[2] * sun[2]
        seen: FloatArray = (away > math.cos(_SUN_RAD)).astype(np.float64)
        return seen

    def _frame(self, centimetres: int, amplitude: int) -> bytes:
        celsius = round(8 * (38.0 + 256.0))
        body = b"\x59\x59" + struct.pack("<HHH", centimetres, amplitude, celsius)
        return body + bytes((sum(body) & 0xFF,))
