"""What a review knows of a session: in seconds since its first record, metres, degrees."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages import Direction, Gait, Phase, RouteVerdict, SessionKind
from backrun_pi.review.event_model import AlertPin, FaultLine, HazardSeen, PressLine, StartCheck
from backrun_pi.review.phrase import Phrase


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """The session as a whole."""

    session_id: str
    """Name of its folder."""
    kind: SessionKind
    """Training, scouting or treadmill."""
    start_utc_s: float | None
    """[s] UTC of t_s = 0, seconds since 1970. None when no trusted date ever came."""
    duration_s: float
    """[s] From the first to the last record."""
    distance_m: float
    """[m] Way covered, both directions."""
    backward_m: float
    """[m] Way covered backward."""
    forward_m: float
    """[m] Way covered forward."""
    backward_s: float
    """[s] Time spent moving backward."""
    forward_s: float
    """[s] Time spent moving forward."""
    still_s: float
    """[s] Time spent standing."""
    unknown_s: float
    """[s] Time in which the direction was not known."""
    bouts_planned: int
    """[-] Backward bouts of the programme; 0 without one."""
    bouts_done: int
    """[-] Backward bouts that were run to their end, and rested from."""
    steps: int | None
    """[-] Steps felt, from the cadence. None when none were felt."""
    is_whole: bool
    """False when the log is torn or the session never came to its end."""
    lost_s: float
    """[s] Recording lost to power cuts or a bad card."""
    end_because: str
    """How it ended, as the coach recorded it; `broken off` without an end mark."""
    software_version: str
    """Version of backrun_pi that recorded it."""
    config_id: str
    """Identity of the settings in force."""
    map_id: str | None
    """Identity of the map. None when there was none."""
    boot_ids: tuple[str, ...]
    """Every boot that recorded a part of it; more than one after a power cut."""
    start_wall_s: float | None = None
    """[s] UTC by the clock of the operating system at t_s = 0. Untrusted: for file stamps."""
    log_bytes: int = 0
    """[B] Length of the log that was read: a log that is longer now has to be read again."""
    time_zone: str | None = None
    """IANA name of the zone of the session's position. None without a position."""
    is_refused: bool = False
    """The start was refused and no later press began a session."""


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """One phase of the programme, in order; rows tile the session without a gap."""

    start_s: float
    """[s] Begin."""
    end_s: float
    """[s] End."""
    phase: Phase
    """What the runner was to do."""
    bout: int
    """[-] Number of the bout, from 1; 0 before the first."""
    planned_s: float | None
    """[s] Length the programme wanted. None for open steps."""
    distance_m: float
    """[m] Way covered in it."""
    mean_speed_mps: float | None
    """[m/s] While moving, in a bout backward. None when the speed was never known."""
    max_speed_mps: float | None
    """[m/s] Fastest second."""
    speed_cap_mps: float | None
    """[m/s] Fastest the plan allowed. None without a cap."""
    cadence_spm: float | None
    """[steps/min] Mean while steps were felt."""
    asymmetry_p: float | None
    """[-] How far the two legs differed, over their mean. None when too few steps were felt."""
    backward_s: float
    """[s] Time moving backward in it."""
    backward_m: float
    """[m] Way covered backward in it."""
    looks_left: int
    """[-] Cues to look over the left shoulder."""
    looks_right: int
    """[-] Cues to look over the right shoulder."""
    alerts: int
    """[-] Alerts of priority CAUTION or higher."""
    is_early_end: bool
    """It ended before its planned time; of a backward bout: before that time backward."""
    step: int = 0
    """[-] Index into the programme's steps."""
    is_without_rest: bool = False
    """A recovery in which the runner went on backward for most of the time."""


@dataclass(frozen=True, slots=True)
class Lap:
    """One step of the programme as it was run; laps tile the session without a gap."""

    start_s: float
    """[s] Begin."""
    end_s: float
    """[s] End."""
    phase: Phase
    """What the runner was to do."""
    step: int
    """[-] Index into the programme's steps."""
    bout: int
    """[-] Number of the bout."""
    direction: Direction
    """What the runner did for most of it."""
    is_moving: bool
    """False when they stood for most of it."""
    is_running: bool
    """They ran for most of the moving time; walked otherwise."""
    distance_m: float
    """[m] Way covered in it."""
    mean_speed_mps: float | None
    """[m/s] Distance by time. None when the speed was never known."""
    max_speed_mps: float | None
    """[m/s] Fastest second."""
    cadence_spm: float | None
    """[steps/min] Mean while steps were felt."""


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """One second of the session."""

    t_s: float
    """[s] When."""
    lat_deg: float | None
    """[deg] None when there was no position to trust."""
    lon_deg: float | None
    """[deg]"""
    sigma_m: float | None
    """[m] Standard deviation of the position, one axis."""
    speed_mps: float | None
    """[m/s] Over ground."""
    speed_cap_mps: float | None
    """[m/s] Fastest the plan allowed. None without a cap."""
    cadence_spm: float | None
    """[steps/min]"""
    p_backward: float | None
    """[-] [0, 1] Probability of moving backward."""
    course_rad: float | None
    """[rad] Where the body goes, clockwise from true north."""
    distance_m: float
    """[m] Way covered since the start."""
    direction: Direction
    """Declared direction."""
    gait: Gait
    """Declared gait."""
    phase: Phase
    """What the runner was to do."""
    is_guiding: bool | None
    """Whether the map could warn. None when it was never judged."""
    hazard: str | None
    """Kind of the most urgent oncoming hazard. None when none was known."""


@dataclass(frozen=True, slots=True)
class LookBalance:
    """Shoulder cues by side; alternate sides spare the neck."""

    left: int
    """[-] Cues to look over the left shoulder."""
    right: int
    """[-] Cues to look over the right shoulder."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Backward running on one way or scouted line in one session."""

    way_id: str
    """`w1` for a mapped way, `scouted` for scouted ground away from any."""
    backward_s: float
    """[s] Time moving backward on it."""
    backward_m: float
    """[m] Way covered backward on it."""
    speed_sd_mps: float | None
    """[m/s] Standard deviation of the backward speed. None below two known seconds."""
    looks: int
    """[-] Cues to look over a shoulder there."""
    alerts: int
    """[-] Alerts of priority CAUTION or higher there."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A bout as it was laid over the known line, and as it was run."""

    number: int
    """[-] Of the bout, from 1."""
    from_m: float
    """[m] Way from the start of the session to where it was to begin."""
    backward_s: float
    """[s] Its planned length."""
    contacts: float
    """[-] Contacts expected in it, without any warning."""
    traffic_m: float
    """[m] Its length on ground where others drive, ride or cross."""
    done_from_m: float | None
    """[m] Way from the start to where it began. None when it was not begun."""
    done_backward_s: float | None
    """[s] Time backward in it. None when it was not begun."""
    alerts: int
    """[-] Alerts of priority CAUTION or higher in it."""


@dataclass(frozen=True, slots=True)
class SessionReview:
    """Everything the page, the exports and the index show of one session."""

    facts: SessionSummary
    """The session as a whole."""
    phases: tuple[PhaseRow, ...]
    """The programme as it was run; the bout table."""
    laps: tuple[Lap, ...]
    """For exports."""
    track: tuple[TrackPoint, ...]
    """One a second."""
    alerts: tuple[AlertPin, ...]
    """Every alert, oldest first."""
    hazards: tuple[HazardSeen, ...]
    """Every hazard that was oncoming."""
    checks: tuple[StartCheck, ...]
    """The check before the start."""
    faults: tuple[FaultLine, ...]
    """What did not work."""
    presses: tuple[PressLine, ...]
    """Presses of the button."""
    looks: LookBalance
    """Shoulder cues by side."""
    advice: tuple[Phrase, ...]
    """What to do next time, most important first."""
    route: RouteVerdict | None = None
    """How well the way from the start suits. None when it was not judged: no map, no start."""
    stretches: tuple[Stretch, ...] = ()
    """Where the backward running was, a row for each way, longest first."""
    planned: tuple[PlannedRow, ...] = ()
    """The bouts as they were laid over the known line. Empty where none was known."""
