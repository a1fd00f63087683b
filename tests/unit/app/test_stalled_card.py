"""The real card and the real threads beside the loop: a file system that stalls or refuses."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backrun_pi.app.loading import NO_MAP, plan_in_force
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings
from backrun_pi.coach.resume import RESUME
from backrun_pi.hardware.file_storage import FileStorage
from backrun_pi.hardware.thread_worker import ThreadWorker
from backrun_pi.messages import Condition
from backrun_pi.record.reader import read_session
from backrun_pi.sim.board import TwinBoard
from tests.support.twin import scenario

WATCHDOG_S = 4.0
"""[s] Of the unit."""
DAY = """
duration_s = 60
[gnss]
is_configured = true
ttff_s = 1
[[press]]
at_s = 4
[[press]]
at_s = 16
kind = "long"
"""


class FileSystem:
    """What lies below `FileStorage`: it syncs, stalls, or refuses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.goes = threading.Event()
        self.goes.set()
        self.error: OSError | None = None
        for name in ("fdatasync", "fsync"):
            monkeypatch.setattr(os, name, self._syncing(getattr(os, name)))

    def _syncing(self, real: Callable[[int], None]) -> Callable[[int], None]:
        def sync(descriptor: int) -> None:
            self.goes.wait()
            if self.error is not None:
                raise self.error
            real(descriptor)

        return sync


class RealCard(TwinBoard):
    """The twin with the real card and the real workers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(scenario(folder, DAY), folder / "twin")
        self._real = FileStorage(folder / "card")

    @property
    def storage(self) -> FileStorage:  # type: ignore[override]
        return self._real

    def background(  # type: ignore[override]
        self, name: str, step: Callable[[], None]
    ) -> ThreadWorker:
        return ThreadWorker(name, step)


class Run:
    """A companion on the real card, and the longest time that its loop stood still."""

    def __init__(self, folder: Path) -> None:
        self.board = RealCard(folder)
        chosen = Settings()
        self.companion = Companion(
            self.board, chosen, NO_MAP, plan_in_force(chosen), self._follow
        )
        self.announced: list[Condition] = []
        self.longest_s = 0.0
        self.is_open = False

    def _follow(self, inputs: Inputs, outputs: Outputs) -> None:
        if outputs.alert is not None:
            self.announced.append(outputs.alert.condition)
        self.is_open = outputs.coach.state.is_recording

    def until(self, is_over: Callable[[], bool]) -> None:
        clock = self.board.clock
        while not is_over() and not self.board.is_over():
            clock.sleep_until_ns(clock.now_ns() + 50_000_000)
            began_s = time.perf_counter()
            self.companion.tick()
            self.longest_s = max(self.longest_s, time.perf_counter() - began_s)


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FileSystem:
    return FileSystem(monkeypatch)


def test_a_session_that_ends_on_a_stalled_card_feeds_the_watchdog_and_is_not_resumed(
    tmp_path: Path, system: FileSystem
) -> None:
    run = Run(tmp_path)
    run.until(lambda: run.board.elapsed_s > 15.0)
    assert run.is_open
    system.goes.clear()
    run.until(lambda: not run.is_open)
    run.until(lambda: Condition.RECORDER_FAULT in run.announced)
    assert run.longest_s < WATCHDOG_S
    assert Condition.RECORDER_FAULT in run.announced
    system.goes.set()
    for thread in threading.enumerate():  # the device is idle meanwhile, and does not end
        if thread.name == "recorder":
            thread.join(10.0)
    run.companion.close()
    (session,) = (tmp_path / "card" / "sessions").iterdir()
    assert read_session(session).check().is_closed
    assert (tmp_path / "card" / RESUME).read_bytes() == b""


def test_a_session_that_ends_on_a_full_card_is_closed_when_there_is_room_again(
    tmp_path: Path, system: FileSystem
) -> None:
    run = Run(tmp_path)
    run.until(lambda: run.board.elapsed_s > 15.0)
    system.error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    run.until(lambda: not run.is_open)
    run.until(lambda: Condition.RECORDER_FAULT in run.announced)
    assert Condition.RECORDER_FAULT in run.announced
    system.error = None
    run.until(lambda: run.board.elapsed_s > 55.0)
    run.companion.close()
    (session,) = (tmp_path / "card" / "sessions").iterdir()
    check = read_session(session).check()
    assert check.is_closed
    assert (tmp_path / "card" / RESUME).read_bytes() == b""
