"""The alert table is whole, and its rows keep the rules of the two requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.alerts.table import TABLE, Gate
from backrun_pi.haptics.patterns import MIN_PULSE_S, PATTERNS, Rhythm, length_s
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
        played_s = length_s(PATTERNS[row.pattern], count, 1.0 + HAPTICS.effort_stretch)
        kept_s = row.lasts_s + row.lasts_per_count_s * count
        assert played_s <= kept_s + 1e-9
        assert kept_s <= played_s + 0.15 * count + 0.6, "the motor is kept for too long"


@pytest.mark.parametrize("condition", LOSSES, ids=lambda c: str(c.value))
def test_a_lost_ability_is_blind_told_within_two_seconds_and_never_rate_limited(
    condition: Condition,
) -> None:
    row = TABLE[condition]
    assert row.priority is Priority.BLIND
    assert row.up_s <= 0.5
    assert row.may_interrupt
    assert not row.is_counted
    assert row.gate is Gate.ALWAYS
    assert row.repeat_s is not None


def test_each_lost_ability_has_a_pattern_of_its_own() -> None:
    patterns = [TABLE[condition].pattern for condition in LOSSES]
    assert len(set(patterns)) == len(LOSSES)
    shapes = [PATTERNS[name].played(1) for name in patterns]
    assert len(set(shapes)) == len(LOSSES)


def test_a_second_loss_is_told_within_two_seconds_of_the_first() -> None:
    for condition in LOSSES:
        yields_s = TABLE[condition].yields_s
        assert yields_s is not None
        assert yields_s + TABLE[condition].up_s <= 2.25
    call_s = length_s(PATTERNS["poor"], 1, 1.0 + HAPTICS.effort_stretch)
    assert all((TABLE[c].yields_s or 0.0) >= call_s for c in LOSSES)


@ALL
def test_stop_rank_is_felt_as_stop_or_as_a_call_for_help(condition: Condition) -> None:
    row = TABLE[condition]
    is_stop = PATTERNS[row.pattern].rhythm is Rhythm.LONG_BEATS or row.pattern == "help"
    assert is_stop == (row.priority is Priority.STOP)
    if row.priority is Priority.STOP:
        assert row.up_s == 0.0
        assert row.may_interrupt
        assert row.repeat_s is not None
        assert not row.is_counted
        assert not row.is_merged


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
        Rhythm.ONE_LONG,
        Rhythm.SHORT_BEATS,
        Rhythm.ALARM_CALL,
    }


def test_hazards_are_only_told_while_moving_backward() -> None:
    assert TABLE[Condition.STOP_HAZARD].gate is Gate.UNLESS_FORWARD
    for condition in (
        Condition.CAUTION_HAZARD,
        Condition.BEND,
        Condition.TOO_FAST,
    ):
        assert TABLE[condition].gate is Gate.BACKWARD


def test_a_busy_way_has_a_pattern_of_its_own_and_is_told_again_and_again() -> None:
    row = TABLE[Condition.ON_BUSY_WAY]
    assert [c for c, other in TABLE.items() if other.pattern == row.pattern] == [
        Condition.ON_BUSY_WAY
    ]
    assert row.repeat_s is not None
    assert row.gate is Gate.ALWAYS, "standing on one at the start is told too"
    assert not row.may_interrupt, "it is no word to cut another short for"


def test_a_once_told_row_cannot_come_back_at_once() -> None:
    for condition, row in TABLE.items():
        if row.is_counted and row.repeat_s is not None:
            assert row.repeat_s >= 10.0, condition
        assert row.repeat_s is None or row.repeat_s > row.lasts_s, condition


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=lambda p: str(p.name))
def test_no_beat_is_too_short_to_be_felt_while_moving(pattern: object) -> None:
    name = getattr(pattern, "name", "")
    beats = PATTERNS[name].played(10)
    assert beats
    assert all(beat.on_s >= MIN_PULSE_S for beat in beats)
    assert all(beat.gap_s >= 2.0 * HAPTICS.motor_stop_s for beat in beats)


def test_no_two_patterns_of_different_meaning_feel_the_same() -> None:
    # The tick and the left look are both one short beat: a tick answers a press or is one of
    # three a second apart, a look is neither.
    shapes: dict[tuple[object, ...], str] = {}
    for pattern in PATTERNS.values():
        if pattern.is_counting or pattern.name == "tick":
            continue
        shape = pattern.played(1)
        assert shape not in shapes, f"{pattern.name} feels like {shapes.get(shape)}"
        shapes[shape] = pattern.name


def test_every_pattern_is_in_the_vocabulary_page() -> None:
    page = VOCABULARY.read_text(encoding="utf-8")
    assert [name for name in PATTERNS if f"`{name}`" not in page] == []


def test_every_pattern_is_used() -> None:
    assert {row.pattern for row in TABLE.values()} == set(PATTERNS)


def test_the_rate_limit_is_the_published_one() -> None:
    assert AlertsSettings().per_minute == 6
