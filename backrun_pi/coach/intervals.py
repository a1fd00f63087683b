"""The clock of a programme: steps, countdowns, bouts that begin when the wearer does."""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.coach.bout import Bout, Progress
from backrun_pi.coach.countdown import TICK_S, countdown, switch_to
from backrun_pi.coach.going import Going
from backrun_pi.coach.holding import Wait
from backrun_pi.coach.plan import Treadmill
from backrun_pi.coach.reminders import Reminders
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.step_position import StepPosition
from backrun_pi.coach.steps import Planned, bout_time_s
from backrun_pi.messages import (
    COUNTDOWN_S,
    ActiveCondition,
    BoutLimit,
    Condition,
    Direction,
    Phase,
)

_BEFORETICK_S = 0.1  # before a countdown: its first tick is given
_WALK_FIRST_S = 5.0  # after a pause a rest goes on for so long at least, countdown included
_AFTER_CAUTION_S = 2.0  # the caution is felt to its end before the countdown
_EARLY_S = 6.0  # a change with less than this to go, countdown included, is going early
_STANDS_S = 1.0  # standing for this long before a switch: it waits


_NOTHING = Progress()


class Programme(StepPosition):
    """Where the wearer is in the programme.

    Steps: 1. A rest runs by the clock, but its clock stands while the wearer goes on backward.
    2. Its switch to backward waits for a clear place and for somebody on their feet. 3. The
    bout then waits for real backward motion; after `onset_wait_s` it reminds, and an unknown
    direction is then enough. 4. From then on its clock counts backward motion: it stands still
    while the wearer stands or walks forward, and a bout left for `lapse_s` is over early. 5. It
    ends a little early before something on the course, and later bouts take over the rest.
    6. From the first tick of a countdown on, a step runs out by real time. 7. A change of
    direction a little early, or while a switch waits, begins the next step.
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
        super().__init__(planned, settings, treadmill)
        self._reminders = Reminders(settings)
        self.has_begun = False
        self.beyond_s = 0.0
        """[s] Backward in the present rest, after the switch."""
        self.held_because: str | None = None
        """Why the switch waits now."""
        self.place_comes_in_m: float | None = None
        """[m] Way to the place that the plan has for the next bout; None without one."""
        self._planned_length_s: float | None = None
        self._left_s: float | None = None
        self._cut_because: str | None = None
        self._lapsed_s = 0.0
        self._from_m: float | None = None
        self._bout_s = 0.0
        self._doubted_s = 0.0
        self._has_walked = False

    def restore(self, index: int, elapsed_s: float) -> None:
        """Go on where a saved session was."""
        self.index = min(index, len(self._planned))
        self.is_done = self.index >= len(self._planned)
        self.elapsed_s = elapsed_s
        current = self.current
        is_bout = current is not None and current.step.go == "backward"
        self._bout_s = elapsed_s if is_bout else 0.0
        self.go_on()

    def go_on(self) -> None:
        """Go on after a pause: no countdown is begun in its middle, and a rest is a rest."""
        self._left_s = None
        current = self.current
        if current is None or current.step.time_s is None:
            return
        left_s = COUNTDOWN_S + _BEFORETICK_S
        if current.step.go == "forward":
            left_s = _WALK_FIRST_S
        latest_s = current.step.time_s + self._extra_s - left_s
        self.elapsed_s = max(0.0, min(self.elapsed_s, latest_s))

    def step(
        self,
        dt_s: float,
        going: Going,
        limits: Sequence[BoutLimit] = (),
        *,
        may_go_back: bool = True,
    ) -> Progress:
        """Advance by one tick.

        Args:
            dt_s: [s] Since the last tick.
            going: What the wearer does.
            limits: What lies on the course, nearest first.
            may_go_back: No bout is begun while False; one under way goes on.
        """
        self.held_because = None
        current = self.current
        if current is None:
            return _NOTHING
        if current.step.go == "forward":
            return self._rest(dt_s, going, limits, may_go_back=may_go_back)
        if not self.has_begun:
            return self._wait(dt_s, going)
        return self._go_backward(dt_s, going, limits)

    def plan_length(self, length_s: float) -> None:
        """Take the length that the plan has for the next bout, in seconds."""
        self._planned_length_s = length_s

    def skip(self) -> Progress:
        """End an open step."""
        return self._next(is_early=False)

    # --- forward ------------------------------------------------------------------------

    def _rest(
        self, dt_s: float, going: Going, limits: Sequence[BoutLimit], *, may_go_back: bool
    ) -> Progress:
        reminder = Progress(self._note_beyond(dt_s, going))
        self._has_walked = self._has_walked or going.direction is Direction.FORWARD
        if self._left_s is not None:
            return self._run_out_rest(dt_s, may_go_back=may_go_back)
        is_owed = self.phase is Phase.RECOVER and self.beyond_s > self._settings.rest_late_s
        if may_go_back and self._goes_back_early(going):
            # Nobody who goes backward already is counted down to it.
            return self._next(is_early=False) if going.is_surely_backward else reminder
        if is_owed and going.is_backward:
            return reminder
        if not self._is_ending(dt_s, going):
            self.elapsed_s += dt_s
            return reminder
        if not self._is_before_bout():
            return self._begin_countdown(dt_s)
        return self._end_rest(dt_s, going, limits, may_go_back=may_go_back) or reminder

    def _run_out_rest(self, dt_s: float, *, may_go_back: bool) -> Progress:
        if may_go_back or not self._is_before_bout():
            return self._run_out(dt_s)
        self.go_on()
        return _NOTHING

    def _end_rest(
        self, dt_s: float, going: Going, limits: Sequence[BoutLimit], *, may_go_back: bool
    ) -> Progress | None:
        """Count down to a bout; None while its switch is held."""
        # A runner who is early and already goes backward need not wait for a place.
        limit = None if going.is_backward else self._first_limit(going, limits)
        if not may_go_back:
            self.held_because = "the motion sensor does not answer"
        elif going.still_s >= _STANDS_S:
            self.held_because = "standing"
        elif not going.is_backward and self._waits_for_place(dt_s, going):
            self.held_because = "its place on the line comes later"
        else:
            wait = self._holding.wait(dt_s, limit)
            if limit is None or wait is Wait.GO:
                return self._begin_countdown(dt_s)
            if wait is Wait.GIVE_UP:
                return self._give_up(limit)
            self.held_because = limit.because
        return None

    def _note_beyond(self, dt_s: float, going: Going) -> tuple[ActiveCondition, ...]:
        """Count backward motion in a rest, and remind: the switch was missed."""
        if not going.is_backward:
            return ()
        self.beyond_s += dt_s
        return self._reminders.forward(self.beyond_s)

    def _goes_back_early(self, going: Going) -> bool:
        """Return whether the bout has begun; after a missed switch the rest comes first."""
        is_rested = self._has_walked or self.phase is Phase.WARM_UP
        remaining_s = self.remaining_s
        is_near = remaining_s is not None and remaining_s <= _EARLY_S
        return is_rested and is_near and going.is_backward and self._is_before_bout()

    def _is_before_bout(self) -> bool:
        after = self._planned[self.index + 1 : self.index + 2]
        return any(planned.step.go == "backward" for planned in after)

    def _first_limit(self, going: Going, limits: Sequence[BoutLimit]) -> BoutLimit | None:
        if self._treadmill is not None or not limits:
            return None
        after = self._planned[self.index + 1]
        bout_s = bout_time_s(self._planned, after.bout)
        backward_mps = self._holding.backward_mps(after.step.cap_at(0.0))
        return self._holding.first_limit(
            limits, going.speed_mps or 0.0, backward_mps, bout_s or 0.0
        )

    def _waits_for_place(self, dt_s: float, going: Going) -> bool:
        """Return whether the planned place of the bout is further than the countdown."""
        to_go_m = self.place_comes_in_m
        countdown_m = COUNTDOWN_S * (going.speed_mps or 0.0)
        if self._treadmill is not None or to_go_m is None or to_go_m <= countdown_m:
            return False
        return self._holding.may_wait(dt_s)

    def _give_up(self, limit: BoutLimit) -> Progress:
        """Go on by the clock, with a caution, a little later."""
        step = self._planned[self.index].step
        if step.time_s is not None:
            latest_s = step.time_s + self._extra_s - COUNTDOWN_S - _AFTER_CAUTION_S
            self.elapsed_s = min(self.elapsed_s, latest_s)
        because = (f"no place without it was found: {limit.because}",)
        return Progress((ActiveCondition(Condition.NO_CLEAR_GROUND, because),))

    # --- backward -----------------------------------------------------------------------

    def _wait(self, dt_s: float, going: Going) -> Progress:
        settings = self._settings
        waited_s = self._reminders.wait(dt_s)
        is_late = waited_s >= settings.onset_wait_s
        is_perhaps = is_late and going.direction is Direction.UNKNOWN and going.may_be_backward
        if going.is_backward or is_perhaps:
            self.has_begun = True
            self._reminders.begin_step()
            if going.is_backward:  # going early, and the moment that made it sure, are the bout
                early_s = min(going.direction_s, waited_s + COUNTDOWN_S)
                self.elapsed_s = self._bout_s = early_s
            return _NOTHING
        if waited_s >= settings.onset_most_s:
            return self._next(is_early=True)
        return Progress(self._reminders.backward())

    def _go_backward(self, dt_s: float, going: Going, limits: Sequence[BoutLimit]) -> Progress:
        if self._left_s is not None:
            self._bout_s += dt_s if going.may_be_backward else 0.0
            return self._run_out(dt_s)
        if going.may_be_backward and going.direction is not Direction.FORWARD:
            self._lapsed_s = 0.0
        if not going.may_be_backward:
            return self._leave(dt_s, going)
        reminder = self._note_doubt(dt_s, going)
        self._bout_s += dt_s
        self._holding.note_backward(dt_s, going.speed_mps)
        if self._is_ending(dt_s, going) or self._cut(going, limits):
            return self._begin_countdown(dt_s)
        self.elapsed_s += dt_s
        return reminder

    def _note_doubt(self, dt_s: float, going: Going) -> Progress:
        """Remind of the bout while the steps say that they go the other way.

        Or the device is worn in front, and they go backward: then the reminder is no news.
        """
        if not going.is_doubted:
            if going.is_backward and (self._doubted_s or self._lapsed_s):
                self._doubted_s = 0.0
                self._reminders.begin_step()
            return _NOTHING
        self._doubted_s += dt_s
        return Progress(self._reminders.lapsed(self._doubted_s))

    def _leave(self, dt_s: float, going: Going) -> Progress:
        """Let a bout stand while it is left; near its end that is only going early."""
        if not going.still_s and self._is_nearly_over():
            if going.is_surely_forward:
                return self._next(is_early=False)
            if self._is_ending(dt_s, going):
                return self._begin_countdown(dt_s)
            self.elapsed_s += dt_s
            return _NOTHING
        self._lapsed_s += 0.0 if going.still_s else dt_s
        if self._lapsed_s >= self._settings.lapse_s:
            return self._next(is_early=True)
        if going.is_surely_forward:
            return Progress(self._reminders.lapsed(self._lapsed_s))
        return _NOTHING

    def _is_nearly_over(self) -> bool:
        """Return whether leaving the bout now is only going early."""
        remaining_s = self.remaining_s
        is_last = not self._of_this_bout()
        return is_last and remaining_s is not None and remaining_s <= _EARLY_S

    def _cut(self, going: Going, limits: Sequence[BoutLimit]) -> bool:
        """End a bout by time before something on the course; what is left is owed."""
        if self._treadmill is not None or not limits or self.remaining_s is None:
            return False
        left_s = self.remaining_s + sum(p.step.time_s or 0.0 for p in self._of_this_bout())
        limit = self._holding.end_limit(
            limits, going.speed_mps or 0.0, self._bout_s, left_s - COUNTDOWN_S
        )
        if limit is None:
            return False
        self.owed_s += left_s - COUNTDOWN_S
        self._extra_s -= self.remaining_s - COUNTDOWN_S
        self._cut_because = limit.because
        return True

    # --- the end of a step --------------------------------------------------------------

    def _is_ending(self, dt_s: float, going: Going) -> bool:
        """Return whether no more than a countdown is left of the step."""
        step = self._planned[self.index].step
        if step.distance_m is not None:
            return self._left_of_way_s(step.distance_m, going) <= COUNTDOWN_S
        remaining_s = self.remaining_s
        return remaining_s is not None and remaining_s - dt_s <= COUNTDOWN_S + TICK_S

    def _left_of_way_s(self, distance_m: float, going: Going) -> float:
        state = going.state
        if state is None:
            return 1e9
        if self._from_m is None:
            self._from_m = state.distance_m
        left_m = distance_m - (state.distance_m - self._from_m)
        if left_m <= 0.0:
            return 0.0
        return left_m / state.speed_mps if state.speed_mps else 1e9

    def _begin_countdown(self, dt_s: float) -> Progress:
        remaining_s = self.remaining_s
        is_on_time = remaining_s is not None and remaining_s > COUNTDOWN_S + 2 * TICK_S
        self._left_s = remaining_s if is_on_time else COUNTDOWN_S + dt_s
        return self._run_out(dt_s)

    def _run_out(self, dt_s: float) -> Progress:
        """Let the last seconds pass by real time: going early is no end of a bout."""
        before_s = self._left_s or 0.0
        self._left_s = before_s - dt_s
        self.elapsed_s += dt_s
        if self._left_s > TICK_S:
            return Progress(countdown(before_s, self._left_s))
        return self._next(is_early=False)

    def _next(self, *, is_early: bool) -> Progress:
        left = self._planned[self.index]
        same_bout = self._of_this_bout() if left.step.go == "backward" else ()
        is_within = bool(same_bout) and self.has_begun and not is_early
        if is_within and self._cut_because is None:
            self._enter(self.index + 1)
            return Progress((ActiveCondition(Condition.COUNTDOWN, ("next step",), "step"),))
        bout: Bout | None = None
        if left.step.go == "backward":
            length_s = bout_time_s(self._planned, left.bout)
            bout = Bout(left.bout, length_s, self._bout_s, is_early, self._cut_because)
        self._enter(self.index + 1 + len(same_bout))
        self._cut_because = None
        self.has_begun = False
        self._bout_s = 0.0
        after = self.current
        go = "forward" if after is None else after.step.go
        if go == "backward":
            self._extra_s = self._taken_over_s(after)
            self.owed_s = max(0.0, self.owed_s - self._extra_s)
            self._planned_length_s = None
        is_switch = go != left.step.go or go == "backward"
        return Progress((switch_to(go),) if is_switch else (), bout)

    def _taken_over_s(self, after: Planned | None) -> float:
        """Return by how much the next bout is longer or, by the plan, shorter."""
        planned_s, step_s = self._planned_length_s, after.step.time_s if after else None
        if planned_s is None or step_s is None or after is None:
            return min(self.owed_s, self._settings.bout_extra_s)
        whole_s = bout_time_s(self._planned, after.bout) or step_s
        return max(planned_s - whole_s, 5.0 - step_s)

    def _enter(self, index: int) -> None:
        self.index = index
        self.is_done = index >= len(self._planned)
        self.elapsed_s = self._lapsed_s = self._extra_s = self.beyond_s = 0.0
        self._left_s = self._from_m = None
        self._doubted_s, self._has_walked = 0.0, False
        self._reminders.begin_step()
        self._holding.begin_step()
