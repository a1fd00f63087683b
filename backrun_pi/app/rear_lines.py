"""The lines of the rear sensors that are fitted: read, and taken up again when lost."""

from __future__ import annotations

from backrun_pi.errors import HardwareError
from backrun_pi.hardware.ports import Board
from backrun_pi.messages import RearFrames, Source
from backrun_pi.sensors.rear.lidar_line import LidarLine
from backrun_pi.sensors.rear.radar_line import RadarLine
from backrun_pi.sensors.rear.settings import RearSettings
from backrun_pi.sensors.watch import Watch
from backrun_pi.units import NS_PER_S

EVERY_NS = 150_000_000
"""[ns] Between two readings: a record of each costs more than the frames in it."""
_RETRY_NS = NS_PER_S


def fitted(settings: RearSettings) -> set[Source]:
    """Return the rear sensors that are set up: those that can be missed."""
    found = set()
    if settings.lidar != "none":
        found.add(Source.REAR_LIDAR)
    if settings.radar != "none":
        found.add(Source.REAR_RADAR)
    return found


class RearLines:
    """Reads what is fitted ten times a second."""

    def __init__(self, board: Board, settings: RearSettings, watch: Watch) -> None:
        sources = fitted(settings)
        self._watch = watch
        self._lidar = (
            LidarLine(board.rear_lidar, settings.lidar_rate_hz)
            if Source.REAR_LIDAR in sources
            else None
        )
        self._radar = RadarLine(board.rear_radar) if Source.REAR_RADAR in sources else None
        self._due_ns = 0
        self._retry_ns = dict.fromkeys(sources, 0)

    def read(self, now_ns: int) -> RearFrames | None:
        """Return what arrived; None between two readings."""
        if now_ns < self._due_ns:
            return None
        self._due_ns = now_ns + EVERY_NS - EVERY_NS // 10
        return RearFrames(self._read_lidar(now_ns), self._read_radar(now_ns))

    def close(self) -> None:
        """Close the lines; closing twice is allowed."""
        for line in (self._lidar, self._radar):
            if line is not None:
                line.close()

    def _read_lidar(self, now_ns: int) -> bytes:
        line, source = self._lidar, Source.REAR_LIDAR
        if line is None or now_ns < self._retry_ns[source]:
            return b""
        try:
            words = line.read(now_ns)
        except HardwareError as error:
            self._lose(source, line, error, now_ns)
            return b""
        if words:
            self._watch.note(source, now_ns)
        self._watch.degrade(source, line.degraded_because)
        return words

    def _read_radar(self, now_ns: int) -> bytes:
        line, source = self._radar, Source.REAR_RADAR
        if line is None or now_ns < self._retry_ns[source]:
            return b""
        try:
            read = line.read(now_ns)
        except HardwareError as error:
            self._lose(source, line, error, now_ns)
            return b""
        if read.is_alive:
            self._watch.note(source, now_ns)
        return read.reports

    def _lose(
        self, source: Source, line: LidarLine | RadarLine, error: HardwareError, now_ns: int
    ) -> None:
        self._watch.fault(source, str(error))
        line.close()
        self._retry_ns[source] = now_ns + _RETRY_NS
