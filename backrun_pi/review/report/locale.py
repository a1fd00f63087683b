"""How numbers, dates and names read for one reader: language, speed unit, time zone.

Texts are English in the code and translated by the catalogue (`catalogue/de.po`, made with
Babel; the compiled `de.mo` lies beside it).
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib import resources

from backrun_pi.messages import Phase
from backrun_pi.review.phrase import Phrase
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.vocabulary import PHASES

UNKNOWN = "\u2013"
"""Shown where a number is not known."""
LEAST_PACE_MPS = 0.2
"""[m/s] Slower than this a pace in minutes means nothing."""
_LARGEST = 1e10
"""No quantity of a session is larger, not even seconds since 1970."""
_YEAR_2020_S = 1_577_836_800.0
"""[s] Seconds since 1970; a receiver before its first date counts from 1980 or 2000."""
_YEAR_2100_S = 4_102_444_800.0
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
SHORT_MONTHS = (
    *("Jan", "Feb", "Mar", "Apr", "May ", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
"""`May ` differs from the whole name by its blank, which is cut: two keys of the catalogue."""
PER_MPS = {"km/h": 3.6, "m/s": 1.0, "min/km": 3.6}
"""Speed unit -> its value of 1 m/s on a chart; a pace is drawn as km/h."""
SPEED_DIGITS = {"km/h": 1, "m/s": 2, "min/km": 1}


def known(value: float | None) -> float | None:
    """Return the number, or None when it cannot be one: a page never shows `nan` or 1e308."""
    return value if value is not None and abs(value) < _LARGEST else None


def trusted_utc(utc_s: float | None) -> float | None:
    """Return the time, or None when it is not of the years this device can have seen."""
    utc_s = known(utc_s)
    return utc_s if utc_s is not None and _YEAR_2020_S <= utc_s < _YEAR_2100_S else None


@dataclass(frozen=True, slots=True)
class Locale:
    """Turns what the review knows into what a person reads."""

    language: str = "en"
    """`en` or `de`."""
    speed_unit: str = "km/h"
    """`km/h`, `m/s` or `min/km`."""

    @classmethod
    def of(cls, settings: ReviewSettings) -> Locale:
        """Return the reader that the settings name."""
        return cls(settings.language, settings.speed_unit)

    def text(self, source: str, **values: str | int) -> str:
        """Return a text in the reader's language, with its values."""
        found = _catalogue(self.language).gettext(source) if source else ""
        return found % values if values else found

    def phrase(self, phrase: Phrase) -> str:
        """Return a sentence in the reader's language."""
        return self.text(phrase.text, **phrase.values)

    def count(self, amount: int, one: str, many: str) -> str:
        """Return `1 alert`, `3 alerts`."""
        return f"{amount}\u00a0{_catalogue(self.language).ngettext(one, many, amount)}"

    def number(self, value: float | None, digits: int, unit: str = "") -> str:
        """Return a number with its unit, or a dash when it is not known."""
        value = known(value)
        if value is None:
            return UNKNOWN
        shown = f"{value:.{digits}f}"
        if float(shown) == 0.0:
            shown = shown.lstrip("-")
        if self.language == "de":
            shown = shown.replace(".", ",")
        return f"{shown}\u00a0{unit}" if unit else shown

    def percent(self, share: float | None) -> str:
        """Return a share as whole per cent, or a dash when it is not known."""
        share = known(share)
        return self.number(None if share is None else 100.0 * share, 0, "%")

    def distance(self, metres: float | None) -> str:
        """Return a distance: metres, from 10 km on kilometres."""
        metres = known(metres)
        if metres is not None and metres >= 10_000.0:
            return self.number(metres / 1000.0, 2, "km")
        return self.number(metres, 0, "m")

    def speed(self, speed_mps: float | None) -> str:
        """Return a speed in the reader's unit, or a dash when it is not known."""
        speed_mps = known(speed_mps)
        if speed_mps is None:
            return UNKNOWN
        if self.speed_unit != "min/km":
            value = speed_mps * PER_MPS[self.speed_unit]
            return self.number(value, SPEED_DIGITS[self.speed_unit], self.speed_unit)
        if speed_mps < LEAST_PACE_MPS:
            return UNKNOWN
        minutes, seconds = divmod(round(1000.0 / speed_mps), 60)
        return f"{minutes}:{seconds:02d}\u00a0min/km"

    @property
    def chart_speed_unit(self) -> str:
        """Return the unit of a speed axis."""
        return "m/s" if self.speed_unit == "m/s" else "km/h"

    def clock(self, seconds: float) -> str:
        """Return a time of the session's clock, `4:07` or `1:04:07`."""
        whole = max(0, round(known(seconds) or 0.0))
        hours, rest = divmod(whole, 3600)
        minutes, left = divmod(rest, 60)
        return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"

    def duration(self, seconds: float | None) -> str:
        """Return a length of time, `4 min 7 s`."""
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

    def date(self, utc_s: float, zone: tzinfo = UTC) -> str:
        """Return the day, `Sunday 22 November 2026`."""
        day = datetime.fromtimestamp(utc_s, zone)
        return self.text(
            "%(weekday)s %(day)d %(month)s %(year)d",
            weekday=self.text(DAYS[day.weekday()]),
            day=day.day,
            month=self.text(MONTHS[day.month - 1]),
            year=day.year,
        )

    def short_date(self, utc_s: float, zone: tzinfo = UTC) -> str:
        """Return the day, `22 Nov 2026`."""
        return f"{self.day_month(utc_s, zone)} {datetime.fromtimestamp(utc_s, zone).year}"

    def day_month(self, utc_s: float, zone: tzinfo = UTC) -> str:
        """Return the day without the year, `22 Nov`."""
        day = datetime.fromtimestamp(utc_s, zone)
        month = self.text(SHORT_MONTHS[day.month - 1]).strip()
        return self.text("%(day)d %(month)s", day=day.day, month=month)

    def time_of_day(self, utc_s: float, zone: tzinfo = UTC) -> str:
        """Return the time of day, `10:32:05`."""
        return datetime.fromtimestamp(utc_s, zone).strftime("%H:%M:%S")

    def phase(self, phase: Phase, bout: int) -> str:
        """Return `Backward 2`, `Warm-up`."""
        has_number = bout > 0 and phase in {Phase.BACKWARD, Phase.RECOVER}
        name = self.text(PHASES[phase])
        return f"{name} {bout}" if has_number else name


def sentence(reasons: tuple[str, ...]) -> str:
    """Return reasons as one line, as they were recorded; a page has no use for backticks."""
    parts = (reason.strip().rstrip(".").replace("`", "") for reason in reasons)
    return "; ".join(part for part in parts if part)


def mean_speed_mps(way_m: float, time_s: float) -> float | None:
    """Return the mean speed, None when there was no way or no time to speak of."""
    return way_m / time_s if way_m > 0.0 and time_s >= 1.0 else None


def zone_label(utc_s: float, zone: tzinfo) -> str:
    """Return the short name of a zone at a time, `CEST`, `UTC+5:45`."""
    moment = datetime.fromtimestamp(utc_s, zone)
    name = moment.tzname() or "UTC"
    return name if name.isalpha() else f"UTC{name}"


def offset_s(utc_s: float, zone: tzinfo) -> float:
    """Return how far the clocks of a zone are from UTC at a time."""
    offset = datetime.fromtimestamp(utc_s, zone).utcoffset()
    return offset.total_seconds() if offset is not None else 0.0


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    file = resources.files(__package__).joinpath(f"catalogue/{language}.mo")
    with file.open("rb") as stream:
        return gettext.GNUTranslations(stream)
