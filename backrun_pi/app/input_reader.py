"""Reads every part of the board once a tick, and notices what is lost or comes back.

A part that fails never stops the loop: its fault becomes a freshness state, and it is looked
for again at a slow pace.
"""

from __future__ import annotations

from backrun_pi.app.gnss_line import GnssLine
from backrun_pi.app.pipeline import Inputs
from backrun_pi.app.settings import Settings
from backrun_pi.errors import HardwareError, StreamLost
from backrun_pi.hardware.ports import Board
from backrun_pi.messages import (
    ButtonEdge,
    DeviceStatus,
    GnssFix,
    ImuBatch,
    Source,
    StateChange,
)
from backrun_pi.sensors.imu.resilient import SteadyImu
from backrun_pi.sensors.watch import Watch
from backrun_pi.units import NS_PER_S

GNSS_REOPEN_NS = (
    NS_PER_S // 2,
    NS_PER_S,
    2 * NS_PER_S,
    5 * NS_PER_S,
)  # a line that is gone stays gone for a while
STATUS_EVERY_NS = 5 * NS_PER_S


class Senses:
    """The board's parts as one source of inputs."""

    def __init__(self, board: Board, settings: Settings, remembered_gnss: bytes | None) -> None:
        self._board = board
        self._settings = settings
        self._imu = SteadyImu(board.i2c, board.clock, settings.imu)
        self._receiver = GnssLine(board.gnss, settings.gnss, remembered_gnss)
        self._gnss_retry_ns = 0
        self._gnss_failures = 0
        self._status_ns: int | None = None
        self.watch = Watch(_expected(board, settings), settings.watch, board.clock.now_ns())

    def read(self) -> Inputs:
        """Read everything that arrived since the last tick."""
        now_ns = self._board.clock.now_ns()
        imu = self._read_imu()
        fixes = self._read_gnss(now_ns)
        edges = self._read_button()
        partner_edges, is_linked = self._read_partner(now_ns)
        health, events = self.watch.step(now_ns)
        return Inputs(
            now_ns=now_ns,
            wall_utc_s=self._board.clock.wall_utc_s(),
            imu=imu,
            fixes=fixes,
            edges=edges,
            partner_edges=partner_edges,
            is_partner_linked=is_linked,
            health=health,
            events=events,
            status=self._read_status(now_ns),
        )

    def changes(self) -> tuple[StateChange, ...]:
        """Return what the sensors want kept, once."""
        return self._receiver.changes()

    def close(self) -> None:
        """Close the receiver's line."""
        self._receiver.close()

    def _read_imu(self) -> ImuBatch | None:
        try:
            batch = self._imu.drain()
        except HardwareError as error:
            self.watch.fault(Source.IMU, str(error))
            return None
        if batch is not None and len(batch.t_ns):
            self.watch.note(Source.IMU, int(batch.t_ns[-1]))
        return batch

    def _read_gnss(self, now_ns: int) -> tuple[GnssFix, ...]:
        if self._settings.coach.mode == "treadmill" or now_ns < self._gnss_retry_ns:
            return ()
        try:
            fixes = self._receiver.read(now_ns)
        except StreamLost as error:
            self.watch.fault(Source.GNSS, str(error))
            self._receiver.lose()
            wait = min(self._gnss_failures, len(GNSS_REOPEN_NS) - 1)
            self._gnss_retry_ns = now_ns + GNSS_REOPEN_NS[wait]
            self._gnss_failures += 1
            return ()
        self._gnss_failures = 0
        for fix in fixes:
            if fix.lat_deg is not None:
                self.watch.note(Source.GNSS, fix.t_ns)
            else:
                self.watch.fault(Source.GNSS, "the receiver has no fix")
        return fixes

    def _read_button(self) -> tuple[ButtonEdge, ...]:
        try:
            edges = tuple(self._board.button.edges())
        except HardwareError as error:
            self.watch.fault(Source.BUTTON, str(error))
            return ()
        self.watch.note(Source.BUTTON, self._board.clock.now_ns())
        return edges

    def _read_partner(self, now_ns: int) -> tuple[tuple[ButtonEdge, ...], bool | None]:
        partner = self._board.partner
        if partner is None:
            return (), None
        edges, is_linked = partner.poll()
        if is_linked:
            self.watch.note(Source.PARTNER, now_ns)
        else:
            self.watch.fault(Source.PARTNER, "the link to the partner's button is gone")
        return tuple(edges), is_linked

    def _read_status(self, now_ns: int) -> DeviceStatus | None:
        if self._status_ns is not None and now_ns - self._status_ns < STATUS_EVERY_NS:
            return None
        self._status_ns = now_ns
        return self._board.status()


def _expected(board: Board, settings: Settings) -> set[Source]:
    """Return the sources that this run cannot do without."""
    expected = {Source.IMU, Source.MOTOR, Source.BUTTON, Source.RECORDER}
    if settings.coach.mode != "treadmill":
        expected |= {Source.GNSS, Source.MAP}
    if board.partner is not None:
        expected.add(Source.PARTNER)
    return expected
