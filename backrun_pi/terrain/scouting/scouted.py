"""Where the marks and the walked lines of the scouting lie on the ways."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

from backrun_pi.median import median
from backrun_pi.terrain.matching.way_graph import Edge, Net, Node
from backrun_pi.terrain.scouting.felt_ground import FeltGround
from backrun_pi.terrain.scouting.marks import ONE_WALK_M, Mark, Notes
from backrun_pi.terrain.scouting.shortest_path import between
from backrun_pi.terrain.settings import TerrainSettings

_BESIDE_M = 8.0  # along the way: a mark further off says nothing about a hazard
_SAME_WAY_M = 3.0
_LEAST_SIGMA_M = 1.0
_LEAST_FELT = 10  # points of the walked line, 50 m, from which there is a usual ground
_WALKED_M = 6.0  # a way this near to the walked line was walked


@dataclass(frozen=True, slots=True)
class Snap:
    """A mark brought onto a way: the scout walked there, the error across is the receiver's."""

    at: int
    """[-] Place in the marks."""
    edge: Edge
    s_m: float
    """[m] From the edge's a."""
    x: float
    y: float
    """[m] East and north."""
    weight: float
    """[-] Chance that it was set on this way."""


def _squares(edge: Edge) -> list[tuple[int, int]]:
    """Return the squares of the walked line around the middle of a piece."""
    x = edge.ax + edge.ux * edge.length_m / 2
    y = edge.ay + edge.uy * edge.length_m / 2
    column, row = round(x / _WALKED_M), round(y / _WALKED_M)
    return [(column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


def _weight(snap: Snap) -> float:
    return snap.weight


@dataclass(slots=True)
class _Ground:
    """A square of the walked line."""

    felt_mps2: list[float] = field(default_factory=list)
    walks: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Scouted:
    """Marks and the walked line, in the metres of a net."""

    net: Net
    settings: TerrainSettings
    notes: Notes
    snaps: list[Snap] = field(default_factory=list)
    """Every place where a mark may have been set."""
    _on: dict[int, list[Snap]] = field(default_factory=dict)
    _route: set[int] = field(default_factory=set)
    _line: dict[tuple[int, int], _Ground] = field(default_factory=dict)
    _usual_mps2: float | None = None
    _felt: FeltGround = field(init=False)

    def __post_init__(self) -> None:
        """Place everything on the ways."""
        notes = self.notes
        self._felt = FeltGround(
            self.net, self.settings, notes.felt, notes.stumbles, notes.today
        )
        for at, mark in enumerate(self.notes.marks):
            for snap in self._snap(at, mark):
                self.snaps.append(snap)
                self._on.setdefault(id(snap.edge), []).append(snap)
        if not self.notes.walked:  # presses alone: guess the line from one to the next
            best = [max(self._on_mark(at), key=_weight) for at in self._placed_marks()]
            for one, other in pairwise(best):
                self._route.update(id(edge) for edge in between(self.net, one.edge, other.edge))
        walk, last = 0, (0.0, 0.0)
        for point in self.notes.walked:
            place = self.net.metres(point.lat_deg, point.lon_deg)
            if walk == 0 or point.is_first or math.dist(place, last) > ONE_WALK_M:
                walk += 1
            last = place
            square = (round(place[0] / _WALKED_M), round(place[1] / _WALKED_M))
            ground = self._line.setdefault(square, _Ground())
            ground.walks.add(walk)
            if point.roughness_mps2 is not None:
                ground.felt_mps2.append(point.roughness_mps2)
        everything = [value for one in self._line.values() for value in one.felt_mps2]
        self._usual_mps2 = median(everything) if len(everything) >= _LEAST_FELT else None

    @property
    def marks(self) -> list[Mark]:
        """Return the marks."""
        return self.notes.marks

    def covers(self, edge: Edge) -> bool:
        """Say whether a scouting walk went along a piece of way."""
        return self.passes(edge) > 0

    def passes(self, edge: Edge) -> int:
        """Return how many scouting walks went along a piece of way."""
        walks: set[int] = set()
        for square in _squares(edge):
            if square in self._line:
                walks |= self._line[square].walks
        return len(walks) + self.notes.everywhere

    def walk_of(self, at: int) -> int:
        """Return the number of the walk that a mark was set on."""
        return self.notes.walk_of[self.marks[at].id]

    def is_felt_rough(self, edge: Edge) -> bool:
        """Say whether the ground of a piece of way was felt rougher than that of the route.

        The walk itself shakes the waist, and every wearer otherwise: so a stretch is held
        against the median of the whole walk, not against a fixed number.
        """
        if self._usual_mps2 is None:
            return False
        grounds = (self._line[one] for one in _squares(edge) if one in self._line)
        here = [value for ground in grounds for value in ground.felt_mps2]
        if not here:
            return False
        return median(here) > self.settings.rough_factor * self._usual_mps2

    def felt_even(self, edge: Edge) -> str | None:
        """Return how the wearer knows that a piece is even, None when they do not."""
        return self._felt.even_because(edge)

    def was_walked(self, edge: Edge) -> bool:
        """Say whether the scouting walk is known to have gone along this piece."""
        if self.notes.walked:
            return any(square in self._line for square in _squares(edge))
        return id(edge) in self._route

    def _placed_marks(self) -> list[int]:
        return sorted({snap.at for snap in self.snaps})

    def _on_mark(self, at: int) -> list[Snap]:
        return [snap for snap in self.snaps if snap.at == at]

    def marks_on(self, edge: Edge) -> list[Snap]:
        """Return the marks that were set on a piece of way."""
        return self._on.get(id(edge), [])

    def marks_beside(self, edge: Edge) -> list[tuple[Snap, float]]:
        """Return the marks set on this way near a piece, each with its s on that piece."""
        found = []
        for snap in self.snaps:
            dx, dy = snap.x - edge.ax, snap.y - edge.ay
            s, left = dx * edge.ux + dy * edge.uy, dy * edge.ux - dx * edge.uy
            if abs(left) < _SAME_WAY_M and -_BESIDE_M < s < edge.length_m + _BESIDE_M:
                found.append((snap, s))
        return found

    def _snap(self, at: int, mark: Mark) -> list[Snap]:
        """Return the places on ways where a mark may have been set.

        Of neighbouring pieces of one way only the nearest counts. The weight is the chance
        of this way among the others that lie as near.
        """
        x, y = self.net.metres(mark.lat_deg, mark.lon_deg)
        sigma = max(mark.sigma_m, _LEAST_SIGMA_M)
        near = sorted(self.net.near(x, y, max(_BESIDE_M, 3.0 * sigma)), key=lambda one: one[0])
        taken: set[Node] = set()
        places = []
        for away, s, edge in near:
            end = edge.a if s <= 0.0 else edge.b if s >= edge.length_m else None
            is_shadowed = end is not None and end in taken
            taken.update((edge.a, edge.b))
            if not is_shadowed:
                fit = math.exp(-0.5 * (away / sigma) ** 2) * edge.weight
                places.append((fit, s, edge))
        total = sum(fit for fit, _, _ in places)
        return [
            Snap(
                at=at,
                edge=edge,
                s_m=s,
                x=edge.ax + edge.ux * s,
                y=edge.ay + edge.uy * s,
                weight=fit / total,
            )
            for fit, s, edge in places
            if fit > 0.02 * total
        ]
