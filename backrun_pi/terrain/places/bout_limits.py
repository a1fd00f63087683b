"""What lies on the likeliest way from here that a backward bout should not meet."""

from __future__ import annotations

from collections.abc import Iterator

from backrun_pi.maps import layout
from backrun_pi.maps.tags import ROUGH_SURFACE
from backrun_pi.messages import BoutLimit, Suitability
from backrun_pi.terrain.hazards.bends import next_bend
from backrun_pi.terrain.hazards.candidate import HazardCandidate, Lie, LineEnd, MarkIndex
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.matcher import Hypothesis
from backrun_pi.terrain.matching.way_graph import Net, Walk
from backrun_pi.terrain.places.suitability import FELT_ROUGH, judge_way
from backrun_pi.terrain.settings import TerrainSettings

_BEHIND_M = (
    1.0  # what is passed by less is still met: the place along the way is off by as much
)


def bout_limits(
    net: Net, corridors: Corridors, best: Hypothesis, settings: TerrainSettings
) -> tuple[BoutLimit, ...]:
    """Return what a bout from here would meet, nearest first, each kind once.

    Steps: 1. follow the likeliest way on, as far as a bout reaches. 2. Obstacles and marks
    count when they are likely to be touched, crossings and roads when they are entered, bad
    ground where it begins. 3. So do the next bend, and the end of the way.
    """
    found: dict[tuple[str, bool], BoutLimit] = {}
    for limit in _all(net, corridors, best, settings):
        known = found.get((limit.because, limit.is_traffic))
        if known is None or limit.distance_m < known.distance_m:
            found[limit.because, limit.is_traffic] = limit
    return tuple(sorted(found.values(), key=lambda limit: limit.distance_m))


def _all(
    net: Net, corridors: Corridors, best: Hypothesis, settings: TerrainSettings
) -> Iterator[BoutLimit]:
    near_m = settings.limit_near_m
    bend = next_bend(net, best, settings, near_m / settings.due_s)
    if bend is not None:
        yield BoutLimit(bend.distance_m, is_traffic=False, because="a bend")
    walk, begin_m = best.walk, -best.s_m
    seen = {id(walk.edge)}
    while begin_m < settings.limit_reach_m:
        if begin_m < near_m:
            yield from _ground(net, corridors, walk, max(0.0, begin_m))
        yield from _met(corridors, walk, begin_m, settings)
        begin_m += walk.edge.length_m
        onward = corridors.onward(walk)
        if not onward:
            if begin_m < near_m:
                yield BoutLimit(begin_m, is_traffic=False, because="the way ends")
            return
        walk = max(onward, key=lambda option: option[1])[0]
        if id(walk.edge) in seen:
            return
        seen.add(id(walk.edge))
        row = walk.edge.row
        if row is not None and int(net.opened.ways[row]["flags"]) & layout.CROSSING:
            yield BoutLimit(max(0.0, begin_m), is_traffic=True, because="a crossing")


def _ground(
    net: Net, corridors: Corridors, walk: Walk, distance_m: float
) -> Iterator[BoutLimit]:
    row = walk.edge.row
    judged = None if row is None else judge_way(net.opened.way(row))
    if judged is not None and judged.verdict is Suitability.BAD:
        yield BoutLimit(distance_m, is_traffic=False, because=judged.because[0])
    elif corridors.scouted.is_felt_rough(walk.edge):
        yield BoutLimit(distance_m, is_traffic=False, because=FELT_ROUGH)


def _met(
    corridors: Corridors, walk: Walk, begin_m: float, settings: TerrainSettings
) -> Iterator[BoutLimit]:
    length_m = walk.edge.length_m
    for candidate in corridors.along(walk.edge):
        first_m, last_m = candidate.s_m, candidate.s_back_m
        if not walk.is_forward:
            first_m, last_m = length_m - last_m, length_m - first_m
        if begin_m + last_m < -_BEHIND_M:
            continue
        limit = _limit(corridors, candidate, max(0.0, begin_m + first_m), settings)
        if limit is not None and limit.distance_m < settings.limit_reach_m:
            yield limit


def _limit(
    corridors: Corridors,
    candidate: HazardCandidate,
    distance_m: float,
    settings: TerrainSettings,
) -> BoutLimit | None:
    key, is_traffic = candidate.key, False
    because: str | None = None
    if isinstance(key, LineEnd):
        because = "the scouted line ends"
    elif isinstance(key, MarkIndex):
        because = "something you marked" if candidate.p >= settings.limit_p else None
    elif candidate.lie is not Lie.ALONGSIDE:  # an edge alongside does not end by waiting
        rule = corridors.rule(key)
        is_traffic = rule.is_traffic
        least_p = settings.busy_p if is_traffic else settings.limit_p
        is_ground = rule.kind == ROUGH_SURFACE.kind
        is_met = rule.severity > 1 and not is_ground and candidate.p >= least_p
        because = rule.kind if is_met else None
    return None if because is None else BoutLimit(distance_m, is_traffic, because)
