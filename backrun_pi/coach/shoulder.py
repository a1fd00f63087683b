"""When to look over which shoulder: sides alternate, never close to another alert."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import COUNTDOWN_S, ActiveCondition, Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBasis:
    """What the time of a look depends on."""

    speed_mps: float | None
    """[m/s] None counts as fast."""
    remaining_s: float | None
    """[s] Of the bout; None when it is not by time."""
    last_alert_ns: int | None
    """[ns] When an alert last began."""
    last_caution_ns: int | None
    """[ns] When a caution last asked to look round."""
    last_look_ns: int | None = None
    """[ns] When a look cue was last really given; None where that is not known."""
    is_scouted: bool = False
    """A scouting lap covered this ground."""
    is_walked: bool = False
    """It was walked forward in this session."""
    is_partner: bool = False
    """A partner watches."""


class Shoulder:
    """The schedule of look cues while moving backward."""

    def __init__(self, settings: CoachSettings, *, is_left_first: bool = True) -> None:
        self._settings = settings
        self._is_left_next = is_left_first
        self._since_s = 0.0
        self._asked_ns: int | None = None

    def begin_bout(self) -> None:
        """Start the schedule again; the first look comes a little sooner."""
        self._since_s = self._settings.look_least_s / 2.0

    def step(self, now_ns: int, dt_s: float, basis: LookBasis) -> ActiveCondition | None:
        """Return the cue that is due now; call it only while the wearer moves backward.

        A caution has asked to look round: the pause begins with it. The side changes with a
        look that was given: one that was dropped is asked for again, over the same shoulder.
        """
        settings = self._settings
        self._since_s += dt_s
        self._take_given(now_ns, basis.last_look_ns)
        if basis.last_caution_ns is not None:
            self._since_s = min(self._since_s, (now_ns - basis.last_caution_ns) * 1e-9)
        pause_s, why = self._pause_s(basis)
        if self._since_s < pause_s - 1e-6:  # a sum of ticks
            return None
        clear_s = settings.look_clear_s
        last_ns = basis.last_alert_ns
        if last_ns is not None and now_ns - last_ns < clear_s * 1e9:
            return None
        if basis.remaining_s is not None and basis.remaining_s < COUNTDOWN_S + clear_s:
            return None
        self._since_s = 0.0
        self._asked_ns = now_ns
        condition = Condition.LOOK_LEFT if self._is_left_next else Condition.LOOK_RIGHT
        return ActiveCondition(condition, (f"every {pause_s:.0f} s on {why}",))

    def _take_given(self, now_ns: int, last_look_ns: int | None) -> None:
        """Change sides when the last look was given; try again soon when it was dropped."""
        asked_ns = self._asked_ns
        if asked_ns is None:
            return
        if last_look_ns is not None and last_look_ns >= asked_ns:
            self._is_left_next = not self._is_left_next
            self._asked_ns = None
        elif now_ns - asked_ns >= self._settings.look_clear_s * 1e9:
            self._asked_ns = None
            self._since_s = 1e9

    def _pause_s(self, basis: LookBasis) -> tuple[float, str]:
        """Return the pause between looks, and what it rests on."""
        settings = self._settings
        pause_s, why = self._blind_s(basis.speed_mps), "unknown ground"
        if basis.is_walked:
            pause_s, why = max(pause_s, settings.look_walked_s), "ground walked forward today"
        if basis.is_scouted:
            pause_s, why = settings.look_scouted_s, "scouted ground"
        if basis.is_partner:
            pause_s, why = max(pause_s, settings.look_partner_s), "ground a partner watches"
        return pause_s, why

    def _blind_s(self, speed_mps: float | None) -> float:
        """Return the time of the longest blind way; an unknown speed counts as fast."""
        settings = self._settings
        if speed_mps is None:
            return settings.look_least_s
        wanted_s = settings.look_unknown_m / max(speed_mps, 0.1)
        return min(settings.look_most_s, max(settings.look_least_s, wanted_s))
