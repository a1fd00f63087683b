"""The way from the start, judged once as a session begins: the scouted line, or this way."""

from __future__ import annotations

import itertools
import math

from backrun_pi.messages import RouteStretch, RouteVerdict
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.way_graph import Net, Walk
from backrun_pi.terrain.places.bout_ground import GroundSurvey, LinePosition
from backrun_pi.terrain.places.polyline import Polyline
from backrun_pi.terrain.places.route_check import JudgedStretch, RouteCheck
from backrun_pi.terrain.scouting.marks import Notes

_ONE_WALK_M = 30.0  # points of a scouting walk further apart belong to two of them
_HERE_M = 30.0  # a walked line this near is the one they came for
_EACH_WAY_M = 150.0  # without one: so far along the way, there and back
_LONGEST_M = 2000.0
_PLACES_A_TICK = 2  # 5 m each: about 0.3 ms, and a kilometre in 5 s


class StartRoute:
    """Judges a line a few metres a tick, so that the start waits for nothing."""

    def __init__(
        self, net: Net, corridors: Corridors, line: Polyline, *, is_scouted: bool
    ) -> None:
        self._check = RouteCheck(net, corridors, line)
        self._survey = GroundSurvey(net, corridors, line)
        self._stretches: list[JudgedStretch] | None = None
        self._is_scouted = is_scouted

    def go_on(self, t_ns: int) -> RouteVerdict | None:
        """Judge a little more; return the whole when that was the last of it."""
        if self._stretches is None:
            self._stretches = self._check.go_on(_PLACES_A_TICK)
            return None
        stretches, ground = self._stretches, self._survey.go_on(_PLACES_A_TICK)
        if ground is None:
            return None
        return RouteVerdict(
            t_ns,
            self._is_scouted,
            tuple(
                RouteStretch(round(one.from_m, 1), round(one.to_m, 1), one.verdict, one.because)
                for one in stretches
            ),
            ground,
        )

    @property
    def position(self) -> LinePosition:
        """Return what finds the wearer on the line."""
        return LinePosition(self._survey.pieces)


def scouted_line(net: Net, notes: Notes, x: float, y: float) -> Polyline | None:
    """Return the newest scouting walk that passes here, None when none does.

    Args:
        net: Whose metres are used.
        notes: What the walks left behind.
        x: [m] East.
        y: [m] North.
    """
    walks: list[Polyline] = []
    for point in notes.walked:
        place = net.metres(point.lat_deg, point.lon_deg)
        if not walks or math.dist(walks[-1][-1], place) > _ONE_WALK_M:
            walks.append([])
        walks[-1].append(place)
    for line in reversed(walks):
        if len(line) > 1 and min(math.dist(place, (x, y)) for place in line) <= _HERE_M:
            return _cut(line, _LONGEST_M)
    return None


def this_way(net: Net, walk: Walk, s_m: float) -> Polyline:
    """Return the way under the feet, both ways, where it most likely goes on.

    Args:
        net: The ways.
        walk: The piece under the feet.
        s_m: [m] How far along it.
    """
    there = _onward(net, walk, s_m)
    back = _onward(net, walk.back(), walk.edge.length_m - s_m)
    return back[:0:-1] + there


def _onward(net: Net, walk: Walk, s_m: float) -> Polyline:
    line = [walk.place(s_m), walk.place(walk.edge.length_m)]
    gone_m = walk.edge.length_m - s_m
    seen = {id(walk.edge)}
    while gone_m < _EACH_WAY_M:
        onward = net.onward(walk)
        if not onward:
            break
        walk = max(onward, key=lambda one: one[1])[0]
        if id(walk.edge) in seen:
            break
        seen.add(id(walk.edge))
        line.append(walk.place(walk.edge.length_m))
        gone_m += walk.edge.length_m
    return line


def _cut(line: Polyline, longest_m: float) -> Polyline:
    gone_m = 0.0
    for at, (one, other) in enumerate(itertools.pairwise(line), 1):
        gone_m += math.dist(one, other)
        if gone_m > longest_m:
            return line[: at + 1]
    return line
