"""The loop: board in, motor and record out, watchdog fed.

A tick reads the inputs, steps the pipeline, drives the motor, records, and waits. Whatever
fails on the way becomes a fault that is announced and recorded; the loop itself goes on. Only
three faults of the program within a minute end it: the unit starts it again.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from backrun_pi.app.fault_book import FaultBook
from backrun_pi.app.input_reader import Senses
from backrun_pi.app.kept_state import read_kept
from backrun_pi.app.loading import InstalledMap, plan_tables
from backrun_pi.app.pipeline import KEPT, Inputs, Outputs, Pipeline
from backrun_pi.app.recording import SessionRecording
from backrun_pi.app.settings import Settings
from backrun_pi.app.state_writer import StateWriter
from backrun_pi.coach.inputs import Request
from backrun_pi.coach.plan import Plan
from backrun_pi.errors import MotorFault, ProgramFailed
from backrun_pi.hardware.motors import Motors
from backrun_pi.hardware.ports import Board
from backrun_pi.messages import Freshness, ProgramFault, Source, StateChange
from backrun_pi.sensors.gnss.autoconfig import STATE_NAME
from backrun_pi.units import NS_PER_S

TICK_NS = 50_000_000
MOST_FAULTS, FAULTS_NS = 3, 60 * NS_PER_S
"""So many faults of the program in this time end it."""


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
        *,
        set_up_errors: tuple[str, ...] = (),
    ) -> None:
        """Read what was kept, and make every room.

        Args:
            board: The real one, or the twin.
            settings: In force.
            installed_map: The map, or why there is none.
            plan: In force.
            listener: Follows every tick.
            set_up_errors: Why settings or plan are not those of their files.
        """
        self._board = board
        self._listener = listener
        self._book = FaultBook()
        kept = read_kept(board.storage)
        own = {name: kept.contents[name] for name in KEPT if name in kept.contents}
        self._pipeline = Pipeline(settings, installed_map.file, plan, own, board.boot_id)
        self._senses = Senses(board, settings, kept.contents.get(STATE_NAME))
        self._motor = Motors(board, settings.motor)
        self._motor_late_ns = 0
        self._state_writer = StateWriter(board.storage, board.background)
        self._recording = SessionRecording(board, settings, installed_map.id, plan_tables(plan))
        self._map_error = installed_map.error
        self._fault_times_ns: deque[int] = deque(maxlen=MOST_FAULTS)
        self.is_power_off_asked = False
        self._name_what_is_wrong(set_up_errors, kept.damages)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Tick until it is over or the wearer switched off; leave the motor off.

        Raises:
            ProgramFailed: The program failed too often to go on.
        """
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
        """Make one tick. Raises ProgramFailed."""
        self._report_to_watch()
        inputs = self._senses.read(self._motor.is_silent, self._motor_late_ns)
        kept = self._pipeline.kept
        outputs = self._pipeline.step(inputs)
        self._drive_motor(inputs.now_ns, outputs)
        own = self._senses.book.take() + self._book.take()
        self._record(inputs, outputs, kept, own)
        self._keep(inputs.now_ns, outputs.changes + self._senses.changes())
        if Request.POWER_OFF in outputs.coach.requests:
            self.is_power_off_asked = True
        if self._listener is not None:
            self._listener(inputs, outputs)
        self._feed_watchdog(inputs)
        self._count(own + outputs.faults)
        return outputs

    def close(self) -> None:
        """Motor off, record and state on the card. Closing twice is allowed."""
        try:
            self._motor.off()
        except MotorFault as error:
            self._board.notify(f"STATUS=motor: {error}")
        self._recording.close()
        self._state_writer.close()
        self._senses.close()
        self._board.notify("STOPPING=1")

    def _record(
        self,
        inputs: Inputs,
        outputs: Outputs,
        kept: Mapping[str, bytes],
        faults: tuple[ProgramFault, ...],
    ) -> None:
        self._book.guarded(
            "record",
            inputs.now_ns,
            lambda: self._recording.follow(inputs, outputs, kept, faults),
            self._recording.break_off,
        )

    def _keep(self, now_ns: int, changes: tuple[StateChange, ...]) -> None:
        def again() -> None:
            waiting = self._state_writer.waiting()
            self._state_writer = StateWriter(self._board.storage, self._board.background)
            self._state_writer.put(waiting)

        self._book.guarded(
            "state_writer", now_ns, lambda: self._state_writer.put(changes), again
        )

    def _name_what_is_wrong(
        self, set_up_errors: tuple[str, ...], damages: tuple[str, ...]
    ) -> None:
        """Let everything that is not as it should be count as lost, and stand in the status."""
        watch = self._senses.watch
        for source, lines in (
            (Source.SETTINGS, set_up_errors),
            (Source.KEPT, damages),
        ):
            if lines:
                watch.expect(source, self._board.clock.now_ns())
                watch.fault(source, "; ".join(lines))
        wrong = (*set_up_errors, *damages)
        for line in wrong:
            sys.stderr.write(f"backrun: {line}\n")
        if wrong:
            self._board.notify(f"STATUS={'; '.join(wrong)}")

    def _count(self, faults: tuple[ProgramFault, ...]) -> None:
        """Log faults of the program; end it when they are too many."""
        for fault in faults:
            text = f"backrun: {fault.room}: {fault.error}\n{fault.traceback}"
            sys.stderr.write(text)
            self._board.notify(f"STATUS=restarted {fault.room}: {fault.error}")
            times = self._fault_times_ns
            times.append(fault.t_ns)
            if len(times) == MOST_FAULTS and times[-1] - times[0] <= FAULTS_NS:
                raise ProgramFailed(
                    f"{MOST_FAULTS} faults within {FAULTS_NS // NS_PER_S} s; the last one: "
                    f"{fault.room}: {fault.error}"
                )

    def _report_to_watch(self) -> None:
        watch, now_ns = self._senses.watch, self._board.clock.now_ns()
        if self._map_error is None:
            watch.note(Source.MAP, now_ns)
        else:
            watch.fault(Source.MAP, self._map_error)
        fault = self._recording.fault or self._state_writer.fault
        if fault is not None:
            watch.fault(Source.RECORDER, fault)
            self._book.guarded("state_writer", now_ns, self._state_writer.retry, lambda: None)
        else:
            watch.note(Source.RECORDER, now_ns)

    def _drive_motor(self, now_ns: int, outputs: Outputs) -> None:
        watch, clock = self._senses.watch, self._board.clock
        self._motor_late_ns = 0
        try:
            if outputs.haptics.is_off:
                self._motor.off()
            for pulse in outputs.haptics.pulses:
                try:
                    self._motor.play(pulse)
                finally:  # also when one motor failed: the other one began so late
                    self._motor_late_ns = clock.now_ns() - now_ns
            self._motor.check()
        except MotorFault as error:
            watch.fault(Source.MOTOR, str(error))
        else:
            watch.note(Source.MOTOR, now_ns)

    def _feed_watchdog(self, inputs: Inputs) -> None:
        """Feed it while samples are processed, or while their loss is a known fault."""
        has_samples = inputs.imu is not None and len(inputs.imu.t_ns) > 0
        is_known_loss = inputs.health.sources.get(Source.IMU) is Freshness.LOST
        is_record_moving = inputs.health.sources.get(Source.RECORDER) is not Freshness.LATE
        if (has_samples or is_known_loss) and is_record_moving:
            self._board.notify("WATCHDOG=1")
