"""Checks what a scenario expects to be felt against what was told and pulsed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backrun_pi.messages import Alert

FELT_WITHIN_S = 0.7  # from the decision to the first pulse; a caution that cuts in waits 0.6 s


class Expected(Protocol):
    """What a scenario says about one condition."""

    @property
    def condition(self) -> str:
        """Return the condition's name."""

    @property
    def from_s(self) -> float:
        """Return from when, in seconds."""

    @property
    def within_s(self) -> float | None:
        """Return the latest time after `from_s`; None for any time."""

    @property
    def never(self) -> bool:
        """Return True when it must not be told."""

    @property
    def key(self) -> str | None:
        """Return what it must be about, None for anything."""

    @property
    def count(self) -> int:
        """Return how often it must be told at least."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether one expectation held."""

    expected: Expected
    is_met: bool
    times_s: tuple[float, ...]
    """[s] When the condition was felt in the time asked for."""

    @property
    def words(self) -> str:
        """Return the finding in plain words."""
        wish = self.expected
        until = "the end" if wish.within_s is None else f"{wish.from_s + wish.within_s:.1f} s"
        verb = "never" if wish.never else f"{wish.count} x"
        about = f" about {wish.key}" if wish.key else ""
        felt = ", ".join(f"{t_s:.1f} s" for t_s in self.times_s[:5]) or "not at all"
        head = f"{wish.condition}{about} {verb} from {wish.from_s:.1f} s to {until}"
        return f"{'held' if self.is_met else 'BROKEN'}: {head}; felt {felt}"


def check(
    expected: Sequence[Expected],
    alerts: Sequence[tuple[float, Alert]],
    pulses: Sequence[tuple[float, str]],
) -> list[Finding]:
    """Judge every expectation.

    Args:
        expected: The scenario's wishes.
        alerts: (t_s, alert) of everything that was told.
        pulses: (t_s, pattern) of everything the motor was asked for. An alert that no pulse
            of its own pattern follows was not felt, unless the motor itself is its subject.
    """
    findings = []
    for wish in expected:
        end_s = float("inf") if wish.within_s is None else wish.from_s + wish.within_s
        times = tuple(
            t_s
            for t_s, alert in alerts
            if alert.condition.value == wish.condition
            and wish.from_s <= t_s <= end_s
            and (wish.key is None or wish.key == alert.key)
            and (_is_felt(t_s, alert, pulses) or wish.condition == "motor_fault")
        )
        is_met = not times if wish.never else len(times) >= wish.count
        findings.append(Finding(wish, is_met, times))
    return findings


def _is_felt(t_s: float, alert: Alert, pulses: Sequence[tuple[float, str]]) -> bool:
    return any(
        pattern == alert.pattern and t_s - 1e-6 <= start_s <= t_s + FELT_WITHIN_S
        for start_s, pattern in pulses
    )
