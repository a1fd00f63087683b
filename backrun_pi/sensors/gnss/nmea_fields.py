"""One sentence -> its values, around pynmea2 with its traps closed.

pynmea2 splits a sentence and knows which field stands where. Its conversions are not used:
empty coordinates become 0.0, values that do not convert come back as text, `is_valid` is False
for every NMEA 4.1 RMC with navigation status V, GNS altitude is never converted. A field that
is missing, empty, malformed or out of range is None here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

import pynmea2

KNOT_MPS = 1852.0 / 3600.0
KMH_MPS = 1.0 / 3.6
DAY_MS = 86_400_000
_FIRST_YEAR, _LAST_YEAR = 1980, 2399  # GPS began in 1980; one rollover more than RMC can say
_NUMBER = re.compile(
    r"[+-]?(?:\d{1,9}\.?\d*|\.\d+)", re.ASCII
)  # nothing that is sent is larger
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(?:\.(\d{0,9}))?", re.ASCII)
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)


class Kind(StrEnum):
    """The sentences that are used."""

    RMC = "RMC"
    GGA = "GGA"
    GNS = "GNS"
    GLL = "GLL"
    GSA = "GSA"
    VTG = "VTG"
    GST = "GST"
    ZDA = "ZDA"


@dataclass(slots=True)
class Sentence:
    """What one sentence says."""

    kind: Kind
    """Which."""
    talker: str
    """`GP`, `GN`..."""
    tod_ms: int | None = None
    """[ms] UTC time of day."""
    is_valid: bool = False
    """The sentence itself says that it stems from a fix."""
    is_estimated: bool = False
    """Dead reckoning by the receiver."""
    lat_deg: float | None = None
    """[deg]"""
    lon_deg: float | None = None
    """[deg]"""
    speed_mps: float | None = None
    """[m/s]"""
    course_deg: float | None = None
    """[deg] [0, 360)"""
    date: date | None = None
    """UTC date, century of RMC guessed."""
    altitude_m: float | None = None
    """[m] Above mean sea level."""
    satellites: int | None = None
    """[-] Used."""
    hdop: float | None = None
    """[-] (0, 99)"""
    quality: int | None = None
    """[-] GGA quality."""
    dimension: int | None = None
    """[-] GSA: 1 none, 2, 3."""
    sigma_m: float | None = None
    """[m] GST: horizontal, one axis."""


Field = Callable[[str], str]
_POSITIVE_FAA = frozenset("ADFRP")  # autonomous, differential, RTK float, RTK, precise


def read_sentence(body: bytes) -> Sentence | None:
    """Return the values of a sentence; None when its kind is not used or it is malformed.

    Whatever the bytes, nothing is raised.

    Args:
        body: Between `$` and `*`, checksum already found right.
    """
    kind = _KINDS.get(body[2:5])
    if kind is None or body[5:6] != b"," or body[:1] == b"P":
        return None
    # The satellites in use seldom change: four sentences of eight are the same as before.
    return _read_again(body) if kind is Kind.GSA else _read(kind, body)


@lru_cache(maxsize=32)
def _read_again(body: bytes) -> Sentence | None:
    return _read(Kind.GSA, body)


def _read(kind: Kind, body: bytes) -> Sentence | None:
    try:
        parsed = pynmea2.NMEASentence.parse(body.decode("ascii"))
    except (pynmea2.ParseError, UnicodeDecodeError):
        return None
    if not isinstance(parsed, pynmea2.TalkerSentence):
        return None
    data: list[str] = parsed.data
    index: dict[str, int] = type(parsed).name_to_idx

    def field(name: str) -> str:
        at = index[name]
        return data[at] if at < len(data) else ""

    read = Sentence(kind, parsed.talker)
    _READERS[kind](read, field)
    return read


def _rmc(read: Sentence, field: Field) -> None:
    read.tod_ms = time_of_day_ms(field("timestamp"))
    faa = field("mode_indicator")
    read.is_estimated = faa == "E"
    # The navigational status behind it (NMEA 4.1) is V on every u-blox: it says nothing.
    read.is_valid = field("status") == "A" and _is_positive(faa)
    _position(read, field)
    read.speed_mps = _speed(field("spd_over_grnd"), KNOT_MPS)
    read.course_deg = _course(field("true_course"))
    read.date = _date(field("datestamp"))


def _gga(read: Sentence, field: Field) -> None:
    read.tod_ms = time_of_day_ms(field("timestamp"))
    read.quality = _whole(field("gps_qual"))
    read.is_estimated = read.quality == 6  # 6 dead reckoning; 7 and 8 are typed in or made up
    read.is_valid = read.quality is not None and 1 <= read.quality <= 6
    _position(read, field)
    read.satellites = _whole(field("num_sats"))
    read.hdop = _hdop(field("horizontal_dil"))
    read.altitude_m = number(field("altitude"))


def _gns(read: Sentence, field: Field) -> None:
    read.tod_ms = time_of_day_ms(field("timestamp"))
    modes = set(field("mode_indicator"))
    read.is_estimated = "E" in modes and not modes & _POSITIVE_FAA
    read.is_valid = bool(modes & _POSITIVE_FAA) or read.is_estimated
    _position(read, field)
    read.satellites = _whole(field("num_sats"))
    read.hdop = _hdop(field("hdop"))
    read.altitude_m = number(field("altitude"))


def _gll(read: Sentence, field: Field) -> None:
    read.tod_ms = time_of_day_ms(field("timestamp"))
    faa = field("faa_mode")
    read.is_estimated = faa == "E"
    read.is_valid = field("status") == "A" and _is_positive(faa)
    _position(read, field)


def _gsa(read: Sentence, field: Field) -> None:
    dimension = _whole(field("mode_fix_type"))
    read.dimension = dimension if dimension in {1, 2, 3} else None
    read.hdop = _hdop(field("hdop"))


def _vtg(read: Sentence, field: Field) -> None:
    faa = field("faa_mode")
    read.is_estimated = faa == "E"
    read.is_valid = _is_positive(faa)
    if field("true_track_sym") == "T":
        read.course_deg = _course(field("true_track"))
    if field("spd_over_grnd_kts_sym") == "N":
        read.speed_mps = _speed(field("spd_over_grnd_kts"), KNOT_MPS)
    if read.speed_mps is None and field("spd_over_grnd_kmph_sym") == "K":
        read.speed_mps = _speed(field("spd_over_grnd_kmph"), KMH_MPS)


def _gst(read: Sentence, field: Field) -> None:
    read.tod_ms = time_of_day_ms(field("timestamp"))
    north, east = number(field("std_dev_latitude")), number(field("std_dev_longitude"))
    if north is not None and east is not None and north > 0.0 and east > 0.0:
        read.sigma_m = ((north * north + east * east) / 2.0) ** 0.5


def _zda(read: Sentence, field: Field) -> None:
    read.tod_ms = time_of_day_ms(field("timestamp"))
    year, month, day = (_whole(field(name)) for name in ("year", "month", "day"))
    if year is not None and month is not None and day is not None:
        read.date = _checked_date(year, month, day)


_READERS: dict[Kind, Callable[[Sentence, Field], None]] = {
    Kind.RMC: _rmc,
    Kind.GGA: _gga,
    Kind.GNS: _gns,
    Kind.GLL: _gll,
    Kind.GSA: _gsa,
    Kind.VTG: _vtg,
    Kind.GST: _gst,
    Kind.ZDA: _zda,
}
_KINDS = {kind.value.encode(): kind for kind in Kind}


def number(text: str) -> float | None:
    """Return a plain decimal number; float() would also take nan, 1e5 and 1_0."""
    return float(text) if _NUMBER.fullmatch(text) else None


def time_of_day_ms(text: str) -> int | None:
    """Return hhmmss.s as milliseconds since midnight, 23:59:60 included."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3])
    if hours > 23 or minutes > 59 or seconds > 60:
        return None
    fraction_ms = round(float(f"0.{match[4]}") * 1000.0) if match[4] else 0
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + fraction_ms


def _position(read: Sentence, field: Field) -> None:
    lat = _degrees(field("lat"), field("lat_dir"), "N", "S", 90.0)
    lon = _degrees(field("lon"), field("lon_dir"), "E", "W", 180.0)
    # Receivers without a fix fill in zeros; nobody runs where they meet.
    if lat is not None and lon is not None and (lat, lon) != (0.0, 0.0):
        read.lat_deg, read.lon_deg = lat, lon


def _degrees(text: str, side: str, plus: str, minus: str, limit_deg: float) -> float | None:
    value = number(text)
    if value is None or value < 0.0 or side not in {plus, minus}:
        return None
    whole = value // 100.0
    minutes = value - 100.0 * whole
    degrees = whole + minutes / 60.0
    # 60.0000 is what 59.99999 rounds up to where each field is rounded by itself.
    if minutes > 60.0 or degrees > limit_deg:
        return None
    return degrees if side == plus else -degrees


def _speed(text: str, factor: float) -> float | None:
    value = number(text)
    return None if value is None or value < 0.0 else value * factor


def _course(text: str) -> float | None:
    value = number(text)
    return None if value is None or not 0.0 <= value <= 360.0 else value % 360.0


def _hdop(text: str) -> float | None:
    value = number(text)
    # 99.9, 50.0 and 25.5 are how receivers spell unknown.
    return value if value is not None and 0.0 < value < 25.0 else None


def _whole(text: str) -> int | None:
    """Return a count, a code or a year; no field of NMEA has more than six digits."""
    return int(text) if _WHOLE.fullmatch(text) else None


def _date(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year = int(match[3])
    # RMC sends no century; GPS began in 1980.
    return _checked_date(year + (1900 if year >= 80 else 2000), int(match[2]), int(match[1]))


def _checked_date(year: int, month: int, day: int) -> date | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _is_positive(faa: str) -> bool:
    return faa in _POSITIVE_FAA or faa in {"", "E"}
