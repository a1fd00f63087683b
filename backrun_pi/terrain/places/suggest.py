"""Nearby stretches that suit running backward best: straight, even, quiet, few obstacles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import gpxpy.gpx

from backrun_pi.maps import layout
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.messages import Suitability
from backrun_pi.terrain.hazards.candidate import MarkIndex
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.way_graph import Edge, Net, Walk
from backrun_pi.terrain.places.suitability import evenness, judge_way
from backrun_pi.terrain.scouting.marks import Notes, Scouted
from backrun_pi.terrain.settings import TerrainSettings

_LEAST_M = 100.0
_MOST_M = 600.0
_LARGEST_TURN_RAD = 0.35  # at one place; a stretch is to be seen as straight
_TURN_PER_100_M_RAD = 0.6


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A stretch and what speaks for it."""

    length_m: float
    away_m: float
    """[m] From the place asked for to its nearer end."""
    score: float
    """[-] Larger is better; 0 is a mean path."""
    verdict: Suitability
    because: tuple[str, ...]
    way_ids: tuple[str, ...]
    places_deg: tuple[tuple[float, float], ...]


def suggestions(
    opened: MapFile, lat_deg: float, lon_deg: float, radius_m: float, settings: TerrainSettings
) -> list[Suggestion]:
    """Return stretches of 100 m and more within a radius, the best first.

    A stretch is never called good because tags are missing: its verdict is that of its worst
    way, and what is not tagged counts against its score.
    """
    net = Net(opened, *units(lat_deg, lon_deg))
    corridors = Corridors(net, settings, Scouted(net, settings, Notes()))
    used: set[int] = set()
    found = []
    for _, _, edge in sorted(net.near(0.0, 0.0, radius_m), key=lambda one: one[0]):
        if id(edge) in used or not _is_fit(opened, edge):
            continue
        walks = _stretch(net, opened, edge)
        used.update(id(walk.edge) for walk in walks)
        if sum(walk.edge.length_m for walk in walks) >= _LEAST_M:
            found.append(_weighed(opened, net, corridors, walks))
    return sorted(found, key=lambda one: (-one.score, one.way_ids))


def as_gpx(suggestion: Suggestion, name: str) -> str:
    """Return a stretch as a GPX route."""
    gpx = gpxpy.gpx.GPX()
    gpx.creator = "backrun_pi"
    gpx.copyright_author = layout.ATTRIBUTION
    gpx.copyright_license = "https://opendatacommons.org/licenses/odbl/"
    route = gpxpy.gpx.GPXRoute(name=name)
    route.points = [
        gpxpy.gpx.GPXRoutePoint(round(lat, 7), round(lon, 7))
        for lat, lon in suggestion.places_deg
    ]
    gpx.routes.append(route)
    return str(gpx.to_xml())


def _is_fit(opened: MapFile, edge: Edge) -> bool:
    return judge_way(opened.way(edge.way)).verdict is not Suitability.BAD


def _stretch(net: Net, opened: MapFile, edge: Edge) -> list[Walk]:
    """Grow a stretch from one piece in both directions, as straight as it goes."""
    onward = list(_grow(net, opened, Walk(edge, True), _MOST_M / 2))
    back = list(_grow(net, opened, Walk(edge, False), _MOST_M / 2))
    return [walk.back() for walk in reversed(back)] + [Walk(edge, True), *onward]


def _grow(net: Net, opened: MapFile, walk: Walk, reach_m: float) -> Iterator[Walk]:
    seen = {id(walk.edge)}
    length = turned = 0.0
    while length < reach_m:
        fit = [
            option
            for option, _ in net.onward(walk)
            if id(option.edge) not in seen and _is_fit(opened, option.edge)
        ]
        if not fit:
            return
        follow = min(fit, key=lambda option: _turn(walk, option))
        turn = _turn(walk, follow)
        turned += turn
        length += follow.edge.length_m
        if turn > _LARGEST_TURN_RAD or turned > _TURN_PER_100_M_RAD * max(1.0, length / 100):
            return
        seen.add(id(follow.edge))
        yield follow
        walk = follow


def _turn(before: Walk, after: Walk) -> float:
    ux, uy = before.unit()
    vx, vy = after.unit()
    return math.acos(max(-1.0, min(1.0, ux * vx + uy * vy)))


def _weighed(opened: MapFile, net: Net, corridors: Corridors, walks: list[Walk]) -> Suggestion:
    length = sum(walk.edge.length_m for walk in walks)
    contacts: dict[int, float] = {}
    for walk in walks:
        for thing in corridors.along(walk.edge):
            key = thing.key
            if not isinstance(key, MarkIndex) and corridors.rule(key).severity > 1:
                contacts[key] = max(thing.p, contacts.get(key, 0.0))
    per_100_m = 100.0 * sum(contacts.values()) / length
    turned = sum(_turn(a, b) for a, b in itertools.pairwise(walks))
    ways = list(dict.fromkeys(walk.edge.way for walk in walks))
    judged = [judge_way(opened.way(way)) for way in ways]
    is_good = all(one.verdict is Suitability.GOOD for one in judged)
    ground = sum(evenness(opened.way(way)) for way in ways) / len(ways)
    junctions = sum(1 for walk in walks[:-1] if len(net.onward(walk)) > 1)
    score = (
        ground
        + min(length, _MOST_M) / 300.0
        - 1.5 * per_100_m
        - 100.0 * turned / length
        - 0.5 * 100.0 * junctions / length
    )
    places = [walks[0].place(0.0), *(walk.place(walk.edge.length_m) for walk in walks)]
    ends = (places[0], places[-1])
    return Suggestion(
        length_m=length,
        away_m=min(math.hypot(x, y) for x, y in ends),
        score=score,
        verdict=Suitability.GOOD if is_good else Suitability.UNKNOWN,
        because=(
            f"{per_100_m:.1f} contacts expected per 100 m of running without a look",
            f"turns {math.degrees(turned):.0f} degrees in {length:.0f} m",
            f"{junctions} junctions",
            *dict.fromkeys(reason for one in judged for reason in one.because),
        ),
        way_ids=tuple(f"w{int(opened.ways[way]['osm'])}" for way in ways),
        places_deg=tuple(net.degrees(x, y) for x, y in places),
    )
