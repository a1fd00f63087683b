"""The alert table is whole, and its rows keep the rules of the two requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import TABLE, Gate
from backrun_pi.haptics.patterns import GAP_S, MIN_PULSE_S, PATTERNS, Rhythm, length_s, pulse_s
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import Condition, Priority

VOCABULARY = Path(__file__).parents[2] / "docs" / "vocabulary.md"
HAPTICS = HapticsSettings()
ALL = pytest.mark.parametrize("condition", list(Condition), ids=lambda c: str(c.value))
LOSSES = (
    Condition.IMU_LOST,
    Condition.GNSS_LOST,
    Condition.MAP_OFF,
    Condition.MOTOR_FAULT,
    Condition.RECORDER_FAULT,
    Condition.BATTERY_CRITICAL,
    Condition.PARTNER_LOST,
    Condition.BUTTON_FAULT,
)
# What is only felt standing, lying, or in answer to a press.
ASKED = {"tick", "number", "unknown", "mark", "undone", "good", "pause"}
NOT_MOVING = {
    Condition.FALL_ALARM,
    Condition.FALL_SUSPECTED,
    Condition.READY,
    Condition.REFUSED,
    Condition.WEEKLY_LIMIT,
    Condition.HANDRAIL,
    Condition.STAND_STILL,
    Condition.WALK_FORWARD,
    Condition.RESUMED,
    Condition.SESSION_END,
    Condition.POWER_OFF,
}


@ALL
def test_every_condition_has_a_row_and_a_pattern(condition: Condition) -> None:
    assert TABLE[condition].pattern in PATTERNS


@ALL
def test_the_motor_is_kept_for_as_long_as_the_pattern_lasts(condition: Condition) -> None:
    row = TABLE[condition]
    for count in (1, 5, 10):
        played_s = length_s(PATTERNS[row.pattern], count, HAPTICS.effort_stretch)
        kept_s = row.duration_s + row.duration_per_count_s * (count - 1)
        assert played_s <= kept_s + 1e-9
        assert kept_s <= played_s + 0.15 * count + 0.6, "the motor is kept for too long"


@pytest.mark.parametrize("condition", LOSSES, ids=lambda c: str(c.value))
def test_a_lost_ability_is_blind_announced_within_two_seconds_and_never_rate_limited(
    condition: Condition,
) -> None:
    row = TABLE[condition]
    assert row.priority is Priority.BLIND
    assert row.on_delay_s <= 0.5
    assert row.may_interrupt
    assert not row.is_rate_limited
    assert row.gate is Gate.ALWAYS
    assert row.repeat_s is not None


def test_each_lost_ability_has_a_pattern_of_its_own() -> None:
    patterns = [TABLE[condition].pattern for condition in LOSSES]
    assert len(set(patterns)) == len(LOSSES)
    shapes = [PATTERNS[name].played(1) for name in patterns]
    assert len(set(shapes)) == len(LOSSES)


def test_a_second_loss_is_announced_within_two_seconds_of_the_first() -> None:
    for condition in LOSSES:
        preemptible_after_s = TABLE[condition].preemptible_after_s
        assert preemptible_after_s is not None
        assert preemptible_after_s + TABLE[condition].on_delay_s <= 2.25
    call = PATTERNS["blind_imu"].beats[:3]
    call_s = sum(pulse_s(b.on_s, HAPTICS.effort_stretch) for b in call) + 2 * GAP_S
    assert all(2.0 >= (TABLE[c].preemptible_after_s or 0.0) >= call_s for c in LOSSES)


@ALL
def test_stop_rank_is_felt_as_stop_or_as_a_call_for_help(condition: Condition) -> None:
    row = TABLE[condition]
    is_stop = PATTERNS[row.pattern].rhythm is Rhythm.LONG_BEATS or row.pattern == "help"
    assert is_stop == (row.priority is Priority.STOP)
    if row.priority is Priority.STOP:
        assert row.on_delay_s == 0.0
        assert row.may_interrupt
        assert row.repeat_s is not None
        assert not row.is_rate_limited
        assert not row.coalesces


def test_five_rhythms_at_most_matter_while_moving_backward() -> None:
    rhythms = {
        PATTERNS[row.pattern].rhythm
        for condition, row in TABLE.items()
        if row.gate is not Gate.NOT_BACKWARD
        and condition not in NOT_MOVING
        and row.pattern not in ASKED
    }
    assert rhythms == {
        Rhythm.LONG_BEATS,
        Rhythm.MEDIUM_BEATS,
        Rhythm.DIRECTION,
        Rhythm.SHORT_BEATS,
        Rhythm.ALARM_CALL,
    }


def test_hazards_are_only_announced_while_moving_backward() -> None:
    assert TABLE[Condition.STOP_HAZARD].gate is Gate.UNLESS_FORWARD
    for condition in (
        Condition.CAUTION_HAZARD,
        Condition.BEND,
        Condition.TOO_FAST,
    ):
        assert TABLE[condition].gate is Gate.BACKWARD
    assert TABLE[Condition.EDGE].gate is Gate.BEFORE_BOUT


def test_a_busy_way_is_announced_every_five_minutes_at_most_and_cuts_nothing() -> None:
    row = TABLE[Condition.ON_BUSY_WAY]
    assert [c for c, other in TABLE.items() if other.pattern == row.pattern] == [
        Condition.ON_BUSY_WAY
    ]
    assert row.rearm_s == 300.0
    assert row.repeat_s == 600.0
    assert not row.may_interrupt


def test_only_stop_a_loss_and_a_change_of_direction_cut_a_cue_short() -> None:
    cutting = {c for c, row in TABLE.items() if row.may_interrupt}
    assert all(
        TABLE[c].priority in {Priority.STOP, Priority.BLIND} or TABLE[c].is_switch
        for c in cutting
    )


def test_a_stop_for_a_hazard_never_waits_for_its_turn() -> None:
    assert TABLE[Condition.STOP_HAZARD].expires_after_s == 0.0


def test_a_once_announced_row_cannot_come_back_at_once() -> None:
    for condition, row in TABLE.items():
        if row.is_rate_limited and row.repeat_s is not None:
            assert row.repeat_s >= 10.0, condition
        assert row.repeat_s is None or row.repeat_s > row.duration_s, condition


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=lambda p: str(p.name))
def test_no_beat_is_too_short_to_be_felt_while_moving(pattern: object) -> None:
    name = getattr(pattern, "name", "")
    beats = PATTERNS[name].played(10)
    assert beats
    assert all(beat.on_s >= MIN_PULSE_S for beat in beats)
    assert all(beat.gap_s >= 2.0 * HAPTICS.motor_stop_s for beat in beats)


def test_every_pattern_is_in_the_vocabulary_page() -> None:
    page = VOCABULARY.read_text(encoding="utf-8")
    assert [name for name in PATTERNS if f"`{name}`" not in page] == []


def test_every_pattern_is_used() -> None:
    assert {row.pattern for row in TABLE.values()} == set(PATTERNS)


def test_the_rate_limit_is_the_published_one() -> None:
    assert AlertsSettings().per_minute == 6
