"""Ground that the wearer has walked and felt: which pieces are even, by their own measure.

The walk itself shakes the waist, and every wearer and every belt otherwise: so a piece is held
against the wearer's own median on asphalt, concrete and paving stones, never against a number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated

import msgspec

from backrun_pi.median import median
from backrun_pi.terrain.matching.way_graph import Edge, Net
from backrun_pi.terrain.settings import TerrainSettings

_Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
_Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
_Day = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
_SQUARE_M = 12.0
_BESIDE_M = 3.0  # a piece further aside was walked on another way
_LEAST_REFERENCE = 10  # pieces, 200 m, from which the wearer has a usual even ground
_REFERENCE = frozenset(
    (
        *("asphalt", "concrete", "concrete:plates", "paving_stones"),
        *("paving_stones:lanes", "concrete:lanes"),
    )
)
_LEAST_SAMPLES = 20  # at 20 Hz: 1 s of walking
_LEAST_SHARE = 0.6  # of a piece's length that was walked
_SHORTEST_M = 5.0  # a shorter piece is over before its ground is felt
_EPOCH = date(1970, 1, 1)
_TIMES = {2: "twice", 3: "three times"}


class FeltPiece(msgspec.Struct, frozen=True, tag="felt"):
    """A piece of way that was walked forward, and how rough it felt."""

    lat_deg: _Latitude
    """[deg] Of its middle."""
    lon_deg: _Longitude
    """[deg] Of its middle."""
    roughness_mps2: Annotated[float, msgspec.Meta(gt=0.0, le=1000.0)]
    """[m/s2] Median over the piece."""
    day: _Day
    """[d] Since 1970-01-01, UTC."""
    surface: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    """As the map tags it; None when it does not."""


class Stumble(msgspec.Struct, frozen=True, tag="stumble"):
    """A stumble or a fall: what was felt there before counts no more."""

    lat_deg: _Latitude
    """[deg]"""
    lon_deg: _Longitude
    """[deg]"""
    day: _Day
    """[d] Since 1970-01-01, UTC."""


@dataclass(slots=True)
class FeltGround:
    """What was felt, in the metres of a net."""

    net: Net
    settings: TerrainSettings
    felt: Sequence[FeltPiece]
    stumbles: Sequence[Stumble]
    today: int | None
    """[d] Since 1970-01-01; None while the date is not known: then nothing is vouched for."""
    _at: dict[tuple[int, int], list[FeltPiece]] = field(default_factory=dict)
    _usual_mps2: float | None = None

    def __post_init__(self) -> None:
        """Sort the pieces by where they lie, and find the wearer's usual even ground."""
        for one in self.felt:
            x, y = self.net.metres(one.lat_deg, one.lon_deg)
            self._at.setdefault(_square(x, y), []).append(one)
        usual = [one.roughness_mps2 for one in self.felt if one.surface in _REFERENCE]
        self._usual_mps2 = median(usual) if len(usual) >= _LEAST_REFERENCE else None

    def even_because(self, edge: Edge) -> str | None:
        """Return how the wearer knows that a piece is even, None when they do not."""
        if self._usual_mps2 is None or self.today is None:
            return None
        by_day: dict[int, list[float]] = {}
        for one in self._felt_on(edge):
            by_day.setdefault(one.day, []).append(one.roughness_mps2)
        since = max((one.day for one in self.stumbles if self._is_on(edge, one)), default=-1)
        days = sorted(day for day in by_day if day > since)
        if len(days) < 2 or not 0 <= self.today - days[-1] <= self.settings.felt_days:
            return None
        most = self.settings.even_factor * self._usual_mps2
        if any(math.fsum(by_day[day]) / len(by_day[day]) >= most for day in days[-2:]):
            return None
        times = _TIMES.get(len(days), f"{len(days)} times")
        last = (_EPOCH + timedelta(days=days[-1])).isoformat()
        return f"even, felt {times} by you, last on {last}"

    def _felt_on(self, edge: Edge) -> list[FeltPiece]:
        half_m = edge.length_m / 2.0
        column, row = _square(edge.ax + edge.ux * half_m, edge.ay + edge.uy * half_m)
        return [
            one
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for one in self._at.get((column + dx, row + dy), ())
            if self._is_on(edge, one)
        ]

    def _is_on(self, edge: Edge, one: FeltPiece | Stumble) -> bool:
        x, y = self.net.metres(one.lat_deg, one.lon_deg)
        dx, dy = x - edge.ax, y - edge.ay
        s_m, left_m = dx * edge.ux + dy * edge.uy, dy * edge.ux - dx * edge.uy
        return abs(left_m) < _BESIDE_M and -1.0 <= s_m <= edge.length_m + 1.0


def _square(x: float, y: float) -> tuple[int, int]:
    return round(x / _SQUARE_M), round(y / _SQUARE_M)


@dataclass(slots=True)
class PieceWalk:
    """Collects what is felt on one piece of way until it is left."""

    _edge: Edge | None = None
    _values: list[float] = field(default_factory=list)
    _low_m: float = math.inf
    _high_m: float = -math.inf

    def step(self, edge: Edge | None, s_m: float, roughness_mps2: float) -> PieceFelt | None:
        """Take in a moment on a piece; return the piece before it when that was walked.

        Args:
            edge: The piece under the feet, None off the ways.
            s_m: [m] From its a.
            roughness_mps2: [m/s2] Felt there.
        """
        done = None
        if edge is not self._edge:
            done = self._done()
            self._edge, self._values = edge, []
            self._low_m, self._high_m = math.inf, -math.inf
        if edge is not None:
            self._values.append(roughness_mps2)
            self._low_m, self._high_m = min(self._low_m, s_m), max(self._high_m, s_m)
        return done

    def _done(self) -> PieceFelt | None:
        edge = self._edge
        if edge is None or edge.length_m < _SHORTEST_M or len(self._values) < _LEAST_SAMPLES:
            return None
        if self._high_m - self._low_m < _LEAST_SHARE * edge.length_m:
            return None
        return PieceFelt(edge, median(self._values))


@dataclass(frozen=True, slots=True)
class PieceFelt:
    """A piece of way that was walked, and what was felt on it."""

    edge: Edge
    roughness_mps2: float
