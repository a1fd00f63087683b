"""The device as its wearer and its log see it: presses, what is felt and when, its units."""

# ruff: noqa: TID251 - a machine of its own, where time is real

from __future__ import annotations

import itertools
import json
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.device.payload.board import Board
from tests.device.payload.words import boot_ns, run, wait_for

HOME = Path("/var/lib/backrun")
RESUME = HOME / "state/resume.json"
PATIENCE_S = 40.0
"""[s] When to give up; what is claimed is measured and judged apart from it."""

NOTICES = ("imu_back", "gnss_back", "gnss_poor", "card_nearly_full", "battery_low")
NOTICES_PER_MINUTE = 3


@dataclass
class Log:
    """The newest session's log, read as it grows."""

    session: Path | None = None
    records: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    lines: list[tuple[int, int]] = field(default_factory=list)
    """[ns] What each line of this boot spans."""
    _offsets: dict[Path, int] = field(default_factory=dict)

    def follow(self) -> None:
        """Take what is new."""
        sessions = sorted(HOME.glob("sessions/*"))
        if not sessions:
            return
        if sessions[-1] != self.session:
            self.session, self.records, self.lines, self._offsets = sessions[-1], [], [], {}
        for path in sorted(sessions[-1].glob("log-*.jsonl")):
            with path.open("rb") as file:
                file.seek(self._offsets.get(path, 0))
                data = file.read()
            whole = data.rfind(b"\n") + 1
            self._offsets[path] = self._offsets.get(path, 0) + whole
            for line in data[:whole].splitlines():
                self._take(line)

    def find(self, kind: str, since_ns: int, **wanted: str) -> dict[str, Any] | None:
        """Return the first record of a kind with these values since a time."""
        self.follow()
        for name, body in self.records:
            if name != kind or body["t_ns"] < since_ns:
                continue
            if all(body[key] == value for key, value in wanted.items()):
                return body
        return None

    def _take(self, line: bytes) -> None:
        if not line:
            return
        try:
            frame = json.loads(line)["d"]
        except json.JSONDecodeError:
            return  # torn when the card refused the rest; it comes again, whole
        self.lines.append((frame["t"][0], frame["t"][1]))
        wanted = ("Alert", "SourceEvent", "CoachState")
        self.records += [(kind, body) for kind, body in frame["m"] if kind in wanted]


class Device:
    """The companion on the board."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.log = Log()

    def press(self, seconds: float = 0.3) -> int:
        """Press the button for so long; return when."""
        begin_ns = boot_ns()
        self.board.pins.press()
        time.sleep(seconds)
        self.board.pins.release()
        return begin_ns

    def felt_s(self, condition: str, since_ns: int) -> float:
        """Return after how many seconds a condition was felt: decided, then a motor edge.

        Raises AssertionError when it never was.
        """
        alert = self.announced(condition, since_ns)
        on_ns = wait_for(
            f"the motor for {condition}",
            lambda: self.board.analyser.first_on(alert["t_ns"]),
            PATIENCE_S,
        )
        assert on_ns is not None
        return (on_ns - since_ns) * 1e-9

    def announced(self, condition: str, since_ns: int) -> dict[str, Any]:
        """Return an alert of the log."""
        alert = wait_for(
            f"the alert {condition}",
            lambda: self.log.find("Alert", since_ns, condition=condition),
            PATIENCE_S,
        )
        assert alert is not None
        return alert

    def wait_for_a_cue(self) -> None:
        """Wait until the device may say its next notice: it says three a minute."""
        wait_for(
            "a free notice", lambda: self._notices() < NOTICES_PER_MINUTE, 70.0, step_s=0.5
        )

    def _notices(self) -> int:
        since_ns = boot_ns() - 60_000_000_000
        announced = [body for kind, body in self.log.records if kind == "Alert"]
        return sum(one["condition"] in NOTICES and one["t_ns"] > since_ns for one in announced)

    def open_session(self) -> None:
        """Have a session open, silent and recording."""
        if not is_session_open():
            since_ns = self.press()
            wait_for(
                "the start of a session",
                lambda: self.log.find("CoachState", since_ns, phase="stand"),
                PATIENCE_S,
            )
        self.wait_silent()

    def end_session(self) -> int:
        """End it with a long press; return when it was over."""
        self.press(2.5)
        wait_for("the end of the session", lambda: not is_session_open(), PATIENCE_S)
        return boot_ns()

    def wait_silent(self, silent_s: float = 2.0) -> None:
        """Wait until nothing was felt for so long."""
        analyser = self.board.analyser
        wait_for(
            "silence",
            lambda: analyser.first_on(boot_ns() - round(silent_s * 1e9)) is None,
            PATIENCE_S,
            step_s=0.5,
        )

    def freeze_with_motor_on(self) -> int:
        """Stop the companion at an instant when the motor's pin is high; return its process."""
        pid = self.pid()
        self.wait_silent()
        self.board.pins.press()
        end_ns = boot_ns() + 5_000_000_000
        try:
            while boot_ns() < end_ns:
                if not self.board.pins.is_motor_on():
                    continue
                os.kill(pid, signal.SIGSTOP)
                if self.board.pins.is_motor_on():
                    return pid
                os.kill(pid, signal.SIGCONT)  # between two pulses of the PWM
        finally:
            self.board.pins.release()
        raise AssertionError("the motor did not answer the button")

    def off_s(self, since_ns: int) -> float:
        """Return after how many seconds the motor's pin was low."""
        pins = self.board.pins
        wait_for("the motor off", lambda: not pins.is_motor_on(), PATIENCE_S, step_s=0.01)
        return (boot_ns() - since_ns) * 1e-9

    def pid(self) -> int:
        """Return the companion's process, 0 when there is none."""
        return int(unit("backrun", "MainPID"))

    def restarts(self) -> int:
        """Return how often it was started again."""
        return int(unit("backrun", "NRestarts"))

    def losses(self, since_ns: int) -> int:
        """Return how many losses were noticed since a time; say them."""
        self.log.follow()
        found = [
            body["because"]
            for kind, body in self.log.records
            if kind == "SourceEvent" and body["t_ns"] >= since_ns and body["freshness"] != "ok"
        ]
        if found:
            print("lost:", found, flush=True)  # noqa: T201 - to the console
        return len(found)

    def gap_s(self, since_ns: int) -> float:
        """Return the longest hole between two lines of the record since a time."""
        self.log.follow()
        lines = [line for line in self.log.lines if line[1] >= since_ns]
        assert lines, "nothing was recorded"
        holes = [after[0] - before[1] for before, after in itertools.pairwise(lines)]
        return max([0, *holes]) * 1e-9


def unit(name: str, value: str) -> str:
    """Return what systemd knows of a unit."""
    return run("systemctl", "show", "-P", value, name).strip()


def journal(name: str) -> str:
    """Return what a unit said, and what systemd said of it."""
    return run("journalctl", "-u", name, "-o", "cat", "--no-pager")


def is_session_open() -> bool:
    """Return whether the coach keeps a place in a session."""
    return RESUME.exists() and RESUME.stat().st_size > 0
