"""Names of phases, conditions, parts and kinds of session, as a person reads them.

The one table of each: the timeline of a run, the report and the exports read their names here.
"""

from __future__ import annotations

from backrun_pi.messages import Condition, Phase, SessionKind, Source

KINDS: dict[SessionKind, str] = {
    SessionKind.TRAINING: "Training",
    SessionKind.SCOUTING: "Scouting lap",
    SessionKind.TREADMILL: "Treadmill",
}
"""Kind of session -> its name."""

PHASES: dict[Phase, str] = {
    Phase.IDLE: "Idle",
    Phase.CHECKING: "Start check",
    Phase.REFUSED: "Start refused",
    Phase.STAND: "Stand still",
    Phase.WARM_UP: "Warm-up",
    Phase.BACKWARD: "Backward",
    Phase.RECOVER: "Recovery",
    Phase.COOL_DOWN: "Cool-down",
    Phase.FREE: "Afterwards",
    Phase.SCOUTING: "Scouting",
    Phase.PAUSED: "Paused",
}
"""Phase -> its name."""

SOURCES: dict[Source, str] = {
    Source.IMU: "Motion sensor",
    Source.GNSS: "GPS",
    Source.MAP: "Map",
    Source.MOTOR: "Vibration motor",
    Source.RECORDER: "Recorder",
    Source.BUTTON: "Button",
    Source.PARTNER: "Partner's button",
    Source.REAR_LIDAR: "Range sensor at the back",
    Source.REAR_RADAR: "Radar at the back",
    Source.SETTINGS: "Settings",
    Source.KEPT: "Kept files",
}
"""Part whose loss is announced -> its name."""

CONDITIONS: dict[Condition, str] = {
    Condition.STOP_HAZARD: "Stop: obstacle on the course",
    Condition.CAUTION_HAZARD: "Caution: obstacle on the course",
    Condition.BEND: "The path bends",
    Condition.EDGE: "An edge alongside",
    Condition.ON_BUSY_WAY: "On a busy way",
    Condition.BAD_STRETCH: "A stretch that is bad for running backward",
    Condition.TOO_FAST: "Too fast for the plan",
    Condition.NO_CLEAR_GROUND: "No clear ground for a bout",
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
    Condition.WRONG_MOUNT: "The device is worn wrong",
    Condition.IMU_LOST: "Motion sensor lost: the device cannot warn",
    Condition.IMU_BACK: "Motion sensor is back",
    Condition.MOTOR_FAULT: "Vibration motor failed",
    Condition.RECORDER_FAULT: "The recorder does not write",
    Condition.CARD_NEARLY_FULL: "The card is nearly full",
    Condition.KEPT_DAMAGED: "A kept file was damaged",
    Condition.PROGRAM_FAULT: "A part of the program failed and was started again",
    Condition.BATTERY_LOW: "Battery low",
    Condition.BATTERY_CRITICAL: "Battery nearly empty",
    Condition.WEEKLY_LIMIT: "The week's sessions are done",
    Condition.FALL_SUSPECTED: "A fall was suspected",
    Condition.FALL_ALARM: "Fall alarm",
    Condition.PARTNER_STOP: "Stop from the partner",
    Condition.PARTNER_CAUTION: "Caution from the partner",
    Condition.PARTNER_CLEAR: "The partner's warning is over",
    Condition.PARTNER_LOST: "The partner's button is lost",
    Condition.STAND_STILL: "Stand still",
    Condition.WALK_FORWARD: "Walk forward",
    Condition.READY: "Ready",
    Condition.REFUSED: "Start refused",
    Condition.RESUMED: "Session resumed",
    Condition.NOT_RESUMED: "A session that was open could not go on",
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
    Condition.PARTNER_MODE: "A partner is watching",
    Condition.PARTNER_OFF: "Going on without the partner",
    Condition.REAR_LOST: "The eyes at the back see nothing",
    Condition.SEARCHING: "Waiting for a position",
}
"""Condition -> its name in the timeline, the report and the exports."""

LOSSES: dict[Source, str] = {
    Source.IMU: "The motion sensor was lost: direction, steps and falls were not known",
    Source.GNSS: "GPS was lost: position and speed were not known, and the map could not warn",
    Source.MAP: "The map could not be read: no warning of mapped obstacles",
    Source.MOTOR: "The vibration motor failed: nothing could be felt",
    Source.RECORDER: "The recorder could not write: this part of the session is missing",
    Source.BUTTON: "The button did not work",
    Source.PARTNER: "The partner's button was out of reach",
    Source.REAR_LIDAR: "The range sensor at the back saw nothing: who stood there was not felt",
    Source.REAR_RADAR: "The radar at the back did not answer: who came was not felt",
    Source.SETTINGS: "The settings or the plan could not be used: others were in force",
    Source.KEPT: "A part of what was kept could not be read, and was set aside",
}
"""Source -> what its loss meant for the runner."""

BROKEN_OFF = (
    "The recording breaks off: the power was cut, or the card took nothing more. "
    "Up to a second before it is missing"
)
"""What a log without an end mark means."""

TORN = "Parts of the recording are damaged and left out"
"""What a log with spoilt lines means."""


def condition_name(condition: Condition) -> str:
    """Return the name of a condition."""
    return CONDITIONS.get(condition, condition.value.replace("_", " ").capitalize())
