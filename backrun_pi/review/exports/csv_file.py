"""A session as a table, one row a second, for spreadsheets and notebooks."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from datetime import UTC, datetime

from backrun_pi.review.event_model import AlertPin
from backrun_pi.review.model import SessionReview, TrackPoint

COLUMNS = (
    *("t_s", "utc", "phase", "direction", "gait", "p_backward", "speed_mps", "speed_cap_mps"),
    *("cadence_spm", "distance_m", "course_deg", "lat_deg", "lon_deg", "sigma_m"),
    *("is_guiding", "hazard", "alert", "because"),
)

FORMULA_STARTS = ("=", "+", "-", "@")


def encode(review: SessionReview) -> bytes:
    """Return the CSV file; what is not known is an empty cell."""
    alerts: dict[int, list[AlertPin]] = {}
    for pin in review.alerts:
        alerts.setdefault(int(pin.t_s), []).append(pin)
    stream = io.StringIO(newline="")
    table = csv.writer(stream, lineterminator="\r\n")  # as RFC 4180 and spreadsheets want it
    table.writerow(COLUMNS)
    for point in review.track:
        table.writerow(_row(point, review.facts.start_utc_s, alerts.get(int(point.t_s), [])))
    return stream.getvalue().encode()


def _row(point: TrackPoint, start_utc_s: float | None, pins: list[AlertPin]) -> list[str]:
    utc = "" if start_utc_s is None else _utc(start_utc_s + point.t_s)
    guiding = "" if point.is_guiding is None else str(int(point.is_guiding))
    return [
        f"{point.t_s:.2f}".rstrip("0").rstrip("."),
        utc,
        point.phase.value,
        point.direction.value,
        point.gait.value,
        _number(point.p_backward, 3),
        _number(point.speed_mps, 2),
        _number(point.speed_cap_mps, 2),
        _number(point.cadence_spm, 0),
        _number(point.distance_m, 2),
        _number(_turned(point.course_rad, math.degrees), 0),
        _number(point.lat_deg, 7),
        _number(point.lon_deg, 7),
        _number(point.sigma_m, 1),
        guiding,
        plain_text(point.hazard or ""),
        plain_text(" ".join(pin.condition for pin in pins)),
        plain_text("; ".join(reason for pin in pins for reason in pin.because)),
    ]


def plain_text(value: str) -> str:
    """Return a text of a log or a map that no spreadsheet takes for a formula.

    Source: OWASP, CSV Injection: an apostrophe before what a formula begins with, and no line
    end or tab that could begin another cell.
    """
    line = " ".join(value.split())
    return f"'{line}" if line.startswith(FORMULA_STARTS) else line


def _turned(value: float | None, unit: Callable[[float], float]) -> float | None:
    return None if value is None else unit(value)


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _utc(utc_s: float) -> str:
    moment = datetime.fromtimestamp(utc_s, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
