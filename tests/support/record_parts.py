"""A card in memory, a clock moved by hand, a worker in step, and an invented session."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from backrun_pi.errors import RecordError
from backrun_pi.hardware.ports import Worker
from backrun_pi.messages import (
    Alert,
    CoachState,
    Condition,
    Direction,
    FixMode,
    Gait,
    GnssFix,
    ImuBatch,
    MountState,
    OncomingHazard,
    Phase,
    Priority,
    RunnerState,
    SessionKind,
    Stage,
    Tick,
)
from backrun_pi.record.format import SessionHeader
from backrun_pi.record.settings import RecordSettings
from backrun_pi.record.writer import Recorder
from backrun_pi.units import NS_PER_S

UTC_S = 1_790_000_000.0  # Monday 2026-09-21 12:53:20
LAT_DEG, LON_DEG = 60.17, 24.94
M_PER_DEG = 111_200.0


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    t_ns: int = 20 * NS_PER_S
    utc_s: float = UTC_S

    def now_ns(self) -> int:
        """Return the time it was set to."""
        return self.t_ns

    def sleep_until_ns(self, t_ns: int) -> None:
        """Jump."""
        self.t_ns = max(self.t_ns, t_ns)

    def wall_utc_s(self) -> float:
        """Return a wall clock that was right at 20 s."""
        return self.utc_s + self.t_ns / NS_PER_S - 20.0


@dataclass
class Card:
    """Storage in memory that can be full, or break off in the middle of an append."""

    files: dict[str, bytes] = field(default_factory=dict)
    synced: dict[str, int] = field(default_factory=dict)
    is_full: bool = False
    breaks_off_after: int | None = None
    refuses_sync: bool = False
    appends: int = 0

    def append(self, name: str, data: bytes) -> None:
        """Append, or refuse."""
        self.appends += 1
        if self.is_full:
            raise RecordError(f"{name}: the card is full")
        if self.breaks_off_after is not None:
            self.files[name] = self.files.get(name, b"") + data[: self.breaks_off_after]
            raise RecordError(f"{name}: the card does not answer")
        self.files[name] = self.files.get(name, b"") + data

    def sync(self, name: str) -> None:
        """Take what is there as written."""
        if self.refuses_sync:
            raise RecordError(f"{name}: the card does not answer")
        self.synced[name] = len(self.files[name])

    def read(self, name: str, most_bytes: int | None = None) -> bytes | None:
        """Return a file."""
        return self.files.get(name)

    def replace(self, name: str, data: bytes) -> None:
        """Replace a file."""
        self.files[name] = data

    def names(self, folder: str) -> Sequence[str]:
        """Return the names directly in a folder."""
        prefix = f"{folder}/"
        inside = [name[len(prefix) :] for name in self.files if name.startswith(prefix)]
        return sorted({name.split("/")[0] for name in inside})

    def delete(self, name: str) -> None:
        """Delete a file or all below a folder."""
        gone = [one for one in self.files if one == name or one.startswith(f"{name}/")]
        for one in gone:
            del self.files[one]

    def free_bytes(self) -> int:
        """Return a card of one megabyte less what is on it."""
        return 1_000_000 - sum(map(len, self.files.values()))

    def put_on(self, folder: Path) -> Path:
        """Write all files below a folder, return it."""
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return folder


@dataclass
class Lockstep:
    """A worker that runs at once when it is woken, unless it is held."""

    step: Callable[[], None]
    is_held: bool = False
    hangs: bool = False

    def wake(self) -> None:
        """Run the step."""
        if not (self.is_held or self.hangs):
            self.step()

    def close(self, timeout_s: float) -> bool:
        """Run it once more."""
        if self.hangs:
            return False
        self.step()
        return True


@dataclass
class Desk:
    """All that a recorder stands on."""

    clock: HandClock = field(default_factory=HandClock)
    card: Card = field(default_factory=Card)
    workers: list[Lockstep] = field(default_factory=list)

    def background(self, name: str, step: Callable[[], None]) -> Worker:
        """Make a worker in step."""
        self.workers.append(Lockstep(step))
        return self.workers[-1]

    def recorder(
        self,
        settings: RecordSettings | None = None,
        session_id: str = "20260921-1253",
        boot_id: str = "boot-one",
    ) -> Recorder:
        """Begin a recording."""
        header = SessionHeader(
            session_id=session_id,
            boot_id=boot_id,
            software_version="0.1.0",
            config={"record": {"line_s": 0.25}},
            map_id="map-1",
        )
        return Recorder(
            self.card, self.background, self.clock, settings or RecordSettings(), header
        )

    def play(self, recorder: Recorder, ticks: Iterator[tuple[int, list[object]]]) -> None:
        """Put ticks into a recorder as the loop does."""
        for t_ns, messages in ticks:
            self.clock.t_ns = t_ns
            for message in messages:
                recorder.put(message)
            recorder.tick(t_ns)


def batch(t_ns: int, count: int = 5) -> ImuBatch:
    """Return a batch of samples that ends at a time."""
    counts = np.arange(3 * count, dtype=np.float64).reshape(count, 3) - (t_ns // NS_PER_S) % 7
    return ImuBatch(
        t_ns=t_ns - 10_000_000 * np.arange(count - 1, -1, -1, dtype=np.int64),
        accel_mps2=counts * 0.0047884033203125,
        gyro_rps=counts * 0.0010642251355,
        accel_lsb_mps2=0.0047884033203125,
        gyro_lsb_rps=0.0010642251355,
        chip_c=30.5,
        gap_s=0.0,
    )


@dataclass(frozen=True)
class Leg:
    """A stretch of an invented session."""

    phase: Phase
    seconds: float
    speed_mps: float
    direction: Direction
    bout: int = 0
    cap_mps: float | None = None


LEGS = (
    Leg(Phase.STAND, 5.0, 0.0, Direction.UNKNOWN),
    Leg(Phase.WARM_UP, 300.0, 1.4, Direction.FORWARD),
    *(
        leg
        for n in (1, 2, 3)
        for leg in (
            Leg(Phase.BACKWARD, 60.0, 1.2, Direction.BACKWARD, n, 1.3),
            Leg(Phase.RECOVER, 60.0, 1.3, Direction.FORWARD, n),
        )
    ),
    Leg(Phase.COOL_DOWN, 30.0, 1.3, Direction.FORWARD, 3),
)
"""755 s, 968.4 m: enough for the trim of an export at both ends."""


def runner_state(leg: Leg, t_ns: int, way_m: float, *, has_place: bool = True) -> RunnerState:
    """Return the state of an invented runner who goes east."""
    is_moving = leg.speed_mps > 0.0
    lon_deg = LON_DEG + way_m / (M_PER_DEG * math.cos(math.radians(LAT_DEG)))
    return RunnerState(
        t_ns=t_ns,
        direction=leg.direction,
        gait=Gait.WALK if is_moving else Gait.STILL,
        p_backward=None if not is_moving else float(leg.direction is Direction.BACKWARD),
        because=("course against facing",),
        cadence_spm=112.0 if is_moving else None,
        speed_mps=leg.speed_mps,
        course_rad=math.pi / 2 if is_moving else None,
        facing_rad=None,
        lat_deg=LAT_DEG if has_place else None,
        lon_deg=lon_deg if has_place else None,
        sigma_m=2.5 if has_place else None,
        position_age_s=0.1 if has_place else None,
        distance_m=way_m,
        mount=MountState.CALIBRATED,
        turn_rps=0.0,
        impact_mps2=12.0,
        asymmetry_p=0.04 if leg.direction is Direction.BACKWARD else None,
    )


def alert(t_ns: int, condition: Condition, priority: Priority, key: str = "") -> Alert:
    """Return an alert."""
    return Alert(
        t_ns, condition, priority, "pattern", key, 1, t_ns, (f"{condition.value} why",)
    )


def session(
    start_ns: int = 20 * NS_PER_S,
    legs: Sequence[Leg] = LEGS,
    *,
    kind: SessionKind = SessionKind.TRAINING,
    has_imu: bool = False,
    begin_utc_s: float | None = UTC_S,
    way_m: float = 0.0,
) -> Iterator[tuple[int, list[object]]]:
    """Yield (t_ns, messages) of an invented session, a tick every 50 ms."""
    has_place = kind is not SessionKind.TREADMILL
    t_ns = start_ns
    for step, leg in enumerate(legs):
        since_ns = t_ns
        for tick in range(round(leg.seconds * 20)):
            messages: list[object] = [Tick(t_ns, UTC_S + (t_ns - start_ns) / NS_PER_S, None)]
            if tick == 0:
                messages.append(_coach(leg, since_ns, step, kind))
            if has_imu and t_ns > start_ns:
                messages.append(batch(t_ns))
            if tick % 4 == 0:
                now_m = way_m + leg.speed_mps * tick / 20
                messages.append(runner_state(leg, t_ns, now_m, has_place=has_place))
            if tick % 20 == 0 and has_place and begin_utc_s is not None:
                messages.append(_fix(t_ns, begin_utc_s + (t_ns - start_ns) / NS_PER_S))
            messages += _extras(leg, tick, t_ns)
            yield t_ns, messages
            t_ns += NS_PER_S // 20
        way_m += leg.speed_mps * leg.seconds


def _coach(leg: Leg, since_ns: int, step: int, kind: SessionKind) -> CoachState:
    return CoachState(
        t_ns=since_ns,
        kind=kind,
        phase=leg.phase,
        since_ns=since_ns,
        step=step,
        bout=leg.bout,
        bouts=3,
        remaining_s=leg.seconds,
        speed_cap_mps=leg.cap_mps,
        is_recording=True,
        session_id="20260921-1253",
        because=("programme",),
    )


def _fix(t_ns: int, utc_s: float) -> GnssFix:
    return GnssFix(
        t_ns, utc_s, FixMode.THREE_D, LAT_DEG, LON_DEG, 12.0, 1.3, None, 2.5, 11, False, False
    )


def _extras(leg: Leg, tick: int, t_ns: int) -> list[object]:
    if leg.phase is not Phase.BACKWARD:
        return []
    if tick == 200:
        return [alert(t_ns, Condition.LOOK_LEFT, Priority.COACH)]
    if tick == 600:
        return [alert(t_ns, Condition.LOOK_RIGHT, Priority.COACH)]
    if tick == 800 and leg.bout == 2:
        hazard = OncomingHazard(
            t_ns, "h1", "bench", "n7", 2, Stage.STOP, 6.0, 0.5, 5.0, 0.8, ("a bench in 6 m",)
        )
        return [hazard, alert(t_ns, Condition.STOP_HAZARD, Priority.STOP, "h1")]
    return []


def recorded(folder: Path, **what: object) -> Path:
    """Record the invented session whole and return its folder."""
    desk = Desk()
    recorder = desk.recorder()
    desk.play(recorder, session(**what))  # type: ignore[arg-type]
    recorder.close("programme")
    return desk.card.put_on(folder) / "sessions" / "20260921-1253"
