"""The clock of a programme: steps and repeats, countdowns, bouts that begin when he does."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.coach.plan import Plan, Step, Treadmill, Week
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, Condition, Direction, Gait, Phase, RunnerState

COUNTDOWN_S = (3, 2, 1)
_NOT_COUNTED = 1e9
_MOVING = (Gait.WALK, Gait.RUN, Gait.TURNING)


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of the flat programme."""

    step: Step
    """What to do."""
    repeat: int
    """[-] Number of the repeat it belongs to, from 1."""


@dataclass(frozen=True, slots=True)
class Bout:
    """A backward bout that is over."""

    number: int
    """[-] From 1."""
    planned_s: float | None
    """[s] Planned length; None when not by time."""
    backward_s: float
    """[s] Time that counted."""
    is_early: bool
    """It ended before its length was reached."""


def flatten(plan: Plan, week: Week, repeats: int) -> tuple[Planned, ...]:
    """Return all steps of a session, warm-up first; `repeats` 0 takes the week's number.

    The week's steps are gone through exactly `repeats` times. Unless the week has a last
    rest, the forward steps after the last backward one are dropped: the cool-down follows.
    """
    count = repeats or week.repeats
    flat = [Planned(step, n) for n in range(1, count + 1) for step in week.steps]
    while not week.has_last_rest and flat[-1].step.go == "forward":
        flat.pop()
    warm_up = Planned(Step(go="forward", time_s=plan.warm_up_s), 0)
    cool_down = Planned(Step(go="forward", time_s=plan.cool_down_s), count)
    return (warm_up, *flat, *((cool_down,) if plan.cool_down_s > 0 else ()))


class Programme:
    """Where the wearer is in the programme.

    Steps: 1. A forward step runs by the clock. 2. A backward step waits until he really moves
    backward; after `onset_wait_s` it reminds, and an unknown direction is then enough while he
    moves. 3. From then on its clock counts backward motion: it stands still while he stands
    or walks forward, and a bout left for `lapse_s` is over early.
    """

    def __init__(
        self,
        planned: tuple[Planned, ...],
        settings: CoachSettings,
        treadmill: Treadmill | None = None,
    ) -> None:
        """Begin with the first step; there is always a warm-up.

        Args:
            planned: All steps.
            settings: Of the room.
            treadmill: Speeds of the belt; None on the ground.
        """
        self._planned = planned
        self._settings = settings
        self._treadmill = treadmill
        self.index = 0
        self.elapsed_s = 0.0
        self.has_begun = False
        self.is_done = False
        self._waited_s = 0.0
        self._reminders = 0
        self._lapsed_s = 0.0
        self._from_m: float | None = None
        self._counted_s = _NOT_COUNTED
        self._bout_s = 0.0

    @property
    def current(self) -> Planned | None:
        """Return the step under way."""
        return None if self.is_done else self._planned[self.index]

    @property
    def repeats(self) -> int:
        """Return the number of repeats."""
        return self._planned[-1].repeat

    @property
    def phase(self) -> Phase:
        """Return what the step under way asks for."""
        current = self.current
        if current is None:
            return Phase.FREE
        if current.step.go == "backward":
            return Phase.BACKWARD
        if current.repeat == 0:
            return Phase.WARM_UP
        is_after_last = all(p.step.go == "forward" for p in self._planned[self.index :])
        return Phase.COOL_DOWN if is_after_last else Phase.RECOVER

    @property
    def remaining_s(self) -> float | None:
        """Return what is left of a step by time."""
        current = self.current
        if current is None or current.step.time_s is None:
            return None
        return max(0.0, current.step.time_s - self.elapsed_s)

    @property
    def cap_mps(self) -> float | None:
        """Return the speed cap now; on a treadmill that is the belt's speed."""
        current = self.current
        if current is None or self._treadmill is not None:
            return self.belt_mps
        return current.step.cap_at(self.elapsed_s)

    @property
    def belt_mps(self) -> float | None:
        """Return what the belt is to be set to now; None on the ground or without a word."""
        current = self.current
        if current is None or self._treadmill is None:
            return None
        return self._treadmill.belt_mps(current.step, current.repeat)

    def restore(self, index: int, elapsed_s: float) -> None:
        """Go on where a saved session was."""
        self.index = min(index, len(self._planned))
        self.is_done = self.index >= len(self._planned)
        self.elapsed_s = elapsed_s
        current = self.current
        self._bout_s = elapsed_s if current and current.step.go == "backward" else 0.0

    def step(
        self, dt_s: float, state: RunnerState | None, *, may_go_back: bool = True
    ) -> tuple[tuple[ActiveCondition, ...], tuple[Bout, ...]]:
        """Advance by one tick; return the cues and the bouts that are over.

        Args:
            dt_s: [s] Since the last tick.
            state: What the wearer does, as last known.
            may_go_back: No bout is begun while False; one under way goes on.
        """
        current = self.current
        if current is None:
            return (), ()
        if current.step.go == "forward":
            return self._go_forward(dt_s, state, current, may_go_back=may_go_back)
        if not self.has_begun:
            return self._wait(dt_s, state)
        if _goes_backward(state):
            self._lapsed_s = 0.0
            self._bout_s += dt_s
            return self._advance(dt_s, state, current)
        if state is not None and state.direction is Direction.FORWARD:
            self._lapsed_s += dt_s
        if self._lapsed_s >= self._settings.lapse_s:
            return self._next(is_early=True)
        return (), ()

    def skip(self) -> tuple[tuple[ActiveCondition, ...], tuple[Bout, ...]]:
        """End an open step."""
        return self._next(is_early=False)

    def _go_forward(
        self, dt_s: float, state: RunnerState | None, current: Planned, *, may_go_back: bool
    ) -> tuple[tuple[ActiveCondition, ...], tuple[Bout, ...]]:
        strays = self._stray(dt_s, state)
        if not may_go_back and self._is_before_bout():
            self._hold(dt_s, current.step)
            return strays, ()
        facts, bouts = self._advance(dt_s, state, current)
        return facts or strays, bouts

    def _is_before_bout(self) -> bool:
        after = self._planned[self.index + 1 : self.index + 2]
        return any(planned.step.go == "backward" for planned in after)

    def _hold(self, dt_s: float, step: Step) -> None:
        """Let a forward step by time run until just before its countdown, and no further."""
        if step.time_s is not None:
            latest_s = max(0.0, step.time_s - COUNTDOWN_S[0] - dt_s)
            self.elapsed_s = min(self.elapsed_s + dt_s, latest_s)

    def _stray(self, dt_s: float, state: RunnerState | None) -> tuple[ActiveCondition, ...]:
        """Remind who goes on backward in a forward step: he missed the switch."""
        if (
            state is None
            or state.direction is not Direction.BACKWARD
            or not _goes_backward(state)
        ):
            return ()
        self._waited_s += dt_s
        if self._waited_s < self._settings.onset_wait_s * (self._reminders + 1):
            return ()
        self._reminders += 1
        because = f"still backward after {self._waited_s:.0f} s"
        return (
            ActiveCondition(
                Condition.SWITCH_FORWARD, (because,), f"reminder {self._reminders}"
            ),
        )

    def _wait(
        self, dt_s: float, state: RunnerState | None
    ) -> tuple[tuple[ActiveCondition, ...], tuple[Bout, ...]]:
        settings = self._settings
        self._waited_s += dt_s
        is_late = self._waited_s >= settings.onset_wait_s
        is_backward = state is not None and state.direction is Direction.BACKWARD
        is_perhaps = is_late and (state is None or state.direction is Direction.UNKNOWN)
        if _goes_backward(state) and (is_backward or is_perhaps):
            self.has_begun = True
            return (), ()
        if self._waited_s >= settings.onset_most_s:
            return self._next(is_early=True)
        if self._waited_s >= settings.onset_wait_s * (self._reminders + 1):
            self._reminders += 1
            because = f"no backward motion for {self._waited_s:.0f} s"
            return (ActiveCondition(Condition.REMIND_BACKWARD, (because,)),), ()
        return (), ()

    def _advance(
        self, dt_s: float, state: RunnerState | None, current: Planned
    ) -> tuple[tuple[ActiveCondition, ...], tuple[Bout, ...]]:
        before_s = self.elapsed_s
        self.elapsed_s += dt_s
        step = current.step
        if step.distance_m is not None:
            return self._advance_distance(state, step.distance_m)
        if step.time_s is None:
            return (), ()
        if self.elapsed_s >= step.time_s - 1e-6:
            return self._next(is_early=False)
        return countdown(step.time_s - before_s, step.time_s - self.elapsed_s), ()

    def _advance_distance(
        self, state: RunnerState | None, distance_m: float
    ) -> tuple[tuple[ActiveCondition, ...], tuple[Bout, ...]]:
        if state is None:
            return (), ()
        if self._from_m is None:
            self._from_m = state.distance_m
        left_m = distance_m - (state.distance_m - self._from_m)
        if left_m <= 0.0:
            return self._next(is_early=False)
        if not state.speed_mps:
            return (), ()
        before_s = self._counted_s
        self._counted_s = min(before_s, left_m / state.speed_mps)
        return countdown(before_s, self._counted_s), ()

    def _next(self, *, is_early: bool) -> tuple[tuple[ActiveCondition, ...], tuple[Bout, ...]]:
        left = self._planned[self.index]
        self.index += 1
        self.is_done = self.index >= len(self._planned)
        after = self.current
        self.elapsed_s, self._waited_s, self._lapsed_s = 0.0, 0.0, 0.0
        self._reminders = 0
        self._from_m = None
        self._counted_s = _NOT_COUNTED
        is_same_bout = after is not None and left.step.go == after.step.go == "backward"
        is_same_repeat = after is not None and after.repeat == left.repeat
        if is_same_bout and is_same_repeat and self.has_begun and not is_early:
            return (ActiveCondition(Condition.COUNTDOWN, ("next step",), "step"),), ()
        bouts: tuple[Bout, ...] = ()
        if left.step.go == "backward":
            bouts = (Bout(left.repeat, self._planned_s(left.repeat), self._bout_s, is_early),)
        self.has_begun = False
        self._bout_s = 0.0
        go = "forward" if after is None else after.step.go
        return ((switch_to(go),) if go != left.step.go or go == "backward" else ()), bouts

    def _planned_s(self, repeat: int) -> float | None:
        total_s = 0.0
        for planned in self._planned:
            if planned.repeat == repeat and planned.step.go == "backward":
                if planned.step.time_s is None:
                    return None
                total_s += planned.step.time_s
        return total_s


def switch_to(go: str) -> ActiveCondition:
    """Return the cue to change direction."""
    if go == "backward":
        return ActiveCondition(Condition.SWITCH_BACKWARD, ("backward now",))
    return ActiveCondition(Condition.SWITCH_FORWARD, ("forward now",))


def countdown(before_s: float, remaining_s: float) -> tuple[ActiveCondition, ...]:
    """Return the tick of a full second that was passed between two moments, if any."""
    for second in COUNTDOWN_S:
        if before_s > second + 1e-6 and remaining_s <= second + 1e-6:
            return (
                ActiveCondition(
                    Condition.COUNTDOWN, (f"{second} s to the switch",), str(second)
                ),
            )
    return ()


def _goes_backward(state: RunnerState | None) -> bool:
    """Return whether this may be backward motion; losing the sense of it stops no clock."""
    if state is None:
        return True
    if state.direction is Direction.BACKWARD:
        return state.gait is not Gait.STILL
    return state.direction is Direction.UNKNOWN and state.gait in (*_MOVING, Gait.UNKNOWN)
