"""The countdown to a switch, and the switch itself."""

from __future__ import annotations

from backrun_pi.messages import COUNTDOWN_S, ActiveCondition, Condition

TICK_S = 1e-6  # a sum of ticks is short of the sum by this much


def switch_to(go: str) -> ActiveCondition:
    """Return the cue to change direction."""
    if go == "backward":
        return ActiveCondition(Condition.SWITCH_BACKWARD, ("backward now",))
    return ActiveCondition(Condition.SWITCH_FORWARD, ("forward now",))


def countdown(before_s: float, remaining_s: float) -> tuple[ActiveCondition, ...]:
    """Return the tick of a full second that was passed between two moments, if any."""
    for second in range(round(COUNTDOWN_S), 0, -1):
        if before_s > second + TICK_S and remaining_s <= second + TICK_S:
            because = (f"{second} s to the switch",)
            return (ActiveCondition(Condition.COUNTDOWN, because, str(second)),)
    return ()
