"""Stairs, roads and water that a foot way runs onto, on one layer and across layers.

Run: python benchmarks/terrain_layers.py EXTRACT... [--seed 1]

Every foot way of 25 m or more that ends at a node of a flight of steps, a road or a water line
is walked backward to that node at 2 m/s, with a receiver's slow error of 2.5 m, and on
along the straight. Counted: announced 3 s or more before the node, later, never.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import osmium

from backrun_pi.cli.warn_track import onsets
from backrun_pi.geo import LocalFrame, wrap_tau
from backrun_pi.maps import tags, way_record
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import Direction, Gait, MountState, RunnerState
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain

FOOT = {"footway", "path", "pedestrian", "track"}
WATER = {"river", "canal", "stream"}
ROADS = {rule.tag for rule in tags.ROAD_RULES if rule.severity == 3}
SPEED_MPS, PERIOD_S, TAU_S, SIGMA_M = 2.0, 0.2, 45.0, 2.5
SHORTEST_M, LONGEST_M, ONWARD_M = 25.0, 60.0, 10.0
Point = tuple[float, float]


@dataclass(frozen=True)
class Approach:
    """A way to a hazard that shares its last node."""

    kind: str
    osm_id: str
    is_across: bool
    points_deg: tuple[Point, ...]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extracts", nargs="+", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as scratch:
        for extract in args.extracts:
            out = Path(scratch) / f"{extract.name}.map"
            build_map([extract], out)
            opened = MapFile.open(out)
            for number, approach in enumerate(approaches(extract)):
                draw = random.Random(args.seed * 100_003 + number)
                layers = "across layers" if approach.is_across else "on one layer"
                counted[approach.kind, layers][outcome(opened, approach, draw)] += 1
    for (kind, layers), found in sorted(counted.items()):
        print(
            f"{kind:6s} {layers:14s} in time {found['in time']} of {found.total()}, "
            f"late {found['late']}, never {found['never']}"
        )


def approaches(extract: Path) -> Iterator[Approach]:
    """Yield every foot way that ends at a node of something it runs onto."""
    feet, goals = [], defaultdict(list)
    reader: Any = osmium.FileProcessor(str(extract), osmium.osm.NODE | osmium.osm.WAY)
    for way in reader.with_locations():
        if not way.is_way() or not way.tags:
            continue
        table = {tag.k: tag.v for tag in way.tags}
        nodes = [
            (n.ref, n.location.lat, n.location.lon) for n in way.nodes if n.location.valid()
        ]
        if tags.is_out_of_reach(table) or len(nodes) < 2 or table.get("area") == "yes":
            continue
        layer, kind = way_record.layer(table), kind_of(table)
        if table.get("highway") in FOOT:
            feet.append((layer, nodes))
        for ref, _, _ in nodes if kind else ():
            goals[ref].append((kind, f"w{way.id}", layer))
    for layer, nodes in feet:
        for line in (nodes, nodes[::-1]):
            for kind, osm_id, other in goals.get(line[-1][0], ())[:1]:
                points = tuple((lat, lon) for _, lat, lon in line)
                if length_m(points) >= SHORTEST_M:
                    yield Approach(kind, osm_id, layer != other, points)


def kind_of(table: dict[str, str]) -> str | None:
    """Return what a way is for somebody who runs onto it."""
    if table.get("waterway") in WATER:
        return None if table.get("tunnel", "no") != "no" else "water"
    road = table.get("highway")
    return "steps" if road == "steps" else "road" if f"highway={road}" in ROADS else None


def length_m(points: tuple[Point, ...]) -> float:
    frame = LocalFrame(*points[-1])
    places = [frame.to_m(*point) for point in points]
    return sum(math.dist(a, b) for a, b in itertools.pairwise(places))


def outcome(opened: MapFile, approach: Approach, draw: random.Random) -> str:
    """Walk there and say when the hazard was announced."""
    terrain = Terrain(opened, None, TerrainSettings())
    arrives_s, states = walk(approach, draw)
    at = [o.t_s for o in onsets(terrain, iter(states)) if o.hazard.osm_id == approach.osm_id]
    if not at or min(at) >= arrives_s:
        return "never"
    return "in time" if arrives_s - min(at) >= 3.0 else "late"


def walk(approach: Approach, draw: random.Random) -> tuple[float, list[RunnerState]]:
    """Return when the node is reached [s], and what the receiver says on the way."""
    frame = LocalFrame(*approach.points_deg[-1])
    line = [frame.to_m(*point) for point in approach.points_deg]
    (ax, ay), (bx, by) = line[-2:]
    share = ONWARD_M / math.dist(line[-2], line[-1])
    line.append((bx + (bx - ax) * share, by + (by - ay) * share))
    ends = [0.0]
    for one, other in itertools.pairwise(line):
        ends.append(ends[-1] + math.dist(one, other))
    start = max(0.0, ends[-2] - LONGEST_M)
    error = [draw.gauss(0.0, SIGMA_M), draw.gauss(0.0, SIGMA_M)]
    keep = math.exp(-PERIOD_S / TAU_S)
    states, at, t_s = [], start, 0.0
    piece = 0
    while at < ends[-1]:
        while ends[piece + 1] <= at:
            piece += 1
        (x1, y1), (x2, y2) = line[piece], line[piece + 1]
        share = (at - ends[piece]) / (ends[piece + 1] - ends[piece])
        course = wrap_tau(math.atan2(x2 - x1, y2 - y1) + draw.gauss(0.0, 0.05))
        error = [keep * e + math.sqrt(1 - keep**2) * draw.gauss(0.0, SIGMA_M) for e in error]
        place = (x1 + (x2 - x1) * share + error[0], y1 + (y2 - y1) * share + error[1])
        states.append(state(t_s, frame.to_deg(*place), course))
        t_s, at = t_s + PERIOD_S, at + SPEED_MPS * PERIOD_S
    return (ends[-2] - start) / SPEED_MPS, states


def state(t_s: float, place_deg: Point, course: float) -> RunnerState:
    return RunnerState(
        t_ns=round(t_s * 1e9),
        direction=Direction.BACKWARD,
        gait=Gait.UNKNOWN,
        p_backward=None,
        because=("drawn",),
        cadence_spm=None,
        speed_mps=SPEED_MPS,
        course_rad=course,
        facing_rad=None,
        lat_deg=place_deg[0],
        lon_deg=place_deg[1],
        sigma_m=SIGMA_M,
        position_age_s=0.0,
        distance_m=0.0,
        mount=MountState.UNKNOWN,
        turn_rps=None,
        impact_mps2=None,
    )


if __name__ == "__main__":
    main()
