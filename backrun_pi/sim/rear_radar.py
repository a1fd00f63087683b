"""The HLK-LD2451: what it sees of moving and standing objects, and what it sends on its line.

Source: the maker's protocol V1.03, and recordings of 190 passages by others (nothing below
3 km/h, nothing nearer than 2 m, bearings that jump below 4 m).
"""

from __future__ import annotations

import math

import numpy as np

from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.rear_tables import RearTable
from backrun_pi.sim.rear_view import RearView
from backrun_pi.sim.rear_world import Body, RearWorld

_PERIOD_S = 0.1
_LATENCY_S = 0.12
_FLOOR_KMH, _NEAREST_M, _MOST = 3.0, 2.0, 5
_SNR_DB, _AT_M, _LEAST_DB, _FADE_DB = 22.0, 13.0, 6.0, 3.0
_EDGE_RAD, _EDGE_DB = math.radians(20.0), 10.0
_WALL_STEP_M, _WALL_REACH_M = 2.0, 25.0
_LEAVES_HZ, _LEAVES_M = 0.3, 15.0
_REPORT, _END = b"\xf4\xf3\xf2\xf1", b"\xf8\xf7\xf6\xf5"
_COMMAND, _COMMAND_END = b"\xfd\xfc\xfb\xfa", b"\x04\x03\x02\x01"
Target = tuple[float, float, float, float]
"""Bearing [rad], range [m], closing speed [m/s], SNR [dB]."""


class RearRadar:
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
        self._out = b""
        self._is_open = False
        self._most_m, self._directions = 100, 1  # as from the factory: approach only
        self.baud = table.radar_baud
        self.power_on(0.0)

    def power_on(self, t_s: float) -> None:
        """Start again; what was set stays set."""
        self._sent_s = t_s + 0.5
        self._is_open = False

    def drained(self, t_s: float) -> bytes:
        """Return what was sent since this was last asked."""
        while self._sent_s + _PERIOD_S <= t_s:
            self._sent_s += _PERIOD_S
            if not self._is_open:
                self._out += self._report(self._sent_s)
        out, self._out = self._out, b""
        return b"" if self._faults.holds("rear_radar_mute", t_s) else out

    def send(self, t_s: float, data: bytes) -> None:
        """Take one command; without `enable` before it, it is ignored."""
        if self._faults.holds("rear_radar_mute", t_s) or not data.startswith(_COMMAND):
            return
        word, value = data[6], data[8:-4]
        if word == 0xFF:
            self._is_open = True
            self._answer(word, b"\x01\x00\x00\x00")
        elif not self._is_open:
            return
        elif word == 0xFE:
            self._is_open = False
            self._answer(word, b"")
        else:
            if word == 0x02:
                self._most_m, self._directions = value[0], value[1]
            self._answer(word, b"")

    def _answer(self, word: int, more: bytes) -> None:
        body = bytes((word, 1, 0, 0)) + more
        self._out += _COMMAND + len(body).to_bytes(2, "little") + body + _COMMAND_END

    def _report(self, t_s: float) -> bytes:
        seen = sorted(self._targets(max(0.0, t_s - _LATENCY_S)), key=lambda one: -one[3])
        words = [self._word(*one) for one in _merged(seen)[:_MOST]]
        if not words:
            return _REPORT + b"\0\0" + _END if self._table.radar_says_empty else b""
        body = bytes((len(words), 1)) + b"".join(words)
        return _REPORT + len(body).to_bytes(2, "little") + body + _END

    def _word(self, bearing: float, range_m: float, closing_mps: float, snr_db: float) -> bytes:
        sigma_deg = 25.0 if range_m < 4.0 else 6.0 if range_m < 8.0 else 3.0
        seen_deg = math.degrees(bearing) + sigma_deg * self._rng.standard_normal()
        comes = self._table.radar_comes
        kmh = 3.6 * closing_mps + 0.5 * self._rng.standard_normal()
        return bytes(
            (
                round(min(80.0, max(-80.0, seen_deg))) + 0x80,
                round(max(2.0, range_m + 0.4 * self._rng.standard_normal())),
                comes if closing_mps > 0.0 else 1 - comes,
                round(min(120.0, abs(kmh))),
                round(min(255.0, max(0.0, 8.0 * snr_db + 60.0))),
            )
        )

    def _targets(self, t_s: float) -> list[Target]:
        pose, axis = self._view.axis(t_s)
        found: list[Target] = []
        is_leafy = False
        for body in self._world.bodies(t_s):
            for de, dn, ve, vn in _scatterers(body, t_s, float(pose[0]), float(pose[1])):
                range_m = math.hypot(de, dn)
                if range_m < _NEAREST_M or range_m > self._most_m:
                    continue
                is_leafy = is_leafy or (body.entry.kind == "hedge" and range_m < _LEAVES_M)
                closing = (float(pose[2]) - ve) * de + (float(pose[3]) - vn) * dn
                cross = float(axis[0]) * dn - float(axis[1]) * de
                dot = float(axis[0]) * de + float(axis[1]) * dn
                target = (math.atan2(cross, dot), range_m, closing / range_m)
                snr_db = self._snr_db(body.preset.rcs_dbsm, *target[:2])
                if snr_db > _LEAST_DB and self._is_moving(target[2]):
                    found.append((*target, snr_db))
        return found + self._clutter(math.hypot(pose[2], pose[3]), is_leafy=is_leafy)

    def _snr_db(self, rcs_dbsm: float, bearing: float, range_m: float) -> float:
        edge = _EDGE_DB * (bearing / _EDGE_RAD) ** 2
        fade = _FADE_DB * self._rng.standard_normal()
        return _SNR_DB + rcs_dbsm + 40.0 * math.log10(_AT_M / range_m) - edge - fade

    def _is_moving(self, closing_mps: float) -> bool:
        is_wanted = self._directions == 2 or (closing_mps > 0.0) == (self._directions == 1)
        return is_wanted and abs(closing_mps) * 3.6 >= _FLOOR_KMH

    def _clutter(self, own_mps: float, *, is_leafy: bool) -> list[Target]:
        rng, found = self._rng, []
        if is_leafy and rng.random() < _LEAVES_HZ * _PERIOD_S:
            speed_mps = own_mps + rng.uniform(-1.0, 1.0) / 3.6
            found.append((rng.uniform(-0.3, 0.3), rng.uniform(3.0, 15.0), speed_mps, 10.0))
        if rng.random() < self._table.arms_hz * _PERIOD_S:
            found.append((rng.uniform(-0.9, 0.9), 2.0, rng.uniform(3.0, 6.0) / 3.6, 24.0))
        return [one for one in found if self._is_moving(one[2])]


def _scatterers(
    body: Body, t_s: float, east_m: float, north_m: float
) -> list[tuple[float, float, float, float]]:
    """Return what reflects of a body: place from the runner [m], speed [m/s]."""
    ve, vn = body.velocity()
    if body.entry.kind not in {"wall", "hedge"}:
        gone_s = 0.0 if body.entry.is_beside else t_s - body.entry.from_s
        place = body.east_m + ve * gone_s - east_m, body.north_m + vn * gone_s - north_m
        return [(*place, ve, vn)]
    a_e, a_n, b_e, b_n = body.ends()
    length_m = math.hypot(b_e - a_e, b_n - a_n)
    count = max(1, round(length_m / _WALL_STEP_M))
    places = (
        (a_e + (b_e - a_e) * k / count - east_m, a_n + (b_n - a_n) * k / count - north_m)
        for k in range(count + 1)
    )
    return [(e, n, ve, vn) for e, n in places if math.hypot(e, n) < _WALL_REACH_M]


def _merged(targets: list[Target]) -> list[Target]:
    """Return the targets that the chip can tell apart, the strongest of each first."""
    kept: list[Target] = []
    for one in targets:
        is_apart = all(
            abs(one[1] - other[1]) > 0.75 or abs(one[2] - other[2]) > 1.0 / 3.6
            for other in kept
        )
        if is_apart:
            kept.append(one)
    return kept
