"""Every message between rooms: frozen, slotted, units in the names.

Conventions: `t_ns` is CLOCK_BOOTTIME when it was true, not when it was read. `None` is
the only "unknown". Body frame: x chest, y left, z up. Course and facing are clockwise from
true north. A message carries its reason (`because`) wherever it carries a decision.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SESSION_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,39}")
"""Name of a session: it names folders and files, so nothing else is one."""


def is_session_id(text: str) -> bool:
    """Return whether a text can be the name of a session."""
    return SESSION_ID.fullmatch(text) is not None


class FastEnum(Enum):
    """An enum whose members are distinguished by identity: hashed often, and fast that way."""

    __hash__ = object.__hash__


# --- sensors ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class ImuBatch:
    """The samples of one FIFO drain, oldest first, in the sensor's own axes."""

    t_ns: IntArray
    """[ns] shape (n,), rising. When each sample was taken."""
    accel_mps2: FloatArray
    """[m/s2] [frame: sensor] shape (n, 3). Specific force, gravity included."""
    gyro_rps: FloatArray
    """[rad/s] [frame: sensor] shape (n, 3)."""
    accel_lsb_mps2: float
    """[m/s2] One count of the chip; the samples are whole multiples of it. 0 if unknown."""
    gyro_lsb_rps: float
    """[rad/s] One count of the chip. 0 if unknown."""
    chip_c: float | None
    """[degC] Temperature of the chip."""
    gap_s: float
    """[s] Samples lost right before this batch (overflow, bus fault). 0 when none."""


class FixMode(FastEnum):
    """Whether a fix has a position, as gpsd counts."""

    NONE = 1
    TWO_D = 2
    THREE_D = 3


@dataclass(frozen=True, slots=True)
class GnssFix:
    """One epoch of the receiver."""

    t_ns: int
    """[ns] When the position was true: arrival of the epoch's first byte."""
    utc_s: float | None
    """[s] UTC of the epoch, seconds since 1970. None until a trusted date is known."""
    mode: FixMode
    """NONE means the receiver is alive and says it has no fix."""
    lat_deg: float | None
    """[deg] [-90, 90]"""
    lon_deg: float | None
    """[deg] [-180, 180]"""
    altitude_m: float | None
    """[m] Above mean sea level."""
    speed_mps: float | None
    """[m/s] Doppler speed over ground."""
    course_rad: float | None
    """[rad] Where the body goes. None below 1.0 m/s, when not fresh, or when not sent."""
    sigma_m: float | None
    """[m] Horizontal standard deviation, one axis (1 sigma). From GST, else HDOP x UERE."""
    satellites: int | None
    """[-] Used in the fix."""
    is_estimated: bool
    """Dead reckoning by the receiver: no evidence of motion."""
    is_stuck: bool
    """The receiver repeats itself while it claims to move."""


@dataclass(frozen=True, slots=True)
class ButtonEdge:
    """A raw edge of the button."""

    t_ns: int
    """[ns] When the pin changed."""
    is_pressed: bool
    """True when the contact closed."""


@dataclass(frozen=True, slots=True)
class PartnerEdge:
    """A raw edge of the partner's button, as it is recorded."""

    t_ns: int
    """[ns] When it arrived."""
    is_pressed: bool
    """True when the button went down."""


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """The device's own body."""

    t_ns: int
    """[ns] When it was read."""
    battery_v: float | None
    """[V] Cell voltage. None without a gauge."""
    charge_p: float | None
    """[-] [0, 1] State of charge. None without a gauge."""
    cpu_c: float | None
    """[degC] Temperature of the processor."""
    is_undervolted: bool | None
    """The supply fell below what the board needs. None where it is not known."""
    card_free_bytes: int | None
    """[B] Space left on the card."""


@dataclass(frozen=True, slots=True)
class SetupReport:
    """What the GNSS receiver is, and how it runs after its set-up."""

    t_ns: int
    """[ns] When the set-up was through."""
    family: str
    """What it is, for people."""
    baud: int
    """[baud] Speed of the line."""
    rate_hz: float | None
    """[Hz] Epoch rate, measured. None when no epoch came."""
    is_as_wished: bool
    """The measured rate is the one of the settings."""
    refused: tuple[str, ...]
    """Commands the receiver refused or never answered."""
    notice: str = ""
    """The last warning that the receiver itself sent as text (TXT)."""


class Source(FastEnum):
    """Everything whose loss takes away the ability to warn."""

    IMU = "imu"
    GNSS = "gnss"
    MAP = "map"
    MOTOR = "motor"
    RECORDER = "recorder"
    BUTTON = "button"
    PARTNER = "partner"
    SETTINGS = "settings"
    """The settings file or the plan: others than theirs are in force."""
    KEPT = "kept"
    """What was kept across restarts: a part of it could not be read."""


class Freshness(FastEnum):
    """How old the last sign of a source is. Stale input is itself a hazard."""

    OK = "ok"
    LATE = "late"
    LOST = "lost"
    ABSENT = "absent"
    """Never there, and this session does not need it (no GPS on a treadmill)."""


@dataclass(frozen=True, slots=True)
class Health:
    """Freshness of every source."""

    t_ns: int
    """[ns] When it was judged."""
    sources: Mapping[Source, Freshness]
    """Every source that this session has."""
    causes: Mapping[Source, str] = field(default_factory=dict)
    """Why each lost source was lost, as noticed when it happened."""
    degraded: Mapping[Source, str] = field(default_factory=dict)
    """What a source that is not lost fails to give."""


@dataclass(frozen=True, slots=True)
class SourceEvent:
    """A source was lost or came back; written once for each."""

    t_ns: int
    """[ns] When it was noticed."""
    source: Source
    """Which."""
    freshness: Freshness
    """What it is from now on."""
    because: str
    """The cause in plain words, with the fault's own text."""


# --- motion -----------------------------------------------------------------------------


class Direction(FastEnum):
    """Which way the body goes relative to the chest."""

    UNKNOWN = "unknown"
    FORWARD = "forward"
    BACKWARD = "backward"


class Gait(FastEnum):
    """What the legs do."""

    UNKNOWN = "unknown"
    STILL = "still"
    WALK = "walk"
    RUN = "run"
    TURNING = "turning"


class MountState(FastEnum):
    """How sure we are of the way the device sits on the body."""

    UNKNOWN = "unknown"
    LEVELLED = "levelled"
    """Gravity is known, the front is assumed to be the nominal one."""
    CALIBRATED = "calibrated"
    """The front was learned from a forward walk."""
    CORRECTED = "corrected"
    """Worn rotated or upside down; recognised and corrected."""
    WRONG = "wrong"
    """Worn in a way that cannot be corrected."""
    DOUBTED = "doubted"
    """The steps contradict what was asked for: worn in front, or gone the other way."""


@dataclass(frozen=True, slots=True)
class RunnerState:
    """What the runner does, as far as it is known now."""

    t_ns: int
    """[ns] The newest sample this is based on."""
    direction: Direction
    """Declared direction; UNKNOWN whenever the evidence does not carry a decision."""
    gait: Gait
    """Declared gait."""
    p_backward: float | None
    """[-] [0, 1] Probability of moving backward, given that they move. None when unknown."""
    because: tuple[str, ...]
    """The evidence that decided, strongest first."""
    cadence_spm: float | None
    """[steps/min] None when no steps are felt."""
    speed_mps: float | None
    """[m/s] Over ground, never negative."""
    course_rad: float | None
    """[rad] Where the body goes. None below the speed where it means something."""
    facing_rad: float | None
    """[rad] Where the chest points. None until it was learned against a course."""
    lat_deg: float | None
    """[deg] None when there is no position to trust."""
    lon_deg: float | None
    """[deg]"""
    sigma_m: float | None
    """[m] Standard deviation of the position, one axis; grows while dead reckoning."""
    position_age_s: float | None
    """[s] Age of the last fix the position rests on."""
    distance_m: float
    """[m] Way covered since the start, both directions."""
    mount: MountState
    """How the device sits."""
    turn_rps: float | None
    """[rad/s] Yaw rate, positive to the left."""
    impact_mps2: float | None
    """[m/s2] Largest specific force since the last state."""
    tilt_rad: float | None = None
    """[rad] [0, pi] Angle between the trunk (body z) and up. None while it is not known."""
    roughness_mps2: float | None = None
    """[m/s2] Roughness of the ground felt over the last second of walking: RMS of the vertical
    specific force above the gait's own band. None when not walking."""
    speed_sigma_mps: float | None = None
    """[m/s] 1 sigma of the speed: the receiver's, or a share of what steps suggest. None
    without a speed."""
    asymmetry_p: float | None = None
    """[-] How far the two legs differ, over their mean: in ground contact when running, in the
    time to the other foot when walking. None before about ten steps of each."""


# --- terrain ----------------------------------------------------------------------------


class Stage(FastEnum):
    """How near an oncoming hazard is in time."""

    CAUTION = "caution"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class OncomingHazard:
    """One mapped, marked or geometric hazard on the course. Sent while it is oncoming."""

    t_ns: int
    """[ns] When it was judged."""
    hazard_id: str
    """Stable within a session; the same obstacle keeps it."""
    kind: str
    """A kind of the tag table, `mark`, `bend`, `line_end` (the scouted line ends in the open)
    or `left_line` (the runner left it)."""
    osm_id: str | None
    """`n1`, `w1`, `r1`; None for a mark."""
    severity: int
    """[-] 3 fall, drop, vehicle; 2 trip or bump; 1 nuisance."""
    stage: Stage
    """CAUTION or STOP."""
    distance_m: float
    """[m] Along the course to the first contact."""
    offset_m: float
    """[m] Across the course, left positive."""
    contact_s: float | None
    """[s] Time to contact at the present speed. None when standing."""
    p_contact: float
    """[-] [0, 1] Probability of contact on the predicted path."""
    because: tuple[str, ...]
    """The reason in plain words."""
    obstacle_id: str = ""
    """The obstacle in the world: a mark and the mapped hazard it was set for share one, and are
    announced once. Empty: `hazard_id` is it."""
    is_edge: bool = False
    """It runs alongside the way: a state that is announced as it begins. All objects of one
    kind on one side are one edge with one id. STOP only while new contact is predicted."""


class Suitability(FastEnum):
    """How well a stretch suits backward running. Never GOOD because tags are missing."""

    GOOD = "good"
    LIKELY = "likely"
    """Even by its surface, nothing against it, but how smooth it is nobody has tagged."""
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the runner is on the map."""

    t_ns: int
    """[ns] When it was judged."""
    is_guiding: bool
    """False while the map cannot warn: sigma too large, fix too old, off the map."""
    not_guiding_because: str | None
    """Why not, in plain words."""
    way_id: str | None
    """The way under the feet, None in the open."""
    busy_kind: str | None
    """Kind of busy way the runner is on (cycleway, road2, tram...), None when on none."""
    verdict: Suitability
    """Of the stretch under the feet."""
    verdict_because: tuple[str, ...]
    """Reasons of the verdict."""
    is_scouted: bool
    """A scouting lap covered this ground."""


@dataclass(frozen=True, slots=True)
class RouteStretch:
    """Part of the way from the start, with one verdict."""

    from_m: float
    """[m] Along the way."""
    to_m: float
    """[m] Along the way."""
    verdict: Suitability
    """How well it suits backward running."""
    because: tuple[str, ...]
    """Reasons of the verdict."""


@dataclass(frozen=True, slots=True)
class BoutGround:
    """What a backward bout would meet along a known line."""

    step_m: float
    """[m] Length of one piece of the line."""
    contacts: tuple[float, ...]
    """[-] Expected contacts of each piece, run backward without any warning."""
    has_traffic: tuple[bool, ...]
    """Whether others drive, ride or cross on each piece."""


@dataclass(frozen=True, slots=True)
class RouteVerdict:
    """The way from the start, judged once at the beginning of a session."""

    t_ns: int
    """[ns] When the judging was complete."""
    is_scouted: bool
    """The line is that of a scouting walk; else the mapped way under the feet, both ways."""
    stretches: tuple[RouteStretch, ...]
    """In the order of the line, without a gap."""
    ground: BoutGround | None = None
    """What a bout would meet along it. None in logs before there were plans."""


@dataclass(frozen=True, slots=True)
class BoutLimit:
    """Something on the course that a backward bout should not meet."""

    distance_m: float
    """[m] Along the course, to where it begins; 0 on it."""
    is_traffic: bool
    """Others drive, ride or cross there."""
    because: str
    """What it is."""


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where on the known line the wearer is."""

    along_m: float
    """[m] From the beginning of the line."""
    is_onward: bool
    """They go towards its end."""


@dataclass(frozen=True, slots=True)
class PlannedBout:
    """A bout as it was laid over a known line."""

    number: int
    """[-] From 1, counted from the first that was still to come."""
    walk_m: float
    """[m] Where it begins, along the way that is still to be walked."""
    from_m: float
    """[m] Where it begins, along the line."""
    to_m: float
    """[m] Where it ends, along the line."""
    backward_s: float
    """[s] Its length."""
    contacts: float
    """[-] Expected contacts in it, without any warning."""
    traffic_m: float
    """[m] Length on which others drive, ride or cross."""


@dataclass(frozen=True, slots=True)
class BoutPlan:
    """The bouts to come, laid over the line; made at the start and when one is over."""

    t_ns: int
    """[ns] When it was made."""
    done: int
    """[-] Bouts that were over by then."""
    bouts: tuple[PlannedBout, ...]
    """Those to come."""


# --- coach ------------------------------------------------------------------------------


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


# --- from tick to tick ------------------------------------------------------------------


# --- alerts, haptics --------------------------------------------------------------------


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
    """A condition that holds now, with its reason. Rooms state facts; the arbiter decides."""

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


# --- the program itself -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProgramFault:
    """A room failed with an error that nobody foresaw, and was started afresh."""

    t_ns: int
    """[ns] When."""
    room: str
    """Which."""
    error: str
    """The error's type and text."""
    traceback: str
    """Where it came from; empty when the same one was recorded before."""


# --- the record -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """Begins the inputs of one tick in the record, so that a replay groups them alike."""

    t_ns: int
    """[ns] When the tick began; what every room got as now."""
    wall_utc_s: float
    """[s] UTC as the operating system had it. Untrusted."""
    is_partner_linked: bool | None
    """The link to the partner's button stands. None without one."""
    is_motor_silent: bool = False
    """No motor took the last pulse."""
    motor_late_ns: int = 0
    """[ns] How much later than ordered the pulse of the last tick began; 0 without one."""


# --- state that outlives a session ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StateChange:
    """A small file that a room wants kept across restarts: marks, journal, wearer."""

    name: str
    """Relative to the storage root: `state/...`."""
    data: bytes
    """Whole new content, or the line to append."""
    is_append: bool
    """Append to the file instead of replacing it."""
