"""Plain words for what the log names by code: conditions, lost parts."""

from __future__ import annotations

from backrun_pi.messages import Condition, Source

TITLES: dict[Condition, str] = {
    Condition.STOP_HAZARD: "Stop: something on the course",
    Condition.CAUTION_HAZARD: "Caution: something on the course",
    Condition.BEND: "The path bends",
    Condition.ON_BUSY_WAY: "On a busy way",
    Condition.BAD_STRETCH: "A stretch that is bad for running backward",
    Condition.TOO_FAST: "Too fast for the plan",
    Condition.COUNTDOWN: "Countdown",
    Condition.SWITCH_BACKWARD: "Turn round: run backward",
    Condition.SWITCH_FORWARD: "Turn round: walk forward",
    Condition.REMIND_BACKWARD: "Reminder: this is a backward bout",
    Condition.LOOK_LEFT: "Look over the left shoulder",
    Condition.LOOK_RIGHT: "Look over the right shoulder",
    Condition.GNSS_POOR: "GPS position is poor",
    Condition.GNSS_LOST: "GPS lost: the map cannot warn",
    Condition.GNSS_BACK: "GPS is back",
    Condition.MAP_OFF: "The map cannot warn here",
    Condition.DIRECTION_UNKNOWN: "Direction not known",
    Condition.WRONG_MOUNT: "The device sits wrong",
    Condition.IMU_LOST: "Motion sensor lost: the device cannot warn",
    Condition.IMU_BACK: "Motion sensor is back",
    Condition.MOTOR_FAULT: "Vibration motor failed",
    Condition.RECORDER_FAULT: "The recorder does not write",
    Condition.CARD_NEARLY_FULL: "The card is nearly full",
    Condition.BATTERY_LOW: "Battery low",
    Condition.BATTERY_CRITICAL: "Battery nearly empty",
    Condition.WEEKLY_LIMIT: "The week's sessions are done",
    Condition.FALL_SUSPECTED: "A fall was suspected",
    Condition.FALL_ALARM: "Fall alarm",
    Condition.PARTNER_STOP: "The partner says stop",
    Condition.PARTNER_CAUTION: "The partner says caution",
    Condition.PARTNER_CLEAR: "The partner takes his warning back",
    Condition.PARTNER_LOST: "The partner's button is lost",
    Condition.STAND_STILL: "Stand still",
    Condition.WALK_FORWARD: "Walk forward",
    Condition.READY: "Ready",
    Condition.REFUSED: "Start refused",
    Condition.RESUMED: "Session resumed",
    Condition.PAUSED: "Paused",
    Condition.REPEAT_NUMBER: "Number of the bout",
    Condition.MARK_SET: "Obstacle marked",
    Condition.MARK_UNDONE: "Mark taken back",
    Condition.HANDRAIL: "Hold the handrail",
    Condition.PRESS_TICK: "Press felt",
    Condition.PRESS_UNKNOWN: "Press not understood",
    Condition.SESSION_END: "End of the session",
    Condition.POWER_OFF: "Power off",
    Condition.BUTTON_FAULT: "The button does not work",
    Condition.PARTNER_MODE: "A partner watches",
    Condition.PARTNER_OFF: "Goes on without the partner",
    Condition.SEARCHING: "Waits for a position",
}
"""Condition -> what a page calls it."""

LOSSES: dict[Source, str] = {
    Source.IMU: "The motion sensor was lost: direction, steps and falls could not be told",
    Source.GNSS: "GPS was lost: place and speed were not known, the map could not warn",
    Source.MAP: "The map could not be read: no warning of mapped obstacles",
    Source.MOTOR: "The vibration motor failed: nothing could be felt",
    Source.RECORDER: "The recorder could not write: this part of the session is missing",
    Source.BUTTON: "The button did not work",
    Source.PARTNER: "The partner's button was out of reach",
}
"""Source -> what its loss meant for the wearer."""

BROKEN_OFF = (
    "The recording breaks off: the power was cut, or the card took nothing more. "
    "Up to a second before it is missing"
)
"""What a log without an end mark means."""


def title(condition: Condition) -> str:
    """Return what a page calls a condition."""
    return TITLES.get(condition, condition.value.replace("_", " ").capitalize())
