"""The next bend of the way: a hazard for somebody who cannot see it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from backrun_pi.geo import wrap_pi
from backrun_pi.terrain.matching.matcher import Hypothesis
from backrun_pi.terrain.matching.way_graph import Net, Node, Walk
from backrun_pi.terrain.settings import TerrainSettings

BEND_M = 10.0
"""[m] The turn is summed over this length: one bend."""
_LIKELY = 0.75  # a branch less likely than this says nothing about a bend
_ASIDE_M = 2.0  # half the width of a path: less does not lead off it


@dataclass(frozen=True, slots=True)
class Bend:
    """A turn of the way."""

    node: Node
    """Where the sharpest turn is."""
    way: int | None
    """[-] Row in the map's ways; None on a scouted line."""
    distance_m: float
    turn_rad: float
    """[rad] Positive to the left of the course."""
    p: float
    """[-] Probability that the runner comes that way."""


def next_bend(
    net: Net, hypothesis: Hypothesis, settings: TerrainSettings, speed_mps: float
) -> Bend | None:
    """Return the first bend that is due, None when the way goes on straight or is not known.

    Steps: 1. follow the likeliest way on. 2. Sum the turns over 10 m. 3. The first sum over
    the threshold, whose way leaves the straight on by 2 m within 10 m, is the bend, its place
    the sharpest turn in it. A small jog where two ways are joined is none.
    """
    reach_m = settings.due_s * speed_mps
    turns: list[_Turn] = []
    for end, turn, walk, chance in _turns_of(net, hypothesis, reach_m + BEND_M):
        if chance < _LIKELY:
            return None
        turns = [one for one in turns if end - one.at_m < BEND_M]
        turns.append(_Turn(end, turn, walk))
        total = sum(one.turn_rad for one in turns)
        sharpest = max(turns, key=lambda one: abs(one.turn_rad))
        if sharpest.at_m >= reach_m:
            return None
        if abs(total) >= settings.bend_rad and _aside_m(net, sharpest, total) >= _ASIDE_M:
            return Bend(
                node=sharpest.into.start,
                way=sharpest.into.edge.row,
                distance_m=max(0.0, sharpest.at_m),
                turn_rad=total,
                p=chance,
            )
    return None


@dataclass(frozen=True, slots=True)
class _Turn:
    at_m: float
    turn_rad: float
    into: Walk


def _turns_of(
    net: Net, hypothesis: Hypothesis, reach_m: float
) -> Iterator[tuple[float, float, Walk, float]]:
    """Yield distance, turn, the edge turned into and the chance of it, on the likeliest way."""
    walk, chance = hypothesis.walk, hypothesis.weight
    end = walk.edge.length_m - hypothesis.s_m
    while end < reach_m:
        onward = net.onward(walk)
        if not onward:
            return
        following, share = max(onward, key=lambda option: option[1])
        chance *= share
        yield end, _turn(walk, following), following, chance
        end += following.edge.length_m
        walk = following


def _aside_m(net: Net, turn: _Turn, total_rad: float) -> float:
    """Return how far the way has left the old course 10 m after a turn."""
    ux, uy = turn.into.unit()
    before = math.atan2(uy, ux) - total_rad
    x0, y0 = turn.into.place(0.0)
    walk, left_m = turn.into, BEND_M
    while walk.edge.length_m < left_m:
        left_m -= walk.edge.length_m
        onward = net.onward(walk)
        if not onward:
            left_m = walk.edge.length_m
            break
        walk = max(onward, key=lambda option: option[1])[0]
    x, y = walk.place(left_m)
    return abs((y - y0) * math.cos(before) - (x - x0) * math.sin(before))


def _turn(before: Walk, after: Walk) -> float:
    ux, uy = before.unit()
    vx, vy = after.unit()
    return wrap_pi(math.atan2(vy, vx) - math.atan2(uy, ux))
