"""When to remind of a switch that was missed: more and more rarely, and more clearly."""

from __future__ import annotations

from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, Condition

_COUNTED_FROM = 2  # from this reminder on a countdown precedes it: the whole sentence again
_COUNT_S = (3, 2, 1)


class Reminders:
    """Reminders within one step of the programme."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self.begin_step()

    def begin_step(self) -> None:
        """Begin with none."""
        self._waited_s = 0.0
        self._given = 0
        self._pause_s = self._settings.onset_wait_s
        self._due_s = self._settings.onset_wait_s
        self._ticked = len(_COUNT_S)

    def wait(self, dt_s: float) -> float:
        """Count the time until a bout begins; return it in seconds."""
        self._waited_s += dt_s
        return self._waited_s

    def backward(self) -> tuple[ActiveCondition, ...]:
        """Return the reminder that a bout was to begin, when it is due."""
        because = f"no backward motion for {self._waited_s:.0f} s"
        return self._due(Condition.REMIND_BACKWARD, self._waited_s, because)

    def lapsed(self, lapsed_s: float) -> tuple[ActiveCondition, ...]:
        """Return the reminder that the bout goes on, when it is due.

        Args:
            lapsed_s: [s] Not backward since the bout was left, or perhaps not.
        """
        because = f"perhaps not backward for {lapsed_s:.0f} s"
        return self._due(Condition.REMIND_BACKWARD, lapsed_s, because)

    def forward(self, beyond_s: float) -> tuple[ActiveCondition, ...]:
        """Return the reminder that the bout is over, when it is due.

        Args:
            beyond_s: [s] Backward since the switch.
        """
        because = f"still backward after {beyond_s:.0f} s"
        return self._due(Condition.SWITCH_FORWARD, beyond_s, because)

    def _due(
        self, condition: Condition, time_s: float, because: str
    ) -> tuple[ActiveCondition, ...]:
        number = self._given + 1
        if time_s < self._due_s:
            return self._tick(number, self._due_s - time_s)
        settings = self._settings
        self._given = number
        self._pause_s = min(settings.remind_most_s, self._pause_s * settings.remind_longer)
        self._due_s += self._pause_s
        self._ticked = 0
        return (ActiveCondition(condition, (because,), f"reminder {number}"),)

    def _tick(self, number: int, left_s: float) -> tuple[ActiveCondition, ...]:
        """Return a tick of the countdown to a later reminder."""
        if number < _COUNTED_FROM or self._ticked >= len(_COUNT_S):
            return ()
        second = _COUNT_S[self._ticked]
        if left_s > second:
            return ()
        self._ticked += 1
        because = (f"{second} s to reminder {number}",)
        return (ActiveCondition(Condition.COUNTDOWN, because, f"reminder {second}"),)
