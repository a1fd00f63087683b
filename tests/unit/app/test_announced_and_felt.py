"""Arbiter and player together: what may cut a cue short does so at once, and is felt whole."""

from __future__ import annotations

import itertools

import pytest

from backrun_pi.alerts.arbiter import Arbiter
from backrun_pi.alerts.motor_time import Moment
from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import HAZARD_GATES, TABLE, Gate
from backrun_pi.haptics.player import Player
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import ActiveCondition, Condition, CueProgress
from backrun_pi.units import NS_PER_S

TICK_NS = 50_000_000
WITHIN_NS = 100_000_000
HAPTICS = HapticsSettings()
STILL_S = HAPTICS.motor_stop_s + HAPTICS.still_s
PAIRS = [
    (low, high)
    for low, high in itertools.product(TABLE, TABLE)
    if TABLE[high].may_interrupt
    and TABLE[high].priority.value > TABLE[low].priority.value
    and not (TABLE[high].gate in HAZARD_GATES and TABLE[low].gate is Gate.NOT_BACKWARD)
    and not (TABLE[low].gate in HAZARD_GATES and TABLE[high].gate is Gate.NOT_BACKWARD)
]


def test_alerts_count_on_the_stillness_that_the_player_keeps() -> None:
    assert AlertsSettings().still_s >= STILL_S


class Motor:
    """What the motor does, from conditions, tick by tick."""

    def __init__(self, *, is_backward: bool) -> None:
        self.arbiter, self.player = Arbiter(AlertsSettings()), Player(HAPTICS)
        self.is_backward = is_backward
        self.now_ns = 1000 * NS_PER_S
        self.progress = CueProgress()
        self.announced: list[tuple[int, Condition]] = []
        self.completed: list[Condition] = []
        self.felt: list[tuple[int, str]] = []

    def tick(self, *conditions: Condition) -> None:
        self.now_ns += TICK_NS
        active = tuple(
            ActiveCondition(condition, ("why",), condition.value) for condition in conditions
        )
        shut = Gate.NOT_BACKWARD if self.is_backward else Gate.BACKWARD
        moment = Moment(self.now_ns, frozenset(Gate) - {shut}, self.progress)
        alert = self.arbiter.step(moment, active)
        if alert is not None:
            self.announced.append((self.now_ns, alert.condition))
        out = self.player.step(self.now_ns, alert, 0.5)
        self.progress = out.progress
        if out.progress.completed is not None:
            self.completed.append(out.progress.completed.condition)
        self.felt += [(self.now_ns, pulse.pattern) for pulse in out.pulses]

    def until_announced(self, condition: Condition, *conditions: Condition) -> int:
        for _ in range(300):
            self.tick(condition, *conditions)
            if self.announced and self.announced[-1][1] is condition:
                return self.now_ns
        raise AssertionError(f"{condition} is never announced")


@pytest.mark.parametrize(("low", "high"), PAIRS, ids=lambda c: str(c.value))
def test_a_higher_cue_takes_over_at_once_and_is_played_whole(
    low: Condition, high: Condition
) -> None:
    is_backward = Gate.NOT_BACKWARD not in {TABLE[low].gate, TABLE[high].gate}
    motor = Motor(is_backward=is_backward)
    motor.until_announced(low)
    motor.tick(low)
    due_ns = motor.now_ns + TICK_NS + round(TABLE[high].on_delay_s * NS_PER_S)
    announced_ns = motor.until_announced(high, low)
    assert announced_ns - due_ns <= WITHIN_NS
    for _ in range(320):
        motor.tick(high, low)
    after = [(at_ns, pattern) for at_ns, pattern in motor.felt if at_ns >= announced_ns]
    assert after[0][1] == TABLE[high].pattern
    assert after[0][0] - announced_ns <= (STILL_S + 0.05) * NS_PER_S
    assert high in motor.completed
