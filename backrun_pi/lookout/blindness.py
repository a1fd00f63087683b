"""What takes the view away although the sensor talks: the sun, a jacket, a wrong aim."""

from __future__ import annotations

import math
from collections import deque

from backrun_pi.lookout.settings import LookoutSettings
from backrun_pi.messages import Echo, RearSample
from backrun_pi.units import NS_PER_S

_LEAST = 10  # samples that a judgement needs
_SUN_NS = NS_PER_S
_COVERED_P = 0.9
_AIM_S = 3.0  # time constant of the mean aim: some strides
_AIM_LEAST_S = 4.0


class Blindness:
    """Judges the last second of the range sensor, and its mean aim."""

    def __init__(self, settings: LookoutSettings) -> None:
        self._settings = settings
        self._last: deque[tuple[int, bool, bool]] = deque(maxlen=256)
        self._rise_rad: float | None = None
        self._aimed_ns: int | None = None
        self._aimed_s = 0.0

    def note(self, sample: RearSample) -> None:
        """Take one sample of the range sensor."""
        is_near = sample.echo is Echo.SATURATED or (
            sample.range_m is not None and sample.range_m < self._settings.covered_m
        )
        self._last.append((sample.t_ns, sample.echo is Echo.SUN, is_near))

    def aim(self, rise_rad: float, t_ns: int) -> None:
        """Take where the ray points, upright and moving."""
        step_s = 0.0 if self._aimed_ns is None else min(0.2, (t_ns - self._aimed_ns) * 1e-9)
        self._aimed_ns = t_ns
        self._aimed_s += step_s
        mean = rise_rad if self._rise_rad is None else self._rise_rad
        self._rise_rad = mean + step_s / _AIM_S * (rise_rad - mean)

    def because(self, now_ns: int) -> str | None:
        """Return why nothing can be seen; None while it can."""
        settings = self._settings
        recent = [one for one in self._last if now_ns - one[0] <= _SUN_NS]
        if len(recent) >= _LEAST and sum(one[1] for one in recent) > settings.sun_p * len(
            recent
        ):
            return "it looks into the sun"
        since_ns = round(settings.covered_s * NS_PER_S)
        recent = [one for one in self._last if now_ns - one[0] <= since_ns]
        is_full = len(self._last) > len(recent) or len(recent) == self._last.maxlen
        if (
            is_full
            and len(recent) >= _LEAST
            and sum(one[2] for one in recent) > _COVERED_P * len(recent)
        ):
            return "something hangs over its lens"
        return self._misaimed()

    def _misaimed(self) -> str | None:
        if self._rise_rad is None or self._aimed_s < _AIM_LEAST_S:
            return None
        down_deg = -math.degrees(self._rise_rad)
        if down_deg < self._settings.aim_least_deg:
            return f"it is aimed {self._settings.aim_least_deg - down_deg:.0f} deg too high"
        if down_deg > self._settings.aim_most_deg:
            return f"it is aimed {down_deg - self._settings.aim_most_deg:.0f} deg too low"
        return None
