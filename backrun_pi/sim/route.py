"""The line the runner follows: corners rounded, U turns with a radius, by arc length."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from backrun_pi.errors import ConfigError
from backrun_pi.geo import LocalFrame
from backrun_pi.messages import FloatArray

_STEP_M = 0.5  # spacing of the table
_ROUND_M = 2.5  # corners are rounded over about this length, as a person cuts them
_REACH_M = 8000.0  # longer than anybody gets in a scenario
_REVERSAL_RAD = math.radians(150.0)  # a sharper corner is a U turn, which has a radius
_U_TURN_M = 1.0  # radius of a walked U turn: 1.2 rad/s and 1.5 m/s2 at 1.2 m/s
_LEAD_M = 4.0  # of the line before a U turn, on which the runner swings out to its radius
_ARC_RAD = 0.1  # between two points of a U turn

AtEnd = Literal["stop", "back", "loop", "on"]
LatLon = tuple[
    Annotated[float, msgspec.Meta(ge=-90, le=90)],
    Annotated[float, msgspec.Meta(ge=-180, le=180)],
]


class RouteTable(msgspec.Struct, frozen=True):
    """[route]: a file, points, or a straight line."""

    file: str | None = None
    """JSON (points, or an object with points) or GPX, relative to the scenario file."""
    points: list[LatLon] | None = None
    """[[lat, lon], ...] in degrees."""
    start: LatLon = (60.1841, 24.9217)
    """[deg] Start of a straight line when there is neither file nor points."""
    bearing_deg: Annotated[float, msgspec.Meta(ge=-360, le=360)] = 40.0
    """[deg] Of that straight line, clockwise from north."""
    at_end: AtEnd = "back"
    """At the end of the line: stop, come back, loop, or go straight on."""
    start_m: Annotated[float, msgspec.Meta(ge=0, le=8000)] = 0.0
    """[m] Begin so far along the line."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """Position and course by arc length."""

    frame: LocalFrame
    """Local metres of the table."""
    s_m: FloatArray
    """[m] shape (n,), rising from 0."""
    east_m: FloatArray
    """[m] shape (n,)."""
    north_m: FloatArray
    """[m] shape (n,)."""
    course_rad: FloatArray
    """[rad] shape (n,), unwrapped bearing."""
    start_m: float
    """[m] Where the runner begins."""

    @property
    def length_m(self) -> float:
        """Return how far one can go."""
        return float(self.s_m[-1])


def load_route(table: RouteTable, folder: Path) -> Route:
    """Build the route.

    Raises:
        ConfigError: The file is missing or holds no line.
    """
    if table.file is not None and table.points is not None:
        raise ConfigError("give file or points, not both")
    if table.file is not None:
        points = _read(folder / table.file)
    elif table.points is not None:
        points = [(lat, lon) for lat, lon in table.points]
    else:
        frame = LocalFrame(*table.start)
        bearing = math.radians(table.bearing_deg)
        far = frame.to_deg(_REACH_M * math.sin(bearing), _REACH_M * math.cos(bearing))
        points = [table.start, far]
    return make_route(points, table.at_end, table.start_m)


def make_route(points: Sequence[tuple[float, float]], at_end: AtEnd, start_m: float) -> Route:
    """Make the table from (lat_deg, lon_deg) points.

    Raises:
        ConfigError: Fewer than two different points.
    """
    frame = LocalFrame(*points[0]) if points else LocalFrame(0.0, 0.0)
    xy = np.array([frame.to_m(lat, lon) for lat, lon in points], dtype=float).reshape(-1, 2)
    keep = np.ones(len(xy), dtype=bool)
    keep[1:] = np.hypot(*np.diff(xy, axis=0).T) > 0.01  # a point given twice
    xy = _extended(xy[keep], at_end)
    line = _joined([_smoothed(part) for part in _between_reversals(xy)])
    east_m, north_m = line[:, 0], line[:, 1]
    walked_m = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(east_m), np.diff(north_m)))))
    east_step, north_step = np.gradient(east_m, walked_m), np.gradient(north_m, walked_m)
    course_rad = np.unwrap(np.arctan2(east_step, north_step))
    return Route(
        frame=frame,
        s_m=walked_m,
        east_m=east_m,
        north_m=north_m,
        course_rad=course_rad,
        start_m=start_m,
    )


def _between_reversals(xy: FloatArray) -> list[FloatArray]:
    """Cut a line where it comes back upon itself, and where it is longer than anybody goes."""
    step = np.diff(xy, axis=0)
    course = np.arctan2(step[:, 0], step[:, 1])
    turn = np.abs((np.diff(course) + math.pi) % (2.0 * math.pi) - math.pi)
    cuts = [0, *(np.flatnonzero(turn >= _REVERSAL_RAD) + 1).tolist(), len(xy) - 1]
    parts: list[FloatArray] = []
    left_m = _REACH_M
    for begin, end in itertools.pairwise(cuts):
        if left_m > 0.0:
            parts.append(xy[begin : end + 1])
            left_m -= float(np.sum(np.hypot(*np.diff(parts[-1], axis=0).T)))
    return parts


def _smoothed(xy: FloatArray) -> FloatArray:
    """Sample a line evenly, both ends included, and round its corners."""
    corner_m = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))))
    length_m = min(float(corner_m[-1]), _REACH_M)
    s_m = np.linspace(0.0, length_m, max(2, math.ceil(length_m / _STEP_M) + 1))
    columns = [_smooth(np.interp(s_m, corner_m, xy[:, row])) for row in (0, 1)]
    return np.column_stack(columns)


def _joined(parts: list[FloatArray]) -> FloatArray:
    """Join lines that come back upon one another by U turns to the left.

    A U turn is an arc around the end of the line; the line swings out to its right before
    the arc and back in after it, so that the course has no jump.
    """
    pieces: list[FloatArray] = []
    for number, part in enumerate(parts):
        swung = _swing(part, at_begin=number > 0, at_end=number < len(parts) - 1)
        if number > 0:
            pieces.append(_arc(parts[number - 1], part))
        pieces.append(swung)
    return np.vstack(pieces)


def _swing(line: FloatArray, *, at_begin: bool, at_end: bool) -> FloatArray:
    """Shift the ends of a line to their right, as far as the radius of a U turn."""
    s_m = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))))
    lead_m = min(_LEAD_M, 0.5 * float(s_m[-1]))
    right_m = np.zeros(len(line))
    for is_swung, away_m in ((at_begin, s_m), (at_end, s_m[-1] - s_m)):
        if is_swung:
            share = np.clip(1.0 - away_m / lead_m, 0.0, 1.0)
            right_m += _U_TURN_M * share * share * (3.0 - 2.0 * share)
    along = np.gradient(line, axis=0)
    along /= np.hypot(along[:, 0], along[:, 1])[:, None]
    right = np.column_stack((along[:, 1], -along[:, 0]))
    return np.asarray(line + right * right_m[:, None], dtype=float)


def _arc(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return the arc, without its two ends, from a line's right side to the next one's."""
    into, out = before[-1] - before[-2], after[1] - after[0]
    begin = math.atan2(-into[0], into[1])  # of the right side, counter-clockwise from east
    turn = (math.atan2(-out[0], out[1]) - begin) % (2.0 * math.pi)
    count = max(2, math.ceil(turn / _ARC_RAD))
    angle = begin + turn * np.arange(1, count) / count
    around = np.column_stack((np.cos(angle), np.sin(angle)))
    return np.asarray(before[-1] + _U_TURN_M * around, dtype=float)


def _extended(xy: FloatArray, at_end: AtEnd) -> FloatArray:
    if len(xy) < 2:
        raise ConfigError("a route needs two different points")
    leg_m = float(np.sum(np.hypot(*np.diff(xy, axis=0).T)))
    times = max(1, math.ceil(_REACH_M / leg_m))
    if at_end == "on":
        last = xy[-1] - xy[-2]
        return np.vstack([xy, xy[-1] + last / np.hypot(*last) * _REACH_M])
    if at_end == "back":
        turned = [xy[1:] if k % 2 == 0 else xy[::-1][1:] for k in range(times)]
        return np.vstack([xy[:1], *turned])
    if at_end == "loop":
        return np.vstack([xy] * (times + 1))
    return xy


def _smooth(values: FloatArray) -> FloatArray:
    half = int(2 * _ROUND_M / _STEP_M)
    if len(values) <= 2 * half:
        return values
    offsets = np.arange(-half, half + 1) * _STEP_M
    kernel = np.exp(-0.5 * (offsets / (_ROUND_M / 2.0)) ** 2)
    # the ends are continued point-symmetrically, so that a straight line stays one
    head = 2.0 * values[0] - values[half:0:-1]
    tail = 2.0 * values[-1] - values[-2 : -half - 2 : -1]
    padded = np.concatenate((head, values, tail))
    return np.asarray(np.convolve(padded, kernel / kernel.sum(), mode="valid"), dtype=float)


def _read(file: Path) -> list[tuple[float, float]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:  # also a zero byte in its name
        raise ConfigError(f"file = {str(file)!r}: cannot be read: {error}") from error
    return _read_gpx(text, file) if file.suffix == ".gpx" else _read_json(text, file)


def _read_json(text: str, file: Path) -> list[tuple[float, float]]:
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{file}: not JSON: {error}") from error
    if isinstance(found, dict):
        found = found.get("points", found.get("route"))
    try:
        return [(lat, lon) for lat, lon in msgspec.convert(found, list[LatLon])]
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: not a list of [lat, lon]: {error}") from error


def _read_gpx(text: str, file: Path) -> list[tuple[float, float]]:
    import gpxpy  # noqa: PLC0415 - heavy, and only for GPX routes
    from gpxpy.gpx import GPXException  # noqa: PLC0415

    try:
        gpx = gpxpy.parse(text)
    except GPXException as error:
        raise ConfigError(f"{file}: not GPX: {error}") from error
    tracks = [p for track in gpx.tracks for part in track.segments for p in part.points]
    if tracks:
        return [(p.latitude, p.longitude) for p in tracks]
    return [(p.latitude, p.longitude) for route in gpx.routes for p in route.points]
