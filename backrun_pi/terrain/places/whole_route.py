"""A route of any length, judged in parts, so that memory does not grow with it."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backrun_pi.geo import LocalFrame
from backrun_pi.maps.mapfile import MapFile, units
from backrun_pi.messages import Suitability
from backrun_pi.terrain.hazards.corridor import Corridors
from backrun_pi.terrain.matching.way_graph import Net
from backrun_pi.terrain.places.gpx_route import RouteSegment
from backrun_pi.terrain.places.gpx_xml import Places
from backrun_pi.terrain.places.polyline import Polyline, smoothed
from backrun_pi.terrain.places.route_check import (
    OUTSIDE,
    JudgedStretch,
    RouteCheck,
    RouteStep,
    joined,
    note_surroundings,
)
from backrun_pi.terrain.scouting.marks import Notes
from backrun_pi.terrain.scouting.scouted import Scouted
from backrun_pi.terrain.settings import TerrainSettings

_PART_M = 2000.0  # a net of its own for each: 20 MB in a dense city
_MARGIN_M = 100.0  # judged with a part, so that it knows its neighbours


@dataclass(frozen=True, slots=True)
class PlacedStretch:
    """A stretch, and where it lies."""

    segment: int
    """[-] Of the route, from 1."""
    stretch: JudgedStretch
    line_deg: Places
    """[deg] (lat, lon) along it."""

    @property
    def start_deg(self) -> tuple[float, float]:
        """Return where it begins."""
        return self.line_deg[0]

    @property
    def end_deg(self) -> tuple[float, float]:
        """Return where it ends."""
        return self.line_deg[-1]


@dataclass(frozen=True, slots=True)
class _Corner:
    along_m: float
    place: tuple[float, float]


def check_route(
    opened: MapFile, segments: Sequence[RouteSegment], notes: Notes, settings: TerrainSettings
) -> Iterator[PlacedStretch]:
    """Judge a route in stretches, each segment by itself; metres are counted on.

    Args:
        opened: The map.
        segments: Of the route.
        notes: What scouting walks left behind.
        settings: Weights and thresholds.
    """
    start_m = 0.0
    for number, segment in enumerate(segments, 1):
        corners = _measured(_cleaned(segment), start_m)
        for stretch in _checked(opened, corners, notes, settings):
            line = _between(corners, stretch.from_m, stretch.to_m)
            yield PlacedStretch(number, stretch, line)
        start_m = corners[-1].along_m


def _cleaned(segment: RouteSegment) -> Places:
    """Return the places of a segment, without the noise of a receiver.

    A part at a time: metres around one origin are right for some kilometres only.
    """
    if not segment.is_recorded:
        return segment.places
    cleaned: Places = []
    places, first = segment.places, 0
    while first < len(places) - 1:
        frame = LocalFrame(*places[first])
        line: Polyline = []
        at = first
        while at < len(places) and (
            not line or math.hypot(*frame.to_m(*places[at])) < 2.0 * _PART_M or at == first + 1
        ):
            line.append(frame.to_m(*places[at]))
            at += 1
        cleaned += [frame.to_deg(*place) for place in smoothed(line)]
        first = at - 1
    return cleaned


def _measured(places: Places, start_m: float) -> list[_Corner]:
    """Return corners no further than a part from each other, with their metres."""
    corners = [_Corner(start_m, places[0])]
    for place in places[1:]:
        before = corners[-1].place
        frame = LocalFrame((before[0] + place[0]) / 2.0, before[1])
        ax, ay = frame.to_m(*before)
        bx, by = frame.to_m(*place)
        length = math.hypot(bx - ax, by - ay)
        parts = max(1, math.ceil(length / _PART_M))
        begin_m = corners[-1].along_m
        for part in range(1, parts + 1):
            share = part / parts
            between = frame.to_deg(ax + (bx - ax) * share, ay + (by - ay) * share)
            corners.append(
                _Corner(begin_m + length * share, place if part == parts else between)
            )
    return corners


def _checked(
    opened: MapFile, corners: list[_Corner], notes: Notes, settings: TerrainSettings
) -> Iterator[JudgedStretch]:
    """Yield the stretches of a segment; equal ones at the seam of two parts are joined."""
    held: JudgedStretch | None = None
    end_m = corners[-1].along_m
    begin_m = corners[0].along_m
    while begin_m < end_m:
        until_m = min(end_m, begin_m + _PART_M)
        for stretch in _part(opened, corners, (begin_m, until_m), notes, settings):
            if held is not None and (held.verdict, held.because) == (
                stretch.verdict,
                stretch.because,
            ):
                held.tagged_share = _mean_share(held, stretch)
                held.to_m = stretch.to_m
                continue
            if held is not None:
                yield held
            held = stretch
        begin_m = until_m
    if held is not None:
        yield held


def _mean_share(one: JudgedStretch, other: JudgedStretch) -> float:
    lengths = (one.to_m - one.from_m, other.to_m - other.from_m)
    weighted = one.tagged_share * lengths[0] + other.tagged_share * lengths[1]
    return weighted / max(1e-9, sum(lengths))


def _part(
    opened: MapFile,
    corners: list[_Corner],
    span_m: tuple[float, float],
    notes: Notes,
    settings: TerrainSettings,
) -> list[JudgedStretch]:
    begin_m, until_m = span_m
    first_m = max(corners[0].along_m, begin_m - _MARGIN_M)
    last_m = min(corners[-1].along_m, until_m + _MARGIN_M)
    places = _between(corners, first_m, last_m)
    if not any(opened.coverage.touches(*place, _PART_M) for place in places):
        return [JudgedStretch(begin_m, until_m, Suitability.UNKNOWN, (OUTSIDE,), 0.0)]
    net = Net(opened, *units(*places[0]))
    corridors = Corridors(net, settings, Scouted(net, settings, notes))
    line = [net.metres(*place) for place in places]
    steps = RouteCheck(net, corridors, line).steps()
    note_surroundings(steps)
    return joined(_within(steps, first_m, last_m, span_m), until_m)


def _within(
    steps: list[RouteStep], first_m: float, last_m: float, span_m: tuple[float, float]
) -> list[RouteStep]:
    """Return the steps of a part, in metres of the whole route.

    A net's metres differ from the route's by less than 1 %; the route's are kept.
    """
    scale = (last_m - first_m) / max(1e-9, steps[-1].along_m)
    for step in steps:
        step.along_m = first_m + step.along_m * scale
    begin_m, until_m = span_m
    before = [step for step in steps if step.along_m <= begin_m + 1e-6]
    inside = [step for step in steps if begin_m + 1e-6 < step.along_m < until_m - 1e-6]
    first = before[-1]
    first.along_m = begin_m
    return [first, *inside]


def _along(corner: _Corner) -> float:
    return corner.along_m


def _between(corners: list[_Corner], first_m: float, last_m: float) -> Places:
    first, last = (
        bisect_right(corners, first_m, key=_along),
        bisect_left(corners, last_m, key=_along),
    )
    inside = [one.place for one in corners[first:last]]
    return [_place_at(corners, first_m), *inside, _place_at(corners, last_m)]


def _place_at(corners: list[_Corner], along_m: float) -> tuple[float, float]:
    at = max(1, min(len(corners) - 1, bisect_right(corners, along_m, key=_along)))
    one, other = corners[at - 1], corners[at]
    length = other.along_m - one.along_m
    share = 0.0 if length <= 0.0 else max(0.0, min(1.0, (along_m - one.along_m) / length))
    return (
        one.place[0] + (other.place[0] - one.place[0]) * share,
        one.place[1] + (other.place[1] - one.place[1]) * share,
    )
