"""Messages of alerts and haptics: conditions, the cue announced now, pulses of the motor."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages.base import FastEnum
from backrun_pi.messages.coach import Phase


class Condition(FastEnum):
    """Every condition that can be announced; `alerts/table.py` has a row for each."""

    STOP_HAZARD = "stop_hazard"
    CAUTION_HAZARD = "caution_hazard"
    BEND = "bend"
    EDGE = "edge"
    ON_BUSY_WAY = "on_busy_way"
    BAD_STRETCH = "bad_stretch"
    TOO_FAST = "too_fast"
    NO_CLEAR_GROUND = "no_clear_ground"
    COUNTDOWN = "countdown"
    SWITCH_BACKWARD = "switch_backward"
    SWITCH_FORWARD = "switch_forward"
    REMIND_BACKWARD = "remind_backward"
    LOOK_LEFT = "look_left"
    LOOK_RIGHT = "look_right"
    GNSS_POOR = "gnss_poor"
    GNSS_LOST = "gnss_lost"
    GNSS_BACK = "gnss_back"
    MAP_OFF = "map_off"
    DIRECTION_UNKNOWN = "direction_unknown"
    WRONG_MOUNT = "wrong_mount"
    IMU_LOST = "imu_lost"
    IMU_BACK = "imu_back"
    MOTOR_FAULT = "motor_fault"
    RECORDER_FAULT = "recorder_fault"
    CARD_NEARLY_FULL = "card_nearly_full"
    KEPT_DAMAGED = "kept_damaged"
    PROGRAM_FAULT = "program_fault"
    BATTERY_LOW = "battery_low"
    BATTERY_CRITICAL = "battery_critical"
    WEEKLY_LIMIT = "weekly_limit"
    FALL_SUSPECTED = "fall_suspected"
    FALL_ALARM = "fall_alarm"
    PARTNER_STOP = "partner_stop"
    PARTNER_CAUTION = "partner_caution"
    PARTNER_CLEAR = "partner_clear"
    PARTNER_LOST = "partner_lost"
    STAND_STILL = "stand_still"
    WALK_FORWARD = "walk_forward"
    READY = "ready"
    REFUSED = "refused"
    SEARCHING = "searching"
    RESUMED = "resumed"
    NOT_RESUMED = "not_resumed"
    PAUSED = "paused"
    REPEAT_NUMBER = "repeat_number"
    MARK_SET = "mark_set"
    MARK_UNDONE = "mark_undone"
    HANDRAIL = "handrail"
    PRESS_TICK = "press_tick"
    PRESS_UNKNOWN = "press_unknown"
    SESSION_END = "session_end"
    POWER_OFF = "power_off"
    BUTTON_FAULT = "button_fault"
    PARTNER_MODE = "partner_mode"
    PARTNER_OFF = "partner_off"
    REAR_LOST = "rear_lost"


class Priority(FastEnum):
    """Rank of an alert; a higher one pre-empts a lower one."""

    INFO = 0
    COACH = 1
    NOTICE = 2
    CAUTION = 3
    BLIND = 4
    """The device cannot warn (SR2)."""
    STOP = 5


@dataclass(frozen=True, slots=True)
class ActiveCondition:
    """A condition that holds now, with its reason. Rooms state it; the arbiter decides."""

    condition: Condition
    """Which."""
    because: tuple[str, ...]
    """Why it holds."""
    key: str = ""
    """What it is about (a hazard id); the same key is announced once."""
    count: int = 1
    """[-] For patterns that count (the repeat number)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """The one cue that is announced now."""

    t_ns: int
    """[ns] When it was decided."""
    condition: Condition
    """Which."""
    priority: Priority
    """Its rank."""
    pattern: str
    """Name in the vocabulary."""
    key: str
    """What it is about."""
    count: int
    """[-] For patterns that count."""
    since_ns: int
    """[ns] When the condition began to hold."""
    because: tuple[str, ...]
    """Why."""


@dataclass(frozen=True, slots=True)
class CueProgress:
    """What became of the cues on the motor: the arbiter decides the next tick by it."""

    playing: Alert | None = None
    """Holds the motor, the pause before its first beat included."""
    began_ns: int | None = None
    """[ns] When its first beat began. None before that."""
    ended_ns: int | None = None
    """[ns] When the motor was last switched off. None before the first pulse."""
    completed: Alert | None = None
    """Played to its end since the last tick."""
    cut: tuple[Alert, ...] = ()
    """Cut short or not begun since the last tick: these were not announced."""


_NO_CUES = CueProgress()


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a tick needs from the one before: all that flows against the stream."""

    phase: Phase = Phase.IDLE
    """What the wearer was asked to do; motion knows from it which direction to expect."""
    belt_mps: float | None = None
    """[m/s] Speed of the treadmill as the coach knows it. None when it is not known."""
    last_alert_ns: int | None = None
    """[ns] When an alert last began. None before the first."""
    last_caution_ns: int | None = None
    """[ns] When one last asked for less speed and a look round. None before the first."""
    last_look_ns: int | None = None
    """[ns] When a look over the shoulder was last asked for. None before the first."""
    cues: CueProgress = _NO_CUES
    """What became of the cues on the motor."""


class Side(FastEnum):
    """Which motor, where two are fitted. With one motor every side is that one."""

    BOTH = "both"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class MotorPulse:
    """One pulse the motor was asked for."""

    t_ns: int
    """[ns] Its start."""
    duration_s: float
    """[s] Its length."""
    strength: float
    """[-] [0, 1]"""
    pattern: str
    """The pattern it belongs to."""
    side: Side = Side.BOTH
    """Which motor, where two are fitted."""
