"""The hard limit of the motor's on-time, below everything that decides about patterns."""

from __future__ import annotations

from typing import Annotated

import msgspec

from backrun_pi.errors import MotorFault
from backrun_pi.hardware.ports import Clock, Motor


class MotorLimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a motor may run."""

    on_max_s: Annotated[float, msgspec.Meta(ge=1.5, le=10.0)] = 5.0
    """[s] Longest time without a break. No pattern needs it; a fault would. Shorter than the
    longest pulse (1 s) and the wearer would feel less than was said."""
    rest_s: Annotated[float, msgspec.Meta(gt=0.0, le=10.0)] = 1.0
    """[s] Break after the longest time, so the motor cools and the wearer knows it lives."""
    break_s: Annotated[float, msgspec.Meta(gt=0.0, le=0.1)] = 0.02
    """[s] A shorter gap between pulses is felt as none and counts as on-time."""


class LimitedMotor:
    """Any Motor, cut to `on_max_s` without a break; after that it must rest."""

    def __init__(self, motor: Motor, clock: Clock, settings: MotorLimitSettings) -> None:
        self._motor, self._clock = motor, clock
        self._on_max_ns = int(settings.on_max_s * 1e9)
        self._rest_ns = int(settings.rest_s * 1e9)
        self._break_ns = int(settings.break_s * 1e9)
        self._since_ns: int | None = None
        self._until_ns = 0
        self._barred_until_ns = 0

    @property
    def name(self) -> str:
        """Return what drives it, and where."""
        return self._motor.name

    @property
    def is_on(self) -> bool:
        """Return whether a pulse has not ended yet."""
        return self._clock.now_ns() < self._until_ns

    @property
    def failure(self) -> str | None:
        """Return why it may still be on although it should be off; None when it is off."""
        return self._motor.failure

    def pulse(self, strength: float, duration_s: float) -> None:
        """Vibrate as asked, but never beyond the limit.

        Raises:
            MotorFault: It has to rest, or it could not be driven.
        """
        now_ns = self._clock.now_ns()
        if now_ns < self._barred_until_ns:
            left_s = (self._barred_until_ns - now_ns) * 1e-9
            raise MotorFault(f"motor: it ran at its limit and rests for {left_s:.1f} s more")
        if self._since_ns is None or now_ns - self._until_ns >= self._break_ns:
            self._since_ns = now_ns
        end_ns = min(now_ns + int(duration_s * 1e9), self._since_ns + self._on_max_ns)
        self._motor.pulse(strength, (end_ns - now_ns) * 1e-9)
        self._until_ns = end_ns
        if end_ns - self._since_ns >= self._on_max_ns:
            self._barred_until_ns = end_ns + self._rest_ns

    def off(self) -> None:
        """Be off now. Raises MotorFault."""
        self._motor.off()
        now_ns = self._clock.now_ns()
        if now_ns < self._until_ns:  # stopped before the limit: no rest is due
            self._until_ns = now_ns
            self._barred_until_ns = 0
