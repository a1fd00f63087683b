"""The two tables that come out besides: one missing tag from good, and contacts per 100 m."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_CONTACT_EDGES = (0.05, 0.1, 0.2, 0.5, 1.0)
"""[1/100 m] Upper ends of the classes; the last class is open."""


@dataclass(slots=True)
class Totals:
    """Sums over the rows of an atlas, fed part by part."""

    way_m: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """[m] By suitability."""
    missing_m: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """[m] On ways that would be good but for one tag, by tag."""
    contact_m: dict[tuple[int, str], float] = field(default_factory=lambda: defaultdict(float))
    """[m] By class of contacts and suitability."""
    stretches: int = 0
    data_until: str | None = None
    """Date of the oldest data."""

    def take(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows."""
        for row in rows:
            self.stretches += 1
            self.way_m[row["suitability"]] += row["length_m"]
            kind = sum(row["contacts_per_100_m"] >= edge for edge in _CONTACT_EDGES)
            self.contact_m[kind, row["suitability"]] += row["length_m"]
            for _, tag, length_m in missing(row):
                self.missing_m[tag] += length_m
            dates = [date for date in (self.data_until, row["data_until"]) if date is not None]
            self.data_until = min(dates, default=None)

    def missing_km(self) -> list[tuple[str, float]]:
        """Return (key, kilometres), most first."""
        most = sorted(self.missing_m.items(), key=lambda one: (-one[1], one[0]))
        return [(tag, metres / 1000.0) for tag, metres in most]

    def contact_km(self) -> list[tuple[str, dict[str, float]]]:
        """Return (class, kilometres by suitability), fewest contacts first."""
        found = []
        for kind, name in enumerate(_class_names(_CONTACT_EDGES)):
            metres = {one: m for (at, one), m in self.contact_m.items() if at == kind}
            found.append((name, {one: m / 1000.0 for one, m in sorted(metres.items())}))
        return found


def missing(row: Mapping[str, Any]) -> Iterable[tuple[int, str, float]]:
    """Yield (way, key, metres) for the ways of a row that one tag would make good."""
    parts = zip(row["way_ids"], row["way_missing_tags"], row["way_lengths_m"], strict=True)
    for way, tag, length_m in parts:
        if tag:
            yield way, tag, length_m


def _class_names(edges: Sequence[float]) -> list[str]:
    lows = (0.0, *edges)
    names = [f"{low:g} to {high:g}" for low, high in zip(lows, edges, strict=False)]
    return [*names, f"{edges[-1]:g} and more"]
