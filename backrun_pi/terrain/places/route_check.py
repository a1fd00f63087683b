"""A route as a line of places: walking along it on the map, judging it."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from backrun_pi.geo import wrap_pi
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.messages import Suitability
from backrun_pi.terrain.hazards.candidate import HazardKey, MarkIndex
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.way_graph import Edge, Net
from backrun_pi.terrain.places.suitability import FELT_ROUGH, judge_way, tagged_share
from backrun_pi.terrain.scouting.marks import Notes, Scouted
from backrun_pi.terrain.settings import TerrainSettings

_STEP_M = 5.0
_ON_WAY_M = 12.0  # a GPX drawn by hand lies this far from the mapped way
_MANY_PER_100_M = 3.0  # things likely to be touched, from which a stretch is bad
_AROUND_M = 50.0
_LIKELY_P = 0.15
_AT_ONCE = 10_000
_TURN_RAD = 0.6
_TURN_M = 10.0
_OFF = "not on a mapped way"


@dataclass(slots=True)
class Stretch:
    """Part of a route with one verdict and one reason."""

    from_m: float
    to_m: float
    verdict: Suitability
    because: tuple[str, ...]
    tagged_share: float
    """[-] How much of what a verdict asks for is tagged here, 0 to 1."""


@dataclass(slots=True)
class _Step:
    along_m: float
    verdict: Suitability
    because: tuple[str, ...]
    tagged: float = 0.0
    things: dict[HazardKey, str] = field(default_factory=dict)


Line = list[tuple[float, float]]
"""[m] East and north of a net's origin, in the order of the route."""


class RouteCheck:
    """Judges a line in stretches, a few places at a time: a session must not wait for it.

    Steps: 1. a place every 5 m, each on the nearest way that runs along. 2. The way's tags
    give good, bad or unknown. 3. Obstacles too dense and bends make a good place bad, or
    name themselves where it is bad already. 4. Equal neighbours are joined.
    """

    def __init__(self, net: Net, corridors: Corridors, line: Line) -> None:
        self._net, self._corridors = net, corridors
        self._line = _resampled(line)
        self._steps: list[_Step] = []

    def go_on(self, places: int) -> list[Stretch] | None:
        """Judge so many places more; return the stretches when that was the last of them."""
        done = len(self._steps)
        for at in range(done, min(done + places, len(self._line))):
            self._steps.append(self._step(at))
        if len(self._steps) < len(self._line):
            return None
        _note_density(self._steps)
        return _joined(self._steps, self._line[-1][0])

    def _step(self, at: int) -> _Step:
        along, x, y, course = self._line[at]
        edge = _way_at(self._net, x, y, course)
        if edge is None:
            return _Step(along, Suitability.UNKNOWN, (_OFF,))
        way = self._net.opened.way(edge.way)
        judged = judge_way(way)
        step = _Step(along, judged.verdict, judged.because, tagged_share(way))
        _note_things(step, self._corridors, edge)
        if self._corridors.scouted.is_felt_rough(edge):
            _spoil(step, FELT_ROUGH)
        turn = _turn_within(self._line, at)
        if abs(turn) > _TURN_RAD:
            _spoil(step, f"bend of {math.degrees(abs(turn)):.0f} degrees")
        return step


def check_route(
    opened: MapFile,
    places: Sequence[tuple[float, float]],
    notes: Notes,
    settings: TerrainSettings,
) -> list[Stretch]:
    """Judge a route in stretches, whole.

    Args:
        opened: The map.
        places: [deg] (lat, lon) in the order of the route, one at least.
        notes: What scouting walks left behind.
        settings: Weights and thresholds.
    """
    net = Net(opened, *units(*places[0]))
    corridors = Corridors(net, settings, Scouted(net, settings, notes))
    check = RouteCheck(net, corridors, [net.metres(*place) for place in places])
    stretches = None
    while stretches is None:
        stretches = check.go_on(_AT_ONCE)
    return stretches


def _resampled(line: list[tuple[float, float]]) -> list[tuple[float, float, float, float]]:
    """Return (along_m, x, y, course) about every 5 m."""
    points, along = [], 0.0
    for (ax, ay), (bx, by) in itertools.pairwise(line):
        length = math.hypot(bx - ax, by - ay)
        parts = max(1, round(length / _STEP_M))
        course = math.atan2(bx - ax, by - ay)
        for part in range(parts):
            share = part / parts
            if length > 0.0:
                x, y = ax + (bx - ax) * share, ay + (by - ay) * share
                points.append((along + length * share, x, y, course))
        along += length
    if not points:
        points = [(0.0, *line[0], 0.0)]
    return [*points, (along, *line[-1], points[-1][3])]


def _way_at(net: Net, x: float, y: float, course: float) -> Edge | None:
    """Return the way under a place of the route: near, along its course, fit to run on."""
    ux, uy = math.sin(course), math.cos(course)
    best, best_cost = None, math.inf
    for away, _, edge in net.near(x, y, _ON_WAY_M):
        across = 1.0 - abs(edge.ux * ux + edge.uy * uy)
        cost = away + 8.0 * across + 2.0 * (1.0 - edge.weight)
        if cost < best_cost:
            best, best_cost = edge, cost
    return best


def _note_things(step: _Step, corridors: Corridors, edge: Edge) -> None:
    for thing in corridors.along(edge):
        if isinstance(thing.key, MarkIndex):
            step.things[thing.key] = "marked by you"
        elif thing.p >= _LIKELY_P:
            rule = corridors.rule(thing.key)
            if rule.is_solid and rule.severity > 1 and rule.kind != "building":
                step.things[thing.key] = rule.kind


def _note_density(steps: list[_Step]) -> None:
    """Note where too many things stand within 50 m before and after a place."""
    first = last = 0
    for step in steps:
        while last < len(steps) and steps[last].along_m - step.along_m <= _AROUND_M:
            last += 1
        while step.along_m - steps[first].along_m > _AROUND_M:
            first += 1
        things: dict[HazardKey, str] = {}
        for other in steps[first:last]:
            things.update(other.things)
        if len(things) >= _MANY_PER_100_M:
            near = Counter(things.values())
            text = ", ".join(f"{count} {kind}" for kind, count in sorted(near.items()))
            _spoil(step, f"obstacles within 100 m: {text}")


def _spoil(step: _Step, reason: str) -> None:
    if step.verdict is Suitability.BAD:
        step.because = (*step.because, reason)
    else:
        step.verdict, step.because = Suitability.BAD, (reason,)


def _turn_within(line: list[tuple[float, float, float, float]], at: int) -> float:
    along, _, _, course = line[at]
    later = [point for point in line[at + 1 : at + 6] if point[0] - along <= _TURN_M]
    return wrap_pi(later[-1][3] - course) if later else 0.0


def _joined(steps: list[_Step], length: float) -> list[Stretch]:
    groups = [
        list(group)
        for _, group in itertools.groupby(
            steps, key=lambda step: (step.verdict, _heads(step.because))
        )
    ]
    ends = [group[0].along_m for group in groups[1:]] + [length]
    stretches = []
    for group, end in zip(groups, ends, strict=True):
        first, tagged = group[0], sum(step.tagged for step in group) / len(group)
        stretches.append(Stretch(first.along_m, end, first.verdict, first.because, tagged))
    return [stretch for stretch in stretches if stretch.to_m > stretch.from_m]


def _heads(because: tuple[str, ...]) -> tuple[str, ...]:
    """Return reasons without their numbers, so that a stretch is not cut at each lamp."""
    return tuple(reason.partition(":")[0].partition(" of ")[0] for reason in because)
