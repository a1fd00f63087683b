"""What each action of the script means for the body: aims, blows, and what follows."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable

from backrun_pi.geo import wrap_pi
from backrun_pi.sim import gaits
from backrun_pi.sim.footforce import stairs
from backrun_pi.sim.gaits import Gait
from backrun_pi.sim.pose import Blow, Twist
from backrun_pi.sim.runner import Aim, Runner
from backrun_pi.sim.scenario_tables import RunnerTable, ScriptStep

_LOOK_S, _LOOK_RAD = 1.4, math.radians(20.0)  # what the pelvis does of a look back
_PIVOT_S = 1.6  # half a turn of the body while the course goes on
_STAND_BETWEEN_S = 1.5  # stop, then back the way they came
_BLOWS: dict[str, tuple[Blow, ...]] = {
    # crouch, push off, 0.4 s of flight, landing: the impulses add up to nothing
    "jump": (
        Blow(0.0, 0.30, (0.0, 0.0, -4.0)),
        Blow(0.30, 0.25, (0.5, 0.0, 14.3)),
        Blow(0.55, 0.42, (0.0, 0.0, -gaits.G)),
        Blow(0.97, 0.10, (-1.0, 0.5, 26.0)),
        Blow(1.07, 0.16, (0.0, 0.0, 3.4)),
    ),
    # the seat lies 0.35 m behind and below: nod, pelvis back and down, the seat
    "sit": (
        Blow(0.3, 0.5, (-1.4, 0.0, 0.0)),
        Blow(0.35, 0.45, (0.0, 0.0, -1.8)),
        Blow(0.8, 0.5, (1.4, 0.0, 0.5)),
        Blow(1.25, 0.1, (0.0, 0.0, 9.0)),
    ),
    # half a second of partly free fall, then the ground
    "fall": (
        Blow(0.1, 0.55, (0.0, 0.0, -5.5)),
        Blow(0.65, 0.08, (0.0, 15.0, 70.0)),
        Blow(0.78, 0.10, (0.0, 0.0, -3.0)),
        Blow(0.92, 0.06, (0.0, 0.0, 9.0)),
    ),
    "table": (
        Blow(0.3, 0.5, (1.5, -1.0, 1.0)),
        Blow(0.9, 0.5, (-1.5, 1.0, -1.0)),
        Blow(2.3, 0.05, (0.0, 0.0, 18.0)),
    ),
    "in_hand": (Blow(0.3, 0.4, (1.5, -1.0, 1.0)), Blow(0.7, 0.4, (-1.5, 1.0, -1.0))),
}
_RISE = (
    Blow(0.2, 0.45, (1.4, 0.0, 0.0)),
    Blow(0.45, 0.35, (0.0, 0.0, 3.0)),
    Blow(0.65, 0.45, (-1.4, 0.0, 0.0)),
    Blow(0.8, 0.45, (0.0, 0.0, -2.2)),
)
_SEATED_RAD = math.radians(-12.0)
_NOD_RAD, _NOD_S, _RISE_S = math.radians(30.0), 0.7, 1.3  # of the trunk, to sit and to rise


class Actor:
    """Turns steps into aims at their time, also those that a step brings with it."""

    def __init__(self, runner: Runner, table: RunnerTable) -> None:
        self._runner, self._table = runner, table
        self._later: list[tuple[float, int, Callable[[float], None]]] = []
        self._count = itertools.count()
        self._last: ScriptStep = ScriptStep("stand", at_s=0.0)

    def next_s(self) -> float:
        """Return when something is due."""
        return self._later[0][0] if self._later else math.inf

    def due(self, at_s: float) -> None:
        """Do everything that is due at `at_s`."""
        while self._later and self._later[0][0] <= at_s + 1e-9:
            _, _, act = heapq.heappop(self._later)
            act(at_s)

    def plan(self, step: ScriptStep, at_s: float) -> None:
        """Do a step at its time."""
        self._put(at_s, lambda now_s: self._do(step, now_s))

    def _put(self, at_s: float, act: Callable[[float], None]) -> None:
        heapq.heappush(self._later, (at_s, next(self._count), act))

    def _do(self, step: ScriptStep, at_s: float) -> None:
        before, self._last = self._last, step
        if before.do == "sit" and step.do not in ("sit", "look", "fall"):
            now = self._runner.present(at_s)
            self._runner.blow(*_at(at_s, _RISE))
            nod = Aim(gaits.STILL, 0.0, now.beta_rad, _NOD_RAD, shift_m=now.shift_m)
            self._runner.aim(at_s, nod, _NOD_S)
            self._put(at_s + _RISE_S, lambda later_s: self._after(step, step, later_s))
            return
        if before.do == "turn":
            self._settle_turn(at_s)
        if step.do == "look":
            self._last = before
            self._look(step, at_s)
            return
        if step.do in _BLOWS:
            self._runner.blow(*_at(at_s, _BLOWS[step.do]))
        if step.do in ("stand", "jump", "sit", "fall", "table"):
            self._stop(step, at_s)
        elif step.do == "loiter":
            now = self._runner.present(at_s)
            about = Aim(gaits.loiter(), 0.0, now.beta_rad, shift_m=now.shift_m)
            self._runner.aim(at_s, about, self._get_up(now, 1.5))
        elif step.do == "in_hand":
            self._take_in_hand(step, at_s)
        elif step.do == "turn":
            self._turn(step, at_s)
        elif step.do in ("sidestep", "rejoin"):
            self._sidestep(step, before, at_s)
        else:
            self._go(step, at_s)

    def _go(self, step: ScriptStep, at_s: float) -> None:
        runner, now = self._runner, self._runner.present(at_s)
        is_backward = step.do.endswith("backward")
        gait, speed_mps = self._gait(step)
        must_turn = is_backward != (abs(wrap_pi(now.beta_rad)) > math.pi / 2.0)
        if must_turn and step.turn == "stop":
            if now.speed_mps > 0.1:
                self._stop(ScriptStep("stand"), at_s)
                self._put(at_s + _STAND_BETWEEN_S, lambda later_s: self._go(step, later_s))
                return
            runner.turn_back()
            now = runner.present(at_s)
        wanted = math.pi if is_backward else 0.0
        beta = now.beta_rad + wrap_pi(wanted - now.beta_rad)
        ease_s = 1.2 + abs(speed_mps - now.speed_mps) * 0.4
        if must_turn and step.turn == "pivot":
            ease_s = max(ease_s, _PIVOT_S)
        runner.aim(
            at_s, Aim(gait, speed_mps, beta, shift_m=now.shift_m), self._get_up(now, ease_s)
        )

    def _stop(self, step: ScriptStep, at_s: float) -> None:
        now = self._runner.present(at_s)
        pitch_rad, roll_rad, sway, ease_s = 0.0, 0.0, 1.0, 0.8 + 0.35 * now.speed_mps
        if step.do == "fall":
            falls_back = self._runner.is_backward
            pitch_rad, roll_rad = math.radians(-78.0 if falls_back else 78.0), 0.15
            sway, ease_s = 0.1, 0.75
        elif step.do == "sit":
            nod = Aim(gaits.STILL, 0.0, now.beta_rad, _NOD_RAD, shift_m=now.shift_m)
            back = Aim(
                gait=gaits.STILL,
                speed_mps=0.0,
                beta_rad=now.beta_rad,
                pitch_rad=_SEATED_RAD,
                roll_rad=0.0,
                shift_m=now.shift_m,
                sway=0.4,
            )
            self._runner.aim(at_s, nod, _NOD_S)
            self._put(at_s + _NOD_S, lambda later_s: self._rest(step, back, later_s, 0.8))
            return
        elif step.do == "table":
            pitch_rad, roll_rad, sway, ease_s = 0.05, math.radians(88.0), 0.0, 2.4
        else:
            ease_s = self._get_up(now, ease_s)
        aim = Aim(
            gait=gaits.STILL,
            speed_mps=0.0,
            beta_rad=now.beta_rad,
            pitch_rad=pitch_rad,
            roll_rad=roll_rad,
            shift_m=now.shift_m,
            sway=sway,
        )
        self._runner.aim(at_s, aim, ease_s)

    def _take_in_hand(self, step: ScriptStep, at_s: float) -> None:
        """Take it off the belt: upright in a hanging hand, or tipped towards the eyes."""
        now = self._runner.present(at_s)
        speed_mps = 0.0 if step.speed_mps is None else step.speed_mps
        pitch_rad = math.radians(-50.0 if speed_mps == 0.0 else 8.0)
        gait = gaits.in_hand(speed_mps)
        aim = Aim(
            gait=gait,
            speed_mps=speed_mps,
            beta_rad=now.beta_rad,
            pitch_rad=pitch_rad,
            roll_rad=0.15,
            shift_m=now.shift_m,
        )
        self._runner.aim(at_s, aim, 1.2)

    def _turn(self, step: ScriptStep, at_s: float) -> None:
        now = self._runner.present(at_s)
        angle_rad = math.radians(step.angle_deg)
        ease_s = max(0.8, abs(angle_rad) / 1.4)
        gait = gaits.shuffle()
        aim = Aim(gait, 0.0, now.beta_rad - angle_rad, shift_m=now.shift_m)
        self._runner.aim(at_s, aim, ease_s)
        still = Aim(gaits.STILL, 0.0, aim.beta_rad, shift_m=now.shift_m)
        self._put(at_s + ease_s, lambda later_s: self._rest(step, still, later_s))

    def _look(self, step: ScriptStep, at_s: float) -> None:
        """Turn the head and, with it, a part of the trunk."""
        turn_rad = math.copysign(_LOOK_RAD, step.angle_deg)
        self._runner.twist(Twist(at_s, _LOOK_S, turn_rad))

    def _rest(self, step: ScriptStep, still: Aim, at_s: float, ease_s: float = 0.5) -> None:
        if self._last is step:
            self._runner.aim(at_s, still, ease_s)

    def _settle_turn(self, at_s: float) -> None:
        """After a turn on the spot the way they face is the way they go."""
        if abs(wrap_pi(self._runner.present(at_s).beta_rad)) > math.pi / 2.0:
            self._runner.turn_back()

    def _sidestep(self, step: ScriptStep, before: ScriptStep, at_s: float) -> None:
        now = self._runner.present(at_s)
        is_still = now.speed_mps < 0.1
        gait = gaits.shuffle() if is_still else now.gait
        shift_m = 0.0 if step.do == "rejoin" else now.shift_m + step.offset_m
        ease_s = max(1.5, abs(shift_m - now.shift_m) / 0.6)
        aim = Aim(gait, now.speed_mps, now.beta_rad, shift_m=shift_m)
        self._runner.aim(at_s, aim, ease_s)
        after = before if before.do not in _BLOWS else ScriptStep("stand")
        self._put(at_s + ease_s, lambda later_s: self._after(step, after, later_s))

    def _after(self, step: ScriptStep, after: ScriptStep, at_s: float) -> None:
        if self._last is step:
            self._do(after, at_s)

    def _get_up(self, now: Aim, ease_s: float) -> float:
        lies = max(abs(now.pitch_rad), abs(now.roll_rad)) > math.radians(40.0)
        return max(2.5, ease_s) if lies else ease_s

    def _gait(self, step: ScriptStep) -> tuple[Gait, float]:
        table = self._table
        default_mps = {
            "walk_forward": table.walk_mps,
            "walk_backward": table.backward_mps,
            "run_forward": table.run_mps,
            "run_backward": table.run_backward_mps,
        }.get(step.do, 0.55)  # stairs: 0.55 m/s over ground
        speed_mps = default_mps if step.speed_mps is None else step.speed_mps
        make: dict[str, Callable[[float], Gait]] = {
            "walk_forward": gaits.walk_forward,
            "walk_backward": gaits.walk_backward,
            "run_forward": gaits.run_forward,
            "run_backward": gaits.run_backward,
            "stairs_up": lambda _: stairs(is_up=True),
            "stairs_down": lambda _: stairs(is_up=False),
        }
        gait = make[step.do](speed_mps)
        if step.cadence_spm is not None:
            gait = Gait(step.cadence_spm / 120.0, gait.waves, gait.lean_rad)
        return gait, speed_mps


def _at(at_s: float, blows: tuple[Blow, ...]) -> tuple[Blow, ...]:
    return tuple(Blow(at_s + b.at_s, b.for_s, b.accel_mps2) for b in blows)
