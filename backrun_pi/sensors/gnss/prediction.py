"""When and where the next position is due: by the period, and by Doppler from the last."""

from __future__ import annotations

import math
from collections import deque

from backrun_pi.sensors.gnss.epoch import SAME_MS, Epoch, LatLon, tod_difference_ms
from backrun_pi.sensors.gnss.settings import GnssSettings

_METRE_PER_DEG = 111_195.0  # on a sphere: 0.3 % off, and only ways of metres are asked for
_STANDING_MPS = 0.1  # below, receivers freeze the course or leave it out
_STEPS = 9  # whose median is the period
_LATEST = 1.5  # [periods] where they vary
_MEMORY = 15  # epochs whose median is the scatter: one damaged speed does not change it

Vector = tuple[float, float]


class Cadence:
    """The receiver's period: the median step of what came, right or wrong.

    A few missed epochs or wrong times do not change it.
    """

    def __init__(self, near_ms: int) -> None:
        self._near_ms = near_ms
        self._came: Epoch | None = None
        self._steps_ms: deque[int] = deque(maxlen=_STEPS)
        self.period_ms: int | None = None
        """[ms] None before the second epoch."""
        self._is_steady = False

    def note(self, epoch: Epoch) -> None:
        """Take the time of the next epoch."""
        step_ms = 0 if self._came is None else between_ms(self._came, epoch)
        self._came = epoch
        if not 0 < step_ms <= self._near_ms:
            return
        self._steps_ms.append(step_ms)
        if self._is_steady and step_ms == self.period_ms:
            return  # one more of the median leaves the median where it is
        period_ms = self.period_ms = sorted(self._steps_ms)[(len(self._steps_ms) - 1) // 2]
        steady = sum(abs(step - period_ms) <= SAME_MS for step in self._steps_ms)
        self._is_steady = 2 * steady > len(self._steps_ms)

    def is_due(self, earlier: Epoch, later: Epoch) -> bool:
        """Return whether an epoch comes when the one after another may come."""
        step_ms = between_ms(earlier, later)
        if self.period_ms is None:
            return 0 < step_ms <= self._near_ms
        if self._is_steady:
            return abs(step_ms - self.period_ms) <= SAME_MS
        return 0 < step_ms <= _LATEST * self.period_ms


class Track:
    """The last accepted position, how it moves, and how far positions scatter about that."""

    def __init__(self, settings: GnssSettings) -> None:
        self._settings = settings
        self.fix: Epoch | None = None
        """The last accepted epoch with a position."""
        self._moved_mps: Vector | None = None
        self._by_doppler_m: deque[float] = deque(maxlen=_MEMORY)
        self._by_line_m: deque[float] = deque(maxlen=_MEMORY)
        self._scatter_m = settings.scatter_m
        self._is_doppler_true = True

    def accept(self, epoch: Epoch) -> None:
        """Go on to the next accepted position."""
        last, self.fix = self.fix, epoch
        if last is None or not 0 < between_ms(last, epoch) <= self._settings.near_s * 1000.0:
            self._moved_mps = None
            return
        sent_mps = _sent_mps(last, epoch)
        if sent_mps is not None:
            self._by_doppler_m.append(_off_m(last, epoch, sent_mps))
        if self._moved_mps is not None:
            self._by_line_m.append(_off_m(last, epoch, self._moved_mps))
        self._moved_mps = speed_between(last, epoch)
        self._learn()

    def _learn(self) -> None:
        doppler_m, line_m = _median(self._by_doppler_m), _median(self._by_line_m)
        # A receiver whose speed or course does not belong to its positions goes by those.
        is_known = min(len(self._by_doppler_m), len(self._by_line_m)) > _MEMORY // 2
        self._is_doppler_true = doppler_m is not None and not (
            is_known and line_m is not None and 2.0 * line_m < doppler_m
        )
        scatter_m = doppler_m if self._is_doppler_true else line_m
        if scatter_m is not None:
            self._scatter_m = scatter_m

    def miss_m(
        self, earlier: Epoch, later: Epoch, moved_mps: Vector | None = None
    ) -> float | None:
        """Return how far a position lies from where the speed leads; None without a speed.

        Args:
            earlier: The epoch to start from.
            later: The epoch whose position is judged.
            moved_mps: Speed to east and north for receivers that send none; by default that
                between the last two accepted positions.
        """
        sent_mps = _sent_mps(earlier, later)
        if sent_mps is not None and self._is_doppler_true:
            return _off_m(earlier, later, sent_mps)
        moved_mps = self._moved_mps if moved_mps is None else moved_mps
        if moved_mps is None:
            return None if sent_mps is None else _off_m(earlier, later, sent_mps)
        step_s = between_ms(earlier, later) / 1000.0
        swerve_m = self._settings.swerve_mps2 * step_s * step_s
        return max(0.0, _off_m(earlier, later, moved_mps) - swerve_m)

    def tolerance_m(self, *, is_strict: bool) -> float:
        """Return how far a position may lie from where it is due.

        Args:
            is_strict: The receiver usually sends a second sentence that confirms the first.
                Its scatter then comes off the tolerance: what cannot be distinguished from
                damage is dropped. A receiver that sends one sentence is allowed its scatter.
        """
        scatter_m = self._settings.scatter_factor * self._scatter_m
        if is_strict:
            left_m = max(self._settings.lone_least_m, 2.0 * self._settings.lone_m - scatter_m)
            return min(self._settings.lone_m, left_m)
        return max(self._settings.lone_m, scatter_m)


def _median(values: deque[float]) -> float | None:
    """Return the upper median; `statistics.median` takes longer than all the rest here."""
    return sorted(values)[len(values) // 2] if values else None


def _velocity_mps(epoch: Epoch) -> Vector | None:
    """Return the speed to east and north as the receiver sends it."""
    speed_mps = epoch.speed_mps
    if speed_mps is None:
        return None
    if speed_mps < _STANDING_MPS:
        return 0.0, 0.0
    if epoch.course_deg is None:
        return None
    course_rad = math.radians(epoch.course_deg)
    return speed_mps * math.sin(course_rad), speed_mps * math.cos(course_rad)


def _sent_mps(earlier: Epoch, later: Epoch) -> Vector | None:
    """Return the mean speed to east and north of two epochs, or of the one that sends it."""
    first, second = _velocity_mps(earlier), _velocity_mps(later)
    if first is None or second is None:
        return second if first is None else first
    return (first[0] + second[0]) / 2.0, (first[1] + second[1]) / 2.0


def _off_m(earlier: Epoch, later: Epoch, speed_mps: Vector) -> float:
    """Return how far the later position is from where a speed leads from the earlier one."""
    step_s = between_ms(earlier, later) / 1000.0
    east_m, north_m = way_m(earlier.places[0], later.places[0])
    return math.hypot(east_m - speed_mps[0] * step_s, north_m - speed_mps[1] * step_s)


def speed_between(earlier: Epoch, later: Epoch) -> Vector:
    """Return the mean speed to east and north between two positions."""
    step_s = between_ms(earlier, later) / 1000.0
    east_m, north_m = way_m(earlier.places[0], later.places[0])
    return east_m / step_s, north_m / step_s


def between_ms(earlier: Epoch, later: Epoch) -> int:
    """Return the time between two timed epochs; without dates within half a day."""
    earlier_ms, later_ms = earlier.utc_ms, later.utc_ms
    if earlier_ms is not None and later_ms is not None:
        return later_ms - earlier_ms
    return tod_difference_ms(later.tod_ms or 0, earlier.tod_ms or 0)


def way_m(start: LatLon, end: LatLon) -> Vector:
    """Return the way to east and north from one position to another."""
    east_deg = (end[1] - start[1] + 180.0) % 360.0 - 180.0
    scale = _METRE_PER_DEG * math.cos(math.radians(start[0]))
    return east_deg * scale, (end[0] - start[0]) * _METRE_PER_DEG


def gap_m(first: LatLon, second: LatLon) -> float:
    """Return the distance of two positions."""
    return 0.0 if first == second else math.hypot(*way_m(first, second))
