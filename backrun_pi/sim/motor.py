"""The vibration motors, one or two: each takes a moment to spin up, and shakes the IMU."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backrun_pi.errors import MotorFault
from backrun_pi.messages import FloatArray
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook

_SPIN_HZ = 187.0  # of a coin motor at full speed; samples at 100 Hz fold it down to 13 Hz
_RECENT = 8  # pulses that may still be felt
_AXES = np.array([0.4, 1.0, 0.7, 0.011, 0.006, 0.008])  # m/s2 and rad/s for 1 m/s2 of shake


@dataclass(slots=True)
class Pulse:
    """One time the motor was really driven."""

    on_s: float
    """[s] Scenario second it was switched on."""
    off_s: float
    """[s] Scenario second it goes or went off."""
    strength: float
    """[-] [0, 1]"""
    is_right: bool = False
    """Of the second motor."""


class SimMotor:
    """Implements hardware.ports.Motor and remembers; `right` is the second one."""

    name = "transistor on GPIO18"
    failure: str | None = None  # each pulse has its end from the start

    def __init__(
        self,
        clock: SimClock,
        faults: FaultBook,
        *,
        rise_s: float,
        fall_s: float,
        shake_mps2: float,
    ) -> None:
        self._clock, self._faults = clock, faults
        self._rise_s, self._fall_s, self._shake_mps2 = rise_s, fall_s, shake_mps2
        self.history: list[Pulse] = []
        self.right = SimRightMotor(self)

    def pulse(self, strength: float, duration_s: float) -> None:
        """Vibrate for a while, from now."""
        self.drive(strength, duration_s, is_right=False)

    def off(self) -> None:
        """Be off now."""
        self.drive(0.0, 0.0, is_right=False)

    def drive(self, strength: float, duration_s: float, *, is_right: bool) -> None:
        """Drive one of the two from now on; no strength or no time is off."""
        now_s = self._clock.elapsed_s
        if self._faults.holds("right_motor_fault" if is_right else "motor_fault", now_s):
            raise MotorFault("the motor's pin cannot be driven")
        self._cut(now_s, is_right=is_right)
        if strength > 0.0 and duration_s > 0.0 and not self._faults.holds("motor_stall", now_s):
            pulse = Pulse(now_s, now_s + duration_s, min(1.0, strength), is_right)
            self.history.append(pulse)

    def cut_power(self, at_s: float) -> None:
        """End every pulse because the power is gone."""
        self._cut(at_s, is_right=False)
        self._cut(at_s, is_right=True)

    def is_moving(self, from_s: float, until_s: float) -> bool:
        """Return whether it turned in a stretch of time."""
        if not self.history:
            return False
        rest_s = 5.0 * self._fall_s
        recent = self.history[-_RECENT:]
        return any(p.on_s < until_s and p.off_s + rest_s > from_s for p in recent)

    def shake(self, t_s: FloatArray, low_pass_hz: float) -> FloatArray:
        """Return what it adds to a sensor behind a low-pass of second order, shape (6, n).

        The rotor's speed rises and falls with its time constants, and the tone with it; the
        force of an unbalanced mass goes with the square of the speed.
        """
        level, turned_s = np.zeros(len(t_s)), np.zeros(len(t_s))
        for pulse in self.history[-_RECENT:]:
            on, off = t_s - pulse.on_s, t_s - pulse.off_s
            driven_s = np.clip(on, 0.0, pulse.off_s - pulse.on_s)
            reached = 1.0 - np.exp(-driven_s / self._rise_s)
            left = np.exp(-np.clip(off, 0.0, None) / self._fall_s)
            level += pulse.strength * reached * left
            turned_s += pulse.strength * (  # the integral of the level
                driven_s - self._rise_s * reached + self._fall_s * reached * (1.0 - left)
            )
        passed = 1.0 / np.sqrt(1.0 + (_SPIN_HZ * level / low_pass_hz) ** 4)
        tone = np.sin(2.0 * math.pi * _SPIN_HZ * turned_s)
        return np.outer(_AXES, self._shake_mps2 * level**2 * passed * tone)

    def _cut(self, now_s: float, *, is_right: bool) -> None:
        for pulse in self.history[-_RECENT:]:
            if pulse.is_right is is_right and pulse.off_s > now_s:
                pulse.off_s = now_s


class SimRightMotor:
    """The second motor."""

    name = "transistor on GPIO13"
    failure: str | None = None

    def __init__(self, pair: SimMotor) -> None:
        self._pair = pair

    def pulse(self, strength: float, duration_s: float) -> None:
        """Vibrate for a while, from now."""
        self._pair.drive(strength, duration_s, is_right=True)

    def off(self) -> None:
        """Be off now."""
        self._pair.drive(0.0, 0.0, is_right=True)
