"""Messages of the sensors: samples, fixes, edges, the device itself and its health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backrun_pi.messages.base import FastEnum, FloatArray, IntArray


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
    REAR_LIDAR = "rear_lidar"
    """The range sensor at the back, where one is fitted."""
    REAR_RADAR = "rear_radar"
    """The radar at the back, where one is fitted."""
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
