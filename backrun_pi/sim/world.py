"""What is true: the runner's motion block by block, as script and wearer want it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

import numpy as np

from backrun_pi.messages import FloatArray
from backrun_pi.sim.actions import Actor
from backrun_pi.sim.pose import RATE_HZ
from backrun_pi.sim.runner import Block, Runner
from backrun_pi.sim.scenario import Scenario
from backrun_pi.sim.scenario_tables import ScriptStep

_BLOCK_S = {"coach": 0.5, "script": 1.0}  # a reaction cannot come before a block's end
_KEPT = 24  # blocks: receivers and chips ask for the last seconds only


class World:
    """Blocks of truth, made when time gets there."""

    def __init__(
        self, scenario: Scenario, rng: np.random.Generator, cuts_s: Iterable[float]
    ) -> None:
        table = scenario.runner
        self.route = scenario.route
        self._runner = Runner(
            scenario.route,
            rng,
            asymmetry_p=table.asymmetry_p,
            variation_p=table.variation_p,
            wander_m=table.wander_m,
            is_treadmill=table.is_treadmill,
            sway_p=table.sway_p,
        )
        self._actor = Actor(self._runner, table)
        for step in scenario.script:
            self._actor.plan(step, step.at_s or 0.0)
        self._cuts = sorted(cut for cut in set(cuts_s) if math.isfinite(cut))
        self._block_s = _BLOCK_S[table.follow]
        self._end = 0  # in 1 / RATE_HZ
        self.blocks: deque[Block] = deque(maxlen=_KEPT)

    @property
    def end_s(self) -> float:
        """Return up to when the truth is made."""
        return self._end / RATE_HZ

    def advance(self, until_s: float) -> None:
        """Make the truth up to a moment, and a little more."""
        while self.end_s <= until_s:
            now_s = self.end_s
            self._actor.due(now_s)
            while self._cuts and self._cuts[0] <= now_s:
                self._cuts.pop(0)
            next_s = min(
                now_s + self._block_s,
                self._actor.next_s(),
                self._cuts[0] if self._cuts else math.inf,
            )
            self._end = max(self._end + 1, math.ceil(next_s * RATE_HZ - 1e-6))
            self.blocks.append(self._runner.block(now_s, self.end_s))

    def react(self, step: ScriptStep, at_s: float) -> float:
        """Let the runner do something of their own accord; return when they begin."""
        begins_s = max(at_s, self.end_s)
        self._actor.plan(step, begins_s)
        return begins_s

    def ground(self, t_s: float) -> FloatArray:
        """Return east, north [m], east, north speed [m/s] and facing [rad] at a time past."""
        if not self.blocks:  # asked before anybody waited
            self.advance(t_s)
        for block in reversed(self.blocks):
            if block.t0_s <= t_s:
                index = min((t_s - block.t0_s) * RATE_HZ, block.ground.shape[1] - 1)
                return block.ground[:, round(index)]
        return self.blocks[0].ground[:, 0]

    def poses(self, times_s: FloatArray) -> FloatArray:
        """Return rows of `ground` and `angle` at rising times past, shape (8, n)."""
        if not self.blocks or self.end_s < times_s[-1]:
            self.advance(float(times_s[-1]))
        found = np.empty((8, len(times_s)))
        for block in self.blocks:
            inside = times_s >= block.t0_s
            if not inside.any():
                break
            index = np.rint((times_s[inside] - block.t0_s) * RATE_HZ).astype(np.intp)
            index = np.minimum(index, block.ground.shape[1] - 1)
            found[:5, inside], found[5:, inside] = block.ground[:, index], block.angle[:, index]
        before = times_s < self.blocks[0].t0_s
        first = self.blocks[0]
        found[:, before] = np.concatenate((first.ground[:, :1], first.angle[:, :1]))
        return found
