"""A coach with somebody who does what is asked: for the tests of whole sessions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from backrun_pi.coach.coach import Coach
from backrun_pi.coach.inputs import CoachInput, CoachOutput, Request
from backrun_pi.coach.journal import JOURNAL
from backrun_pi.coach.plan import Plan, Step, Week
from backrun_pi.coach.resume import RESUME
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import (
    ActiveCondition,
    BoutLimit,
    ButtonEdge,
    Condition,
    DeviceStatus,
    Direction,
    Freshness,
    Gait,
    Health,
    MountState,
    Phase,
    Place,
    RunnerState,
    Source,
    Suitability,
)

TICK_NS = 50_000_000
UTC0_S = 1_790_000_000.0
DAY_S = 86400.0
C = Condition
GOOD = dict.fromkeys(
    (Source.IMU, Source.GNSS, Source.MAP, Source.MOTOR, Source.RECORDER), Freshness.OK
)
BOUT = Step(go="backward", time_s=60.0, cap_mps=1.0)
REST = Step(go="forward", time_s=20.0)
PLAN = Plan(
    name="test", weeks=(Week(repeats=2, steps=(BOUT, REST)),), warm_up_s=20, cool_down_s=15
)
SHIPPED = Path(__file__).parents[2] / "config" / "plans" / "default.toml"
WANTED = {
    Phase.BACKWARD: (Direction.BACKWARD, Gait.WALK, 0.8),
    Phase.WARM_UP: (Direction.FORWARD, Gait.WALK, 1.3),
    Phase.RECOVER: (Direction.FORWARD, Gait.WALK, 1.3),
    Phase.COOL_DOWN: (Direction.FORWARD, Gait.WALK, 1.3),
    Phase.SCOUTING: (Direction.FORWARD, Gait.WALK, 1.3),
}
STILL = (Direction.UNKNOWN, Gait.STILL, 0.0)


class Wearer:
    """A coach with somebody who does what is asked, unless `does` is set."""

    def __init__(
        self,
        plan: Plan = PLAN,
        settings: CoachSettings | None = None,
        journal: bytes | None = None,
        resume: bytes | None = None,
        boot_id: str = "b00t-1",
        utc_s: float | None = UTC0_S,
    ) -> None:
        self.coach = Coach(plan, journal, resume, settings or CoachSettings(), boot_id)
        self.files = {JOURNAL: journal or b"", RESUME: resume or b""}
        self.now_ns = 10_000_000_000
        self.utc0_s = utc_s
        self.wall_s = UTC0_S
        self.sources: dict[Source, Freshness] = dict(GOOD)
        self.status: DeviceStatus | None = None
        self.has_fix = True
        self.does: tuple[Direction, Gait, float] | None = None
        self.impact_mps2 = 12.0
        self.tilt_rad = 0.1
        self.partner: bool | None = None
        self.distance_m = 0.0
        self.last_alert_ns: int | None = None
        self.last_caution_ns: int | None = None
        self.last_look_ns: int | None = None
        self.limits: tuple[BoutLimit, ...] = ()
        self.out: CoachOutput | None = None
        self.seen: list[tuple[float, Condition]] = []
        self.facts: list[ActiveCondition] = []
        self.requests: list[Request] = []
        self.phases: list[Phase] = []
        self.edges: list[ButtonEdge] = []

    @property
    def state(self) -> CoachOutput:
        assert self.out is not None
        return self.out

    def phase(self) -> Phase:
        return self.state.state.phase if self.out else Phase.IDLE

    @property
    def now_s(self) -> float:
        return self.now_ns * 1e-9

    def tick(self) -> CoachOutput:
        self.now_ns += TICK_NS
        direction, gait, speed = self.does or WANTED.get(self.phase(), STILL)
        self.distance_m += speed * TICK_NS * 1e-9
        runner = RunnerState(
            t_ns=self.now_ns,
            direction=direction,
            gait=gait,
            p_backward=None,
            because=(),
            cadence_spm=None,
            speed_mps=speed,
            course_rad=None,
            facing_rad=None,
            lat_deg=60.17 + self.distance_m / 111_200.0 if self.has_fix else None,
            lon_deg=24.94 if self.has_fix else None,
            sigma_m=2.5 if self.has_fix else None,
            position_age_s=0.1 if self.has_fix else None,
            distance_m=self.distance_m,
            mount=MountState.CALIBRATED,
            turn_rps=0.0,
            impact_mps2=self.impact_mps2,
            tilt_rad=self.tilt_rad,
        )
        due = [edge for edge in self.edges if edge.t_ns <= self.now_ns]
        self.edges = [edge for edge in self.edges if edge.t_ns > self.now_ns]
        self.out = self.coach.step(
            CoachInput(
                now_ns=self.now_ns,
                utc_s=None if self.utc0_s is None else self.utc0_s + self.now_s,
                wall_utc_s=self.wall_s + self.now_s,
                edges=due,
                is_partner_linked=self.partner,
                state=runner,
                health=Health(self.now_ns, self.sources),
                place=Place(self.now_ns, True, None, "w1", None, Suitability.GOOD, (), False),
                status=self.status,
                last_alert_ns=self.last_alert_ns,
                last_caution_ns=self.last_caution_ns,
                last_look_ns=self.last_look_ns,
                limits=self.limits,
            )
        )
        self._keep(self.out)
        return self.out

    def _keep(self, out: CoachOutput) -> None:
        for change in out.changes:
            before = self.files[change.name] if change.is_append else b""
            self.files[change.name] = before + change.data
        looks = {C.LOOK_LEFT, C.LOOK_RIGHT}
        if any(fact.condition in looks for fact in out.conditions):
            self.last_look_ns = self.now_ns
        self.seen += [(self.now_s, fact.condition) for fact in out.conditions]
        self.facts += out.conditions
        self.requests += out.requests
        if not self.phases or self.phases[-1] is not out.state.phase:
            self.phases.append(out.state.phase)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self.tick()

    def until(self, phase: Phase, most_s: float = 200.0) -> float:
        """Run until a phase begins; return how long it took."""
        begin_s = self.now_s
        while self.phase() is not phase:
            self.tick()
            assert self.now_s - begin_s < most_s, f"stays {self.phase()}"
        return self.now_s - begin_s

    def press(self, *held_s: float) -> None:
        """Press, once for each length, 0.15 s apart; run until it is understood."""
        at_ns = self.now_ns + 1_000_000
        for held in held_s:
            self.edges.append(ButtonEdge(at_ns, is_pressed=True))
            at_ns += round(held * 1e9)
            self.edges.append(ButtonEdge(at_ns, is_pressed=False))
            at_ns += 150_000_000
        self.run(sum(held_s) + 0.15 * len(held_s) + 0.6)

    def start(self) -> None:
        self.tick()
        self.press(0.2)

    def count(self, condition: Condition) -> int:
        return sum(seen is condition for _, seen in self.seen)

    def times(self, condition: Condition) -> list[float]:
        return [t for t, seen in self.seen if seen is condition]

    def is_partner_mode(self) -> bool:
        return self.state.state.is_partner_mode

    def is_recording(self) -> bool:
        return self.state.state.is_recording

    def lines(self) -> list[Mapping[str, object]]:
        return [msgspec.json.decode(t) for t in self.files[JOURNAL].splitlines() if t]

    def whats(self) -> list[object]:
        return [line["what"] for line in self.lines()]
