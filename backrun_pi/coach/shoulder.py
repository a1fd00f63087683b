"""When to look over which shoulder: sides alternate, never close to another alert."""

from __future__ import annotations

from backrun_pi.coach.intervals import COUNTDOWN_S
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, Condition


class Shoulder:
    """The schedule of look cues inside a bout."""

    def __init__(self, settings: CoachSettings, *, is_left_first: bool = True) -> None:
        self._settings = settings
        self._is_left_next = is_left_first
        self._since_s = 0.0

    def begin_bout(self) -> None:
        """Start the schedule anew; the first look comes a little sooner."""
        self._since_s = self._settings.look_least_s / 2.0

    def step(
        self,
        now_ns: int,
        dt_s: float,
        speed_mps: float | None,
        remaining_s: float | None,
        last_alert_ns: int | None,
        last_caution_ns: int | None,
        *,
        is_scouted: bool,
        is_partner: bool,
    ) -> ActiveCondition | None:
        """Return the cue that is due now; call it only while he moves backward.

        A caution has told him to look round: the pause begins with it.
        """
        settings = self._settings
        self._since_s += dt_s
        if last_caution_ns is not None:
            self._since_s = min(self._since_s, (now_ns - last_caution_ns) * 1e-9)
        pause_s, why = self._pause_s(speed_mps), "unknown ground"
        if is_scouted:
            pause_s, why = settings.look_scouted_s, "scouted ground"
        if is_partner:
            pause_s, why = max(pause_s, settings.look_partner_s), "a partner watches"
        clear_s = settings.look_clear_s
        if self._since_s < pause_s - 1e-6:  # a sum of ticks
            return None
        if last_alert_ns is not None and now_ns - last_alert_ns < clear_s * 1e9:
            return None
        if remaining_s is not None and remaining_s < max(COUNTDOWN_S) + clear_s:
            return None
        self._since_s = 0.0
        condition = Condition.LOOK_LEFT if self._is_left_next else Condition.LOOK_RIGHT
        self._is_left_next = not self._is_left_next
        return ActiveCondition(condition, (f"every {pause_s:.0f} s on {why}",))

    def _pause_s(self, speed_mps: float | None) -> float:
        """Return the time in which he covers the longest blind way; unknown counts as fast."""
        settings = self._settings
        if speed_mps is None:
            return settings.look_least_s
        wanted_s = settings.look_unknown_m / max(speed_mps, 0.1)
        return min(settings.look_most_s, max(settings.look_least_s, wanted_s))
