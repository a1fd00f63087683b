"""Messages of motion: what the runner does."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.messages.base import FastEnum


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


@dataclass(frozen=True, slots=True)
class BodyPose:
    """How device and body are turned at one moment, for what looks out of the device."""

    t_ns: int
    """[ns] The newest sample this is based on."""
    level_from_device: tuple[float, float, float, float]
    """[-] Rotation (w, x, y, z) from the axes printed on the device to level axes, z up. Their
    yaw is arbitrary and drifts slowly."""
    yaw_rad: float
    """[rad] Of the chest in the same level axes, left positive, in (-pi, pi]."""
