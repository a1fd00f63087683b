"""THE TABLE: condition -> rank, pattern, debounce, re-arm, gate. Policy stands here only.

Rules the rows keep (tests/contract/test_alert_table.py): every condition has one; a loss of
the ability to warn is BLIND, is told within 2 s and never rate limited; only STOP is above it;
what can be felt while moving backward uses five rhythms at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from backrun_pi.messages import Condition, Priority


class Gate(Enum):
    """When a row may be told."""

    ALWAYS = "always"
    BACKWARD = "only while moving backward"
    UNLESS_FORWARD = "while moving backward, or moving who knows which way"
    NOT_BACKWARD = "kept until the wearer does not move backward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one condition is told."""

    priority: Priority
    """Its rank; of two facts the higher one is told."""
    pattern: str
    """Name in the vocabulary."""
    lasts_s: float
    """[s] How long the pattern holds the motor, at full effort."""
    lasts_per_count_s: float = 0.0
    """[s] And for each of a counting pattern's beats."""
    up_s: float = 0.0
    """[s] The fact must hold this long before it is believed."""
    down_s: float = 0.0
    """[s] It must be absent this long before it counts as over."""
    rearm_s: float = 0.0
    """[s] Coming back sooner than this after it was over, it is not told again."""
    repeat_s: float | None = None
    """[s] While it holds, told again at this distance; None: told once."""
    wait_s: float = 0.0
    """[s] Not told at once (busy, outranked), it is still told this long after it held."""
    guards_s: float = 0.0
    """[s] From its beginning, nothing begins that may not interrupt."""
    yields_s: float | None = None
    """[s] From then on the same rank may cut it short; None: only when it is over."""
    gate: Gate = Gate.ALWAYS
    """When it may be told."""
    may_interrupt: bool = False
    """It may cut short a pattern of lower rank."""
    is_counted: bool = False
    """It counts against the rate limit, and is held back by it."""
    is_merged: bool = False
    """Soon after the same row told something else it adds no buzz; soon after another merged
    row it waits."""
    covers: frozenset[Condition] = frozenset()
    """Rows that need not be told for the same key once this one was."""


_C, _P = Condition, Priority


HAZARD_GATES = frozenset({Gate.BACKWARD, Gate.UNLESS_FORWARD})
"""Gates of what lies on the course: answered by standing still or turning round."""

# Who lies on the ground needs no word about the way the device sits.
_LYING = frozenset({_C.WRONG_MOUNT, _C.DIRECTION_UNKNOWN})


def _stop(
    gate: Gate = Gate.UNLESS_FORWARD,
    covers: frozenset[Condition] = frozenset(),
    down_s: float = 0.5,
) -> Row:
    return Row(
        priority=_P.STOP, pattern="stop", lasts_s=2.5, down_s=down_s, rearm_s=5.0, repeat_s=3.7,
        wait_s=1.0, gate=gate, may_interrupt=True, covers=covers,
    )  # fmt: skip


def _caution(up_s: float, down_s: float, rearm_s: float, gate: Gate = Gate.BACKWARD) -> Row:
    return Row(
        priority=_P.CAUTION, pattern="caution", lasts_s=1.05, up_s=up_s, down_s=down_s,
        rearm_s=rearm_s, gate=gate, may_interrupt=True, is_counted=True,
        is_merged=True,
    )  # fmt: skip


# The alarm call alone has said that the device is blind; the count after it may be cut by the
# next loss, so that two losses at once are both told within 2 s.
_CALL_S = 1.7


def _blind(
    pattern: str, lasts_s: float, up_s: float = 0.0, down_s: float = 3.0, repeat_s: float = 60.0
) -> Row:
    return Row(
        priority=_P.BLIND, pattern=pattern, lasts_s=lasts_s, up_s=up_s, down_s=down_s,
        repeat_s=repeat_s, wait_s=5.0, may_interrupt=True, yields_s=_CALL_S,
    )  # fmt: skip


def _cue(pattern: str, lasts_s: float, wait_s: float) -> Row:
    """Return a row of the programme: it goes before notices and coaching."""
    return Row(
        priority=_P.NOTICE, pattern=pattern, lasts_s=lasts_s, wait_s=wait_s, may_interrupt=True
    )


def _coach(pattern: str, lasts_s: float, wait_s: float) -> Row:
    return Row(priority=_P.COACH, pattern=pattern, lasts_s=lasts_s, wait_s=wait_s)


def _answer(pattern: str, lasts_s: float, wait_s: float = 1.5, per_count_s: float = 0.0) -> Row:
    """Return a row that answers the button; a tick that still waits would say less."""
    return Row(
        priority=_P.INFO, pattern=pattern, lasts_s=lasts_s, wait_s=wait_s,
        lasts_per_count_s=per_count_s, covers=frozenset({_C.PRESS_TICK}),
    )  # fmt: skip


def _news(pattern: str, lasts_s: float, gate: Gate, rearm_s: float = 0.0) -> Row:
    return Row(
        priority=_P.INFO, pattern=pattern, lasts_s=lasts_s, wait_s=20.0, gate=gate,
        rearm_s=rearm_s, is_counted=True,
    )  # fmt: skip


def _threshold(pattern: str, lasts_s: float) -> Row:
    """Return a row of the device's own body: slow, told once, while not moving backward."""
    return Row(
        priority=_P.INFO, pattern=pattern, lasts_s=lasts_s, up_s=2.0, down_s=60.0,
        rearm_s=600.0, gate=Gate.NOT_BACKWARD, is_counted=True,
    )  # fmt: skip


TABLE: dict[Condition, Row] = {
    _C.STOP_HAZARD: _stop(covers=frozenset({_C.CAUTION_HAZARD, _C.BEND})),
    _C.PARTNER_STOP: _stop(gate=Gate.ALWAYS, down_s=0.0),
    _C.FALL_ALARM: Row(
        priority=_P.STOP, pattern="help", lasts_s=4.7, repeat_s=6.0, wait_s=2.0,
        may_interrupt=True, covers=_LYING,
    ),
    _C.FALL_SUSPECTED: Row(
        priority=_P.BLIND, pattern="fall", lasts_s=2.3, repeat_s=5.0, wait_s=2.0,
        may_interrupt=True, covers=_LYING,
    ),
    _C.CAUTION_HAZARD: _caution(up_s=0.0, down_s=1.0, rearm_s=5.0),
    _C.BEND: _caution(up_s=0.2, down_s=1.0, rearm_s=10.0),
    # Told standing at the start too, and for as long as he stays; never over another word.
    _C.ON_BUSY_WAY: Row(
        priority=_P.CAUTION, pattern="busy", lasts_s=2.6, up_s=1.0, down_s=3.0, rearm_s=20.0,
        repeat_s=30.0, is_counted=True, is_merged=True,
    ),
    # Told at the start too, when "ready" is over.
    _C.BAD_STRETCH: _caution(up_s=2.0, down_s=3.0, rearm_s=60.0, gate=Gate.ALWAYS),
    _C.PARTNER_CAUTION: Row(
        priority=_P.CAUTION, pattern="caution", lasts_s=1.05, wait_s=1.0, may_interrupt=True,
        is_counted=True,
    ),
    _C.IMU_LOST: _blind("blind_imu", 2.5),
    _C.GNSS_LOST: _blind("blind_gnss", 2.9, up_s=0.1),
    _C.MAP_OFF: _blind("blind_map", 3.3, up_s=0.5, down_s=5.0, repeat_s=120.0),
    _C.RECORDER_FAULT: _blind("blind_recorder", 3.7, repeat_s=120.0),
    _C.BATTERY_CRITICAL: _blind("blind_power", 4.1, up_s=0.5, down_s=30.0, repeat_s=120.0),
    _C.MOTOR_FAULT: _blind("blind_motor", 4.9, repeat_s=30.0),
    _C.PARTNER_LOST: _blind("blind_partner", 5.3),
    _C.BUTTON_FAULT: _blind("blind_button", 5.7, down_s=10.0, repeat_s=300.0),
    _C.DIRECTION_UNKNOWN: Row(
        priority=_P.NOTICE, pattern="poor", lasts_s=1.7, up_s=5.0, down_s=3.0, rearm_s=30.0,
        is_counted=True,
    ),
    _C.GNSS_POOR: Row(
        priority=_P.NOTICE, pattern="poor", lasts_s=1.7, up_s=1.5, down_s=10.0, rearm_s=60.0,
        is_counted=True,
    ),
    _C.GNSS_BACK: _news("back", 1.7, Gate.ALWAYS),
    _C.IMU_BACK: _news("back", 1.7, Gate.ALWAYS),
    _C.PARTNER_CLEAR: _news("back", 1.7, Gate.ALWAYS),
    _C.WRONG_MOUNT: Row(
        # A fall tips the device too, and is asked about first.
        priority=_P.NOTICE, pattern="mount", lasts_s=2.7, up_s=8.0, down_s=5.0, repeat_s=30.0,
        gate=Gate.NOT_BACKWARD, is_counted=True,
    ),
    _C.CARD_NEARLY_FULL: _threshold("notice", 1.9),
    _C.BATTERY_LOW: _threshold("notice", 1.9),
    # Announced once after the start that found it; it costs no session.
    _C.KEPT_DAMAGED: _threshold("notice", 1.9),
    _C.PROGRAM_FAULT: Row(
        priority=_P.NOTICE, pattern="poor", lasts_s=1.7, wait_s=10.0, rearm_s=5.0
    ),
    # Between the ticks of a countdown, and before its switch, no other word is begun.
    _C.COUNTDOWN: Row(
        priority=_P.NOTICE, pattern="tick", lasts_s=0.25, wait_s=0.1, may_interrupt=True,
        guards_s=1.3, yields_s=0.5,
    ),
    # A switch outlasts the longest word above it (a lost button, 6.4 s): late, never missed.
    _C.SWITCH_BACKWARD: _cue("switch", 0.85, wait_s=7.0),
    _C.SWITCH_FORWARD: _cue("switch", 0.85, wait_s=7.0),
    _C.WALK_FORWARD: _cue("switch", 0.85, wait_s=5.0),
    _C.REMIND_BACKWARD: _coach("switch", 0.85, wait_s=1.0),
    _C.STAND_STILL: _coach("pause", 1.3, wait_s=1.0),
    # No place for a bout was found: it begins all the same, and the ground is to be looked at.
    _C.NO_CLEAR_GROUND: Row(
        priority=_P.CAUTION, pattern="caution", lasts_s=1.05, wait_s=2.0, may_interrupt=True,
        is_counted=True,
    ),
    _C.TOO_FAST: Row(
        priority=_P.COACH, pattern="caution", lasts_s=1.05, up_s=0.5, down_s=1.0, rearm_s=5.0,
        repeat_s=12.0, gate=Gate.BACKWARD, is_counted=True,
    ),
    _C.LOOK_LEFT: _coach("look_left", 0.25, wait_s=0.5),
    _C.LOOK_RIGHT: _coach("look_right", 1.1, wait_s=0.5),
    _C.RESUMED: _cue("good", 1.3, wait_s=10.0),
    _C.PAUSED: _cue("pause", 1.3, wait_s=3.0),
    # Before news: the receiver that has just come back would talk until nobody waits any more.
    _C.READY: Row(
        priority=_P.COACH, pattern="good", lasts_s=1.3, wait_s=5.0, may_interrupt=True
    ),
    _C.HANDRAIL: _answer("handrail", 2.4, wait_s=10.0),
    _C.REFUSED: _answer("refused", 2.6, wait_s=5.0, per_count_s=0.55),
    _C.SEARCHING: _answer("tick", 0.25),
    _C.WEEKLY_LIMIT: _answer("weekly", 2.8, wait_s=5.0),
    _C.REPEAT_NUMBER: _answer("number", 0.0, wait_s=3.0, per_count_s=0.55),
    _C.MARK_SET: _answer("mark", 1.0),
    _C.MARK_UNDONE: _answer("undone", 1.0),
    _C.PARTNER_MODE: _answer("good", 1.3),
    _C.PARTNER_OFF: _answer("undone", 1.0),
    # Each press of a double one is felt: a tick may follow a tick, and waits for a look cue.
    _C.PRESS_TICK: Row(
        priority=_P.INFO, pattern="tick", lasts_s=0.25, wait_s=2.0, may_interrupt=True,
        yields_s=0.45,
    ),
    _C.PRESS_UNKNOWN: _answer("unknown", 2.0),
    _C.SESSION_END: _answer("end", 2.9, wait_s=10.0, per_count_s=0.55),
    _C.POWER_OFF: _answer("off", 3.5, wait_s=2.0),
}  # fmt: skip
