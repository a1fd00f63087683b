"""What the map and the charts of the session page are labelled with; scripts draw them."""

from __future__ import annotations

from typing import Any

from backrun_pi.messages import SessionKind
from backrun_pi.review.drawn_map import MapLayers
from backrun_pi.review.model import SessionReview
from backrun_pi.review.report import legend, payload
from backrun_pi.review.report.locale import PER_MPS, SPEED_DIGITS, Locale, known, trusted_utc

LINES = (
    ("backward", "Backward"),
    ("forward", "Forward"),
    ("unsure", "Direction not known"),
)
WAYS = (("path", "Path"), ("road", "Road"), ("busy", "Cycleway or busy street"))
SHAPES = (
    ("stop", "Stop"),
    ("caution", "Caution"),
    ("blind", "Cannot warn"),
    ("notice", "Notice"),
    ("met", "Hazard met"),
    ("hazard", "Mapped hazard"),
    ("mark", "Your mark"),
)
CHARTS = {
    "speed": ("Speed", "", 1),
    "cadence": ("Cadence", "steps/min", 0),
    "p_backward": ("Probability of backward", "0 to 1", 2),
    "sigma": ("GPS uncertainty (1 sigma)", "m", 1),
}
"""Name of the column -> (title, unit, digits); the unit of speed is the reader's."""
MISSING = {
    "speed": "speed",
    "cadence": "cadence (no steps were felt)",
    "p_backward": "probability of backward",
    "sigma": "GPS uncertainty (no position)",
}
CELLS = (
    ("time", "Session clock"),
    ("utc", "Time of day"),
    ("phase", "Part"),
    ("direction", "Direction"),
    ("speed", "Speed"),
    ("cadence", "Cadence"),
    ("p_backward", "P(backward)"),
    ("sigma", "GPS sigma"),
)


def values(review: SessionReview, layers: MapLayers | None, show: Locale) -> dict[str, Any]:
    """Return what the template of the study shows, and which of it is missing."""
    has_map = payload.has_route(review)
    columns = payload.shown_columns(review.track)
    drawn = _drawn_shapes(review, layers)
    styles = (*LINES, *(() if layers is None else WAYS))
    has_utc = trusted_utc(review.facts.start_utc_s) is not None
    cells = {"time", "phase", "direction"} | set(columns) | ({"utc"} if has_utc else set())
    charts = [_chart(name, columns, show) for name in CHARTS if name in columns]
    return {
        "has_map": has_map,
        "is_empty": not has_map and not columns and not review.phases,
        "cells": [(key, show.text(name)) for key, name in CELLS if key in cells],
        "end_s": max(1, round(known(review.facts.duration_s) or 0.0)),
        "line_styles": [(css, show.text(name)) for css, name in styles],
        "shapes": [(css, show.text(name)) for css, name in SHAPES if css in drawn],
        "has_cues": legend.CUE[0] in drawn,
        "charts": [_lane(review, show), *charts],
        "gaps": _gaps(review, set(columns), show, has_map=has_map),
    }


def _gaps(review: SessionReview, columns: set[str], show: Locale, *, has_map: bool) -> str:
    lines = []
    if not has_map:
        is_indoors = review.facts.kind is SessionKind.TREADMILL
        lines.append(
            show.text("A treadmill session has no route, so there is no map.")
            if is_indoors
            else show.text("No position was received, so there is no map.")
        )
    missing = [show.text(name) for key, name in MISSING.items() if key not in columns]
    if missing:
        lines.append(show.text("Not recorded: %(what)s.", what=", ".join(missing)))
    return " ".join(lines)


def _drawn_shapes(review: SessionReview, layers: MapLayers | None) -> set[str]:
    shapes = {legend.rank(pin)[0] for pin in review.alerts}
    if review.hazards:
        shapes.add("met")
    if layers is not None:
        shapes |= {"mark" if point.kind == "mark" else "hazard" for point in layers.points}
    return shapes


def _lane(review: SessionReview, show: Locale) -> dict[str, Any]:
    label = show.text(
        "Programme of %(parts)s, %(alerts)s; the tables below say the same.",
        parts=show.count(len(review.phases), "part", "parts"),
        alerts=show.count(len(review.alerts), "alert or cue", "alerts and cues"),
    )
    return {
        "key": "lane",
        "title": show.text("Programme and alerts"),
        "unit": "",
        "has_cap": False,
        "span": "",
        "label": label,
    }


def _chart(name: str, columns: dict[str, list[float | None]], show: Locale) -> dict[str, Any]:
    title, unit, digits = CHARTS[name]
    factor = 1.0
    if name == "speed":
        unit = show.chart_speed_unit
        factor, digits = PER_MPS[unit], SPEED_DIGITS[unit]
    found = [factor * value for raw in columns[name] if (value := known(raw)) is not None]
    label, unit = show.text(title), show.text(unit)
    span = show.text(
        "%(low)s to %(high)s, mean %(mean)s",
        low=show.number(min(found), digits),
        high=show.number(max(found), digits),
        mean=show.number(sum(found) / len(found), digits),
    )
    return {
        "key": name,
        "title": label,
        "unit": unit,
        "has_cap": name == "speed" and "cap" in columns,
        "span": span,
        "label": show.text(
            "%(label)s over time, in %(unit)s: %(span)s.", label=label, unit=unit, span=span
        ),
    }
