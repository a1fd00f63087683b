"""A route from a GPX file: segments of places, and what of the file could not be used."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backrun_pi.errors import RouteError
from backrun_pi.geo import great_circle_m
from backrun_pi.terrain.places.gpx_xml import GpxPoints, Places, parsed

_TRACK_GAP_M = 1000.0  # a recorder that lost its position: nobody walked straight there
_ROUTE_GAP_M = 5000.0  # between two corners drawn by hand
_NULL_ISLAND_M = 10_000.0


@dataclass(frozen=True, slots=True)
class RouteSegment:
    """Part of a route without a gap."""

    places: Places
    is_recorded: bool
    """Walked with a receiver, and noisy; else drawn, and every corner is meant."""


@dataclass(frozen=True, slots=True)
class GpxRoute:
    """What a GPX file holds."""

    segments: tuple[RouteSegment, ...]
    notes: tuple[str, ...]
    """What was left out or guessed, in plain words."""


def read_gpx(path: Path) -> GpxRoute:
    """Read tracks, routes or, when there are none, way points of a GPX file.

    Steps: 1. the XML parser is given bytes, so that the file says its encoding; a file that
    says a wrong one is read as what it is. 2. Segments stay apart. 3. Places at 0 0 are left
    out. 4. A gap that nobody walked ends a segment.

    Raises:
        RouteError: It is missing, not GPX, has a place off the earth or fewer than two.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise RouteError(f"{path}: there is no such file") from None
    except OSError as error:
        raise RouteError(f"{path}: cannot be read: {error.strerror}") from error
    lines, is_recorded, notes = _chosen(parsed(data, path))
    _need_on_earth(path, lines)
    lines, dropped = _without_null_island(lines)
    if dropped:
        places = "1 place" if dropped == 1 else f"{dropped} places"
        notes.append(f"{places} at 0 0 left out")
    parts, gaps = _at_gaps(lines, _TRACK_GAP_M if is_recorded else _ROUTE_GAP_M)
    notes += gaps
    segments = [RouteSegment(part, is_recorded) for part in parts if len(set(part)) > 1]
    if not segments:
        count = len({place for line in lines for place in line})
        why = f"; {gaps[0]}" if gaps else ""
        raise RouteError(f"{path}: a route needs at least two places, this has {count}{why}")
    return GpxRoute(tuple(segments), tuple(notes))


def _chosen(found: GpxPoints) -> tuple[list[Places], bool, list[str]]:
    """Return the lines to take, whether they were recorded, and what to say of the others."""
    notes = []
    if found.broken_because is not None:
        notes.append(f"the file ends in the middle ({found.broken_because})")
    if found.without_place:
        notes.append(f"{found.without_place} points have no place")
    if any(found.tracks):
        if any(found.routes):
            notes.append(f"{len(found.routes)} routes left out: the tracks are taken")
        return found.tracks, True, notes
    if any(found.routes):
        return found.routes, False, notes
    count = len(found.way_points)
    if count > 1:
        notes.append(f"no track and no route: {count} way points taken in their order")
    return [found.way_points], False, notes


def _need_on_earth(path: Path, lines: Sequence[Places]) -> None:
    for number, (lat, lon) in enumerate(itertools.chain.from_iterable(lines), 1):
        if not (abs(lat) <= 90.0 and abs(lon) <= 180.0):  # also when it is no number
            raise RouteError(f"{path}: place {number}: {lat:g} {lon:g} is not on the earth")


def _without_null_island(lines: Sequence[Places]) -> tuple[list[Places], int]:
    """Leave out what a recorder wrote before it had a position, unless the route lies there."""
    places = [place for line in lines for place in line if place != (0.0, 0.0)]
    if not places or math.dist(places[len(places) // 2], (0.0, 0.0)) * 111e3 < _NULL_ISLAND_M:
        return list(lines), 0
    kept = [[place for place in line if place != (0.0, 0.0)] for line in lines]
    return kept, sum(map(len, lines)) - len(places)


def _at_gaps(lines: Sequence[Places], gap_m: float) -> tuple[list[Places], list[str]]:
    """Cut lines where two places lie too far apart, and at the date line."""
    parts: list[Places] = []
    gaps = []
    for line in lines:
        part: Places = []
        for one in line:
            away_m = great_circle_m(*part[-1], *one) if part else 0.0
            if away_m > gap_m:
                gaps.append(away_m)
                parts.append(part)
                part = []
            elif part and abs(one[1] - part[-1][1]) > 180.0:
                border, beyond = _at_date_line(part[-1], one)
                parts.append([*part, border])
                part = [beyond]
            part.append(one)
        parts.append(part)
    if not gaps:
        return parts, []
    what = "a gap" if len(gaps) == 1 else f"{len(gaps)} gaps, the longest"
    return parts, [f"{what} of {max(gaps) / 1000.0:,.0f} km: not walked"]


def _at_date_line(
    one: tuple[float, float], other: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the place on the 180th meridian between two places, as seen from each side."""
    side = math.copysign(180.0, one[1])
    to_border, beyond = abs(side - one[1]), abs(-side - other[1])
    share = to_border / (to_border + beyond) if to_border + beyond else 0.0
    lat = one[0] + (other[0] - one[0]) * share
    return (lat, side), (lat, -side)
