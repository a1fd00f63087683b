"""The receiver: epochs out as bytes at its own baud rate, commands in.

Sources: u-blox 8 / M8 receiver description UBX-13003221; u-blox M10 interface description
UBX-20053845; MTK NMEA packet user manual revision 1.04.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.gnss_commands import Commands
from backrun_pi.sim.gnss_error import ErrorModel
from backrun_pi.sim.nmea_out import SENTENCES, Epoch
from backrun_pi.sim.scenario import Scenario
from backrun_pi.sim.world import World

_TX_BYTES = 1500  # what the module can hold before it drops a whole epoch
_FACTORY = frozenset({"RMC", "VTG", "GGA", "GSA", "GSV", "GLL"})
_CONFIGURED = frozenset({"RMC", "VTG", "GGA", "GSA", "GST"})
_WAKE_S = 0.4  # power-on to the first sentence


class Receiver:
    """A GNSS module behind a UART."""

    def __init__(
        self, scenario: Scenario, world: World, faults: FaultBook, rng: np.random.Generator
    ) -> None:
        self._table = scenario.gnss
        self._utc0_s = scenario.start_utc_s
        self._world, self._faults, self._rng = world, faults, rng
        self._error = ErrorModel(scenario.gnss.quality, rng)
        self._commands = Commands(scenario.gnss.chip)
        self._queue: deque[tuple[float, float, bytes]] = deque()  # start_s, s per byte, bytes
        self._line_free_s = 0.0
        self._frozen: Epoch | None = None
        self.baud = 0
        self.period_s = 1.0
        self.sentences: set[str] = set()
        self._fix_at_s = 0.0
        self._next_s = 0.0
        self.power_on(0.0)
        if self._table.is_configured:
            self.baud, self.period_s, self.sentences = 115200, 0.2, set(_CONFIGURED)

    def power_on(self, t_s: float) -> None:
        """Begin with factory settings, searching."""
        self.baud, self.period_s, self.sentences = self._table.baud, 1.0, set(_FACTORY)
        self._fix_at_s = t_s + self._table.ttff_s
        self._next_s = math.ceil((t_s + _WAKE_S) / self.period_s) * self.period_s
        self._queue.clear()
        self._line_free_s = t_s

    def send(self, t_s: float, data: bytes) -> None:
        """Take bytes from the host (at the right baud)."""
        for reply in self._commands.feed(data, self):
            self._emit(t_s + 0.01, reply)

    def set_period(self, period_s: float) -> None:
        """Change the rate; epochs stay on whole multiples of it."""
        self.period_s = period_s
        done_s = self._next_s - period_s
        self._next_s = (math.floor(done_s / period_s + 1e-6) + 1) * period_s

    def drained(self, now_s: float) -> list[tuple[float, bytes]]:
        """Return (seconds per byte, bytes) that left the module up to now."""
        while self._next_s + self._table.latency_s <= now_s:
            self._make_epoch(self._next_s)
            self._next_s = round((self._next_s + self.period_s) * 1e6) / 1e6
        out: list[tuple[float, bytes]] = []
        while self._queue and self._queue[0][0] < now_s:
            start_s, byte_s, data = self._queue.popleft()
            count = int((now_s - start_s) / byte_s + 1e-6)
            if count < len(data):
                self._queue.appendleft((start_s + count * byte_s, byte_s, data[count:]))
                if count:
                    out.append((byte_s, data[:count]))
                break
            out.append((byte_s, data))
        return out

    def _make_epoch(self, t_s: float) -> None:
        epoch = self._epoch(t_s)
        if self._faults.holds("gnss_frozen", t_s):
            epoch = self._frozen = self._frozen or epoch
        else:
            self._frozen = None
        data = b"".join(
            make(epoch) for name, make in SENTENCES.items() if name in self.sentences
        )
        self._emit(t_s + self._table.latency_s, data)

    def _emit(self, t_s: float, data: bytes) -> None:
        start_s = max(t_s, self._line_free_s)
        byte_s = 10.0 / self.baud
        if (start_s - t_s) / byte_s > _TX_BYTES:
            return  # the line cannot keep up: the module drops what it cannot hold
        self._queue.append((start_s, byte_s, data))
        self._line_free_s = start_s + byte_s * len(data)

    def _epoch(self, t_s: float) -> Epoch:
        faults = self._faults
        times = faults.value("gnss_poor", t_s) or 1.0
        error = self._error.step(t_s, times)
        self._world.advance(t_s)
        east, north, east_mps, north_mps, _ = (float(x) for x in self._world.ground(t_s))
        jump = faults.value("gnss_jump", t_s) or 0.0
        place = self._world.route.frame.to_deg(
            east + error.east_m + jump, north + error.north_m - 0.5 * jump
        )
        v_east, v_north = east_mps + error.east_mps, north_mps + error.north_mps
        speed_mps = math.hypot(v_east, v_north)
        if math.hypot(east_mps, north_mps) < 0.05:
            speed_mps *= 0.3  # receivers average hard when they stand
        return Epoch(
            utc_s=self._utc0_s + t_s,
            has_fix=t_s >= self._fix_at_s and not faults.holds("gnss_no_fix", t_s),
            lat_deg=place[0],
            lon_deg=place[1],
            altitude_m=12.0 + 0.8 * error.east_m,
            speed_mps=speed_mps,
            course_rad=math.atan2(v_east, v_north),
            hdop=error.hdop,
            sigma_m=error.sigma_m,
            satellites=error.satellites,
        )


def damaged(data: bytes, share: float, rng: np.random.Generator) -> bytes:
    """Return bytes of which some were hit."""
    hit = rng.random(len(data)) < share
    noise = rng.integers(0, 256, len(data), dtype=np.uint8)
    whole = np.frombuffer(data, dtype=np.uint8)
    return bytes(np.where(hit, noise, whole).astype(np.uint8))


def misread(data: bytes, from_baud: int, to_baud: int) -> bytes:
    """Return what a UART at another speed makes of the bits of these bytes.

    Each byte is a start bit (0), eight data bits, lowest first, and a stop bit (1). The reader
    waits for a falling edge and samples in the middle of its own bits; a stop bit that reads 0
    is a framing error, which Linux delivers as a NUL.
    """
    raw = np.frombuffer(data, dtype=np.uint8)
    bits = np.empty((len(raw), 10), dtype=np.uint8)
    bits[:, 0], bits[:, 9] = 0, 1
    bits[:, 1:9] = (raw[:, None] >> np.arange(8)) & 1
    line = bits.ravel().tolist()
    ratio = from_baud / to_baud  # sent bits per read bit
    out = bytearray()
    at, end, is_break = 0, len(line), False
    while True:
        while is_break and at < end and not line[at]:
            at += 1  # after a framing error the reader waits until the line rests
        while at < end and line[at]:
            at += 1
        if at + 10 * ratio >= end:
            return bytes(out)
        read = [line[int(at + (k + 0.5) * ratio)] for k in range(10)]
        is_break = not read[9]
        out.append(0 if is_break else sum(bit << k for k, bit in enumerate(read[1:9])))
        at = int(at + 9.5 * ratio)
