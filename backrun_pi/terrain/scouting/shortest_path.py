"""The line a scout walked from mark to mark, along the ways."""

from __future__ import annotations

import heapq
import math

from backrun_pi.terrain.matching.way_graph import Edge, Net, Node, Walk

_DETOUR = 1.6  # a walk between two marks is at most this much longer than the crow's flight
_SLACK_M = 30.0
_FARTHEST_M = 400.0  # marks further apart than this say nothing of the way between


def between(net: Net, start: Edge, goal: Edge) -> list[Edge]:
    """Return the pieces of the easiest way between two pieces, both included.

    The length of a way a runner avoids counts more. Empty when there is no way that is not a
    long detour. Source: Dijkstra 1959.
    """
    if start is goal:
        return [start]
    crow = math.hypot(goal.ax - start.ax, goal.ay - start.ay)
    if crow > _FARTHEST_M:
        return []
    limit = _DETOUR * crow + _SLACK_M
    reached: dict[Node, tuple[float, Walk | None]] = {}
    queue: list[tuple[float, float, int, Node, Walk | None]] = []
    for node in (start.a, start.b):
        heapq.heappush(queue, (0.0, 0.0, len(queue), node, None))
    count = len(queue)
    while queue:
        cost, length, _, node, by = heapq.heappop(queue)
        if node in reached:
            continue
        reached[node] = (cost, by)
        if node in {goal.a, goal.b}:
            return [start, *_traced(reached, node), goal]
        for walk in net.leaving(node):
            further = length + walk.edge.length_m
            if further <= limit and walk.end not in reached:
                count += 1
                price = cost + walk.edge.length_m / max(walk.edge.weight, 0.1) ** 0.5
                heapq.heappush(queue, (price, further, count, walk.end, walk))
    return []


def _traced(reached: dict[Node, tuple[float, Walk | None]], node: Node) -> list[Edge]:
    edges = []
    by = reached[node][1]
    while by is not None:
        edges.append(by.edge)
        by = reached[by.start][1]
    return edges[::-1]
