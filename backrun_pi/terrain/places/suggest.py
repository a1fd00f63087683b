"""Nearby stretches that suit running backward best: straight, even, quiet, few obstacles."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
    grower = _Grower(
        opened, net, Corridors(net, settings, Scouted(net, settings, Notes())), wish
    )
    used: set[int] = set()
    found = []
    near = sorted(net.near(0.0, 0.0, wish.radius_m), key=lambda one: one[0])
    for done, (_, _, edge) in enumerate(near):
        progress(done / len(near))
        if id(edge) in used or not grower.is_fit(edge):
            continue
        walks = grower.stretch(edge)
        used.update(id(walk.edge) for walk in walks)
        if sum(walk.edge.length_m for walk in walks) >= grower.least_m:
            found.append((grower.weighed(walks), walks))
    found.sort(key=lambda one: (-one[0].score, one[0].way_ids))
    return list(_once(found))


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
                *self._ends(walks),
            ),
            way_ids=tuple(way.osm_id for way in ways),
            places_deg=tuple(self.net.degrees(x, y) for x, y in places),
        )

    def _contacts(self, walks: list[Walk]) -> dict[int, float]:
        contacts: dict[int, float] = {}
        for walk in walks:
            for one in self.corridors.along(walk.edge):
                key = one.key
                if isinstance(key, FeatureRow) and self.corridors.rule(key).severity > 1:
                    contacts[key] = max(one.p, contacts.get(key, 0.0))
        return contacts

    def _ends(self, walks: list[Walk]) -> Iterator[str]:
        """Yield what lies across just beyond the ends."""
        kinds = [
            self._crossing(option.edge)
            for walk in (walks[0].back(), walks[-1])
            for option, _ in self.net.onward(walk)
        ]
        for kind in sorted({kind for kind in kinds if kind is not None}):
            yield f"ends before a {kind}"


_BEST_FIRST = (Suitability.GOOD, Suitability.LIKELY, Suitability.UNKNOWN, Suitability.BAD)


def _angle(before: Walk, after: Walk) -> float:
    """Return how far the way turns between two pieces, without its side."""
    ux, uy = before.unit()
    vx, vy = after.unit()
    return math.acos(max(-1.0, min(1.0, ux * vx + uy * vy)))
