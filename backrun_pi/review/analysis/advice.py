"""What to do next time: one row per rule, most important first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backrun_pi.messages import Condition, Phase, Source
from backrun_pi.review.model import (
    AlertPin,
    FaultLine,
    LookBalance,
    PhaseRow,
    SessionFacts,
)
from backrun_pi.review.settings import ReviewSettings

OFTEN = 3  # [-] alerts of a kind from which a word is due: a session has five to ten bouts
LONG_LOSS_S = 30.0  # [s] a part lost for longer than this is worth a word: half a bout
UNKNOWN_SHARE = 0.2  # [-] of the moving time without a direction


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules look at."""

    facts: SessionFacts
    phases: Sequence[PhaseRow]
    alerts: Sequence[AlertPin]
    faults: Sequence[FaultLine]
    looks: LookBalance
    settings: ReviewSettings

    def count(self, *conditions: Condition) -> int:
        """Return how often conditions were told."""
        values = {condition.value for condition in conditions}
        return sum(pin.condition in values for pin in self.alerts)

    def lost_s(self, source: Source) -> float:
        """Return how long a part was lost."""
        end_s = self.facts.duration_s
        return sum(
            (end_s if line.end_s is None else line.end_s) - line.start_s
            for line in self.faults
            if line.source is source
        )


Rule = Callable[[Findings], str | None]


def advise(findings: Findings) -> tuple[str, ...]:
    """Return what to do next time."""
    said = [text for rule in RULES if (text := rule(findings)) is not None]
    return tuple(said) or ("Nothing stood out. Keep to the plan, and keep looking round.",)


def _fall(f: Findings) -> str | None:
    if f.count(Condition.FALL_SUSPECTED, Condition.FALL_ALARM) == 0:
        return None
    return (
        "A fall was suspected. Rest, and go back one week of the plan before the next session."
    )


def _motor(f: Findings) -> str | None:
    if f.lost_s(Source.MOTOR) <= 0.0:
        return None
    return "The motor failed. Run `backrun selftest` and mend it before the next session."


def _imu(f: Findings) -> str | None:
    if f.lost_s(Source.IMU) <= 0.0:
        return None
    return "The motion sensor dropped out. Check its plug and cable: `backrun selftest`."


def _mount(f: Findings) -> str | None:
    if f.count(Condition.WRONG_MOUNT) == 0:
        return None
    return "The device sat wrong. Clip it on at the back, in the middle, button outward."


def _stops(f: Findings) -> str | None:
    stops = f.count(Condition.STOP_HAZARD)
    if stops == 0:
        return None
    times = "Once" if stops == 1 else f"{stops} times"
    return (
        f"{times} something stood on your course. Look at the pins, and choose a clearer path."
    )


def _busy(f: Findings) -> str | None:
    if f.count(Condition.ON_BUSY_WAY) == 0:
        return None
    return "Part of the route was on a busy way. Choose a quiet one: `backrun map check`."


def _bad(f: Findings) -> str | None:
    if f.count(Condition.BAD_STRETCH) == 0:
        return None
    return "Part of the ground was bad for running backward. Choose smooth, firm ground."


def _fast(f: Findings) -> str | None:
    told = f.count(Condition.TOO_FAST)
    if told < OFTEN:
        return None
    caps = [row.speed_cap_mps for row in f.phases if row.speed_cap_mps is not None]
    cap = f" ({max(caps):.1f} m/s)" if caps else ""
    return f"Too fast {told} times. Start slower: the plan's speed{cap} rises by itself."


def _gnss(f: Findings) -> str | None:
    lost_s = f.lost_s(Source.GNSS)
    if lost_s < LONG_LOSS_S:
        return None
    return f"GPS was away for {lost_s:.0f} s. Wait for a fix in the open before the start."


def _unknown(f: Findings) -> str | None:
    moving_s = f.facts.backward_s + f.facts.forward_s + f.facts.unknown_s
    if moving_s <= 0.0 or f.facts.unknown_s < UNKNOWN_SHARE * moving_s:
        return None
    share = 100.0 * f.facts.unknown_s / moving_s
    return f"The direction was not known for {share:.0f} % of the way. Tighten the belt."


def _early(f: Findings) -> str | None:
    early = sum(row.is_early_end and row.phase is Phase.BACKWARD for row in f.phases)
    if early == 0:
        return None
    bouts = "One bout" if early == 1 else f"{early} bouts"
    return f"{bouts} ended early. Do the same session again before you go on in the plan."


def _looks(f: Findings) -> str | None:
    left, right = f.looks.left, f.looks.right
    if abs(left - right) < f.settings.look_imbalance:
        return None
    side = "left" if left < right else "right"
    return f"You were asked to look {left} times left, {right} times right. Add the {side}."


def _battery(f: Findings) -> str | None:
    if f.count(Condition.BATTERY_LOW, Condition.BATTERY_CRITICAL) == 0:
        return None
    return "The battery ran low. Charge it before the next session."


def _card(f: Findings) -> str | None:
    if f.count(Condition.CARD_NEARLY_FULL) == 0 and f.lost_s(Source.RECORDER) <= 0.0:
        return None
    return (
        "The recording is not whole. Check the card: `backrun log check`, `backrun sessions`."
    )


RULES: tuple[Rule, ...] = (
    _fall,
    _motor,
    _imu,
    _mount,
    _stops,
    _busy,
    _bad,
    _fast,
    _gnss,
    _unknown,
    _early,
    _looks,
    _battery,
    _card,
)
"""Most important first."""
