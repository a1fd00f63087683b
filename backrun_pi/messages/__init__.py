"""Every message between rooms: frozen, slotted, units in the names.

Conventions: `t_ns` is CLOCK_BOOTTIME when it was true, not when it was read. `None` is
the only "unknown". Body frame: x chest, y left, z up. Course and facing are clockwise from
true north. A message carries its reason (`because`) wherever it carries a decision.
"""

from __future__ import annotations

from backrun_pi.messages.base import SESSION_ID, FastEnum, FloatArray, IntArray, is_session_id
from backrun_pi.messages.coach import (
    COUNTDOWN_S,
    ButtonPress,
    CoachState,
    Phase,
    Press,
    SessionKind,
)
from backrun_pi.messages.cues import (
    ActiveCondition,
    Alert,
    Condition,
    CueProgress,
    Feedback,
    MotorPulse,
    Priority,
    Side,
)
from backrun_pi.messages.motion import BodyPose, Direction, Gait, MountState, RunnerState
from backrun_pi.messages.rear import Echo, RearFrames, RearPart, RearSample
from backrun_pi.messages.record import ProgramFault, StateChange, Tick
from backrun_pi.messages.sensors import (
    ButtonEdge,
    DeviceStatus,
    FixMode,
    Freshness,
    GnssFix,
    Health,
    ImuBatch,
    PartnerEdge,
    SetupReport,
    Source,
    SourceEvent,
)
from backrun_pi.messages.terrain import (
    BoutGround,
    BoutLimit,
    BoutPlan,
    LinePlace,
    OncomingHazard,
    Place,
    PlannedBout,
    RouteStretch,
    RouteVerdict,
    Stage,
    Suitability,
)

__all__ = [
    "COUNTDOWN_S",
    "SESSION_ID",
    "ActiveCondition",
    "Alert",
    "BodyPose",
    "BoutGround",
    "BoutLimit",
    "BoutPlan",
    "ButtonEdge",
    "ButtonPress",
    "CoachState",
    "Condition",
    "CueProgress",
    "DeviceStatus",
    "Direction",
    "Echo",
    "FastEnum",
    "Feedback",
    "FixMode",
    "FloatArray",
    "Freshness",
    "Gait",
    "GnssFix",
    "Health",
    "ImuBatch",
    "IntArray",
    "LinePlace",
    "MotorPulse",
    "MountState",
    "OncomingHazard",
    "PartnerEdge",
    "Phase",
    "Place",
    "PlannedBout",
    "Press",
    "Priority",
    "ProgramFault",
    "RearFrames",
    "RearPart",
    "RearSample",
    "RouteStretch",
    "RouteVerdict",
    "RunnerState",
    "SessionKind",
    "SetupReport",
    "Side",
    "Source",
    "SourceEvent",
    "Stage",
    "StateChange",
    "Suitability",
    "Tick",
    "is_session_id",
]
