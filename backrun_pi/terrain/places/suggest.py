"""Nearby stretches that suit running backward best: straight, even, quiet, few obstacles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from backrun_pi.maps import layout
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.messages import Suitability
from backrun_pi.terrain.hazards.candidate import FeatureRow, Lie
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.way_graph import Edge, Net, Walk
from backrun_pi.terrain.places.suitability import evenness, judge_way
from backrun_pi.terrain.scouting.marks import Notes
from backrun_pi.terrain.scouting.scouted import Scouted
from backrun_pi.terrain.settings import TerrainSettings

LEAST_M = 100.0
"""[m] Shortest stretch that is suggested."""
_MOST_M = 600.0
_LARGEST_TURN_RAD = 0.35  # at one place; a stretch is to be seen as straight
_TURN_PER_100_M_RAD = 0.6
_SHARED = 0.5  # part of a stretch on ways that a better one has: then it is the same path
_WORTH = {Suitability.GOOD: 1.0, Suitability.LIKELY: 0.5}

Progress = Callable[[float], None]
"""Takes how much of the work is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class WayPart:
    """What of a stretch lies on one way."""

    osm_id: str
    length_m: float
    verdict: Suitability
    missing_tag: str | None
    """The one key that would make the way good if it were tagged well. None: not one alone."""


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
    parts: tuple[WayPart, ...]
    """On each way, in order."""
    places_deg: tuple[tuple[float, float], ...]
    contacts_per_100_m: float
    """[1/100 m] Expected of a runner who never looks round."""
    doubts: tuple[str, ...]
    """What keeps its ways from being good."""
    junctions: int
    """[-] Ways that join between its ends."""
    ends_before: tuple[str, ...]
    """Kinds of what crosses just beyond its ends."""

    @property
    def way_ids(self) -> tuple[str, ...]:
        """Return the ways in order."""
        return tuple(part.osm_id for part in self.parts)


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a map: 2**bits units of latitude and longitude."""

    row: int
    column: int
    bits: int

    def holds(self, edge: Edge) -> bool:
        """Say whether the middle of a piece of way lies in it."""
        (lat1, lon1), (lat2, lon2) = edge.a, edge.b
        row = ((lat1 + lat2) // 2 + layout.LAT0) >> self.bits
        return (
            row == self.row and ((lon1 + lon2) // 2 + layout.LON0) >> self.bits == self.column
        )

    @property
    def middle(self) -> tuple[int, int]:
        """Return its middle in units of the map."""
        half = 1 << (self.bits - 1)
        lat, lon = (self.row << self.bits) + half, (self.column << self.bits) + half
        return lat - layout.LAT0, lon - layout.LON0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for."""

    lat_deg: float
    lon_deg: float
    radius_m: float
    length_m: float | None = None
    """[m] Length of the stretch; None for any from 100 m on."""


def suggestions(
    opened: MapFile,
    wish: Wish,
    settings: TerrainSettings,
    progress: Progress = lambda _share: None,
) -> list[Suggestion]:
    """Return stretches within a radius, the best first, each path once.

    A stretch is never called good because tags are missing: its verdict is that of its worst
    way, and what is not tagged counts against its score. What crosses a way ends the stretch.
    """
    net = Net(opened, *units(wish.lat_deg, wish.lon_deg))
    grower = _grower(net, settings, wish)
    near = sorted(net.near(0.0, 0.0, wish.radius_m), key=lambda one: one[0])
    return list(_once(_searched(grower, [edge for _, _, edge in near], progress)))


def suggestions_in(opened: MapFile, tile: Tile, settings: TerrainSettings) -> list[Suggestion]:
    """Return the stretches that pass through a tile, the best first, each path once."""
    lat, lon = tile.middle
    net = Net(opened, lat, lon)
    half_m = math.hypot(net.north_m, net.east_m) * (1 << (tile.bits - 1))
    wish = Wish(lat * layout.DEG, lon * layout.DEG, half_m)
    near = sorted(net.near(0.0, 0.0, half_m), key=lambda one: one[0])
    edges = [edge for _, _, edge in near if tile.holds(edge)]
    return list(_once(_searched(_grower(net, settings, wish), edges)))


def _grower(net: Net, settings: TerrainSettings, wish: Wish) -> _Grower:
    corridors = Corridors(net, settings, Scouted(net, settings, Notes()))
    return _Grower(net.opened, net, corridors, wish)


def _searched(
    grower: _Grower, edges: Sequence[Edge], progress: Progress = lambda _share: None
) -> list[tuple[Suggestion, list[Walk]]]:
    """Return every stretch that grows from one of the pieces, the best first."""
    used: set[int] = set()
    found = []
    for done, edge in enumerate(edges):
        progress(done / len(edges))
        if id(edge) in used or not grower.is_fit(edge):
            continue
        walks = grower.stretch(edge)
        used.update(id(walk.edge) for walk in walks)
        if sum(walk.edge.length_m for walk in walks) >= grower.least_m:
            found.append((grower.weighed(walks), walks))
    found.sort(key=lambda one: (-one[0].score, one[0].way_ids))
    return found


def _once(found: list[tuple[Suggestion, list[Walk]]]) -> Iterator[Suggestion]:
    """Yield those that do not lie on the ways of a better one."""
    taken: set[int] = set()
    for one, walks in found:
        again_m = sum(walk.edge.length_m for walk in walks if walk.edge.way in taken)
        if again_m <= _SHARED * one.length_m:
            taken.update(walk.edge.way for walk in walks)
            yield one


@dataclass(frozen=True, slots=True)
class _Grower:
    """Grows stretches from pieces of way, and weighs them."""

    opened: MapFile
    net: Net
    corridors: Corridors
    wish: Wish

    @property
    def least_m(self) -> float:
        """Return the shortest stretch that is listed."""
        return LEAST_M if self.wish.length_m is None else self.wish.length_m

    @property
    def most_m(self) -> float:
        return max(_MOST_M, 1.2 * self.least_m)

    def is_fit(self, edge: Edge) -> bool:
        """Say whether a stretch may run over a piece: not bad, and nothing crosses it."""
        judged = judge_way(self.opened.way(edge.way))
        return judged.verdict is not Suitability.BAD and self._crossing(edge) is None

    def _crossing(self, edge: Edge) -> str | None:
        for one in self.corridors.along(edge):
            if not isinstance(one.key, FeatureRow) or one.p < self.corridors.settings.busy_p:
                continue
            rule = self.corridors.rule(one.key)
            if rule.severity > 1 and (
                rule.is_traffic or (rule.is_solid and one.lie is Lie.ACROSS)
            ):
                return rule.kind
        return None

    def stretch(self, edge: Edge) -> list[Walk]:
        """Grow a stretch from one piece in both directions, as straight as it goes."""
        onward = list(self._grow(Walk(edge, True)))
        back = list(self._grow(Walk(edge, False)))
        return [walk.back() for walk in reversed(back)] + [Walk(edge, True), *onward]

    def _grow(self, walk: Walk) -> Iterator[Walk]:
        seen = {id(walk.edge)}
        length = turned = 0.0
        while length < self.most_m / 2:
            fit = [
                option
                for option, _ in self.net.onward(walk)
                if id(option.edge) not in seen and self.is_fit(option.edge)
            ]
            if not fit:
                return
            follow = min(fit, key=lambda option: _angle(walk, option))
            turn = _angle(walk, follow)
            if self.opened.way(follow.edge.way).road != "running_track":
                turned += turn
                most = _TURN_PER_100_M_RAD * max(1.0, length / 100)
                if turn > _LARGEST_TURN_RAD or turned > most:
                    return
            length += follow.edge.length_m
            seen.add(id(follow.edge))
            yield follow
            walk = follow

    def weighed(self, walks: list[Walk]) -> Suggestion:
        """Return a stretch with its score."""
        length = sum(walk.edge.length_m for walk in walks)
        per_100_m = 100.0 * sum(self._contacts(walks).values()) / length
        turned = sum(_angle(a, b) for a, b in itertools.pairwise(walks))
        ways = [self.opened.way(row) for row in dict.fromkeys(one.edge.way for one in walks)]
        judged = [judge_way(way) for way in ways]
        verdict = max((one.verdict for one in judged), key=_BEST_FIRST.index)
        junctions = sum(1 for walk in walks[:-1] if len(self.net.onward(walk)) > 1)
        is_track = all(way.road == "running_track" for way in ways)
        score = (
            sum(map(evenness, ways)) / len(ways)
            + _WORTH.get(verdict, 0.0)
            + min(length, self.most_m) / 300.0
            - 1.5 * per_100_m
            - (0.0 if is_track else 100.0 * turned / length)
            - 0.5 * 100.0 * junctions / length
        )
        ends_before = tuple(self._ends(walks))
        places = [walks[0].place(0.0), *(walk.place(walk.edge.length_m) for walk in walks)]
        return Suggestion(
            length_m=length,
            away_m=min(math.hypot(x, y) for x, y in (places[0], places[-1])),
            score=score,
            verdict=verdict,
            because=(
                f"{per_100_m:.1f} contacts expected per 100 m of running without a look",
                f"turns {math.degrees(turned):.0f} degrees in {length:.0f} m",
                f"{junctions} junctions",
                *dict.fromkeys(reason for one in judged for reason in one.because),
                *(f"ends before a {kind}" for kind in ends_before),
            ),
            parts=self._parts(walks),
            places_deg=tuple(self.net.degrees(x, y) for x, y in places),
            contacts_per_100_m=per_100_m,
            doubts=tuple(dict.fromkeys(doubt for one in judged for doubt in one.doubts)),
            junctions=junctions,
            ends_before=ends_before,
        )

    def _parts(self, walks: list[Walk]) -> tuple[WayPart, ...]:
        lengths_m: dict[int, float] = {}
        for walk in walks:
            row = walk.edge.way
            lengths_m[row] = lengths_m.get(row, 0.0) + walk.edge.length_m
        parts = []
        for row, length_m in lengths_m.items():
            way = self.opened.way(row)
            judged = judge_way(way)
            parts.append(WayPart(way.osm_id, length_m, judged.verdict, judged.missing_tag))
        return tuple(parts)

    def _contacts(self, walks: list[Walk]) -> dict[int, float]:
        contacts: dict[int, float] = {}
        for walk in walks:
            for one in self.corridors.along(walk.edge):
                key = one.key
                if isinstance(key, FeatureRow) and self.corridors.rule(key).severity > 1:
                    contacts[key] = max(one.p, contacts.get(key, 0.0))
        return contacts

    def _ends(self, walks: list[Walk]) -> Iterator[str]:
        """Yield the kinds of what lies across just beyond the ends."""
        kinds = [
            self._crossing(option.edge)
            for walk in (walks[0].back(), walks[-1])
            for option, _ in self.net.onward(walk)
        ]
        yield from sorted({kind for kind in kinds if kind is not None})


_BEST_FIRST = (Suitability.GOOD, Suitability.LIKELY, Suitability.UNKNOWN, Suitability.BAD)


def _angle(before: Walk, after: Walk) -> float:
    """Return how far the way turns between two pieces, without its side."""
    ux, uy = before.unit()
    vx, vy = after.unit()
    return math.acos(max(-1.0, min(1.0, ux * vx + uy * vy)))
