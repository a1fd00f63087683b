"""A trained wearer: feels the motor's rhythm and does what he was taught.

He knows the rhythms from his own table, not from the program's vocabulary: if a pattern
cannot be told by touch, he gets it wrong here too.
"""

from __future__ import annotations

from backrun_pi.sim.motor import Pulse
from backrun_pi.sim.scenario_tables import Action, RunnerTable, Step
from backrun_pi.sim.world import World

_SHORT_S = 0.25
_MEDIUM_S = 0.45
_LONG_S = 0.74
_TOGETHER_S = 0.55  # a longer silence ends a pattern
_ECHO_S = 20.0  # one long beat so soon after the last change is a reminder, not a new change
_EASY_S = 12.0
_EASY = 0.8
_ROUND_S = 8.0
_ASIDE_M = 1.5

RHYTHMS = {
    "LL": "stop",
    "LLL": "stop",
    "MM": "ease",
    "L": "switch",
    "VV": "end",
}
"""S short, M medium, L long, V very long beats -> what he does. He stops at the second long
beat. Longer calls that begin with VV (the number of bouts follows) are the end too."""


class Wearer:
    """Watches the motor and makes the runner act; does nothing when he follows a script."""

    def __init__(self, table: RunnerTable, world: World) -> None:
        self._table, self._world = table, world
        self._is_walking = False
        self._is_backward = False
        self._changed_s = -_ECHO_S
        self._seen = 0
        self._busy_until_s = 0.0
        self._aside_m = _ASIDE_M
        self.felt: list[tuple[float, str]] = []

    def feel(self, now_s: float, history: list[Pulse]) -> None:
        """Look at the pulses so far; act on a pattern that is complete."""
        if self._table.follow != "coach" or self._seen >= len(history):
            return
        group = [history[self._seen]]
        for pulse in history[self._seen + 1 :]:
            if pulse.on_s - group[-1].off_s > _TOGETHER_S:
                break
            group.append(pulse)
        word = "".join(_beat(p.off_s - p.on_s) for p in group if p.off_s <= now_s)
        is_over = now_s - group[-1].off_s > _TOGETHER_S
        if not is_over and word != "LL":
            return
        if not is_over and now_s < group[1].off_s:
            return
        if is_over:
            self._seen += len(group)
        meaning = "end" if word.startswith("VV") else RHYTHMS.get(word)
        if meaning is not None and now_s >= self._busy_until_s:
            self.felt.append((now_s, meaning))
            self._act(meaning, group[-1].off_s + self._table.reaction_s)

    def _act(self, meaning: str, at_s: float) -> None:
        if meaning == "switch":
            self._switch(at_s)
        elif meaning == "stop" and self._is_walking:
            self._stop(at_s)
        elif meaning == "ease" and self._is_walking and self._is_backward:
            self._world.react(self._going(_EASY), at_s)
            self._world.react(self._going(1.0), at_s + _EASY_S)
            self._busy_until_s = at_s + _EASY_S
        elif meaning == "end":
            self._is_walking = False
            self._world.react(Step("stand"), at_s)

    def _switch(self, at_s: float) -> None:
        if at_s - self._changed_s < _ECHO_S:
            return
        if self._is_walking:
            self._is_backward = not self._is_backward
        self._is_walking = True
        self._changed_s = at_s
        self._world.react(self._going(1.0), at_s)

    def _stop(self, at_s: float) -> None:
        """Stop, look, go round it, and back to the line."""
        world, look_s = self._world, self._table.look_s
        world.react(Step("stand"), at_s)
        aside_s = at_s + look_s
        world.react(Step("sidestep", offset_m=self._aside_m), aside_s)
        on_s = aside_s + abs(self._aside_m) / 0.5 + 0.5
        world.react(self._going(1.0), on_s)
        world.react(Step("sidestep", offset_m=-self._aside_m), on_s + _ROUND_S)
        self._aside_m = -self._aside_m
        self._busy_until_s = on_s + 1.0

    def _going(self, share: float) -> Step:
        table = self._table
        runs = table.backward_gait == "run"
        action: Action = "walk_forward"
        speed_mps = table.walk_mps
        if self._is_backward:
            action = "run_backward" if runs else "walk_backward"
            speed_mps = table.run_backward_mps if runs else table.backward_mps
        return Step(action, speed_mps=speed_mps * share, turn=table.turn)


def _beat(length_s: float) -> str:
    if length_s < _SHORT_S:
        return "S"
    if length_s < _MEDIUM_S:
        return "M"
    return "L" if length_s < _LONG_S else "V"
