"""THE TABLE: condition -> rank, pattern, delays, re-arm, gate. Policy stands here only.

Rules the rows keep (tests/contract/test_alert_table.py): every condition has one; a loss of
the ability to warn is BLIND, is announced within 2 s and never rate limited; only STOP is above
it; what can be felt while moving backward uses five rhythms at most. Only STOP, a lost ability
and a change of direction cut a cue short: every cut cue is one that nobody understands.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from backrun_pi.messages import Condition, Priority


class Gate(Enum):
    """When a row may be announced."""

    ALWAYS = "always"
    BACKWARD = "only while moving backward"
    UNLESS_FORWARD = "while moving backward, or moving in an unknown direction"
    BEFORE_BOUT = "while moving backward, and in the seconds before a bout"
    NOT_BACKWARD = "kept until the wearer does not move backward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one condition is announced."""

    priority: Priority
    """Its rank; of two conditions the higher one is announced."""
    pattern: str
    """Name in the vocabulary."""
    duration_s: float
    """[s] How long the pattern takes at most."""
    duration_per_count_s: float = 0.0
    """[s] And for each further one of its count."""
    on_delay_s: float = 0.0
    """[s] It must hold this long before it counts."""
    off_delay_s: float = 0.0
    """[s] It must be absent this long before it counts as over."""
    rearm_s: float = 0.0
    """[s] Coming back sooner than this after it was over, it is not announced again."""
    repeat_s: float | None = None
    """[s] While it holds, announced again at this distance; None: announced once."""
    expires_after_s: float = 0.0
    """[s] Not announced at once (busy, outranked, cut), it still is this long after it held."""
    exclusive_s: float = 0.0
    """[s] From its beginning, nothing begins that is not prompt."""
    preemptible_after_s: float | None = None
    """[s] From its first beat on, then the same rank or a change of direction may cut it short,
    a STOP a new loss between two beats; None: only when it is over."""
    gate: Gate = Gate.ALWAYS
    """When it may be announced."""
    is_prompt: bool = False
    """It begins as soon as the motor is still; others leave a longer silence."""
    may_interrupt: bool = False
    """It may cut short a pattern of lower rank; it is prompt, too."""
    is_switch: bool = False
    """It is a change of direction: no cue below BLIND may delay it."""
    is_rate_limited: bool = False
    """It counts against the rate limit, and is held back by it."""
    yields: bool = False
    """It waits while an obstacle is oncoming that may become a STOP."""
    coalesces: bool = False
    """Soon after the same row announced something else it adds no cue; soon after another
    coalescing row it waits."""
    covers: frozenset[Condition] = frozenset()
    """Rows that need not be announced for the same key once this one was."""


_C, _P = Condition, Priority

HAZARD_GATES = frozenset({Gate.BACKWARD, Gate.UNLESS_FORWARD, Gate.BEFORE_BOUT})
"""Gates of what lies on the course: answered by standing still or turning round."""

# For somebody who lies on the ground the way the device sits does not matter.
_LYING = frozenset({_C.WRONG_MOUNT, _C.DIRECTION_UNKNOWN})


_TWO_BEATS_S = 1.15  # two long beats are a STOP; a loss may come in the silence after them


def _stop(
    gate: Gate = Gate.UNLESS_FORWARD,
    covers: frozenset[Condition] = frozenset(),
    *,
    off_delay_s: float = 0.5,
    expires_after_s: float = 0.0,
) -> Row:
    """Return a STOP. Of a hazard it never waits: it is announced while it holds, or not.

    The distance of two is that from its second beat to a runner who is known to stand: 0.7 s
    to the second beat, 1.0 s of reaction, 1.5 s to stop, 0.5 to 1 s until the gait says so.
    """
    return Row(
        priority=_P.STOP, pattern="stop", duration_s=2.25, off_delay_s=off_delay_s,
        rearm_s=5.0, repeat_s=5.0, expires_after_s=expires_after_s, gate=gate,
        may_interrupt=True, preemptible_after_s=_TWO_BEATS_S, covers=covers,
    )  # fmt: skip


def _caution(
    on_delay_s: float,
    rearm_s: float,
    *,
    pattern: str = "caution",
    duration_s: float = 1.0,
    off_delay_s: float = 1.0,
    gate: Gate = Gate.BACKWARD,
    yields: bool = False,
) -> Row:
    return Row(
        priority=_P.CAUTION, pattern=pattern, duration_s=duration_s, on_delay_s=on_delay_s,
        off_delay_s=off_delay_s, rearm_s=rearm_s, gate=gate, is_prompt=True,
        is_rate_limited=True, coalesces=True, yields=yields,
    )  # fmt: skip


# The alarm call alone says that the device cannot warn; the count after it may be cut by the
# next loss, so that two losses at once are both felt soon. What was cut is announced again.
_CALL_S = 1.55


def _blind(
    pattern: str,
    duration_s: float,
    *,
    on_delay_s: float = 0.0,
    off_delay_s: float = 0.5,
    repeat_s: float = 60.0,
    covers: frozenset[Condition] = frozenset(),
) -> Row:
    return Row(
        priority=_P.BLIND, pattern=pattern, duration_s=duration_s, on_delay_s=on_delay_s,
        off_delay_s=off_delay_s, repeat_s=repeat_s, expires_after_s=5.0, may_interrupt=True,
        preemptible_after_s=_CALL_S, covers=covers,
    )  # fmt: skip


def _switch(pattern: str, duration_s: float, expires_after_s: float, covers: Condition) -> Row:
    """Return a change of direction; the newer one makes the older one void."""
    return Row(
        priority=_P.NOTICE, pattern=pattern, duration_s=duration_s,
        expires_after_s=expires_after_s, may_interrupt=True, is_switch=True,
        covers=frozenset({covers}),
    )  # fmt: skip


def _cue(pattern: str, duration_s: float, expires_after_s: float) -> Row:
    """Return a row of the programme that answers a press, too."""
    return Row(
        priority=_P.NOTICE, pattern=pattern, duration_s=duration_s,
        expires_after_s=expires_after_s, covers=frozenset({_C.PRESS_TICK}),
    )  # fmt: skip


def _coach(pattern: str, duration_s: float, expires_after_s: float) -> Row:
    return Row(
        priority=_P.COACH, pattern=pattern, duration_s=duration_s,
        expires_after_s=expires_after_s,
    )  # fmt: skip


def _answer(
    pattern: str, duration_s: float, expires_after_s: float = 3.0, per_count_s: float = 0.0
) -> Row:
    """Return a row that answers the button; a tick that still waits would add nothing."""
    return Row(
        priority=_P.INFO, pattern=pattern, duration_s=duration_s,
        expires_after_s=expires_after_s, duration_per_count_s=per_count_s,
        covers=frozenset({_C.PRESS_TICK}),
    )  # fmt: skip


def _news(pattern: str, duration_s: float, gate: Gate) -> Row:
    return Row(
        priority=_P.INFO, pattern=pattern, duration_s=duration_s, expires_after_s=20.0,
        gate=gate, is_rate_limited=True,
    )  # fmt: skip


def _threshold(pattern: str, duration_s: float) -> Row:
    """Return a row of the device's own body: slow, announced once, never moving backward."""
    return Row(
        priority=_P.INFO, pattern=pattern, duration_s=duration_s, on_delay_s=2.0,
        off_delay_s=60.0, rearm_s=600.0, gate=Gate.NOT_BACKWARD, is_rate_limited=True,
    )  # fmt: skip


TABLE: dict[Condition, Row] = {
    _C.STOP_HAZARD: _stop(covers=frozenset({_C.CAUTION_HAZARD, _C.BEND})),
    _C.PARTNER_STOP: _stop(Gate.ALWAYS, off_delay_s=0.0, expires_after_s=1.0),
    _C.FALL_ALARM: Row(
        priority=_P.STOP, pattern="help", duration_s=4.8, repeat_s=6.0, expires_after_s=2.0,
        may_interrupt=True, covers=_LYING,
    ),
    _C.FALL_SUSPECTED: Row(
        priority=_P.BLIND, pattern="fall", duration_s=2.35, repeat_s=5.0, expires_after_s=2.0,
        may_interrupt=True, covers=_LYING,
    ),
    _C.CAUTION_HAZARD: _caution(0.0, 20.0),
    _C.BEND: _caution(0.2, 20.0),
    # A state, not an event: announced where it begins, and before the bout that begins beside
    # it. A STOP follows when the runner drifts towards it.
    _C.EDGE: _caution(
        0.5, 120.0, pattern="edge", duration_s=1.45, off_delay_s=10.0, gate=Gate.BEFORE_BOUT
    ),
    # Announced standing at the start, and then while moving backward only: entering it, and
    # for those who stay, every ten minutes.
    _C.ON_BUSY_WAY: Row(
        priority=_P.CAUTION, pattern="busy", duration_s=2.2, on_delay_s=1.0, off_delay_s=3.0,
        rearm_s=300.0, repeat_s=600.0, is_rate_limited=True, coalesces=True, yields=True,
    ),
    # Announced at the start too, when "ready" is over.
    _C.BAD_STRETCH: _caution(2.0, 300.0, off_delay_s=3.0, gate=Gate.ALWAYS, yields=True),
    _C.PARTNER_CAUTION: Row(
        priority=_P.CAUTION, pattern="caution", duration_s=1.0, expires_after_s=2.5,
        is_prompt=True, is_rate_limited=True,
    ),
    _C.IMU_LOST: _blind("blind_imu", 2.85, covers=frozenset({_C.IMU_BACK})),
    _C.GNSS_LOST: _blind(
        "blind_gnss", 3.3, on_delay_s=0.1, off_delay_s=1.0, covers=frozenset({_C.GNSS_BACK})
    ),
    _C.MAP_OFF: _blind("blind_map", 3.75, on_delay_s=0.5, off_delay_s=3.0, repeat_s=120.0),
    _C.RECORDER_FAULT: _blind("blind_recorder", 4.5, repeat_s=120.0),
    # After a power cut somebody may move backward in the belief that the session goes on.
    _C.NOT_RESUMED: _blind("blind_recorder", 4.5, on_delay_s=0.3),
    _C.BATTERY_CRITICAL: _blind("blind_power", 4.9, off_delay_s=30.0, repeat_s=120.0),
    _C.MOTOR_FAULT: _blind("blind_motor", 5.35, repeat_s=30.0),
    _C.PARTNER_LOST: _blind("blind_partner", 5.8, covers=frozenset({_C.PARTNER_CLEAR})),
    _C.BUTTON_FAULT: _blind("blind_button", 6.25, off_delay_s=10.0, repeat_s=300.0),
    # It only adds to the map: who goes on without it is reminded every five minutes.
    _C.REAR_LOST: _blind("blind_rear", 6.8, off_delay_s=2.0, repeat_s=300.0),
    _C.DIRECTION_UNKNOWN: Row(
        priority=_P.NOTICE, pattern="poor", duration_s=2.4, on_delay_s=5.0, off_delay_s=3.0,
        rearm_s=30.0, is_rate_limited=True,
    ),
    _C.GNSS_POOR: Row(
        priority=_P.NOTICE, pattern="poor", duration_s=2.4, on_delay_s=1.5, off_delay_s=10.0,
        rearm_s=60.0, is_rate_limited=True,
    ),
    _C.GNSS_BACK: _news("back", 1.5, Gate.ALWAYS),
    _C.IMU_BACK: _news("back", 1.5, Gate.ALWAYS),
    _C.PARTNER_CLEAR: _news("back", 1.5, Gate.ALWAYS),
    _C.WRONG_MOUNT: Row(
        # A fall tips the device too, and is asked about first.
        priority=_P.NOTICE, pattern="mount", duration_s=2.3, on_delay_s=8.0, off_delay_s=5.0,
        repeat_s=30.0, gate=Gate.NOT_BACKWARD, is_rate_limited=True,
    ),
    _C.CARD_NEARLY_FULL: _threshold("notice", 2.75),
    _C.BATTERY_LOW: _threshold("notice", 2.75),
    # Announced once after the start that found it; it costs no session.
    _C.KEPT_DAMAGED: _threshold("notice", 2.75),
    _C.PROGRAM_FAULT: Row(
        priority=_P.NOTICE, pattern="poor", duration_s=2.4, expires_after_s=10.0, rearm_s=5.0,
    ),
    # A tick that would come late is left out; between two of them only prompt cues begin.
    _C.COUNTDOWN: Row(
        priority=_P.NOTICE, pattern="tick", duration_s=0.25, expires_after_s=0.1,
        is_prompt=True, exclusive_s=1.3,
    ),
    # A switch outlasts what may delay it (a STOP, an alarm call): late, never missed.
    _C.SWITCH_BACKWARD: _switch("backward_now", 1.85, 10.0, _C.SWITCH_FORWARD),
    _C.SWITCH_FORWARD: _switch("forward_now", 1.5, 10.0, _C.SWITCH_BACKWARD),
    _C.WALK_FORWARD: _cue("go", 1.9, 7.0),
    _C.REMIND_BACKWARD: Row(
        priority=_P.COACH, pattern="backward_now", duration_s=1.85, expires_after_s=3.0,
    ),
    _C.STAND_STILL: _coach("pause", 1.9, 1.0),
    # No place for a bout was found: it begins all the same, and the ground is to be looked at.
    _C.NO_CLEAR_GROUND: Row(
        priority=_P.CAUTION, pattern="caution", duration_s=1.0, expires_after_s=4.0,
        is_prompt=True, is_rate_limited=True,
    ),
    _C.TOO_FAST: Row(
        priority=_P.COACH, pattern="caution", duration_s=1.0, on_delay_s=0.5, off_delay_s=1.0,
        rearm_s=5.0, repeat_s=12.0, gate=Gate.BACKWARD, is_rate_limited=True,
    ),
    _C.LOOK_LEFT: _coach("look_left", 1.15, 0.5),
    _C.LOOK_RIGHT: _coach("look_right", 2.05, 0.5),
    _C.RESUMED: _cue("good", 1.8, 10.0),
    _C.PAUSED: _cue("pause", 1.9, 5.0),
    _C.READY: Row(
        priority=_P.COACH, pattern="good", duration_s=1.8, expires_after_s=7.0,
        covers=frozenset({_C.PRESS_TICK}),
    ),
    _C.HANDRAIL: _answer("handrail", 2.5, 10.0),
    _C.REFUSED: _answer("refused", 3.4, 7.0, per_count_s=0.5),
    _C.SEARCHING: _answer("tick", 0.25),
    _C.WEEKLY_LIMIT: _answer("weekly", 2.5, 7.0),
    _C.REPEAT_NUMBER: _answer("number", 1.8, 4.0, per_count_s=0.5),
    _C.MARK_SET: _answer("mark", 1.75),
    _C.MARK_UNDONE: _answer("undone", 2.1, 4.0),
    _C.PARTNER_MODE: _answer("good", 1.8, 4.0),
    _C.PARTNER_OFF: _answer("undone", 2.1, 4.0),
    # A second press that waits for the first one's tick is answered by what it asked for.
    _C.PRESS_TICK: Row(
        priority=_P.INFO, pattern="tick", duration_s=0.25, expires_after_s=2.5,
    ),
    _C.PRESS_UNKNOWN: _answer("unknown", 2.4, 4.0),
    _C.SESSION_END: _answer("end", 2.4, 10.0, per_count_s=0.5),
    _C.POWER_OFF: _answer("off", 2.9, 4.0),
}  # fmt: skip
