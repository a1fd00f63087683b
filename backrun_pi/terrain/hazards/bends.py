"""The next bend of the way: a hazard for somebody who cannot see it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from backrun_pi.geo import wrap_pi
from backrun_pi.terrain.matching.matcher import Hypothesis
from backrun_pi.terrain.matching.way_graph import Net, Node, Walk
from backrun_pi.terrain.settings import TerrainSettings

_WINDOW_M = 10.0  # the turn is summed over this length
_LIKELY = 0.6  # a branch less likely than this says nothing about a bend


@dataclass(frozen=True, slots=True)
class Bend:
    """A turn of the way."""

    node: Node
    """Where the sharpest turn is."""
    way: int
    """[-] Row in the map's ways."""
    distance_m: float
    turn_rad: float
    """[rad] Positive to the left of the course."""
    p: float
    """[-] Probability that the runner comes that way."""


def next_bend(
    net: Net, idea: Hypothesis, settings: TerrainSettings, speed_mps: float
) -> Bend | None:
    """Return the first bend that is due, None when the way goes on straight or is not known.

    Steps: 1. follow the likeliest way on. 2. Sum the turns over 10 m. 3. The first sum over
    the threshold is the bend, its place the sharpest turn in it.
    """
    reach_m = settings.due_s * speed_mps
    turns: list[tuple[float, float, Walk]] = []
    walk, chance = idea.walk, idea.weight
    end = walk.edge.length_m - idea.s_m
    while end < reach_m:
        onward = net.onward(walk)
        if not onward:
            return None
        following, share = max(onward, key=lambda option: option[1])
        chance *= share
        if chance < _LIKELY:
            return None
        turns = [turn for turn in turns if end - turn[0] < _WINDOW_M]
        turns.append((end, _turn(walk, following), following))
        total = sum(turn for _, turn, _ in turns)
        if abs(total) >= settings.bend_rad:
            place, _, into = max(turns, key=lambda turn: abs(turn[1]))
            return Bend(into.start, into.edge.way, max(0.0, place), total, chance)
        end += following.edge.length_m
        walk = following
    return None


def _turn(before: Walk, after: Walk) -> float:
    ux, uy = before.unit()
    vx, vy = after.unit()
    return wrap_pi(math.atan2(vy, vx) - math.atan2(uy, ux))
