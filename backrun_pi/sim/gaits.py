"""How the pelvis oscillates in each gait: harmonics of the stride.

Channels: x (chest), y (left), z (up) acceleration in m/s2; roll, pitch, yaw angle in rad.
Harmonic k is k strides per second / k; k = 2 is the step. Phase 0 of the step is double
support (walking) or mid-stance (running). Signs and sizes: the phase of x against z is what
tells directions apart, and it flips between walking and running (inverted pendulum against
spring mass; Cavagna et al. 1976, J Physiol 262:639; Cavagna et al. 2012, J Exp Biol 215:75).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

G = 9.80665  # m/s2
HARMONICS = 10  # of the stride: up to 5 per step, 13 Hz when running
ComplexArray = npt.NDArray[np.complex128]
X, Y, Z, ROLL, PITCH, YAW = range(6)


@dataclass(frozen=True, slots=True)
class Gait:
    """A steady way to move."""

    stride_hz: float
    """[Hz] Strides per second: half the steps."""
    waves: ComplexArray
    """shape (6, HARMONICS): complex amplitude of each channel, harmonics 1.."""
    lean_rad: float
    """[rad] Mean forward lean of the trunk."""


def _waves(**channels: dict[int, tuple[float, float]]) -> ComplexArray:
    """Build the table from `channel = {harmonic: (amplitude, phase_deg)}`."""
    waves = np.zeros((6, HARMONICS), dtype=complex)
    for row, name in enumerate(("x", "y", "z", "roll", "pitch", "yaw")):
        for k, (amplitude, phase_deg) in channels.get(name, {}).items():
            waves[row, k - 1] = amplitude * np.exp(1j * math.radians(phase_deg))
    return waves


def _deg(**channels: dict[int, tuple[float, float]]) -> dict[str, Any]:
    """Turn amplitudes of angles from degrees."""
    return {
        name: {k: (math.radians(amplitude), phase) for k, (amplitude, phase) in table.items()}
        for name, table in channels.items()
    }


STILL = Gait(0.0, np.zeros((6, HARMONICS), dtype=complex), 0.0)

_WALK_FORWARD = _waves(
    # braking falls steeply after double support, push-off rises slowly: a falling sawtooth
    x={2: (1.55, 100.0), 4: (0.85, 95.0), 6: (0.40, 95.0)},
    y={1: (0.75, -90.0), 3: (0.65, -70.0), 5: (0.25, 0.0)},
    z={2: (2.30, 0.0), 4: (0.85, 40.0), 6: (0.45, 80.0)},
    **_deg(
        roll={1: (3.0, 90.0), 3: (0.6, 0.0)},
        pitch={2: (1.3, -60.0), 4: (0.3, 0.0)},
        yaw={1: (4.5, 0.0), 3: (0.6, 40.0)},
    ),
)
_WALK_BACKWARD = _waves(
    # the same pendulum the other way round in the body's axes, rounder: toe lands first
    x={2: (1.30, -65.0), 4: (0.50, -80.0), 6: (0.20, -70.0)},
    y={1: (0.85, 90.0), 3: (0.55, 80.0), 5: (0.15, 0.0)},
    z={2: (1.90, 0.0), 4: (0.75, -30.0), 6: (0.25, -60.0)},
    **_deg(
        roll={1: (2.4, -90.0), 3: (0.5, 0.0)},
        pitch={2: (1.6, 70.0), 4: (0.3, 180.0)},
        yaw={1: (3.5, 180.0), 3: (0.5, -40.0)},
    ),
)
_RUN_FORWARD_X = {2: (2.1, -118.0), 4: (1.1, 88.0), 6: (0.4, 60.0)}
_RUN_BACKWARD_X = {2: (1.7, 2.0), 4: (0.8, 104.0), 6: (0.4, 120.0)}
_RUN_FORWARD_ANGLES = _deg(
    roll={1: (4.5, 60.0), 3: (1.0, 0.0)},
    pitch={2: (1.8, 120.0), 4: (0.2, 0.0)},
    yaw={1: (7.0, 0.0), 3: (1.0, 40.0)},
)
_RUN_BACKWARD_ANGLES = _deg(
    roll={1: (4.0, -60.0), 3: (1.0, 0.0)},
    pitch={2: (1.6, -70.0), 4: (0.2, 180.0)},
    yaw={1: (5.5, 180.0), 3: (0.9, -40.0)},
)
_SHUFFLE = _waves(
    x={2: (0.3, 20.0)},
    y={1: (0.9, 0.0), 2: (0.5, 50.0)},
    z={2: (0.9, 0.0), 4: (0.4, 30.0)},
    **_deg(roll={1: (2.0, 0.0)}, pitch={2: (0.8, 0.0)}, yaw={1: (1.5, 90.0)}),
)
# shifting the weight, turning to people, a small step now and then
_LOITER = _waves(
    x={1: (0.12, 20.0), 3: (0.3, 50.0), 4: (0.2, 0.0)},
    y={1: (0.4, 0.0), 2: (0.25, 80.0), 5: (0.25, 10.0)},
    z={3: (0.25, 0.0), 5: (0.4, 70.0)},
    **_deg(
        roll={1: (3.0, 180.0)}, pitch={1: (2.0, 60.0)}, yaw={1: (12.0, 0.0), 2: (6.0, 45.0)}
    ),
)
# looked at and turned over in two hands, before the chest
_HANDLED = _waves(
    x={1: (0.5, 0.0), 3: (0.7, 90.0), 4: (0.5, 30.0)},
    y={1: (0.6, 60.0), 2: (0.6, 0.0), 5: (0.4, 0.0)},
    z={1: (0.6, 120.0), 3: (0.8, 0.0)},
    **_deg(
        roll={1: (25.0, 0.0), 2: (12.0, 40.0)},
        pitch={1: (20.0, 90.0), 3: (8.0, 0.0)},
        yaw={1: (30.0, 30.0), 2: (10.0, 0.0)},
    ),
)
_ARM_M = 0.65  # shoulder to palm
_SWING_RAD = math.radians(17.0)  # at 1.25 m/s, to each side (Kuhtz-Buschbeck 2012, J Exp Biol)
_WALK_REFERENCE_MPS = 1.25
_BACKWARD_REFERENCE_MPS = 0.95


def walk_forward(speed_mps: float) -> Gait:
    """Return forward walking; tempo and bounce rise with speed (about 112 steps/min at 1.2)."""
    ratio = max(0.35, speed_mps / _WALK_REFERENCE_MPS)
    return Gait(0.95 * ratio**0.5, _WALK_FORWARD * ratio**1.3, math.radians(3.0))


def walk_backward(speed_mps: float) -> Gait:
    """Return backward walking: slower and shorter steps at the same tempo (Laufer 2005)."""
    ratio = max(0.35, speed_mps / _BACKWARD_REFERENCE_MPS)
    return Gait(0.93 * ratio**0.45, _WALK_BACKWARD * ratio**1.1, math.radians(1.5))


def run_forward(speed_mps: float) -> Gait:
    """Return forward running; peak upward acceleration 13.2 m/s2 (Cavagna 2012)."""
    stride_hz = 1.28 + 0.04 * (speed_mps - 2.0)
    waves = _run(13.2, _RUN_FORWARD_X, _RUN_FORWARD_ANGLES, max(0.5, speed_mps / 2.5))
    return Gait(stride_hz, waves, math.radians(7.0))


def run_backward(speed_mps: float) -> Gait:
    """Return backward running: faster steps, 15.7 m/s2 upward (Cavagna 2012)."""
    stride_hz = 1.42 + 0.06 * (speed_mps - 2.0)
    waves = _run(15.7, _RUN_BACKWARD_X, _RUN_BACKWARD_ANGLES, max(0.5, speed_mps / 2.0))
    return Gait(stride_hz, waves, math.radians(-1.0))


def shuffle() -> Gait:
    """Return the small steps of turning on the spot or going sideways."""
    return Gait(0.75, _SHUFFLE, math.radians(2.0))


def loiter() -> Gait:
    """Return standing about: the weight goes from leg to leg, the trunk turns, no way."""
    return Gait(0.35, _LOITER, math.radians(1.0))


def in_hand(speed_mps: float) -> Gait:
    """Return a device in the hand: turned over while standing, in a swinging arm walking.

    The arm is a pendulum of the stride: the hand swings fore and aft once where the waist
    moves twice, and the device turns with the forearm.
    """
    if speed_mps < 0.3:
        return Gait(0.6, _HANDLED, 0.0)
    walk = walk_forward(speed_mps)
    ratio = max(0.35, speed_mps / _WALK_REFERENCE_MPS)
    swing = _SWING_RAD * ratio
    push = _ARM_M * (2.0 * math.pi * walk.stride_hz) ** 2 * swing
    waves = walk.waves * 0.7  # the shoulder damps what the trunk does
    waves[X, 0] += push  # forward of the shoulder it is pulled back, and leans back
    waves[Z, 1] -= push * swing  # and at both ends it is highest
    waves[PITCH, 0] += swing
    return Gait(walk.stride_hz, waves, 0.0)


def _run(
    peak_mps2: float,
    x: dict[int, tuple[float, float]],
    angles: dict[str, Any],
    effort: float,
) -> ComplexArray:
    """Return running: half a sine of force per stance, nothing in flight.

    The mean force is the weight, so a peak of (1 + a/g) weights fixes the share of stance:
    duty = pi/2 / (1 + a/g). The Fourier series of such a train is exact.
    """
    duty = (math.pi / 2.0) / (1.0 + peak_mps2 / G)
    waves: ComplexArray = _waves(
        x=x, y={1: (1.6, -90.0), 3: (1.2, -60.0), 5: (0.5, 0.0)}, z={}, **angles
    ) * min(1.3, effort**0.7)
    for n in range(1, HARMONICS // 2 + 1):
        waves[Z, 2 * n - 1] = 2.0 * G * _half_sine(n, duty)
    return waves


def _half_sine(n: int, duty: float) -> float:
    """Return the n-th coefficient of a train of half sines with mean 1."""
    u = n * duty
    if abs(2.0 * u - 1.0) < 1e-6:
        return math.pi / 4.0
    return math.cos(math.pi * u) / (1.0 - 4.0 * u * u)
