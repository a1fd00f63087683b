"""A room that fails is started afresh; STOP and losses stay alive, and three faults end it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.alerts.arbiter import Arbiter
from backrun_pi.app.loading import NO_MAP, plan_in_force
from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.app.recording import SessionRecording
from backrun_pi.app.runtime import Companion
from backrun_pi.app.settings import Settings
from backrun_pi.app.state_writer import StateWriter
from backrun_pi.coach.coach import Coach
from backrun_pi.errors import HardwareError, ProgramFailed
from backrun_pi.haptics.player import Player
from backrun_pi.messages import Condition, Freshness, ProgramFault, Source
from backrun_pi.motion.estimator import Motion
from backrun_pi.record.reader import read_session
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.imu.resilient import SteadyImu
from backrun_pi.sim.board import TwinBoard
from backrun_pi.terrain.terrain import Terrain
from tests.support.twin import board

DAY = """
duration_s = 30
[runner]
follow = "script"
[[script]]
do = "walk_forward"
for_s = 30
[gnss]
is_configured = true
ttff_s = 1
[[press]]
at_s = 3
"""
ROOMS: list[tuple[str, type, str]] = [
    ("motion", Motion, "step"),
    ("terrain", Terrain, "step"),
    ("coach", Coach, "step"),
    ("alerts", Arbiter, "step"),
    ("haptics", Player, "step"),
    ("imu", SteadyImu, "drain"),
    ("gnss", GnssReader, "feed"),
    ("record", SessionRecording, "follow"),
    ("state_writer", StateWriter, "put"),
]


@dataclass
class Bomb:
    """Makes the next calls of a method fail with an error that nobody foresaw."""

    monkeypatch: pytest.MonkeyPatch
    kind: type
    method: str
    left: int = 0
    real: Callable[..., Any] = field(init=False)

    def __post_init__(self) -> None:
        self.real = getattr(self.kind, self.method)
        bomb = self

        def call(room: object, *args: object, **more: object) -> object:
            if bomb.left > 0:
                bomb.left -= 1
                raise ZeroDivisionError("nobody foresaw this")
            return bomb.real(room, *args, **more)

        self.monkeypatch.setattr(self.kind, self.method, call)


class Follower:
    """Sees every tick, and lights a bomb at given times."""

    def __init__(self, twin: TwinBoard, bomb: Bomb, at_s: list[float]) -> None:
        self.twin, self.bomb, self.at_s = twin, bomb, at_s
        self.announced: list[tuple[float, Condition]] = []
        self.ticks = 0
        self.last: Outputs | None = None

    def __call__(self, inputs: Inputs, outputs: Outputs) -> None:
        self.ticks += 1
        self.last = outputs
        if outputs.alert is not None:
            self.announced.append((self.twin.elapsed_s, outputs.alert.condition))
        if self.at_s and self.twin.elapsed_s >= self.at_s[0]:
            self.at_s.pop(0)
            self.bomb.left = 1


def companion(twin: TwinBoard, follower: Follower) -> Companion:
    chosen = Settings()
    return Companion(twin, chosen, NO_MAP, plan_in_force(chosen), follower)


@pytest.mark.parametrize(("room", "kind", "method"), ROOMS, ids=[row[0] for row in ROOMS])
def test_a_room_that_fails_is_started_afresh_and_announced(
    room: str, kind: type, method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = board(tmp_path, DAY)
    follower = Follower(twin, Bomb(monkeypatch, kind, method), [15.0])
    companion(twin, follower).run(twin.is_over)
    assert twin.elapsed_s >= 30.0
    assert follower.last is not None
    assert follower.last.coach.state.is_recording
    (session,) = (tmp_path / "card" / "sessions").iterdir()
    faults = [one.message for one in read_session(session).only(ProgramFault)]
    assert [fault.room for fault in faults] == [room]
    assert "nobody foresaw this" in faults[0].traceback
    assert any(f"restarted {room}" in text for _, text in twin.notifications)
    if room in {"motion", "terrain", "coach", "alerts", "haptics"}:
        at_s = [at_s for at_s, what in follower.announced if what is Condition.PROGRAM_FAULT]
        assert at_s
        assert 15.0 <= at_s[0] <= 20.0


@pytest.mark.parametrize(("room", "kind", "method"), ROOMS, ids=[row[0] for row in ROOMS])
def test_three_faults_in_a_minute_end_the_program_with_the_motor_off(
    room: str, kind: type, method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = board(tmp_path, DAY)
    follower = Follower(twin, Bomb(monkeypatch, kind, method), [10.0, 12.0, 14.0])
    with pytest.raises(ProgramFailed, match=room):
        companion(twin, follower).run(twin.is_over)
    assert 14.0 <= twin.elapsed_s <= 15.0


def test_faults_more_than_a_minute_apart_end_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = board(tmp_path, DAY.replace("= 30", "= 140"))
    follower = Follower(twin, Bomb(monkeypatch, Terrain, "step"), [10.0, 50.0, 110.0])
    companion(twin, follower).run(twin.is_over)
    assert twin.elapsed_s >= 140.0


def test_a_room_that_fails_on_what_was_kept_is_made_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Terrain.__init__

    def fails_on_marks(room: Terrain, map_file: Any, marks: bytes | None, rest: Any) -> None:
        if marks:
            raise ZeroDivisionError("nobody foresaw this")
        real(room, map_file, marks, rest)

    monkeypatch.setattr(Terrain, "__init__", fails_on_marks)
    twin = board(tmp_path, DAY.replace("= 30", "= 3"))
    twin.storage.append("state/marks.jsonl", b'{"type":"everywhere"}\n')
    follower = Follower(twin, Bomb(monkeypatch, Terrain, "step"), [])
    companion(twin, follower).run(twin.is_over)
    assert follower.ticks > 50


def test_a_reader_that_fails_for_good_is_a_loss_of_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = board(tmp_path, DAY)
    follower = Follower(twin, Bomb(monkeypatch, SteadyImu, "drain", left=10**6), [])
    health = []
    with pytest.raises(ProgramFailed, match="imu"):
        Companion(
            twin,
            Settings(),
            NO_MAP,
            plan_in_force(Settings()),
            lambda inputs, _: health.append(inputs.health),
        ).run(twin.is_over)
    assert follower.ticks == 0
    assert health[0].sources[Source.IMU] is Freshness.OK


def test_a_part_that_cannot_be_opened_is_a_loss_and_ends_no_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_board: TwinBoard) -> None:
        raise HardwareError("it cannot be opened")

    monkeypatch.setattr(TwinBoard, "partner", property(missing))
    monkeypatch.setattr(TwinBoard, "gnss", property(missing))
    twin = board(tmp_path, DAY)
    health: list[dict[Source, Freshness]] = []
    Companion(
        twin,
        Settings(),
        NO_MAP,
        plan_in_force(Settings()),
        lambda inputs, _outputs: health.append(dict(inputs.health.sources)),
    ).run(lambda: twin.elapsed_s > 8.0)
    assert health[-1][Source.PARTNER] is Freshness.LOST
    assert health[-1][Source.GNSS] is Freshness.LOST
    assert health[-1][Source.IMU] is Freshness.OK
