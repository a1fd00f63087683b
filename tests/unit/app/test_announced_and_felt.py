"""Arbiter and player together: a higher word takes the motor from a lower one at once."""

from __future__ import annotations

import itertools

import pytest

from backrun_pi.alerts.arbiter import Arbiter
from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import HAZARD_GATES, TABLE, Gate
from backrun_pi.haptics.patterns import WORD_GAP_S
from backrun_pi.haptics.player import Player
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import ActiveCondition, Condition, Priority
from backrun_pi.units import NS_PER_S

TICK_NS = 50_000_000
WITHIN_NS = 100_000_000
PAIRS = [
    (low, high)
    for low, high in itertools.product(TABLE, TABLE)
    if TABLE[high].may_interrupt
    and TABLE[high].priority.value > TABLE[low].priority.value
    and not (TABLE[high].gate in HAZARD_GATES and TABLE[low].gate is Gate.NOT_BACKWARD)
    and not (TABLE[low].gate in HAZARD_GATES and TABLE[high].gate is Gate.NOT_BACKWARD)
]


class Motor:
    """What the motor does, from facts, tick by tick."""

    def __init__(self, *, is_backward: bool) -> None:
        self.arbiter, self.player = Arbiter(AlertsSettings()), Player(HapticsSettings())
        self.is_backward = is_backward
        self.now_ns = 1000 * NS_PER_S
        self.pattern = ""
        self.until_ns = 0
        self.told: list[tuple[int, Condition]] = []
        self.felt: list[tuple[int, str]] = []

    def tick(self, *conditions: Condition) -> None:
        self.now_ns += TICK_NS
        facts = tuple(
            ActiveCondition(condition, ("why",), condition.value) for condition in conditions
        )
        shut = Gate.NOT_BACKWARD if self.is_backward else Gate.BACKWARD
        alert = self.arbiter.step(self.now_ns, facts, frozenset(Gate) - {shut})
        if alert is not None:
            self.told.append((self.now_ns, alert.condition))
        out = self.player.step(self.now_ns, alert, 0.5)
        if out.is_off:
            self.until_ns = min(self.until_ns, self.now_ns)
        for pulse in out.pulses:
            self.until_ns = self.now_ns + round(pulse.duration_s * NS_PER_S)
            self.pattern = pulse.pattern
            self.felt.append((self.now_ns, pulse.pattern))

    def until_told(self, condition: Condition, *conditions: Condition) -> int:
        for _ in range(300):
            self.tick(condition, *conditions)
            if self.told and self.told[-1][1] is condition:
                return self.now_ns
        raise AssertionError(f"{condition} is never told")


@pytest.mark.parametrize(("low", "high"), PAIRS, ids=lambda c: str(c.value))
def test_a_higher_word_silences_a_lower_one_within_a_tenth_of_a_second(
    low: Condition, high: Condition
) -> None:
    is_backward = Gate.NOT_BACKWARD not in {TABLE[low].gate, TABLE[high].gate}
    motor = Motor(is_backward=is_backward)
    motor.until_told(low)
    motor.tick(low)
    due_ns = motor.now_ns + TICK_NS + round(TABLE[high].up_s * NS_PER_S)
    told_ns = motor.until_told(high, low)
    assert told_ns - due_ns <= WITHIN_NS
    assert motor.until_ns <= told_ns or motor.pattern == TABLE[high].pattern
    for _ in range(60):
        motor.tick(high, low)
    after = [(at_ns, pattern) for at_ns, pattern in motor.felt if at_ns >= told_ns]
    assert after[0][1] == TABLE[high].pattern
    most_s = 0.0 if TABLE[high].priority is Priority.STOP else WORD_GAP_S + 0.05
    assert after[0][0] - told_ns <= most_s * NS_PER_S
