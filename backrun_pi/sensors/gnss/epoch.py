"""What a receiver sends about one moment, all its sentences together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from backrun_pi.messages import FixMode
from backrun_pi.sensors.gnss.nmea_fields import DAY_MS, Kind, Sentence

SAME_MS = 5  # receivers round one moment differently: .523 and .52
BACK_MS = 1000  # a time this much earlier is a late sentence, not a new epoch
_POSITION_ORDER = (Kind.GGA, Kind.GNS, Kind.RMC, Kind.GLL)

LatLon = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Epoch:
    """One moment as the receiver gives it. No rule for runners is applied yet."""

    t_ns: int
    """[ns] Arrival of the first byte."""
    tod_ms: int | None
    """[ms] UTC time of day; None while the receiver does not know it."""
    day: int | None
    """[days] Since 1970, as the receiver counts; None before the first date."""
    lines: int
    """[-] Sentences that carry this time."""
    is_fix: bool
    """Every sentence of the epoch agrees that there is a fix, and a position came."""
    is_estimated: bool
    """Dead reckoning by the receiver."""
    places: tuple[LatLon, ...]
    """[deg] Latitude and longitude as each valid sentence has it, most trusted first."""
    altitude_m: float | None
    """[m]"""
    speed_mps: float | None
    """[m/s]"""
    course_deg: float | None
    """[deg] [0, 360)"""
    satellites: int | None
    """[-] Largest count of any sentence."""
    hdop: float | None
    """[-]"""
    quality: int | None
    """[-] GGA quality."""
    dimension: int | None
    """[-] GSA: 1, 2, 3."""
    sigma_m: float | None
    """[m] From GST, one axis."""
    is_multi: bool
    """More than one constellation is in use (talker GN)."""

    @property
    def mode(self) -> FixMode:
        """Return whether there is a position; without GSA four satellites give a height."""
        if not self.is_fix:
            return FixMode.NONE
        if self.dimension is not None:
            return FixMode.THREE_D if self.dimension == 3 else FixMode.TWO_D
        has_height = self.altitude_m is not None and (self.satellites or 0) >= 4
        return FixMode.THREE_D if has_height else FixMode.TWO_D

    @property
    def utc_ms(self) -> int | None:
        """Return milliseconds since 1970, as the receiver counts."""
        if self.day is None or self.tod_ms is None:
            return None
        return self.day * DAY_MS + self.tod_ms


@dataclass(slots=True)
class Draft:
    """An epoch that is still open."""

    t_ns: int
    tod_ms: int | None = None
    lines: int = 0
    kinds: list[Kind] = field(default_factory=list)
    sentences: dict[tuple[Kind, str], Sentence] = field(default_factory=dict)
    anchors: set[tuple[Kind, str]] = field(default_factory=set)
    valid: dict[Kind, bool] = field(default_factory=dict)
    is_estimated: bool = False
    places: dict[Kind, LatLon] = field(default_factory=dict)
    date: date | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    is_velocity_behind: bool = False
    """VTG came behind the position: one before it may be the last of the epoch before."""
    rmc_speed_mps: float | None = None
    rmc_course_deg: float | None = None
    altitude_m: float | None = None
    satellites: int | None = None
    hdop: float | None = None
    quality: int | None = None
    dimension: int | None = None
    sigma_m: float | None = None
    is_multi: bool = False

    def merge(self, sentence: Sentence) -> None:
        """Take in one sentence; a repeated one changes nothing."""
        self.kinds.append(sentence.kind)
        self.sentences[sentence.kind, sentence.talker] = sentence
        self.is_multi = self.is_multi or sentence.talker == "GN"
        if sentence.tod_ms is not None:
            self.tod_ms = sentence.tod_ms if self.tod_ms is None else self.tod_ms
            self.lines += 1
        if sentence.kind in _POSITION_ORDER:
            self.anchors.add((sentence.kind, sentence.talker))
        if sentence.kind in _POSITION_ORDER:
            self._merge_validity(sentence)
        if sentence.hdop is not None:
            self.hdop = sentence.hdop if self.hdop is None else min(self.hdop, sentence.hdop)
        if sentence.satellites is not None:
            self.satellites = max(self.satellites or 0, sentence.satellites)
        if sentence.dimension is not None:
            self.dimension = max(self.dimension or 0, sentence.dimension)
        if self.altitude_m is None:
            self.altitude_m = sentence.altitude_m
        if sentence.sigma_m is not None:
            self.sigma_m = sentence.sigma_m
        self._merge_velocity(sentence)
        if sentence.date is not None and (self.date is None or sentence.kind is Kind.RMC):
            self.date = sentence.date

    def _merge_validity(self, sentence: Sentence) -> None:
        kind = sentence.kind
        self.valid[kind] = self.valid.get(kind, False) or sentence.is_valid
        if kind is Kind.GGA and sentence.quality is not None:
            self.quality = max(self.quality or 0, sentence.quality)
        # A receiver with a fix knows the time: without it, a sentence is damaged.
        if not sentence.is_valid or sentence.tod_ms is None:
            return
        self.is_estimated = self.is_estimated or sentence.is_estimated
        if (
            sentence.lat_deg is not None
            and sentence.lon_deg is not None
            and kind not in self.places
        ):
            self.places[kind] = (sentence.lat_deg, sentence.lon_deg)

    def _merge_velocity(self, sentence: Sentence) -> None:
        if not sentence.is_valid:
            return
        if sentence.kind is Kind.RMC:
            if self.rmc_speed_mps is None:
                self.rmc_speed_mps = sentence.speed_mps
            if self.rmc_course_deg is None:
                self.rmc_course_deg = sentence.course_deg
        elif sentence.kind is Kind.VTG:
            self.is_velocity_behind = bool(self.anchors)
            if self.speed_mps is None:
                self.speed_mps = sentence.speed_mps
            if self.course_deg is None:
                self.course_deg = sentence.course_deg

    @property
    def is_complete(self) -> bool:
        """Return whether nothing that an epoch can have is still missing."""
        has_speed = self.rmc_speed_mps is not None or self.is_velocity_behind
        return has_speed and self.hdop is not None and self.dimension is not None

    def is_fix(self) -> bool:
        """Return whether all that was sent amounts to a fix."""
        if not self.places or self.dimension == 1:
            return False
        rmc, gga = self.valid.get(Kind.RMC), self.valid.get(Kind.GGA)
        if rmc is False or gga is False:
            return False
        # One receiver sends quality 1 with no satellite at all while it has no fix.
        return not (gga and not rmc and self.satellites == 0)

    def close(self, day: int | None) -> Epoch:
        """Return the epoch."""
        is_fix = self.is_fix()
        speed = self.speed_mps if self.rmc_speed_mps is None else self.rmc_speed_mps
        course = self.course_deg if self.rmc_course_deg is None else self.rmc_course_deg
        places = tuple(self.places[kind] for kind in _POSITION_ORDER if kind in self.places)
        return Epoch(
            t_ns=self.t_ns,
            tod_ms=self.tod_ms,
            day=day,
            lines=self.lines,
            is_fix=is_fix,
            is_estimated=self.is_estimated,
            places=places if is_fix else (),
            altitude_m=self.altitude_m if is_fix else None,
            speed_mps=speed if is_fix else None,
            course_deg=course if is_fix else None,
            satellites=self.satellites,
            hdop=self.hdop,
            quality=self.quality,
            dimension=self.dimension,
            sigma_m=self.sigma_m,
            is_multi=self.is_multi,
        )


def tod_difference_ms(later_ms: int, earlier_ms: int) -> int:
    """Return the difference of two times of day in [-12 h, 12 h)."""
    half = DAY_MS // 2
    return (later_ms - earlier_ms + half) % DAY_MS - half
