"""A trained wearer: feels the motor's rhythm and does what he was taught.

He knows the rhythms from his own table, not from the program's vocabulary: if a pattern
cannot be told by touch, he gets it wrong here too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backrun_pi.sim.motor import Pulse
from backrun_pi.sim.scenario_tables import Action, RunnerTable, ScriptStep
from backrun_pi.sim.world import World

_SHORT_S = 0.25
_MEDIUM_S = 0.45
_LONG_S = 0.78
_TOGETHER_S = 0.55  # a longer silence ends a pattern
_LOOK_AGAIN_S = 4.0
_MELTS_S = 0.08
_ECHO_S = 12.0  # one long beat so soon after the last change is a reminder, not a new change
_EASY_S = 12.0
_EASY = 0.8
_ROUND_S = 8.0
_ASIDE_M = 1.5

RHYTHMS = {
    "LL": "stop",
    "LLL": "stop",
    "MM": "ease",
    "MMMM": "ease",
    "L": "switch",
    "V": "switch",
    "VV": "end",
    "S": "look_left",
    "SSS": "look_right",
}
"""S short, M medium, L long, V very long beats -> what he does. He stops at the second long
beat. Longer calls that begin with VV (the number of bouts follows) are the end too."""


_LOOKS = {"look_left": 90.0, "look_right": -90.0}


class Wearer:
    """Watches the motor and makes the runner act; does nothing when he follows a script."""

    def __init__(self, table: RunnerTable, world: World) -> None:
        self._table, self._world = table, world
        self._is_walking = False
        self._is_backward = False
        self._is_stopped = False
        self._changed_s = -_ECHO_S
        self._looked_s = -_LOOK_AGAIN_S
        self._seen = 0
        self._has_stopped_for = -1
        self._aside_m = _ASIDE_M
        self._is_aside = False
        self._later: list[tuple[float, Callable[[float], None]]] = []
        self.felt: list[tuple[float, str]] = []

    def feel(self, now_s: float, history: list[Pulse]) -> None:
        """Look at the pulses so far; act on a pattern that is complete, and on his plans."""
        if self._table.follow != "coach":
            return
        while self._later and self._later[0][0] <= now_s:
            self._later.pop(0)[1](now_s)
        if self._seen < len(history):
            self._read(now_s, history)

    def _read(self, now_s: float, history: list[Pulse]) -> None:
        group = [history[self._seen]]
        for pulse in history[self._seen + 1 :]:
            if pulse.on_s - group[-1].off_s > _TOGETHER_S:
                break
            group.append(pulse)
        beats = [beat for beat in _merged(group) if beat[1] <= now_s]
        word = "".join(_beat(off_s - on_s) for on_s, off_s in beats)
        if word.startswith("LL") and self._has_stopped_for != self._seen:
            self._has_stopped_for = self._seen  # he does not wait for the third beat
            self._act("stop", now_s, beats[1][1])
        if now_s - group[-1].off_s <= _TOGETHER_S:
            return
        self._seen += len(group)
        meaning = "end" if word.startswith("VV") else RHYTHMS.get(word)
        if meaning is not None and meaning != "stop":
            self._act(meaning, now_s, group[-1].off_s)

    def _act(self, meaning: str, now_s: float, over_s: float) -> None:
        self.felt.append((now_s, meaning))
        at_s = max(now_s, over_s + self._table.reaction_s)
        if meaning == "switch":
            self._switch(at_s)
        elif meaning == "stop" and self._is_walking and not self._is_stopped:
            self._stop(at_s)
        elif meaning == "ease" and self._is_backward and not self._is_stopped:
            self._plan(at_s, lambda t_s: self._go(t_s, _EASY))
            self._plan(at_s + _EASY_S, self._go)
        elif meaning in _LOOKS and self._is_backward and not self._is_stopped:
            self._look(_LOOKS[meaning], at_s)
        elif meaning == "end":
            self._is_walking = self._is_backward = False
            self._replan(at_s)
            self._plan(at_s, lambda t_s: self._do(ScriptStep("stand"), t_s))

    def _switch(self, at_s: float) -> None:
        if at_s - self._changed_s < _ECHO_S:
            return
        if self._is_walking:
            self._is_backward = not self._is_backward
        self._is_walking = True
        self._changed_s = at_s
        if not self._is_stopped:  # else he goes on the new way when he has looked
            self._replan(at_s)
            self._plan(at_s, self._go)

    def _replan(self, at_s: float) -> None:
        """Drop all plans but one: whoever went round something comes back to the line."""
        self._later.clear()
        if self._is_aside:
            self._plan(at_s + _ROUND_S, self._rejoin)

    def _rejoin(self, now_s: float) -> None:
        if self._is_walking and not self._is_stopped:
            self._is_aside = False
            self._do(ScriptStep("rejoin"), now_s)

    def _stop(self, at_s: float) -> None:
        """Stop, look, go round it, and back to the line."""
        self._is_stopped = True
        self._later.clear()
        aside_s = at_s + self._table.look_s
        aside_m = self._aside_m
        self._plan(at_s, lambda t_s: self._do(ScriptStep("stand"), t_s))
        if self._is_aside:  # what comes now stands beside the line: the way round is the line
            self._is_aside = False
            self._plan(aside_s, lambda t_s: self._do(ScriptStep("rejoin"), t_s))
        else:
            self._is_aside, self._aside_m = True, -aside_m
            step = ScriptStep("sidestep", offset_m=aside_m)
            self._plan(aside_s, lambda t_s: self._do(step, t_s))
        on_s = aside_s + abs(aside_m) / 0.5 + 0.5
        self._plan(on_s, self._go)
        if self._is_aside:
            self._plan(on_s + _ROUND_S, self._rejoin)

    def _look(self, side_deg: float, at_s: float) -> None:
        if at_s - self._looked_s > _LOOK_AGAIN_S:  # a countdown is no row of looks
            self._looked_s = at_s
            self._do(ScriptStep("look", angle_deg=side_deg), at_s)

    def _plan(self, at_s: float, act: Callable[[float], None]) -> None:
        self._later.append((at_s, act))
        self._later.sort(key=lambda planned: planned[0])

    def _go(self, now_s: float, share: float = 1.0) -> None:
        self._is_stopped = False
        self._do(self._going(share), now_s)

    def _do(self, step: ScriptStep, now_s: float) -> None:
        self._world.react(step, now_s)

    def _going(self, share: float) -> ScriptStep:
        table = self._table
        runs = table.backward_gait == "run"
        action: Action = "walk_forward"
        speed_mps = table.walk_mps
        if self._is_backward:
            action = "run_backward" if runs else "walk_backward"
            speed_mps = table.run_backward_mps if runs else table.backward_mps
        return ScriptStep(action, speed_mps=speed_mps * share, turn=table.turn)


def _merged(group: Sequence[Pulse]) -> list[tuple[float, float]]:
    """Return (on_s, off_s) of what feels like one beat: a motor needs time to stand still."""
    beats: list[tuple[float, float]] = []
    for pulse in group:
        if beats and pulse.on_s - beats[-1][1] < _MELTS_S:
            beats[-1] = (beats[-1][0], pulse.off_s)
        else:
            beats.append((pulse.on_s, pulse.off_s))
    return beats


def _beat(length_s: float) -> str:
    if length_s < _SHORT_S:
        return "S"
    if length_s < _MEDIUM_S:
        return "M"
    return "L" if length_s < _LONG_S else "V"
