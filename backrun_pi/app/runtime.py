"""The loop: board in, motor and record out, watchdog fed.

A tick reads the senses, steps the pipeline, drives the motor, records, and waits. Whatever
fails on the way becomes a fault that the pipeline announces; the loop itself goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from backrun_pi.app.input_reader import Senses
from backrun_pi.app.loading import InstalledMap, plan_tables
from backrun_pi.app.pipeline import KEPT, WEARER, Inputs, Outputs, Pipeline
from backrun_pi.app.recording import SessionRecording
from backrun_pi.app.settings import Settings
from backrun_pi.app.state_writer import Keeper
from backrun_pi.coach.inputs import Request
from backrun_pi.coach.plan import Plan
from backrun_pi.errors import MotorFault, RecordError
from backrun_pi.hardware.motors import Motors
from backrun_pi.hardware.ports import Board
from backrun_pi.messages import Freshness, Source
from backrun_pi.motion.wearer_profile import load
from backrun_pi.sensors.gnss.autoconfig import STATE_NAME

TICK_NS = 50_000_000


class Listener(Protocol):
    """Somebody who follows a run, tick by tick."""

    def __call__(self, inputs: Inputs, outputs: Outputs) -> None:
        """See one tick."""


class Companion:
    """The program on a board."""

    def __init__(
        self,
        board: Board,
        settings: Settings,
        installed_map: InstalledMap,
        plan: Plan,
        listener: Listener | None = None,
    ) -> None:
        self._board = board
        self._settings = settings
        self._listener = listener
        kept = {name: data for name in KEPT if (data := _read(board, name)) is not None}
        if not load(kept.get(WEARER))[1]:
            board.notify(f"STATUS={WEARER}: cannot be read, the wearer is learned anew")
        self._pipeline = Pipeline(settings, installed_map.file, plan, kept, board.boot_id)
        self._senses = Senses(board, settings, _read(board, STATE_NAME))
        self._motor = Motors(board, settings.motor)
        self._motor_fault_ns: int | None = None
        self._keeper = Keeper(board.storage, board.background)
        self._recording = SessionRecording(board, settings, installed_map.id, plan_tables(plan))
        self._map_error = installed_map.error
        self.is_power_off_asked = False

    def run(self, is_over: Callable[[], bool]) -> None:
        """Tick until it is over or the wearer switched off; leave the motor off."""
        clock = self._board.clock
        next_ns = clock.now_ns()
        try:
            self.tick()
            self._board.notify("READY=1")
            while not is_over() and not self.is_power_off_asked:
                next_ns = max(next_ns + TICK_NS, clock.now_ns())
                clock.sleep_until_ns(next_ns)
                self.tick()
        except BaseException:
            # Whatever kills the loop, the motor ends here. The record needs no closing.
            self._board.close()
            raise
        self.close()

    def tick(self) -> Outputs:
        """Make one tick."""
        self._report_to_watch()
        inputs = self._senses.read()
        kept = self._pipeline.kept
        outputs = self._pipeline.step(inputs)
        self._drive_motor(inputs.now_ns, outputs)
        self._keeper.put(outputs.changes + self._senses.changes())
        self._recording.follow(inputs, outputs, kept)
        if Request.POWER_OFF in outputs.coach.requests:
            self.is_power_off_asked = True
        if self._listener is not None:
            self._listener(inputs, outputs)
        self._feed_watchdog(inputs)
        return outputs

    def close(self) -> None:
        """Motor off, record and state on the card. Closing twice is allowed."""
        try:
            self._motor.off()
        except MotorFault as error:
            self._board.notify(f"STATUS=motor: {error}")
        self._recording.close()
        self._keeper.close()
        self._senses.close()
        self._board.notify("STOPPING=1")

    def _report_to_watch(self) -> None:
        watch, now_ns = self._senses.watch, self._board.clock.now_ns()
        if self._map_error is None:
            watch.note(Source.MAP, now_ns)
        else:
            watch.fault(Source.MAP, self._map_error)
        fault = self._recording.fault or self._keeper.fault
        if fault is not None:
            watch.fault(Source.RECORDER, fault)
            self._keeper.retry()
        else:
            watch.note(Source.RECORDER, now_ns)

    def _drive_motor(self, now_ns: int, outputs: Outputs) -> None:
        watch = self._senses.watch
        try:
            if outputs.haptics.is_off:
                self._motor.off()
            for pulse in outputs.haptics.pulses:
                self._motor.play(pulse)
            self._motor.check()
        except MotorFault as error:
            self._motor_fault_ns = now_ns
            watch.fault(Source.MOTOR, str(error))
            return
        if self._motor_fault_ns is None:
            watch.note(Source.MOTOR, now_ns)
        elif outputs.haptics.pulses:
            self._motor_fault_ns = None  # it took a pulse again
            watch.note(Source.MOTOR, now_ns)

    def _feed_watchdog(self, inputs: Inputs) -> None:
        """Feed it while samples are processed, or while their loss is a known fault."""
        has_samples = inputs.imu is not None and len(inputs.imu.t_ns) > 0
        is_known_loss = inputs.health.sources.get(Source.IMU) is Freshness.LOST
        is_record_moving = inputs.health.sources.get(Source.RECORDER) is not Freshness.LATE
        if (has_samples or is_known_loss) and is_record_moving:
            self._board.notify("WATCHDOG=1")


def _read(board: Board, name: str) -> bytes | None:
    try:
        return board.storage.read(name)
    except RecordError as error:
        board.notify(f"STATUS={name}: {error}")
        return None
