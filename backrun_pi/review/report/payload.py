"""The numbers of a session for the page's charts and map, small and harmless as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from backrun_pi.messages import Phase
from backrun_pi.review.model import (
    DrawnLine,
    HazardSeen,
    MapLayers,
    MapPoint,
    SessionReview,
    TrackPoint,
)
from backrun_pi.review.report import words
from backrun_pi.vocabulary import phase_name

Json = dict[str, Any]
_DEG = 1_000_000
"""[1/deg] Steps of 0.1 m, below any receiver's noise."""
_SCALES = {"speed": 100, "cap": 100, "cadence": 1, "p_backward": 100, "sigma": 10}
"""[1/unit] Resolution of each column; finer than a chart can show."""
_MAX_POINTS = 7200
"""Two hours of seconds; a longer session is thinned to this."""
_WAY_GROUPS = {
    "path": "path",
    "footway": "path",
    "steps": "path",
    "track": "path",
    "road": "road",
    "busy": "busy",
    "cycleway": "busy",
    "tram": "rail",
    "rail": "rail",
    "railway": "rail",
    "water": "water",
    "building": "area",
}
"""Kind of a map line -> how it is drawn; roads of every class are roads, the rest is a line."""

_AREAS = {"area", "water"}


def encode(review: SessionReview, layers: MapLayers | None) -> str:
    """Return the JSON for the page's data block.

    No text in it can end the block: `<`, `>` and `&` are written as JSON escapes.
    """
    packed = json.dumps(_session(review, layers), separators=(",", ":"), allow_nan=False)
    return packed.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def has_route(review: SessionReview) -> bool:
    """Return whether the session has a position at all."""
    return any(
        words.known(point.lat_deg) is not None and words.known(point.lon_deg) is not None
        for point in review.track
    )


def shown_columns(track: Sequence[TrackPoint]) -> dict[str, list[float | None]]:
    """Return the columns that have something to show, by chart name."""
    columns: dict[str, list[float | None]] = {
        "speed": [point.speed_mps for point in track],
        "cap": [point.speed_cap_mps for point in track],
        "cadence": [point.cadence_spm for point in track],
        "p_backward": [point.p_backward for point in track],
        "sigma": [point.sigma_m for point in track],
    }
    return {
        name: values
        for name, values in columns.items()
        if any(words.known(value) is not None for value in values)
    }


def _session(review: SessionReview, layers: MapLayers | None) -> Json:
    track = _thinned(review.track)
    columns: Json = {
        name: _column(values, _SCALES[name]) for name, values in shown_columns(track).items()
    }
    if has_route(review):
        pairs = [_position(point.lat_deg, point.lon_deg) for point in track]
        columns["lat"] = _column([pair[0] for pair in pairs], _DEG)
        columns["lon"] = _column([pair[1] for pair in pairs], _DEG)
    return {
        "utc0": words.trusted_utc(review.facts.start_utc_s),
        "duration": round(review.facts.duration_s, 1),
        "t": _column([point.t_s for point in track] or [0.0], 10),
        "direction": _runs(words.DIRECTION_CODES[point.direction] for point in track)
        or [0, "u"],
        "columns": columns,
        "phases": _phases(review),
        "alerts": _alerts(review),
        "map": _map(review, layers) if has_route(review) else None,
    }


def _thinned(track: Sequence[TrackPoint]) -> Sequence[TrackPoint]:
    stride = -(-len(track) // _MAX_POINTS)
    return track if stride <= 1 else track[::stride]


def _position(lat: float | None, lon: float | None) -> tuple[float | None, float | None]:
    lat, lon = words.known(lat), words.known(lon)
    return (lat, lon) if lat is not None and lon is not None else (None, None)


def _column(values: Sequence[float | None], scale: int) -> Json:
    steps: list[int | None] = []
    last = 0
    for raw in values:
        value = words.known(raw)
        if value is None:
            steps.append(None)
            continue
        now = round(value * scale)
        steps.append(now - last)
        last = now
    return {"s": scale, "v": steps}


def _runs(codes: Iterable[str]) -> list[int | str]:
    runs: list[int | str] = []
    for index, code in enumerate(codes):
        if not runs or runs[-1] != code:
            runs += [index, code]
    return runs


def _phases(review: SessionReview) -> list[Json]:
    return [
        {
            "a": round(row.start_s, 1),
            "b": round(row.end_s, 1),
            "k": row.phase.value,
            "name": phase_name(row.phase, row.repeat),
            "short": str(row.repeat) if row.phase is Phase.BACKWARD and row.repeat else "",
        }
        for row in review.phases
        if row.end_s > row.start_s
    ]


def _alerts(review: SessionReview) -> list[Json]:
    alerts = []
    for pin in review.alerts:
        lat, lon = _position(pin.lat_deg, pin.lon_deg)
        alerts.append(
            {
                "t": round(pin.t_s, 1),
                "rank": words.rank(pin)[0],
                "title": pin.title,
                "why": list(pin.because),
                "lat": None if lat is None else round(lat, 6),
                "lon": None if lon is None else round(lon, 6),
            }
        )
    return alerts


def _map(review: SessionReview, layers: MapLayers | None) -> Json:
    met = {hazard.osm_id: hazard for hazard in review.hazards if hazard.osm_id}
    points = [] if layers is None else [_map_point(point, met) for point in layers.points]
    drawn = set() if layers is None else {point.osm_id for point in layers.points}
    points += [
        _reckoned(hazard)
        for hazard in review.hazards
        if (hazard.osm_id is None or hazard.osm_id not in drawn)
        and words.known(hazard.lat_deg) is not None
        and words.known(hazard.lon_deg) is not None
    ]
    lines = [] if layers is None else [_line(line) for line in layers.lines if line.points_deg]
    return {
        "s": _DEG,
        "credit": "" if layers is None else layers.attribution,
        "lines": lines,
        "points": points,
    }


def _line(line: DrawnLine) -> Json:
    steps: list[int] = []
    last = (0, 0)
    for lat, lon in line.points_deg:
        now = (round(lat * _DEG), round(lon * _DEG))
        steps += [now[0] - last[0], now[1] - last[1]]
        last = now
    group = "road" if line.kind.startswith("road") else _WAY_GROUPS.get(line.kind, "line")
    is_ring = len(line.points_deg) > 3 and line.points_deg[0] == line.points_deg[-1]
    is_area = line.is_closed or (is_ring and group in _AREAS)
    return {"g": group, "c": int(is_area), "n": words.thing(line.kind), "p": steps}


def _map_point(point: MapPoint, met: dict[str, HazardSeen]) -> Json:
    hazard = met.get(point.osm_id) if point.osm_id else None
    title = words.thing(point.kind)
    told = [point.text] if point.text and words.thing(point.text) != title else []
    why = [
        *told,
        *([words.SEVERITIES[point.severity]] if point.severity in words.SEVERITIES else []),
    ]
    return {
        "k": point.kind,
        "title": title,
        "sev": point.severity,
        "lat": round(point.lat_deg, 6),
        "lon": round(point.lon_deg, 6),
        "met": int(hazard is not None),
        "when": "" if hazard is None else _met(hazard),
        "why": why + ([] if hazard is None else list(hazard.because)),
    }


def _reckoned(hazard: HazardSeen) -> Json:
    return {
        "k": hazard.kind,
        "title": words.thing(hazard.kind),
        "sev": hazard.severity,
        "lat": round(hazard.lat_deg or 0.0, 6),
        "lon": round(hazard.lon_deg or 0.0, 6),
        "met": 1,
        "when": _met(hazard) + "; place reckoned from the runner's course",
        "why": list(hazard.because),
    }


def _met(hazard: HazardSeen) -> str:
    contact = words.known(hazard.contact_s)
    near = (
        f", {words.number(contact, 1, 's')} to contact at the nearest"
        if contact is not None
        else ""
    )
    return (
        f"{words.STAGES[hazard.stage].capitalize()} at {words.clock(hazard.first_s)}, "
        f"{words.distance(hazard.distance_m)} away{near}"
    )
