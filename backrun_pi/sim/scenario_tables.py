"""The tables of a scenario file: each key, its default and its unit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec

Times = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
NotNegative = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Speed = Annotated[float, msgspec.Meta(ge=0, le=6)]
Finite = Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]
Degrees = Annotated[float, msgspec.Meta(ge=-360, le=360)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=86400)]

Action = Literal[
    "stand",
    "walk_forward",
    "walk_backward",
    "run_forward",
    "run_backward",
    "turn",
    "sidestep",
    "rejoin",
    "look",
    "jump",
    "sit",
    "stairs_up",
    "stairs_down",
    "loiter",
    "in_hand",
    "fall",
    "table",
]


class Head(msgspec.Struct, frozen=True):
    """The keys before the first table."""

    duration_s: Seconds
    """[s] Length of the scenario."""
    title: str = "untitled"
    """One line for people."""
    about: str = ""
    """What it shows."""
    seed: int = 1
    """[-] Same seed, same bytes."""
    start_utc: datetime = datetime(2026, 5, 3, 9, 0, tzinfo=UTC)
    """True UTC at the first moment."""
    map: str | None = None
    """Map file, relative to the scenario file."""
    plan: str | None = None
    """Training plan, relative to the scenario file; becomes [settings.files] plan."""
    only: dict[str, Times] | None = None
    """Every condition that may be announced, and how often at the most; missing: any."""


class RunnerTable(msgspec.Struct, frozen=True):
    """[runner]: the wearer."""

    follow: Literal["script", "coach"] = "script"
    """Who decides: the script's times, or what they feel."""
    walk_mps: Speed = 1.2
    """[m/s] Forward walking speed where an action gives none."""
    backward_mps: Speed = 0.8
    """[m/s] Backward walking speed where an action gives none."""
    run_mps: Speed = 2.4
    """[m/s] Forward running speed where an action gives none."""
    run_backward_mps: Speed = 1.9
    """[m/s] Backward running speed where an action gives none."""
    backward_gait: Literal["walk", "run"] = "walk"
    """What they do in backward bouts when following the coach."""
    turn: Literal["pivot", "stop"] = "pivot"
    """How they change direction when following the coach, as in [[script]]."""
    reaction_s: Annotated[float, msgspec.Meta(ge=0.2, le=5)] = 0.7
    """[s] From the end of a felt pattern to the first move; 0.5 trained, 1.0 new."""
    look_s: NotNegative = 4.0
    """[s] How long they stand and look after STOP."""
    asymmetry_p: Annotated[float, msgspec.Meta(ge=0, le=0.5)] = 0.06
    """[-] Left and right step differ by this share."""
    variation_p: Annotated[float, msgspec.Meta(ge=0, le=0.2)] = 0.025
    """[-] Stride-to-stride variation of the tempo, 1 sigma."""
    wander_m: NotNegative = 0.25
    """[m] Lateral wander around the line, 1 sigma."""
    sway_p: Annotated[float, msgspec.Meta(ge=0, le=4)] = 1.0
    """[-] Times the gait's own roll, pitch and yaw of the pelvis (walking backward: 7 deg of
    axial rotation, peak to peak)."""
    is_treadmill: bool = False
    """True: the ground moves, they do not."""


class ImuTable(msgspec.Struct, frozen=True):
    """[imu]: the chip and how it is worn."""

    chip: Literal[
        "mpu6050",
        "mpu6500",
        "mpu9250",
        "icm20689",
        "icm20948",
        "lsm6dso",
        "lsm6ds3trc",
        "none",
    ] = "mpu6050"
    """Which chip sits on the bus."""
    address: int | None = None
    """[-] I2C address; the chip's first one when missing."""
    who_am_i: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    """[-] Identity of a clone; the genuine one when missing."""
    mount_deg: tuple[Degrees, Degrees, Degrees] = (2.0, -4.0, 5.0)
    """[deg] Roll, pitch, yaw of the device on the body (z, then y, then x)."""
    clock_error_p: Annotated[float, msgspec.Meta(ge=-0.1, le=0.1)] = 0.006
    """[-] The chip's clock runs slow (positive) by this share; +-1 % is normal."""
    accel_bias_mps2: tuple[Finite, Finite, Finite] = (0.15, -0.2, 0.25)
    """[m/s2] Zero offset."""
    gyro_bias_dps: tuple[Finite, Finite, Finite] = (0.9, -1.4, 0.5)
    """[deg/s] Zero offset."""
    noise_p: NotNegative = 1.0
    """[-] Times the datasheet noise (0.039 m/s2, 0.05 deg/s)."""


class GnssTable(msgspec.Struct, frozen=True):
    """[gnss]: the receiver and its sky."""

    chip: Literal["ublox-m8", "ublox-m10", "mt3339", "none"] = "ublox-m8"
    """Which receiver; it decides the commands it understands."""
    is_configured: bool = False
    """True: already at 115200 baud, 5 Hz, with RMC GGA GSA VTG GST."""
    baud: Annotated[int, msgspec.Meta(ge=1200, le=921_600)] = 9600
    """[baud] At power-on when not configured."""
    quality: Literal["ideal", "open", "trees", "city"] = "open"
    """Sky: 0.3, 2.0, 4.5, 8 m of slow error (1 sigma per axis)."""
    ttff_s: NotNegative = 6.0
    """[s] Power-on to first fix."""
    latency_s: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.09
    """[s] Epoch to the first byte on the line."""


class MotorTable(msgspec.Struct, frozen=True):
    """[motor]: the vibration motor."""

    rise_s: Annotated[float, msgspec.Meta(ge=0.001, le=1)] = 0.035
    """[s] Time constant of spinning up (90 % after 2.3 of them)."""
    fall_s: Annotated[float, msgspec.Meta(ge=0.001, le=1)] = 0.045
    """[s] Time constant of running down."""
    shake_mps2: NotNegative = 10.0
    """[m/s2] Of the board at full speed, before the chip's filter (coin motors: about 1 g on
    100 g; a 44 Hz filter leaves 0.55 of it)."""
    has_right: bool = False
    """True: a second motor sits at the right hip, the first one at the left."""
    driver: Literal["pin", "drv2605l"] = "pin"
    """What else can drive it: drv2605l puts that chip on the bus, in standby."""


class BatteryTable(msgspec.Struct, frozen=True):
    """[battery]: the cell and its gauge."""

    has_gauge: bool = True
    """False: the board cannot tell."""
    gauge: Literal["max17048", "ina219"] = "max17048"
    """Which one; ina219 tells the voltage and no charge."""
    charge_p: Share = 0.9
    """[-] At the start."""
    lasts_h: Annotated[float, msgspec.Meta(gt=0, le=100)] = 5.0
    """[h] From full to empty."""


class ClockTable(msgspec.Struct, frozen=True):
    """[clock]: what the operating system takes for UTC."""

    wall_error_s: Finite = -86400.0
    """[s] System time minus true UTC; no RTC: it is where the last shutdown left it."""


class CardTable(msgspec.Struct, frozen=True):
    """[card]: the storage."""

    free_bytes: Annotated[int, msgspec.Meta(ge=0)] = 8_000_000_000
    """[B] Space at the start."""
    files: dict[str, str] = {}
    """Name on the card -> file to copy there, relative to the scenario file."""


class PartnerTable(msgspec.Struct, frozen=True):
    """[partner]: a partner's button that was paired."""

    is_paired: bool = False
    """True: the board has one."""
    connects_at_s: NotNegative = 0.0
    """[s] When the link first stands."""


class ScriptStep(msgspec.Struct, frozen=True):
    """[[script]]: what the runner does until the next one."""

    do: Action
    """What."""
    at_s: NotNegative | None = None
    """[s] Start; or give for_s and let the steps follow one another."""
    for_s: Seconds | None = None
    """[s] Length, when the next step has no at_s."""
    speed_mps: Speed | None = None
    """[m/s] Instead of the runner's own."""
    cadence_spm: Annotated[float, msgspec.Meta(ge=30, le=260)] | None = None
    """[steps/min] Instead of what fits the speed."""
    turn: Literal["pivot", "stop"] = "pivot"
    """How forward becomes backward: the body turns while the course goes on, or they stop
    and go back the way they came."""
    angle_deg: Finite = 180.0
    """[deg] Of a turn on the spot, positive to the left; of a look only the side counts."""
    offset_m: Annotated[float, msgspec.Meta(ge=-50, le=50)] = 1.5
    """[m] Of a sidestep, positive to the left of the course; `rejoin` takes it back."""


class PressEntry(msgspec.Struct, frozen=True):
    """[[press]] and [[partner_press]]: a finger on the button."""

    at_s: NotNegative
    """[s] When."""
    kind: Literal["short", "double", "triple", "long", "very_long", "bouncing"] = "short"
    """Gesture: 0.15 s, the same twice or three times, 2.4 s, 5.5 s, a short one with a bad
    contact."""
    hold_s: Seconds | None = None
    """[s] One press of exactly this length instead."""


class FaultEntry(msgspec.Struct, frozen=True):
    """[[fault]]: something breaks."""

    what: str
    """Name in the table of faults."""
    from_s: NotNegative
    """[s] Start."""
    until_s: NotNegative | None = None
    """[s] End; missing: to the end (an event happens once at from_s)."""
    value: Finite | None = None
    """Size, for the faults that have one."""


class Expectation(msgspec.Struct, frozen=True):
    """[[expect]]: what must be read, or must not be announced."""

    condition: str
    """Name of a condition, as in the log."""
    from_s: NotNegative = 0.0
    """[s] From when."""
    within_s: Seconds | None = None
    """[s] Latest after from_s; missing: any time until the end."""
    never: bool = False
    """True: it must not be announced in that time."""
    key: str | None = None
    """Only when it is about this (a hazard id such as w123)."""
    count: Annotated[int, msgspec.Meta(ge=1)] = 1
    """[-] Read at least so many times in that time."""
