"""Reads every part of the board once a tick, and notices what is lost or comes back.

A part that fails never stops the loop: its fault becomes a freshness state, and it is looked
for again at a slow pace.
"""

from __future__ import annotations

from backrun_pi.app.fault_book import FaultBook
from backrun_pi.app.gnss_line import GnssLine
from backrun_pi.app.pipeline import Inputs
from backrun_pi.app.rear_lines import RearLines, fitted
from backrun_pi.app.settings import Settings
from backrun_pi.errors import HardwareError
from backrun_pi.hardware.ports import Board, PartnerLink
from backrun_pi.messages import (
    ButtonEdge,
    DeviceStatus,
    GnssFix,
    ImuBatch,
    RearFrames,
    SetupReport,
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
STATUS_EVERY_NS = NS_PER_S // 2  # a supply that is too low for a moment is noticed
STATUS_NEWS_NS = 5 * NS_PER_S  # small changes are passed on, and recorded, this often


class Senses:
    """The board's parts as one source of inputs."""

    def __init__(self, board: Board, settings: Settings, remembered_gnss: bytes | None) -> None:
        self._board = board
        self._settings = settings
        self.book = FaultBook()
        self._remembered_gnss = remembered_gnss
        self._imu = SteadyImu(board.i2c, board.clock, settings.imu)
        self._receiver: GnssLine | None = None
        self._partner, self._partner_error = _opened_partner(board)
        self._gnss_retry_ns = 0
        self._gnss_failures = 0
        self._status_ns: int | None = None
        self._status: DeviceStatus | None = None
        self._report: SetupReport | None = None
        self.watch = Watch(self._expected(), settings.watch, board.clock.now_ns())
        self._rear: RearLines | None = None
        self._renew_rear()

    def read(self, is_motor_silent: bool = False, motor_late_ns: int = 0) -> Inputs:
        """Read everything that arrived since the last tick.

        Args:
            is_motor_silent: No motor took the last pulse.
            motor_late_ns: [ns] How much later than ordered it began.
        """
        now_ns = self._board.clock.now_ns()
        guarded = self.book.guarded
        imu = guarded("imu", now_ns, self._read_imu, self._renew_imu)
        fixes = guarded("gnss", now_ns, lambda: self._read_gnss(now_ns), self._renew_gnss)
        edges = guarded("button", now_ns, self._read_button, _no_edges)
        partner_edges, is_linked = guarded(
            "partner", now_ns, lambda: self._read_partner(now_ns), lambda: ((), False)
        )
        rear: RearFrames | None = None
        if self._rear is not None:
            lines = self._rear
            rear = guarded("rear", now_ns, lambda: lines.read(now_ns), self._renew_rear)
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
            status=guarded("status", now_ns, lambda: self._read_status(now_ns), lambda: None),
            receiver=self._report,
            is_motor_silent=is_motor_silent,
            motor_late_ns=motor_late_ns,
            rear=rear,
        )

    def changes(self) -> tuple[StateChange, ...]:
        """Return what the sensors want kept, once."""
        return () if self._receiver is None else self._receiver.changes()

    def close(self) -> None:
        """Close the lines of the receiver and of the rear sensors."""
        if self._receiver is not None:
            self._receiver.close()
        if self._rear is not None:
            self._rear.close()

    def _expected(self) -> set[Source]:
        """Return the sources that this run cannot do without."""
        expected = {Source.IMU, Source.MOTOR, Source.BUTTON, Source.RECORDER}
        if self._settings.coach.mode != "treadmill":
            expected |= {Source.GNSS, Source.MAP} | fitted(self._settings.rear)
        if self._partner is not None or self._partner_error is not None:
            expected.add(Source.PARTNER)
        return expected

    def _renew_imu(self) -> None:
        """Begin again with a driver that failed on what nobody foresaw."""
        self._imu = SteadyImu(self._board.i2c, self._board.clock, self._settings.imu)

    def _renew_gnss(self) -> tuple[GnssFix, ...]:
        """Begin again with a reader that failed on what nobody foresaw."""
        if self._receiver is not None:
            self._receiver.close()
        self._receiver = None
        return ()

    def _renew_rear(self) -> None:
        """Begin with the rear sensors, where there are any: a treadmill has nothing behind."""
        settings = self._settings
        if self._rear is not None:
            self._rear.close()
        if settings.coach.mode != "treadmill" and fitted(settings.rear):
            self._rear = RearLines(self._board, settings.rear, self.watch)

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
            receiver = self._opened_receiver()
            fixes = receiver.read(now_ns)
        except HardwareError as error:
            self.watch.fault(Source.GNSS, str(error))
            if self._receiver is not None:
                self._receiver.lose()
            wait = min(self._gnss_failures, len(GNSS_REOPEN_NS) - 1)
            self._gnss_retry_ns = now_ns + GNSS_REOPEN_NS[wait]
            self._gnss_failures += 1
            return ()
        self._gnss_failures = 0
        self._note_report(receiver.report)
        self.watch.degrade(Source.GNSS, receiver.degraded_because)
        for fix in fixes:
            if fix.lat_deg is not None:
                self.watch.note(Source.GNSS, fix.t_ns)
            else:
                self.watch.fault(Source.GNSS, "the receiver has no fix")
        return fixes

    def _opened_receiver(self) -> GnssLine:
        """Return the receiver's line, made when it is first read. Raises HardwareError."""
        if self._receiver is None:
            self._receiver = GnssLine(
                self._board.gnss, self._settings.gnss, self._remembered_gnss
            )
        return self._receiver

    def _note_report(self, report: SetupReport | None) -> None:
        if report is not None and report is not self._report:
            self._report = report
            self._board.notify(f"STATUS=GPS: {described(report)}")

    def _read_button(self) -> tuple[ButtonEdge, ...]:
        try:
            edges = tuple(self._board.button.edges())
        except HardwareError as error:
            self.watch.fault(Source.BUTTON, str(error))
            return ()
        self.watch.note(Source.BUTTON, self._board.clock.now_ns())
        return edges

    def _read_partner(self, now_ns: int) -> tuple[tuple[ButtonEdge, ...], bool | None]:
        if self._partner_error is not None:
            self.watch.fault(Source.PARTNER, self._partner_error)
            return (), False
        if self._partner is None:
            return (), None
        edges, is_linked = self._partner.poll()
        if is_linked:
            self.watch.note(Source.PARTNER, now_ns)
        else:
            self.watch.fault(Source.PARTNER, "the link to the partner's button is gone")
        return tuple(edges), is_linked

    def _read_status(self, now_ns: int) -> DeviceStatus | None:
        if self._status_ns is not None and now_ns - self._status_ns < STATUS_EVERY_NS:
            return None
        self._status_ns = now_ns
        status = self._board.status()
        before = self._status
        if before is not None and not _is_news(before, status):
            return None
        self._status = status
        return status


def described(report: SetupReport) -> str:
    """Return a report of the receiver's set-up as one line."""
    rate = "no epochs" if report.rate_hz is None else f"{report.rate_hz:.1f} fixes a second"
    refused = f"; refused: {', '.join(report.refused)}" if report.refused else ""
    notice = f"; it sent: {report.notice}" if report.notice else ""
    return f"{report.family} at {report.baud} baud, {rate}{refused}{notice}"


def _is_news(before: DeviceStatus, now: DeviceStatus) -> bool:
    """Return whether a status changes a decision, or is due for the record."""
    if now.t_ns - before.t_ns >= STATUS_NEWS_NS:
        return True
    was_known = before.battery_v is None, before.charge_p is None, before.is_undervolted
    is_known = now.battery_v is None, now.charge_p is None, now.is_undervolted
    return was_known != is_known or _has_fallen(before, now)


def _has_fallen(before: DeviceStatus, now: DeviceStatus) -> bool:
    charges, volts = (before.charge_p, now.charge_p), (before.battery_v, now.battery_v)
    return any(
        old is not None and new is not None and old - new >= step
        for (old, new), step in ((charges, 0.01), (volts, 0.05))
    )


def _no_edges() -> tuple[ButtonEdge, ...]:
    return ()


def _opened_partner(board: Board) -> tuple[PartnerLink | None, str | None]:
    """Return the partner's button, or why the one that is set up cannot be opened."""
    try:
        return board.partner, None
    except HardwareError as error:
        return None, str(error)
