"""A trained wearer: reads the motor's rhythm and does what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backrun_pi.sim.motor import Pulse
from backrun_pi.sim.scenario_tables import Action, MotorTable, RunnerTable, ScriptStep
from backrun_pi.sim.touch import TOGETHER_S, FeltBeat, Reading, felt_beats, read, spelled
from backrun_pi.sim.world import World

_LOOK_AGAIN_S = 4.0
_EASY_S = 12.0
_EASY = 0.8
_ROUND_S = 8.0
_ASIDE_M = 1.5

_LOOKS = {"look_left": 90.0, "look_right": -90.0}
_EASES = frozenset({"caution", "busy"})
_DIRECTIONS = {"go": False, "forward_now": False, "backward_now": True}
"""Cue -> whether they go backward from then on."""


class Wearer:
    """Reads what the motor spells and makes the runner act, unless they follow a script."""

    def __init__(self, table: RunnerTable, motor: MotorTable, world: World) -> None:
        self._table, self._motor, self._world = table, motor, world
        self._is_walking = False
        self._is_backward = False
        self._is_stopped = False
        self._looked_s = -_LOOK_AGAIN_S
        self._seen = 0
        self._has_stopped_for = -1
        self._aside_m = _ASIDE_M
        self._is_aside = False
        self._later: list[tuple[float, Callable[[float], None]]] = []
        self.readings: list[Reading] = []

    def feel(self, now_s: float, history: list[Pulse]) -> None:
        """Feel the pulses so far; act on a cue that is complete, and on what was planned."""
        while self._later and self._later[0][0] <= now_s:
            self._later.pop(0)[1](now_s)
        if self._seen < len(history):
            self._read(now_s, history)

    def _read(self, now_s: float, history: list[Pulse]) -> None:
        group = self._group(history)
        beats = felt_beats(group, self._motor.rise_s, self._motor.fall_s)
        over = [beat for beat in beats if beat.off_s <= now_s]
        self._stop_at_second_beat(now_s, over)
        if len(over) < len(beats) or now_s - group[-1].off_s <= TOGETHER_S:
            return
        self._seen += len(group)
        for reading in read(beats):
            self.readings.append(reading)
            if reading.cue is not None and reading.cue != "stop":
                self._act(reading.cue, now_s, reading.over_s)

    def _group(self, history: list[Pulse]) -> list[Pulse]:
        group = [history[self._seen]]
        for pulse in history[self._seen + 1 :]:
            if pulse.on_s - max(one.off_s for one in group) > TOGETHER_S:
                break
            group.append(pulse)
        return group

    def _stop_at_second_beat(self, now_s: float, over: Sequence[FeltBeat]) -> None:
        """Stop at the second long beat: only STOP has two in a row, whatever it cut short."""
        if self._has_stopped_for != self._seen and "LL" in spelled(over):
            self._has_stopped_for = self._seen
            self._act("stop", now_s, over[-1].off_s)

    def _act(self, cue: str, now_s: float, over_s: float) -> None:
        if self._table.follow != "coach":
            return
        at_s = max(now_s, over_s + self._table.reaction_s)
        if cue in _DIRECTIONS:
            self._go_on(at_s, is_backward=_DIRECTIONS[cue])
        elif cue == "stop" and self._is_walking and not self._is_stopped:
            self._stop(at_s)
        elif cue in _EASES and self._is_backward and not self._is_stopped:
            self._plan(at_s, lambda t_s: self._go(t_s, _EASY))
            self._plan(at_s + _EASY_S, self._go)
        elif cue in _LOOKS and self._is_backward and not self._is_stopped:
            self._look(_LOOKS[cue], at_s)
        elif cue == "end":
            self._is_walking = self._is_backward = False
            self._replan(at_s)
            self._plan(at_s, lambda t_s: self._do(ScriptStep("stand"), t_s))

    def _go_on(self, at_s: float, *, is_backward: bool) -> None:
        """Move as the cue asks; nothing changes for a wearer who does so already."""
        if self._is_walking and self._is_backward is is_backward:
            return
        self._is_walking, self._is_backward = True, is_backward
        if not self._is_stopped:  # else they go on the new way when they have looked
            self._replan(at_s)
            self._plan(at_s, self._go)

    def _replan(self, at_s: float) -> None:
        """Drop all plans but one: a wearer who went round something comes back to the line."""
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
        if at_s - self._looked_s > _LOOK_AGAIN_S:  # the same look, read twice
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
