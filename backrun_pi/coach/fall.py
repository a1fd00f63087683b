"""A suspected fall: on their feet, an impact, then stillness on a leaning trunk.

Supplemental only: it cannot feel a slow slide to the ground, and nobody is called.
Shape of the rule: impact followed by stillness (Kangas 2008, waist), with the lean of the trunk
after it to tell lying from standing after a jump. A device that is put on a table was not on
its feet shortly before.
"""

from __future__ import annotations

from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, Condition, Gait, RunnerState

_MOVING = (Gait.WALK, Gait.RUN, Gait.TURNING)
_UP_AGAIN_S = 4.0  # that long on their feet after an alarm: they got up


class FallWatch:
    """Suspicion, time to cancel, alarm."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self._moved_ns: int | None = None
        self._moving_since_ns: int | None = None
        self._impact_ns: int | None = None
        self._impact_mps2 = 0.0
        self._still_since_ns: int | None = None
        self._suspected_ns: int | None = None
        self.condition: Condition | None = None
        """What was stated last, None when nothing is asked."""

    @property
    def is_asking(self) -> bool:
        """Return whether a press now means that all is well."""
        return self._suspected_ns is not None

    def cancel(self) -> None:
        """Take in that all is well."""
        self._suspected_ns = self._impact_ns = self._still_since_ns = None
        self.condition = None

    def step(self, now_ns: int, state: RunnerState | None) -> ActiveCondition | None:
        """Return the fact that holds now."""
        if state is not None:
            self._look(now_ns, state)
        if self._suspected_ns is None:
            return None
        because = (f"impact of {self._impact_mps2:.0f} m/s2, then still",)
        age_ns = now_ns - self._suspected_ns
        cancel_ns = self._settings.fall_cancel_s * 1e9
        if age_ns < cancel_ns:
            self.condition = Condition.FALL_SUSPECTED
            return ActiveCondition(self.condition, because)
        self.condition = Condition.FALL_ALARM
        return ActiveCondition(self.condition, (*because, "nobody said that all is well"))

    def _look(self, now_ns: int, state: RunnerState) -> None:
        settings = self._settings
        is_moving = state.gait in _MOVING
        was_moved_ns = self._moved_ns
        if is_moving:
            self._moved_ns = now_ns
            self._moving_since_ns = self._moving_since_ns or now_ns
            is_up_again = now_ns - self._moving_since_ns > _UP_AGAIN_S * 1e9
            if self._suspected_ns is not None and is_up_again:
                self.cancel()
        else:
            self._moving_since_ns = None
        if self._suspected_ns is not None:
            return
        impact = state.impact_mps2
        is_hard = impact is not None and impact >= settings.impact_mps2
        moved_s = None if was_moved_ns is None else (now_ns - was_moved_ns) * 1e-9
        if is_hard and moved_s is not None and moved_s <= settings.fall_moved_s:
            self._impact_ns, self._impact_mps2 = now_ns, impact or 0.0
            self._still_since_ns = None
        if self._impact_ns is not None:
            self._after_impact(now_ns, self._impact_ns, state)

    def _after_impact(self, now_ns: int, impact_ns: int, state: RunnerState) -> None:
        settings = self._settings
        tilt_rad = state.tilt_rad
        is_upright = tilt_rad is not None and tilt_rad < settings.fall_tilt_rad
        if state.gait in _MOVING or is_upright:
            self._still_since_ns = None
        elif self._still_since_ns is None:
            self._still_since_ns = now_ns
        if self._still_since_ns is None:
            if now_ns - impact_ns > settings.fall_within_s * 1e9:
                self._impact_ns = None
            return
        # Without the lean of the trunk only a longer stillness can tell lying from standing.
        wanted_s = settings.fall_still_s if tilt_rad is not None else settings.fall_unsure_s
        if now_ns - self._still_since_ns >= wanted_s * 1e9:
            self._suspected_ns = now_ns
