"""The ways around the runner as a graph: from the map file, tile by tile, and scouted lines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from backrun_pi.geo import segment_distance_m
from backrun_pi.maps import layout
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.maps.spatial_index import metres_per_unit

Node = tuple[int, int]
"""A place on the map in units of 1e-7 degrees: equal places are one node."""

_TILE_BITS = layout.CELL_BITS + 1  # 91 m in latitude
_SHORTEST_M = 1e-3  # no length: in a damaged map only
_JOIN_M = 12.0  # an end of a scouted line is joined to a node this near
_TOUCH_M = 12.0  # half a piece of 20 m, and rounding

# How readily a backward runner takes a way, relative to a foot way.
_ROAD_WEIGHT = {
    "footway": 1.0,
    "path": 1.0,
    "pedestrian": 1.0,
    "track": 1.0,
    "bridleway": 0.5,
    "living_street": 0.1,
    "cycleway": 0.1,
    "service": 0.1,
    "steps": 0.2,
    "platform": 0.1,
    "corridor": 0.05,
}
_OTHER_ROAD_WEIGHT = 0.03
_SIDEWALK_WEIGHT = 0.2
_CROSSING_WEIGHT = 0.1
_CLOSED_WEIGHT = 0.3


@dataclass(slots=True, eq=False)
class Edge:
    """A straight piece of a way between two places, at most 20 m long."""

    a: Node
    b: Node
    ax: float
    ay: float
    """[m] East and north of the net's origin."""
    ux: float
    uy: float
    """[-] Unit vector from a to b."""
    length_m: float
    row: int | None
    """[-] Row in the map's ways; None of a scouted line where no mapped way is."""
    layer: int
    sort: int
    """[-] Road class and what else distinguishes a pavement from a park path."""
    weight: float
    """[-] How readily a runner takes it."""

    @property
    def way(self) -> int:
        """Return the row of the mapped way.

        Raises:
            ValueError: It is a piece of a scouted line.
        """
        if self.row is None:
            raise ValueError("a scouted line is no mapped way")
        return self.row


@dataclass(frozen=True, slots=True)
class Walk:
    """An edge in the direction it is walked."""

    edge: Edge
    is_forward: bool

    @property
    def start(self) -> Node:
        """Return the node it leaves."""
        return self.edge.a if self.is_forward else self.edge.b

    @property
    def end(self) -> Node:
        """Return the node it reaches."""
        return self.edge.b if self.is_forward else self.edge.a

    def unit(self) -> tuple[float, float]:
        """Return the direction of walking, east and north."""
        sign = 1.0 if self.is_forward else -1.0
        return self.edge.ux * sign, self.edge.uy * sign

    def place(self, s_m: float) -> tuple[float, float]:
        """Return the point `s_m` after its start."""
        along = s_m if self.is_forward else self.edge.length_m - s_m
        return self.edge.ax + self.edge.ux * along, self.edge.ay + self.edge.uy * along

    def back(self) -> Walk:
        """Return the same edge walked the other way."""
        return Walk(self.edge, not self.is_forward)


@dataclass(slots=True)
class Net:
    """Edges by node, in metres around the first position of the session."""

    map_file: MapFile | None
    """None where there is no map: the scouted lines are the ways then."""
    lat0: int
    lon0: int
    north_m: float = field(init=False)
    east_m: float = field(init=False)
    _at: dict[Node, list[Edge]] = field(init=False, default_factory=dict)
    _tiles: dict[tuple[int, int], list[Edge]] = field(init=False, default_factory=dict)
    _next: dict[tuple[Node, int], tuple[tuple[Walk, float], ...]] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Fix the scale at the origin."""
        self.north_m, self.east_m = metres_per_unit(self.lat0)

    @property
    def opened(self) -> MapFile:
        """Return the map.

        Raises:
            ValueError: There is none; nothing mapped can be asked for.
        """
        if self.map_file is None:
            raise ValueError("there is no map")
        return self.map_file

    def add_line(self, points_m: Sequence[tuple[float, float]]) -> None:
        """Add a scouted line as a way; its ends are joined to a node that is near.

        Args:
            points_m: East and north, some metres apart.
        """
        nodes = [self._node(point) for point in points_m]
        for at, beyond in ((0, nodes[1]), (-1, nodes[-2])):
            joint = self._joint(points_m[at])
            if joint is not None and joint != beyond:
                nodes.insert(0 if at == 0 else len(nodes), joint)
        for a, b in itertools.pairwise(nodes):
            if a != b:
                self._add_piece(a, b)

    def _joint(self, point_m: tuple[float, float]) -> Node | None:
        """Return the nearest node of another way within reach."""
        nodes = {
            node for _, _, edge in self.near(*point_m, _JOIN_M) for node in (edge.a, edge.b)
        }
        away = {node: math.dist(self._place(node), point_m) for node in nodes}
        nearest = min(away, key=lambda node: away[node], default=None)
        return nearest if nearest is not None and away[nearest] <= _JOIN_M else None

    def _node(self, point_m: tuple[float, float]) -> Node:
        return round(self.lat0 + point_m[1] / self.north_m), round(
            self.lon0 + point_m[0] / self.east_m
        )

    def _place(self, node: Node) -> tuple[float, float]:
        return (node[1] - self.lon0) * self.east_m, (node[0] - self.lat0) * self.north_m

    def _add_piece(self, a: Node, b: Node) -> None:
        (ax, ay), (bx, by) = self._place(a), self._place(b)
        length = math.dist((ax, ay), (bx, by)) or _SHORTEST_M
        ux, uy = (bx - ax) / length, (by - ay) / length
        sort = layout.ROADS.index("path") << 16
        edge = Edge(
            a=a,
            b=b,
            ax=ax,
            ay=ay,
            ux=ux,
            uy=uy,
            length_m=length,
            row=None,
            layer=0,
            sort=sort,
            weight=1.0,
        )
        row = ((a[0] + b[0]) // 2 + layout.LAT0) >> _TILE_BITS
        column = ((a[1] + b[1]) // 2 + layout.LON0) >> _TILE_BITS
        self._around((ax + bx) / 2.0, (ay + by) / 2.0, _TOUCH_M)
        self._tiles[row, column].append(edge)
        self._at.setdefault(a, []).append(edge)
        self._at.setdefault(b, []).append(edge)
        self._next.clear()

    def metres(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """Return (east_m, north_m) of a position."""
        lat, lon = units(lat_deg, lon_deg)
        return (lon - self.lon0) * self.east_m, (lat - self.lat0) * self.north_m

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return (lat_deg, lon_deg) of a point in metres."""
        lat = self.lat0 + y / self.north_m
        lon = self.lon0 + x / self.east_m
        return lat * layout.DEG, lon * layout.DEG

    def near(self, x: float, y: float, radius_m: float) -> list[tuple[float, float, Edge]]:
        """Return (distance, metres from a, edge) of the edges within a radius."""
        found = []
        for edge in self._around(x, y, radius_m + _TOUCH_M):
            bx = edge.ax + edge.ux * edge.length_m
            by = edge.ay + edge.uy * edge.length_m
            away, share = segment_distance_m(x, y, edge.ax, edge.ay, bx, by)
            if away <= radius_m:
                found.append((away, share * edge.length_m, edge))
        return found

    def leaving(self, node: Node) -> list[Walk]:
        """Return every piece of way that leaves a node."""
        x, y = (node[1] - self.lon0) * self.east_m, (node[0] - self.lat0) * self.north_m
        self._around(x, y, _TOUCH_M)
        return [Walk(edge, edge.a == node) for edge in self._at.get(node, ())]

    def onward(self, walk: Walk) -> tuple[tuple[Walk, float], ...]:
        """Return the ways on from the end of an edge with their prior probabilities.

        The straightest way on is taken in 80 % of the junctions, else any of them; a way that
        a backward runner avoids weighs less. Turning round is not among them.
        """
        key = (walk.start, id(walk.edge))
        known = self._next.get(key)
        if known is None:
            known = self._next[key] = self._choose(walk)
        return known

    def _choose(self, walk: Walk) -> tuple[tuple[Walk, float], ...]:
        node = walk.end
        x, y = walk.place(walk.edge.length_m)
        self._around(x, y, _TOUCH_M)
        ux, uy = walk.unit()
        options = [
            Walk(edge, edge.a == node)
            for edge in self._at.get(node, ())
            if edge is not walk.edge
        ]
        if not options:
            return ()
        same = [_cosine(option, ux, uy) for option in options]
        weights = [_readiness(walk.edge, option.edge) for option in options]
        straight = max(
            range(len(options)), key=lambda at: same[at] + _KIND_OVER_TURN * weights[at]
        )
        total = sum(weights)
        chances = [_AT_RANDOM * weight / total for weight in weights]
        chances[straight] += 1.0 - _AT_RANDOM
        return tuple(zip(options, chances, strict=True))

    def _around(self, x: float, y: float, reach_m: float) -> list[Edge]:
        lat, lon = self.lat0 + y / self.north_m, self.lon0 + x / self.east_m
        dlat, dlon = reach_m / self.north_m, reach_m / self.east_m
        row0 = int(lat - dlat + layout.LAT0) >> _TILE_BITS
        row1 = int(lat + dlat + layout.LAT0) >> _TILE_BITS
        column0 = int(lon - dlon + layout.LON0) >> _TILE_BITS
        column1 = int(lon + dlon + layout.LON0) >> _TILE_BITS
        edges: list[Edge] = []
        for row in range(row0, row1 + 1):
            for column in range(column0, column1 + 1):
                tile = self._tiles.get((row, column))
                edges += self._load(row, column) if tile is None else tile
        return edges

    def _load(self, row: int, column: int) -> list[Edge]:
        edges: list[Edge] = []
        self._tiles[row, column] = edges
        if self.map_file is None:
            return edges
        found = self.map_file.segments_in_tile(row, column, _TILE_BITS)
        names = ("lat1", "lon1", "lat2", "lon2", "way")
        for lat1, lon1, lat2, lon2, way in zip(
            *(found[name].tolist() for name in names), strict=True
        ):
            ax, ay = (lon1 - self.lon0) * self.east_m, (lat1 - self.lat0) * self.north_m
            dx, dy = (lon2 - lon1) * self.east_m, (lat2 - lat1) * self.north_m
            length = math.hypot(dx, dy) or _SHORTEST_M
            record = self.map_file.ways[way]
            edge = Edge(
                a=(lat1, lon1),
                b=(lat2, lon2),
                ax=ax,
                ay=ay,
                ux=dx / length,
                uy=dy / length,
                length_m=length,
                row=way,
                layer=int(record["layer"]),
                sort=int(record["road"]) << 16 | int(record["flags"]) & _SORT_FLAGS,
                weight=_weight(int(record["road"]), int(record["flags"])),
            )
            edges.append(edge)
            self._at.setdefault(edge.a, []).append(edge)
            self._at.setdefault(edge.b, []).append(edge)
        return edges


_AT_RANDOM = 0.2  # share of junctions where the way is not chosen for being straight on


# How much a fitting kind of way counts against going straight on, in cosines: a turn of 60
# degrees is taken rather than a crossing over the road.
_KIND_OVER_TURN = 0.5
_SORT_FLAGS = layout.SIDEWALK | layout.CROSSING | layout.SHARED


def _readiness(now: Edge, then: Edge) -> float:
    """Return how readily a runner goes from one piece of way to another."""
    return 1.0 if now.row == then.row or now.sort == then.sort else then.weight


def _cosine(walk: Walk, ux: float, uy: float) -> float:
    vx, vy = walk.unit()
    return ux * vx + uy * vy


def _weight(road: int, flags: int) -> float:
    weight = _ROAD_WEIGHT.get(layout.ROADS[road], _OTHER_ROAD_WEIGHT)
    if flags & layout.SIDEWALK:
        weight *= _SIDEWALK_WEIGHT
    if flags & layout.CROSSING:
        weight *= _CROSSING_WEIGHT
    return weight * _CLOSED_WEIGHT if flags & (layout.PRIVATE | layout.TUNNEL) else weight
