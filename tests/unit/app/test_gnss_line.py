"""The line is hunted and set up when the receiver is ours, only listened to when it is not."""

from __future__ import annotations

import pytest

from backrun_pi.app.gnss_line import GnssLine
from backrun_pi.errors import StreamLost
from backrun_pi.sensors.gnss.settings import GnssSettings

TICK_NS = 50_000_000
RMC = b"$GPRMC,120000.00,A,6010.0000,N,02456.0000,E,0.5,10.0,030526,,,A*56\r\n"


class Line:
    """A line that remembers, and talks once it is open."""

    def __init__(self, name: str, *, can_write: bool = True) -> None:
        self._name = name
        self._can_write = can_write
        self.bauds: list[int] = []
        self.sent: list[bytes] = []
        self.reads = 0
        self.is_open = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_configurable(self) -> bool:
        return self._can_write

    def open(self, baud: int) -> None:
        self.bauds.append(baud)
        self.is_open = True

    def read(self) -> bytes:
        if not self.is_open:
            raise StreamLost(f"{self._name}: is not open")
        self.reads += 1
        return RMC

    def write(self, data: bytes) -> None:
        if not self._can_write:
            raise StreamLost(f"{self._name}: takes no bytes")
        self.sent.append(data)

    def close(self) -> None:
        self.is_open = False


def _read(receiver: GnssLine, ticks: int, from_tick: int = 0) -> None:
    for k in range(ticks):
        receiver.read((from_tick + k) * TICK_NS)


def test_a_receiver_of_ours_is_asked_what_it_is() -> None:
    line = Line("/dev/serial0")
    _read(GnssLine(line, GnssSettings(), None), 40)
    assert line.bauds
    assert line.sent
    assert line.reads


def test_gpsd_is_only_listened_to() -> None:
    line = Line("gpsd://localhost:2947", can_write=False)
    _read(GnssLine(line, GnssSettings(), None), 200)
    assert line.reads > 190
    assert len(line.bauds) == 1


def test_a_lost_line_is_opened_again() -> None:
    line = Line("/dev/serial0")
    receiver = GnssLine(line, GnssSettings(), None)
    _read(receiver, 5)
    receiver.lose()
    assert not line.is_open
    with pytest.raises(StreamLost):
        line.read()
    line.reads = 0
    _read(receiver, 40, from_tick=100)
    assert line.reads
