"""Lays the bouts to come over the known line at each rest, and tells when their place comes."""

from __future__ import annotations

from backrun_pi.coach.bout_plan import Wanted, lay_bouts
from backrun_pi.coach.inputs import CoachInput
from backrun_pi.coach.intervals import Programme
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import BoutPlan, Direction, Phase

_RESTS = frozenset({Phase.WARM_UP, Phase.RECOVER})
_LEAST_MPS = 0.5  # a slower walk is none to plan with
_SETTLED_S = 5.0  # of walking forward: the way along the line is known by then
_OFF_LINE_S = 10.0  # off the line for longer than this, the plan is given up


class Planner:
    """Keeps the plan of the bouts to come."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self._plan: BoutPlan | None = None
        self._index: int | None = None
        self._from_m = 0.0
        self._off_s = 0.0
        self._end_by_s: float | None = None

    def step(self, given: CoachInput, dt_s: float, programme: Programme) -> BoutPlan | None:
        """Advance by a tick; return the plan when a new one was made."""
        self._off_s = 0.0 if given.line_place is not None else self._off_s + dt_s
        if self._off_s > _OFF_LINE_S:
            self._plan = None
        programme.place_comes_in_m = self._to_go_m(given, programme)
        if programme.phase not in _RESTS or self._index == programme.index:
            return None
        walks_s = 0.0 if programme.elapsed_s < _SETTLED_S else programme.elapsed_s
        plan = self._laid(given, programme) if walks_s else None
        if plan is None or given.state is None:
            return None
        self._plan, self._index = plan, programme.index
        self._from_m = given.state.distance_m
        programme.plan_length(plan.bouts[0].backward_s)
        return plan

    def _to_go_m(self, given: CoachInput, programme: Programme) -> float | None:
        """Return the way to the place of the next bout, None without a plan for it."""
        if self._plan is None or given.state is None or self._index != programme.index:
            return None
        gone_m = given.state.distance_m - self._from_m
        return self._plan.bouts[0].walk_m - gone_m

    def _laid(self, given: CoachInput, programme: Programme) -> BoutPlan | None:
        state, ground, place = given.state, given.ground, given.line_place
        if not self._settings.plan_longer_share:  # asked to go by the clock
            return None
        if state is None or ground is None or place is None:
            return None
        is_walking = state.direction is Direction.FORWARD and state.speed_mps is not None
        if not is_walking or (state.speed_mps or 0.0) < _LEAST_MPS:
            return None
        wanted = self._wanted(programme, state.speed_mps or _LEAST_MPS, given.now_ns * 1e-9)
        if wanted is None:
            return None
        bouts = lay_bouts(ground, place.along_m, wanted, is_onward=place.is_onward)
        if not bouts:
            return None
        return BoutPlan(given.now_ns, programme.bouts - len(bouts), bouts)

    def _wanted(self, programme: Programme, forward_mps: float, now_s: float) -> Wanted | None:
        bouts_s, rest_s = programme.coming_bouts_s(), programme.rest_s()
        remaining_s = programme.remaining_s
        if not bouts_s or rest_s is None or remaining_s is None:
            return None
        clock_s = remaining_s + sum(bouts_s) + rest_s * (len(bouts_s) - 1)
        if self._end_by_s is None:
            self._end_by_s = now_s + clock_s * (1.0 + self._settings.plan_longer_share)
        return Wanted(
            bouts_s=bouts_s,
            first_walk_s=remaining_s,
            rest_s=rest_s,
            forward_mps=forward_mps,
            backward_mps=programme.next_backward_mps(),
            spare_s=max(0.0, self._end_by_s - now_s - clock_s),
        )
