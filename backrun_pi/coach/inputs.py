"""What the coach is given and what it gives back on each tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from backrun_pi.messages import (
    ActiveCondition,
    BoutGround,
    BoutLimit,
    BoutPlan,
    ButtonEdge,
    ButtonPress,
    CoachState,
    DeviceStatus,
    Health,
    LinePlace,
    Place,
    RunnerState,
    StateChange,
)


class Request(Enum):
    """What the coach asks the pipeline to carry out."""

    MARK = "mark"
    """Mark an obstacle where the wearer is."""
    UNMARK = "unmark"
    """Take back the last mark."""
    START_RECORD = "start_record"
    """Open the record of `CoachState.session_id`, or go on with it."""
    END_RECORD = "end_record"
    """Close the record."""
    POWER_OFF = "power_off"
    """Close everything and switch off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachInput:
    """All the coach looks at."""

    now_ns: int
    """[ns] Time of this tick."""
    utc_s: float | None
    """[s] UTC from a trusted source; None until there is one."""
    wall_utc_s: float
    """[s] UTC of the operating system. Untrusted."""
    edges: Sequence[ButtonEdge] = ()
    """Raw edges of the button."""
    partner_edges: Sequence[ButtonEdge] = ()
    """Raw edges of the partner's button."""
    is_partner_linked: bool | None = None
    """Whether the partner's link stands; None when no button was ever paired."""
    state: RunnerState | None = None
    """What the wearer does."""
    health: Health
    """Freshness of every source."""
    place: Place | None = None
    """Where the wearer is on the map."""
    ground: BoutGround | None = None
    """What bouts would meet along the known line; None without one."""
    line_place: LinePlace | None = None
    """Where on that line the wearer is; None off it."""
    limits: Sequence[BoutLimit] = ()
    """What on the course a bout should not meet, nearest first."""
    status: DeviceStatus | None = None
    """The device's own body."""
    last_alert_ns: int | None = None
    """[ns] When an alert last began."""
    last_look_ns: int | None = None
    """[ns] When a look cue last began."""
    last_caution_ns: int | None = None
    """[ns] When one last asked to ease off and look round."""


@dataclass(frozen=True, slots=True)
class CoachOutput:
    """All that follows."""

    state: CoachState
    """The coach's clock and wishes."""
    conditions: tuple[ActiveCondition, ...]
    """Cues and answers."""
    presses: tuple[ButtonPress, ...]
    """Gestures recognised on this tick."""
    changes: tuple[StateChange, ...]
    """Lines of the journal, the place in the session."""
    requests: tuple[Request, ...]
    """What the pipeline is asked to do."""
    plan: BoutPlan | None = None
    """Where the bouts to come are, on the tick when they were laid over the line."""
