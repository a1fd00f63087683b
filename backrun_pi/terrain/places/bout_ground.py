"""What a backward bout would meet along a known line, and where the wearer is on it."""

from __future__ import annotations

import itertools
import math

from backrun_pi.geo import wrap_pi
from backrun_pi.maps import layout
from backrun_pi.maps.tags import ROUGH_SURFACE
from backrun_pi.messages import BoutGround, LinePlace, Suitability
from backrun_pi.terrain.hazards.candidate import HazardCandidate, HazardKey, MarkIndex
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.way_graph import Edge, Net
from backrun_pi.terrain.places.suitability import judge_way

STEP_M = 5.0
_ON_WAY_M = 12.0  # a line by hand, or by a receiver, lies this far from the mapped way
_BEND_RAD = 0.6  # as the bends that are announced
_BEND_M = 10.0  # a turn is summed over this length
_BEND = 0.5  # [contacts] of a bend taken backward
_BAD = 0.3  # [contacts] of a piece of bad ground
_BOTH_SIDES = 0.5  # [-] of a candidate's span that counts as its place
_FAR_M = 25.0  # from the line: the wearer has left it
_BACK_M = 40.0  # along the line, from one place to the next

Line = list[tuple[float, float]]
"""[m] East and north of a net's origin, in the order of the line."""


class GroundSurvey:
    """Works the line out a few pieces at a time, so that the start waits for nothing."""

    def __init__(self, net: Net, corridors: Corridors, line: Line) -> None:
        self._net, self._corridors = net, corridors
        self.pieces = _pieces(line)
        """East, north and course of the middle of each piece."""
        self._contacts: list[float] = []
        self._traffic: list[bool] = []
        self._met: set[HazardKey] = set()

    def go_on(self, count: int) -> BoutGround | None:
        """Work out so many pieces more; return the whole when that was the last of it."""
        done = len(self._contacts)
        for at in range(done, min(done + count, len(self.pieces))):
            contacts, has_traffic = self._piece(at)
            self._contacts.append(round(contacts, 4))
            self._traffic.append(has_traffic)
        if len(self._contacts) < len(self.pieces):
            return None
        return BoutGround(STEP_M, tuple(self._contacts), tuple(self._traffic))

    def _piece(self, at: int) -> tuple[float, bool]:
        x, y, course = self.pieces[at]
        contacts = _BEND if abs(self._turn_within(at)) > _BEND_RAD else 0.0
        edge = _way_at(self._net, x, y, course)
        if edge is None:
            return contacts, False
        has_traffic = False
        if edge.row is not None:
            way = self._net.opened.way(edge.row)
            contacts += _BAD if judge_way(way).verdict is Suitability.BAD else 0.0
            flags = int(self._net.opened.ways[edge.row]["flags"])
            has_traffic = bool(flags & layout.CROSSING)
        along = (x - edge.ax) * edge.ux + (y - edge.ay) * edge.uy
        for candidate in self._corridors.along(edge):
            if not _is_here(candidate, along):
                continue
            if self._is_traffic(candidate):
                has_traffic = True
            elif candidate.key not in self._met:
                chance = self._chance(candidate)
                if chance > 0.0:
                    self._met.add(candidate.key)
                contacts += chance
        return contacts, has_traffic

    def _is_traffic(self, candidate: HazardCandidate) -> bool:
        if not isinstance(candidate.key, int):
            return False
        rule = self._corridors.rule(candidate.key)
        settings = self._corridors.settings
        return rule.is_traffic and rule.severity > 1 and candidate.p >= settings.busy_p

    def _chance(self, candidate: HazardCandidate) -> float:
        """Return the probability of contact with something of weight; 0 for anything else."""
        if not isinstance(candidate.key, int):
            return candidate.p if isinstance(candidate.key, MarkIndex) else 0.0
        rule = self._corridors.rule(candidate.key)
        is_ground = rule.kind == ROUGH_SURFACE.kind
        return 0.0 if rule.severity < 2 or rule.is_traffic or is_ground else candidate.p

    def _turn_within(self, at: int) -> float:
        last = min(len(self.pieces) - 1, at + round(_BEND_M / STEP_M))
        first = max(0, at - 1)
        return wrap_pi(self.pieces[last][2] - self.pieces[first][2])


class LinePosition:
    """Where on the line the wearer is, and which way they go."""

    def __init__(self, pieces: list[tuple[float, float, float]]) -> None:
        self._pieces = pieces
        self._at: int | None = None

    def step(self, x: float, y: float, course_rad: float | None) -> LinePlace | None:
        """Return the place on the line; None off it, or without a course.

        Args:
            x: [m] East.
            y: [m] North.
            course_rad: [rad] Where the body goes, None when it is not known.
        """
        reach = range(len(self._pieces))
        if self._at is not None:
            around = round(_BACK_M / STEP_M)
            reach = range(
                max(0, self._at - around), min(len(self._pieces), self._at + around + 1)
            )
        least_m2, at = math.inf, 0
        for k in reach:
            piece = self._pieces[k]
            east_m, north_m = piece[0] - x, piece[1] - y
            away_m2 = east_m * east_m + north_m * north_m
            if away_m2 < least_m2:
                least_m2, at = away_m2, k
        if least_m2 > _FAR_M**2:
            self._at = None
            return None
        self._at = at
        if course_rad is None:
            return None
        is_onward = math.cos(wrap_pi(self._pieces[at][2] - course_rad)) > 0.0
        return LinePlace((at + 0.5) * STEP_M, is_onward)


def _is_here(candidate: HazardCandidate, along_m: float) -> bool:
    """Return whether a candidate reaches into the piece around a place of its edge."""
    half_m = _BOTH_SIDES * STEP_M
    return candidate.s_m - half_m <= along_m <= candidate.s_back_m + half_m


def _pieces(line: Line) -> list[tuple[float, float, float]]:
    """Return east, north and course of the middle of each piece of `STEP_M`."""
    pieces: list[tuple[float, float, float]] = []
    over_m = 0.5 * STEP_M
    for (ax, ay), (bx, by) in itertools.pairwise(line):
        length_m = math.hypot(bx - ax, by - ay)
        course = math.atan2(bx - ax, by - ay)
        while over_m < length_m:
            share = over_m / length_m
            pieces.append((ax + (bx - ax) * share, ay + (by - ay) * share, course))
            over_m += STEP_M
        over_m -= length_m
    return pieces


def _way_at(net: Net, x: float, y: float, course: float) -> Edge | None:
    """Return the way under a place of the line: near, along its course, fit to run on."""
    ux, uy = math.sin(course), math.cos(course)
    best, best_cost = None, math.inf
    for away, _, edge in net.near(x, y, _ON_WAY_M):
        across = 1.0 - abs(edge.ux * ux + edge.uy * uy)
        cost = away + 8.0 * across + 2.0 * (1.0 - edge.weight)
        if cost < best_cost:
            best, best_cost = edge, cost
    return best
