"""The numbers of a session for the page's charts and map, small and harmless as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from backrun_pi.maps.tags import ROAD_GROUPS
from backrun_pi.messages import Phase
from backrun_pi.review.drawn_map import DrawnLine, MapLayers, MapPoint
from backrun_pi.review.event_model import HazardSeen
from backrun_pi.review.model import SessionReview, TrackPoint
from backrun_pi.review.report import legend
from backrun_pi.review.report.locale import (
    PER_MPS,
    SPEED_DIGITS,
    UNKNOWN,
    Locale,
    known,
    offset_s,
    trusted_utc,
    zone_label,
)
from backrun_pi.timezone import zone

Json = dict[str, Any]
_DEG = 1_000_000
"""[1/deg] Steps of 0.1 m, below any receiver's noise."""
_SCALES = {"speed": 100, "cap": 100, "cadence": 1, "p_backward": 100, "sigma": 10}
"""[1/unit] Resolution of each column; finer than a chart can show."""
_MAX_POINTS = 7200
"""Two hours of seconds; a longer session is thinned to this."""
_HAZARD_GROUPS = {
    "steps": "path",
    "cycleway": "busy",
    "tram": "rail",
    "rail": "rail",
    "water": "water",
    "building": "area",
}
"""Kind of a hazard -> how its line is drawn; ways come with their group of `ROAD_GROUPS`."""
_AREAS = {"area", "water"}


def encode(review: SessionReview, layers: MapLayers | None, show: Locale) -> str:
    """Return the JSON for the page's data block.

    No text in it can end the block: `<`, `>` and `&` are written as JSON escapes.
    """
    packed = json.dumps(_session(review, layers, show), separators=(",", ":"), allow_nan=False)
    return packed.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def has_route(review: SessionReview) -> bool:
    """Return whether the session has a position at all."""
    return any(
        known(point.lat_deg) is not None and known(point.lon_deg) is not None
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
        if any(known(value) is not None for value in values)
    }


def _session(review: SessionReview, layers: MapLayers | None, show: Locale) -> Json:
    track = _thinned(review.track)
    columns: Json = {
        name: _column(values, _SCALES[name]) for name, values in shown_columns(track).items()
    }
    if has_route(review):
        pairs = [_position(point.lat_deg, point.lon_deg) for point in track]
        columns["lat"] = _column([pair[0] for pair in pairs], _DEG)
        columns["lon"] = _column([pair[1] for pair in pairs], _DEG)
    return {
        **_clock(review),
        "duration": round(known(review.facts.duration_s) or 0.0, 1),
        "texts": _texts(show),
        "t": _column([point.t_s for point in track] or [0.0], 10),
        "direction": _runs(legend.DIRECTION_CODES[point.direction] for point in track)
        or [0, "u"],
        "columns": columns,
        "phases": _phases(review, show),
        "alerts": _alerts(review, show),
        "map": _map(review, layers, show) if has_route(review) else None,
    }


def _thinned(track: Sequence[TrackPoint]) -> Sequence[TrackPoint]:
    stride = -(-len(track) // _MAX_POINTS)
    return track if stride <= 1 else track[::stride]


def _position(lat: float | None, lon: float | None) -> tuple[float | None, float | None]:
    lat, lon = known(lat), known(lon)
    return (lat, lon) if lat is not None and lon is not None else (None, None)


def _column(values: Sequence[float | None], scale: int) -> Json:
    steps: list[int | None] = []
    last = 0
    for raw in values:
        value = known(raw)
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


def _phases(review: SessionReview, show: Locale) -> list[Json]:
    return [
        {
            "a": round(row.start_s, 1),
            "b": round(row.end_s, 1),
            "k": row.phase.value,
            "name": show.phase(row.phase, row.bout),
            "short": str(row.bout) if row.phase is Phase.BACKWARD and row.bout else "",
        }
        for row in review.phases
        if row.end_s > row.start_s
    ]


def _alerts(review: SessionReview, show: Locale) -> list[Json]:
    alerts = []
    for pin in review.alerts:
        lat, lon = _position(pin.lat_deg, pin.lon_deg)
        alerts.append(
            {
                "t": round(pin.t_s, 1),
                "rank": legend.rank(pin)[0],
                "title": show.text(pin.title),
                "why": [reason.replace("`", "") for reason in pin.because],
                "lat": None if lat is None else round(lat, 6),
                "lon": None if lon is None else round(lon, 6),
            }
        )
    return alerts


def _map(review: SessionReview, layers: MapLayers | None, show: Locale) -> Json:
    met = {hazard.osm_id: hazard for hazard in review.hazards if hazard.osm_id}
    points = [] if layers is None else [_map_point(point, met, show) for point in layers.points]
    drawn = set() if layers is None else {point.osm_id for point in layers.points}
    points += [
        _estimated(hazard, show)
        for hazard in review.hazards
        if (hazard.osm_id is None or hazard.osm_id not in drawn)
        and known(hazard.lat_deg) is not None
        and known(hazard.lon_deg) is not None
    ]
    lines = (
        []
        if layers is None
        else [_line(line, show) for line in layers.lines if line.points_deg]
    )
    return {
        "s": _DEG,
        "credit": "" if layers is None else layers.attribution,
        "lines": lines,
        "points": points,
    }


def _line(line: DrawnLine, show: Locale) -> Json:
    steps: list[int] = []
    last = (0, 0)
    for lat, lon in line.points_deg:
        now = (round(lat * _DEG), round(lon * _DEG))
        steps += [now[0] - last[0], now[1] - last[1]]
        last = now
    group = _group(line.kind)
    is_ring = len(line.points_deg) > 3 and line.points_deg[0] == line.points_deg[-1]
    is_area = line.is_closed or (is_ring and group in _AREAS)
    return {
        "g": group,
        "c": int(is_area),
        "n": show.text(legend.hazard_name(line.kind)),
        "p": steps,
    }


def _group(kind: str) -> str:
    if kind in ROAD_GROUPS:
        return kind
    return "road" if kind.startswith("road") else _HAZARD_GROUPS.get(kind, "line")


def _map_point(point: MapPoint, met: dict[str, HazardSeen], show: Locale) -> Json:
    hazard = met.get(point.osm_id) if point.osm_id else None
    name = legend.hazard_name(point.kind)
    own = [point.text] if point.text and legend.hazard_name(point.text) != name else []
    severity = legend.SEVERITIES.get(point.severity)
    return {
        "k": point.kind,
        "glyph": legend.glyph(point.kind),
        "title": show.text(name),
        "sev": point.severity,
        "lat": round(point.lat_deg, 6),
        "lon": round(point.lon_deg, 6),
        "met": int(hazard is not None),
        "when": "" if hazard is None else _met(hazard, show),
        "why": [
            *(show.text(text) for text in own),
            *([show.text(severity)] if severity else []),
            *([] if hazard is None else hazard.because),
        ],
    }


def _estimated(hazard: HazardSeen, show: Locale) -> Json:
    estimated = show.text("position estimated from the runner's course")
    return {
        "k": hazard.kind,
        "glyph": legend.glyph(hazard.kind),
        "title": show.text(legend.hazard_name(hazard.kind)),
        "sev": hazard.severity,
        "lat": round(hazard.lat_deg or 0.0, 6),
        "lon": round(hazard.lon_deg or 0.0, 6),
        "met": 1,
        "when": f"{_met(hazard, show)}; {estimated}",
        "why": list(hazard.because),
    }


def _met(hazard: HazardSeen, show: Locale) -> str:
    when = show.text(
        "%(stage)s at %(clock)s, %(distance)s away",
        stage=show.text(legend.STAGES[hazard.stage]),
        clock=show.clock(hazard.first_s),
        distance=show.distance(hazard.distance_m),
    )
    contact = known(hazard.contact_s)
    if contact is None:
        return when
    least = show.text("%(time)s to contact at least", time=show.number(contact, 1, "s"))
    return f"{when}, {least}"


def _clock(review: SessionReview) -> Json:
    """Return when the session began, and how far the runner's clock was from UTC."""
    start_s = trusted_utc(review.facts.start_utc_s)
    if start_s is None:
        return {"utc0": None, "offset": 0.0, "zone": ""}
    local = zone(review.facts.time_zone)
    return {
        "utc0": start_s,
        "offset": offset_s(start_s, local),
        "zone": zone_label(start_s, local),
    }


def _texts(show: Locale) -> Json:
    """Return what the scripts write themselves."""
    unit = show.chart_speed_unit
    return {
        "language": show.language,
        "unknown": UNKNOWN,
        "directions": {
            "b": show.text("backward"),
            "f": show.text("forward"),
            "u": show.text("not known"),
        },
        "because": show.text("because %(reason)s", reason="\u0001").split("\u0001"),
        "start": show.text("Start"),
        "end": show.text("End"),
        "speed": {"unit": unit, "factor": PER_MPS[unit], "digits": SPEED_DIGITS[unit]},
        "per_minute": show.text("/min"),
    }
