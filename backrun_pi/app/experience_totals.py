"""Sums of what many days on the twin were like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


def total(days: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return the sums over many days."""
    sums = _Sums()
    for day in days:
        sums.add(day)
    return sums.as_json()


@dataclass(slots=True)
class _Sums:
    """Sums over days."""

    days: int = 0
    no_vocabulary: int = 0
    unread: int = 0
    antiphase_s: float = 0.0
    false_backward_s: float = 0.0
    false_forward_s: float = 0.0
    stop: dict[str, int] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)
    cues: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, day: dict[str, Any]) -> None:
        """Add one day."""
        self.days += 1
        self.no_vocabulary += day["no_vocabulary"]
        self.unread += len(day["unread"])
        self.antiphase_s += day["antiphase_s"]
        self.false_backward_s += day["false_backward_s"]
        self.false_forward_s += day["false_forward_s"]
        self.stop = _added(self.stop, day["stop"])
        self.contacts = _added(self.contacts, day["contacts"])
        for condition, counts in day["cues"].items():
            self.cues[condition] = _added(self.cues.get(condition, {}), counts)

    def as_json(self) -> dict[str, Any]:
        """Return the line."""
        return {
            "days": self.days,
            "cues": dict(sorted(self.cues.items())),
            "unread": self.unread,
            "no_vocabulary": self.no_vocabulary,
            "stop": self.stop,
            "contacts": self.contacts,
            "false_backward_s": round(self.false_backward_s, 1),
            "false_forward_s": round(self.false_forward_s, 1),
            "antiphase_s": round(self.antiphase_s, 1),
        }


def _added(a: dict[str, int], b: dict[str, int]) -> dict[str, int]:
    return {key: a.get(key, 0) + b.get(key, 0) for key in {**a, **b}}
