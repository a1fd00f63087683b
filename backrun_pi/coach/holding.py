"""Where a bout may begin and where it ends early: not towards what lies on the course."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import COUNTDOWN_S, BoutLimit

_LEAST_MPS = 0.3  # of a bout: slower is standing
_LEAST_BOUT_S = 10.0  # shorter bouts than this are not worth two changes of direction
_CUT_SHARE = 0.25  # of a bout that may be left to later ones


class Wait(Enum):
    """Whether a switch to backward waits for a place."""

    GO = "it need not"
    HOLD = "a little longer"
    GIVE_UP = "no place was found: it goes by the clock from now on"


class Holding:
    """Holds a switch to backward for a clear place, for a while."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self._held_s = self._waited_s = 0.0
        self._is_given_up = False
        self._everywhere: set[str] = set()
        self._backward_mps: float | None = None

    def begin_step(self) -> None:
        """Forget how long the switch was held."""
        self._held_s = self._waited_s = 0.0
        self._is_given_up = False

    def note_backward(self, dt_s: float, speed_mps: float | None) -> None:
        """Learn how fast the wearer goes in bouts."""
        if speed_mps is None or speed_mps < _LEAST_MPS:
            return
        known_mps = self._backward_mps
        share = min(1.0, dt_s / self._settings.pace_s)
        self._backward_mps = (
            speed_mps if known_mps is None else known_mps + share * (speed_mps - known_mps)
        )

    def backward_mps(self, cap_mps: float | None) -> float:
        """Return how fast the next bout will be, in m/s."""
        if self._backward_mps is not None:
            return self._backward_mps
        default_mps = self._settings.backward_mps
        return default_mps if cap_mps is None else min(default_mps, cap_mps)

    def first_limit(
        self,
        limits: Sequence[BoutLimit],
        forward_mps: float,
        backward_mps: float,
        bout_s: float,
    ) -> BoutLimit | None:
        """Return what keeps a bout from beginning here; None when nothing does.

        Obstacles count within `hold_s` of the switch, which a countdown precedes. Traffic
        counts as far as the bout reaches: a bout must not meet it at all. What a whole wait
        found no place without, such as bad ground, is not waited for again.

        Args:
            limits: What lies on the course.
            forward_mps: [m/s] Speed until the switch.
            backward_mps: [m/s] Speed of the bout.
            bout_s: [s] Length of the bout.
        """
        settings = self._settings
        if not settings.hold_s:
            return None
        switch_m = COUNTDOWN_S * forward_mps
        near_m = switch_m + settings.hold_s * backward_mps
        far_m = switch_m + max(0.0, bout_s - settings.bout_early_s) * backward_mps
        for limit in limits:
            if not limit.is_traffic and limit.because in self._everywhere:
                continue
            if limit.distance_m < (max(near_m, far_m) if limit.is_traffic else near_m):
                return limit
        return None

    def may_wait(self, dt_s: float) -> bool:
        """Return whether a planned place may be waited for a tick longer."""
        self._waited_s += dt_s
        return self._waited_s < self._settings.hold_most_s

    def wait(self, dt_s: float, limit: BoutLimit | None) -> Wait:
        """Return whether the switch waits a tick longer: for traffic twice as long."""
        if limit is None or self._is_given_up:
            return Wait.GO
        self._held_s += dt_s
        most_s = self._settings.hold_most_s * (2.0 if limit.is_traffic else 1.0)
        if self._held_s < most_s:
            return Wait.HOLD
        self._is_given_up = True
        self._everywhere.add(limit.because)
        return Wait.GIVE_UP

    def end_limit(
        self, limits: Sequence[BoutLimit], speed_mps: float, went_s: float, left_s: float
    ) -> BoutLimit | None:
        """Return what a bout ends before, though its length is not reached; None for nothing.

        Args:
            limits: What lies on the course.
            speed_mps: [m/s] Speed now.
            went_s: [s] Of the bout so far.
            left_s: [s] Of the bout.
        """
        settings = self._settings
        if not settings.hold_s:
            return None
        reach_m = (COUNTDOWN_S + settings.hold_s) * max(_LEAST_MPS, speed_mps)
        cut_s = min(settings.bout_early_s, _CUT_SHARE * (went_s + left_s))
        if went_s < min(_LEAST_BOUT_S, 0.5 * (went_s + left_s)):
            return None
        for limit in limits:
            if limit.distance_m < reach_m and (limit.is_traffic or left_s <= cut_s):
                return limit
        return None
