"""What a receiver says of one moment, all its sentences together."""

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
    """One moment as the receiver says it. No rule for runners is applied yet."""

    t_ns: int
    """[ns] Arrival of the first byte."""
    tod_ms: int | None
    """[ms] UTC time of day; None while the receiver does not know it."""
    day: int | None
    """[days] Since 1970, as the receiver counts; None before the first date."""
    has_own_date: bool
    """The date came in this very epoch."""
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
    anchors: set[tuple[Kind, str]] = field(default_factory=set)
    valid: dict[Kind, bool] = field(default_factory=dict)
    is_estimated: bool = False
    places: dict[Kind, LatLon] = field(default_factory=dict)
    date: date | None = None
    speed_mps: float | None = None
    course_deg: float | None = None
    rmc_speed_mps: float | None = None
    rmc_course_deg: float | None = None
    altitude_m: float | None = None
    satellites: int | None = None
    hdop: float | None = None
    quality: int | None = None
    dimension: int | None = None
    sigma_m: float | None = None
    is_multi: bool = False

    def merge(self, said: Sentence) -> None:
        """Take in one sentence; a repeated one changes nothing."""
        self.kinds.append(said.kind)
        self.is_multi = self.is_multi or said.talker == "GN"
        if said.tod_ms is not None:
            self.tod_ms = said.tod_ms if self.tod_ms is None else self.tod_ms
            self.lines += 1
        if said.kind in _POSITION_ORDER:
            self.anchors.add((said.kind, said.talker))
        if said.kind in _POSITION_ORDER:
            self._merge_validity(said)
        if said.hdop is not None:
            self.hdop = said.hdop if self.hdop is None else min(self.hdop, said.hdop)
        if said.satellites is not None:
            self.satellites = max(self.satellites or 0, said.satellites)
        if said.dimension is not None:
            self.dimension = max(self.dimension or 0, said.dimension)
        if self.altitude_m is None:
            self.altitude_m = said.altitude_m
        if said.sigma_m is not None:
            self.sigma_m = said.sigma_m
        self._merge_velocity(said)
        if said.date is not None and (self.date is None or said.kind is Kind.RMC):
            self.date = said.date

    def _merge_validity(self, said: Sentence) -> None:
        kind = said.kind
        self.valid[kind] = self.valid.get(kind, False) or said.is_valid
        if kind is Kind.GGA and said.quality is not None:
            self.quality = max(self.quality or 0, said.quality)
        # Whoever has a fix knows the time: without it, a sentence is damaged.
        if not said.is_valid or said.tod_ms is None:
            return
        self.is_estimated = self.is_estimated or said.is_estimated
        if said.lat_deg is not None and said.lon_deg is not None and kind not in self.places:
            self.places[kind] = (said.lat_deg, said.lon_deg)

    def _merge_velocity(self, said: Sentence) -> None:
        if not said.is_valid:
            return
        if said.kind is Kind.RMC:
            if self.rmc_speed_mps is None:
                self.rmc_speed_mps = said.speed_mps
            if self.rmc_course_deg is None:
                self.rmc_course_deg = said.course_deg
        elif said.kind is Kind.VTG:
            if self.speed_mps is None:
                self.speed_mps = said.speed_mps
            if self.course_deg is None:
                self.course_deg = said.course_deg

    def is_fix(self) -> bool:
        """Return whether all that was said amounts to a fix."""
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
            has_own_date=self.date is not None,
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
