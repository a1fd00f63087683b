"""Numbers and names as a person reads them: units, clocks, dates, plain words."""

from __future__ import annotations

import html
from datetime import UTC, datetime

from backrun_pi.messages import (
    Condition,
    Direction,
    Priority,
    Stage,
)
from backrun_pi.review.model import AlertPin

UNKNOWN = "\u2013"
"""Shown where a number is not known."""

RANKS = {
    Priority.STOP: ("stop", "Stop"),
    Priority.BLIND: ("blind", "Cannot warn"),
    Priority.CAUTION: ("caution", "Caution"),
    Priority.NOTICE: ("notice", "Notice"),
    Priority.COACH: ("notice", "Notice"),
    Priority.INFO: ("notice", "Information"),
}
"""Priority -> (name of its shape and colour, its name in words)."""
CUE = ("coach", "Cue")
"""As `RANKS`, for what belongs to the course of any session."""
MARK = ("mark", "Your mark")
"""As `RANKS`, for an obstacle that was marked by a press."""
_CUES = frozenset(
    condition.value
    for condition in (
        *(Condition.COUNTDOWN, Condition.SWITCH_BACKWARD, Condition.SWITCH_FORWARD),
        *(Condition.REMIND_BACKWARD, Condition.LOOK_LEFT, Condition.LOOK_RIGHT),
        *(Condition.STAND_STILL, Condition.WALK_FORWARD, Condition.READY, Condition.PAUSED),
        *(Condition.REPEAT_NUMBER, Condition.MARK_UNDONE, Condition.HANDRAIL),
        *(Condition.PRESS_TICK, Condition.PRESS_UNKNOWN),
        *(Condition.SESSION_END, Condition.POWER_OFF, Condition.PARTNER_MODE),
        *(Condition.PARTNER_OFF, Condition.SEARCHING),
    )
)
DIRECTION_CODES = {Direction.BACKWARD: "b", Direction.FORWARD: "f", Direction.UNKNOWN: "u"}
SEVERITIES = {
    3: "Could mean a fall, a drop or a vehicle.",
    2: "Could mean a trip or a bump.",
    1: "Could be in the way.",
}
_THINGS = {
    "busy": "Busy way",
    "rail": "Railway",
    "mark": "Your mark",
    "bend": "Bend of the way",
}
STAGES = {Stage.CAUTION: "caution", Stage.STOP: "stop"}
_LARGEST = 1e10
"""No quantity of a session is larger, not even seconds since 1970."""
_YEAR_2020_S = 1_577_836_800.0
"""[s] Seconds since 1970; a receiver before its first date counts from 1980 or 2000."""
_YEAR_2100_S = 4_102_444_800.0
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def is_cue(pin: AlertPin) -> bool:
    """Return whether an alert belongs to the course of any session and warns of nothing."""
    is_warning = pin.priority in {Priority.STOP, Priority.BLIND, Priority.CAUTION}
    return pin.condition in _CUES and not is_warning


def is_mark(pin: AlertPin) -> bool:
    """Return whether an alert answers a press that marked an obstacle."""
    return pin.condition == Condition.MARK_SET.value


def rank(pin: AlertPin) -> tuple[str, str]:
    """Return the shape of an alert and its rank in words."""
    if is_mark(pin):
        return MARK
    return CUE if is_cue(pin) else RANKS[pin.priority]


def text(value: str) -> str:
    """Return a text as HTML shows it, whatever it contains."""
    return html.escape(value, quote=True)


def known(value: float | None) -> float | None:
    """Return the number, or None when it cannot be one: a page never shows `nan` or 1e308."""
    return value if value is not None and abs(value) < _LARGEST else None


def trusted_utc(utc_s: float | None) -> float | None:
    """Return the time, or None when it is not of the years this device can have seen."""
    utc_s = known(utc_s)
    return utc_s if utc_s is not None and _YEAR_2020_S <= utc_s < _YEAR_2100_S else None


def number(value: float | None, digits: int, unit: str = "") -> str:
    """Return a number with its unit, or a dash when it is not known."""
    value = known(value)
    if value is None:
        return UNKNOWN
    shown = f"{value:.{digits}f}"
    if float(shown) == 0.0:
        shown = shown.lstrip("-")
    return f"{shown}\u00a0{unit}" if unit else shown


def percent(share: float | None) -> str:
    """Return a share as whole per cent, or a dash when it is not known."""
    share = known(share)
    return number(None if share is None else 100.0 * share, 0, "%")


def distance(metres: float | None) -> str:
    """Return a distance: metres, from 10 km on kilometres."""
    metres = known(metres)
    if metres is None:
        return UNKNOWN
    return number(metres / 1000.0, 2, "km") if metres >= 10_000.0 else number(metres, 0, "m")


def clock(seconds: float) -> str:
    """Return a time of the session's clock, `4:07` or `1:04:07`."""
    whole = max(0, round(known(seconds) or 0.0))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def duration(seconds: float | None) -> str:
    """Return a length of time in words, `4 min 7 s`."""
    seconds = known(seconds)
    if seconds is None:
        return UNKNOWN
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}\u00a0h {minutes}\u00a0min"
    if minutes:
        return f"{minutes}\u00a0min {left}\u00a0s" if left else f"{minutes}\u00a0min"
    return f"{left}\u00a0s"


def pace(speed_mps: float | None) -> str | None:
    """Return minutes per kilometre, None for one too slow to mean anything."""
    speed_mps = known(speed_mps)
    if speed_mps is None or speed_mps < 0.2:
        return None
    minutes, seconds = divmod(round(1000.0 / speed_mps), 60)
    return f"{minutes}:{seconds:02d}\u00a0min/km"


def mean_speed(way_m: float, time_s: float) -> float | None:
    """Return the mean speed in m/s, None when there was no way or no time to speak of."""
    return way_m / time_s if way_m > 0.0 and time_s >= 1.0 else None


def date(utc_s: float) -> str:
    """Return the day, `Sunday 22 November 2026`."""
    day = datetime.fromtimestamp(utc_s, UTC)
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(utc_s: float) -> str:
    """Return the day, `22 Nov 2026`."""
    day = datetime.fromtimestamp(utc_s, UTC)
    return f"{day.day} {_MONTHS[day.month - 1][:3]} {day.year}"


def day_month(utc_s: float) -> str:
    """Return the day without the year, `22 Nov`."""
    day = datetime.fromtimestamp(utc_s, UTC)
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def utc_clock(utc_s: float) -> str:
    """Return the time of day, `10:32:05`."""
    return datetime.fromtimestamp(utc_s, UTC).strftime("%H:%M:%S")


def count(amount: int, one: str, many: str | None = None) -> str:
    """Return `1 alert`, `3 alerts`."""
    return f"{amount}\u00a0{one if amount == 1 else many or one + 's'}"


def sentence(reasons: tuple[str, ...]) -> str:
    """Return reasons as one line."""
    return "; ".join(reason.strip().rstrip(".") for reason in reasons if reason.strip())


def thing(kind: str) -> str:
    """Return a kind of the tag table as a person says it: `low_bar` -> `Low bar`."""
    name = kind.replace("_", " ").strip(" 0123456789")
    return _THINGS.get(name) or name.capitalize() or "Hazard"
