"""Draw an extract of a place that does not exist: a park by a harbour, to warn in.

Run: python benchmarks/terrain_place.py OUT.osm.pbf [--seed 1]

Paths of a bent grid; lamps, trees, benches and bins beside them, bollards where two meet, a
hedge here, a wall there, and a quay along the southern edge. The offsets are even over what
such objects usually have; nothing is taken from a real map.
"""

from __future__ import annotations

import argparse
import math
import random
from pathlib import Path

import osmium
from osmium.osm import mutable

LAT_DEG, LON_DEG = 55.0, 3.0  # open sea
M_PER_DEG = 111_319.5
SIDE, PITCH_M, JITTER_M, STEP_M = 13, 85.0, 18.0, 17.0

BESIDE = (  # tags, one every so many metres, offset from the middle of the path
    ({"highway": "street_lamp"}, 28.0, (1.3, 3.2)),
    ({"natural": "tree"}, 22.0, (1.6, 5.0)),
    ({"amenity": "bench"}, 90.0, (1.7, 3.0)),
    ({"amenity": "waste_basket"}, 140.0, (1.3, 2.4)),
)
Point = tuple[float, float]


class Place:
    """Writes nodes as they come and ways at the end."""

    def __init__(self, writer: osmium.SimpleWriter, seed: int) -> None:
        self.writer = writer
        self.draw = random.Random(seed)
        self.nodes = 0
        self.ways: list[tuple[list[int], dict[str, str]]] = []

    def node(self, at: Point, tags: dict[str, str] | None = None) -> int:
        """Write a node and return its id."""
        self.nodes += 1
        east = LON_DEG + at[0] / (M_PER_DEG * math.cos(math.radians(LAT_DEG)))
        place = (east, LAT_DEG + at[1] / M_PER_DEG)
        self.writer.add_node(mutable.Node(id=self.nodes, location=place, tags=tags or {}))
        return self.nodes

    def line(self, points: list[Point], tags: dict[str, str]) -> None:
        """Draw a way."""
        self.ways.append(([self.node(point) for point in points], tags))

    def path(self, start: tuple[int, Point], end: tuple[int, Point]) -> None:
        """Draw a bent path between two corners, with what stands beside it."""
        (first, (ax, ay)), (last, (bx, by)) = start, end
        length = math.hypot(bx - ax, by - ay)
        ux, uy = (bx - ax) / length, (by - ay) / length
        bulge = self.draw.uniform(-6.0, 6.0)

        def at(s: float, off: float) -> Point:
            off += bulge * math.sin(math.pi * s / length)
            return ax + ux * s - uy * off, ay + uy * s + ux * off

        parts = max(2, round(length / STEP_M))
        refs = [self.node(at(length * part / parts, 0.0)) for part in range(1, parts)]
        self.ways.append(([first, *refs, last], {"highway": "footway"}))
        for tags, every_m, (near_m, far_m) in BESIDE:
            s = self.draw.uniform(5.0, every_m)
            while s < length - 4.0:
                off = self.draw.uniform(near_m, far_m) * self.draw.choice((-1.0, 1.0))
                self.node(at(s, off), tags)
                s += every_m * self.draw.uniform(0.6, 1.4)
        kind = self.draw.random()
        if kind < 0.1:
            tags = {"barrier": "hedge" if kind < 0.05 else "wall"}
            off = self.draw.uniform(1.8, 3.5)
            self.line([at(length * share, off) for share in (0.2, 0.4, 0.6, 0.8)], tags)
        elif kind < 0.2:
            self.node(at(8.0, self.draw.uniform(-0.6, 0.6)), {"barrier": "bollard"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with osmium.SimpleWriter(str(args.out)) as writer:
        place = Place(writer, args.seed)
        corners: dict[tuple[int, int], tuple[int, Point]] = {}
        for column in range(SIDE):
            for row in range(SIDE):
                x, y = (PITCH_M * k + place.draw.gauss(0.0, JITTER_M) for k in (column, row))
                at = (x, 0.0 if row == 0 else y)
                corners[column, row] = place.node(at), at
        for (column, row), corner in corners.items():
            for other in ((column + 1, row), (column, row + 1)):
                if other in corners and (row == 0 or place.draw.random() < 0.85):
                    place.path(corner, corners[other])
        quay: list[Point] = [(x, -2.6) for x in range(-40, round(SIDE * PITCH_M), 40)]
        place.line(quay, {"man_made": "quay"})
        for number, (refs, tags) in enumerate(place.ways, 1):
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=tags))


if __name__ == "__main__":
    main()
