"""Messages of the coach: gestures of the button, phases of a session."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages.base import FastEnum


class Press(FastEnum):
    """A gesture of the one button."""

    DOWN = "down"
    """The contact closed (debounced): answered by a tick."""
    SHORT = "short"
    DOUBLE = "double"
    LONG = "long"
    VERY_LONG = "very_long"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A recognised gesture."""

    t_ns: int
    """[ns] When it was complete."""
    press: Press
    """Which."""


class SessionKind(FastEnum):
    """What kind of session runs."""

    TRAINING = "training"
    SCOUTING = "scouting"
    TREADMILL = "treadmill"


class Phase(FastEnum):
    """What the wearer should do now."""

    IDLE = "idle"
    CHECKING = "checking"
    REFUSED = "refused"
    STAND = "stand"
    WARM_UP = "warm_up"
    BACKWARD = "backward"
    RECOVER = "recover"
    COOL_DOWN = "cool_down"
    FREE = "free"
    """The programme is over, recording goes on until stopped."""
    SCOUTING = "scouting"
    PAUSED = "paused"


COUNTDOWN_S = 3.0
"""[s] A change of direction is counted down for so long."""


@dataclass(frozen=True, slots=True)
class CoachState:
    """The coach's clock and wishes."""

    t_ns: int
    """[ns] When it was true."""
    kind: SessionKind
    """Kind of session."""
    phase: Phase
    """What the wearer should do now."""
    since_ns: int
    """[ns] When the phase began."""
    step: int
    """[-] Index into the session's steps, from 0."""
    bout: int
    """[-] Number of the present bout, from 1; 0 before the first."""
    bouts: int
    """[-] Bouts planned."""
    remaining_s: float | None
    """[s] Of the step; None when it is open or not by time."""
    speed_cap_mps: float | None
    """[m/s] Fastest the plan allows now; None without a cap."""
    is_recording: bool
    """A session is open: the record must run."""
    session_id: str | None
    """Id of the open session."""
    because: tuple[str, ...]
    """Why this phase: `programme`, `button`, `resumed after a power cut`, the refusals."""
    is_partner_mode: bool = False
    """A forward-running partner watches the way and can press STOP."""
    belt_mps: float | None = None
    """[m/s] Speed the treadmill is set to by hand in this step. None when it is not known."""
    bouts_done: int | None = None
    """[-] Bouts gone through to their end so far, as the programme counts them: one that ended
    before something on the course counts. None in logs before schema 3."""
