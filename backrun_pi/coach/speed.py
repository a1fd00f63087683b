"""Too fast for the plan, with hysteresis, and how fast three metres backward were."""

from __future__ import annotations

from collections import deque

from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, Condition, Direction, RunnerState

READINESS_M = 3.0  # the 3 m backward walk test (Carter; Polo-Ferrero 2025)
_SAMPLE_NS = 100_000_000


class SpeedCap:
    """States TOO_FAST from well above the cap until back at it."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self._above_ns: int | None = None
        self._is_stated = False

    def step(
        self, now_ns: int, speed_mps: float | None, cap_mps: float | None, *, from_steps: bool
    ) -> ActiveCondition | None:
        """Return the fact while it holds. An unknown speed is never too fast."""
        if speed_mps is None or cap_mps is None:
            self._above_ns, self._is_stated = None, False
            return None
        settings = self._settings
        on = settings.too_fast_steps if from_steps else settings.too_fast_on
        if speed_mps > cap_mps * on:
            if self._above_ns is None:
                self._above_ns = now_ns
            if now_ns - self._above_ns >= settings.too_fast_s * 1e9:
                self._is_stated = True
        else:
            self._above_ns = None
            if speed_mps <= cap_mps * settings.too_fast_off:
                self._is_stated = False
        if not self._is_stated:
            return None
        return ActiveCondition(
            Condition.TOO_FAST, (f"{speed_mps:.2f} m/s, the plan allows {cap_mps:.2f}",)
        )


class Readiness:
    """Three metres backward at the wearer's own pace, at the start of the first bout.

    The 3 m backward walk test asks for the fastest pace that feels right, so no cap counts
    while it lasts. It is timed by fresh fixes only: steps give the way to 25 %, which is most
    of the difference between the two limits.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque()
        self.best_s: float | None = None

    def step(self, now_ns: int, state: RunnerState | None, *, is_fresh: bool) -> None:
        """Note the way covered; call it during the first bout."""
        if state is None or state.direction is not Direction.BACKWARD or not is_fresh:
            self._seen.clear()
            return
        seen = self._seen
        if seen and now_ns - seen[-1][0] < _SAMPLE_NS:
            return
        seen.append((now_ns, state.distance_m))
        while len(seen) > 1 and state.distance_m - seen[1][1] >= READINESS_M:
            seen.popleft()
        first_ns, first_m = seen[0]
        way_m = state.distance_m - first_m
        if way_m >= READINESS_M:
            took_s = (now_ns - first_ns) * 1e-9 * READINESS_M / way_m
            self.best_s = took_s if self.best_s is None else min(self.best_s, took_s)
