"""Opens, feeds and closes the record of a session, as the coach asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backrun_pi import __version__
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.session_log import SessionLog
from backrun_pi.app.settings import Settings, as_tables
from backrun_pi.coach.inputs import Request
from backrun_pi.hardware.ports import Board
from backrun_pi.messages import ProgramFault
from backrun_pi.record.format import SessionHeader
from backrun_pi.record.writer import Recorder


class SessionRecording:
    """The record of the open session, if one is open."""

    def __init__(
        self,
        board: Board,
        settings: Settings,
        map_id: str | None,
        plan: Mapping[str, Any],
    ) -> None:
        self._board = board
        self._settings = settings
        self._map_id = map_id
        self._plan = plan
        self._log = SessionLog()
        self._recorder: Recorder | None = None
        self._unfinished: Recorder | None = None
        """Of a session that is over while the card has not taken all of it."""
        self._fault: str | None = None
        self._is_broken_off = False

    @property
    def fault(self) -> str | None:
        """Return why the record is not moving, None when it is."""
        if self._recorder is None:
            return self._fault
        health = self._recorder.health()
        if health.error is not None:
            return health.error
        if health.is_queue_full:
            return "the card is too slow: samples had to be left out"
        return None

    def follow(
        self,
        inputs: Inputs,
        outputs: Outputs,
        kept: Mapping[str, bytes],
        faults: tuple[ProgramFault, ...] = (),
    ) -> None:
        """Record one tick.

        Args:
            inputs: Of the tick.
            outputs: Of the tick.
            kept: What was kept before it.
            faults: Of the program, beside those of the rooms.
        """
        messages = (*self._log.inputs(inputs, kept), *faults)
        requests = outputs.coach.requests
        if self._recorder is None and Request.START_RECORD in requests:
            self._recorder = self._opened(outputs)
            messages = tuple(self._log.opening())
        elif self._is_broken_off and outputs.coach.state.is_recording:
            self._recorder = self._opened(outputs)
        recorder = self._recorder
        if recorder is None:
            self._finish()
            return
        for message in messages:
            recorder.put(message)
        for message in self._log.outputs(outputs):
            recorder.put(message)
        is_open = outputs.coach.state.is_recording
        if Request.END_RECORD in requests or not is_open:
            self.close("; ".join(outputs.coach.state.because) or "ended")
        else:
            recorder.tick(inputs.now_ns)

    def break_off(self) -> None:
        """Give up a recorder that failed; the next tick goes on in a new file."""
        self._recorder, self._is_broken_off = None, True
        self._fault = "the recorder failed and was started again"

    def close(self, because: str = "the program was ended") -> None:
        """Close the open record, if there is one."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        is_whole = recorder.close(because)
        self._unfinished = None if is_whole else recorder
        self._fault = None if is_whole else recorder.health().error or "the card did not answer"

    def _finish(self) -> None:
        """Wait for the end of a record without standing still; then nothing is lost."""
        if self._unfinished is not None and self._unfinished.is_finished():
            self._unfinished, self._fault = None, None

    def _opened(self, outputs: Outputs) -> Recorder:
        session_id = outputs.coach.state.session_id
        if session_id is None:
            raise ValueError("a record was asked for without a session")
        header = SessionHeader(
            session_id=session_id,
            boot_id=self._board.boot_id,
            software_version=__version__,
            config=as_tables(self._settings),
            map_id=self._map_id,
            plan=self._plan,
        )
        self._fault, self._is_broken_off = None, False
        board = self._board
        return Recorder(
            board.storage, board.background, board.clock, self._settings.record, header
        )
