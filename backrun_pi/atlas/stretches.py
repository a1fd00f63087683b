"""Every stretch of a map that suits, tile by tile, each path once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from backrun_pi.maps import layout
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.messages import Suitability
from backrun_pi.terrain.places.suggest import Suggestion, Tile, suggestions_in
from backrun_pi.terrain.settings import TerrainSettings

_TILE_BITS = layout.CELL_BITS + 6
"""[-] 2.9 km in latitude: the ways of one tile are in memory at a time."""
_EDGE_M = 60.0
"""[m] As far as a map warns: nearer to the edge of the data something may be missing."""
_SHARED = 0.5
"""[-] Part of a stretch on ways of a better one: then it is the same path."""


@dataclass(frozen=True, slots=True)
class Found:
    """A stretch of an extract."""

    stretch: Suggestion
    is_whole: bool
    """False when it comes near the edge of the data: another extract may know more of it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What is asked of a stretch to tell whether it is the same path as another."""

    way_ids: Sequence[int]
    lengths_m: Sequence[float]


def stretches(opened: MapFile, settings: TerrainSettings) -> list[Found]:
    """Return the stretches of a map that are not bad, the best first."""
    found = [
        stretch
        for row, column in opened.segments.tiles(_TILE_BITS)
        for stretch in suggestions_in(opened, Tile(row, column, _TILE_BITS), settings)
        if stretch.verdict is not Suitability.BAD
    ]
    found.sort(key=lambda one: (-one.score, one.way_ids))
    claims = [claim_of(one) for one in found]
    return [
        Found(found[at], all(opened.holds(*place, _EDGE_M) for place in found[at].places_deg))
        for at in once(claims)
    ]


def claim_of(stretch: Suggestion) -> Claim:
    """Return the ways of a stretch as numbers, with what of it lies on each."""
    return Claim(
        [int(part.osm_id[1:]) for part in stretch.parts],
        [part.length_m for part in stretch.parts],
    )


def once(claims: Iterable[Claim]) -> Iterator[int]:
    """Yield the places of those that do not lie on the ways of one before them."""
    taken: set[int] = set()
    for at, claim in enumerate(claims):
        again_m = sum(
            length_m
            for way, length_m in zip(claim.way_ids, claim.lengths_m, strict=True)
            if way in taken
        )
        if again_m <= _SHARED * sum(claim.lengths_m):
            taken.update(claim.way_ids)
            yield at
