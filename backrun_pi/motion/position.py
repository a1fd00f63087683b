"""Where the runner is: fixes, Doppler speed and, in gaps, steps.

Position of a receiver wanders by metres over minutes (errors correlated over tens of seconds),
while its Doppler speed is good to 0.1 m/s. So distance integrates speed and never sums position
differences, and the position moves with the speed and is only slowly pulled to the fixes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.geo import LocalFrame
from backrun_pi.messages import FixMode, GnssFix
from backrun_pi.motion.settings import PositionSettings

_FRAME_M = 2000.0  # farther from its origin the local frame is renewed (5 mm at 2.5 km)


@dataclass(frozen=True, slots=True)
class PositionEstimate:
    """Where the runner is now and how they move."""

    lat_deg: float | None
    """[deg] None when there is no position to trust."""
    lon_deg: float | None
    """[deg]"""
    sigma_m: float | None
    """[m] One axis, 1 sigma; grows while dead reckoning."""
    age_s: float | None
    """[s] Age of the last fix accepted. None before the first."""
    speed_mps: float | None
    """[m/s] Over ground. None when nothing tells it."""
    speed_sigma_mps: float | None
    """[m/s] 1 sigma of it."""
    course_rad: float | None
    """[rad] Where the body goes. None when not known."""
    distance_m: float
    """[m] Way covered since the start."""


@dataclass(frozen=True, slots=True)
class StepMotion:
    """What the IMU knows of the movement, to lead through gaps of the receiver."""

    speed_mps: float | None = None
    """[m/s] From steps; None when there is none."""
    speed_share: float | None = None
    """[-] 1 sigma of it, as a share of it; None: that of a wearer who is not known."""
    is_moving: bool | None = None
    """Whether steps are felt; None when unknown."""
    course_rad: float | None = None
    """[rad] From facing and direction. It is not given out: where the body has turned and that
    is noticed a second later, it points the wrong way for as long."""


NOTHING_FELT = StepMotion()


class Position:
    """Fixes, Doppler speed and steps -> where, how sure, how far."""

    def __init__(self, settings: PositionSettings) -> None:
        self._settings = settings
        self._frame: LocalFrame | None = None
        self._east_m = 0.0
        self._north_m = 0.0
        self._sigma_m = 0.0
        self._t_ns: int | None = None
        self._fix_ns: int | None = None
        self._jump_ns: int | None = None
        self._doppler_mps: float | None = None
        self._doppler_ns = 0
        self._course_rad: float | None = None
        self._course_ns = 0
        self._is_counting = False
        self._is_hinted = False
        self._gap_error_m = 0.0
        self._gap_unknown_s = 0.0
        self._distance_m = 0.0
        self._speed_sigma_mps = 0.0
        self._share = self._settings.step_speed_share

    def step(
        self, now_ns: int, fixes: Sequence[GnssFix], felt: StepMotion = NOTHING_FELT
    ) -> PositionEstimate:
        """Advance to `now_ns`.

        Args:
            now_ns: [ns] CLOCK_BOOTTIME, never falling.
            fixes: New since the last call, oldest first.
            felt: What the IMU knows of the movement.

        Steps: 1. take speed and course of the fixes. 2. move on with the speed in use now.
        3. pull towards the fixes, refuse jumps. 4. sigma of the last fix, plus what steps and
        course may have erred since.
        """
        for fix in fixes:
            self._note_velocity(fix)
        share = felt.speed_share
        self._share = self._settings.step_speed_share if share is None else share
        self._speed_sigma_mps = self._settings.doppler_sigma_mps
        speed_mps = self._speed(now_ns, felt.speed_mps, felt.is_moving)
        course_rad = self._course(now_ns)
        self._advance(now_ns, speed_mps, course_rad, felt.course_rad)
        for fix in fixes:
            self._pull(fix, speed_mps, course_rad)
        return self._estimate(now_ns, speed_mps, course_rad, felt.is_moving)

    def _note_velocity(self, fix: GnssFix) -> None:
        if fix.mode is FixMode.NONE or fix.is_stuck or fix.is_estimated:
            return
        if fix.speed_mps is not None:
            noise = self._settings.doppler_sigma_mps
            self._doppler_mps = math.sqrt(max(0.0, fix.speed_mps**2 - noise**2))
            self._doppler_ns = fix.t_ns
        if fix.course_rad is not None:
            self._course_rad, self._course_ns = fix.course_rad, fix.t_ns

    def _speed(
        self, now_ns: int, step_speed_mps: float | None, moving: bool | None
    ) -> float | None:
        """Return the speed in use now: Doppler, else steps, else Doppler a little longer."""
        doppler = self._doppler_mps
        age_s = (now_ns - self._doppler_ns) / 1e9
        if doppler is not None and age_s <= self._settings.doppler_fresh_s:
            return self._gated(doppler, moving)
        self._is_counting = moving is not False
        if moving is False:
            return 0.0
        if step_speed_mps is not None:
            self._speed_sigma_mps = self._share * step_speed_mps
            return step_speed_mps
        if doppler is not None and age_s <= self._settings.doppler_hold_s:
            return self._gated(doppler, moving)
        return None

    def _gated(self, doppler_mps: float, moving: bool | None) -> float:
        """Decide whether a Doppler speed is way, or the noise of a standing receiver."""
        if moving is False and doppler_mps < self._settings.still_limit_mps:
            self._is_counting = False
            return 0.0
        if moving:
            self._is_counting = doppler_mps >= self._settings.creep_mps
        elif self._is_counting:
            self._is_counting = doppler_mps >= self._settings.stop_mps
        else:
            self._is_counting = doppler_mps >= self._settings.start_mps
        return doppler_mps

    def _course(self, now_ns: int) -> float | None:
        age_s = (now_ns - self._course_ns) / 1e9
        if self._course_rad is not None and age_s <= self._settings.doppler_fresh_s:
            return self._course_rad
        # Below 1 m/s, and in gaps, a receiver gives no course: keep going for a moment only.
        return self._course_rad if age_s <= self._settings.doppler_hold_s else None

    def _advance(
        self,
        now_ns: int,
        speed_mps: float | None,
        course_rad: float | None,
        hint_rad: float | None,
    ) -> None:
        dt_s = 0.0 if self._t_ns is None else max(0.0, (now_ns - self._t_ns) / 1e9)
        self._t_ns = now_ns
        if speed_mps is None:
            self._gap_unknown_s += dt_s
            return
        way_m = speed_mps * dt_s if self._is_counting else 0.0
        self._distance_m += way_m
        is_hinted = self._is_hinted = hint_rad is not None and self._is_gap(now_ns)
        if is_hinted:
            self._course_rad = course_rad = hint_rad  # and where to, once there is no hint
        along_rad = self._last_course(now_ns) if course_rad is None else course_rad
        if along_rad is None:
            # How far is known, where to is not: the whole way counts as error.
            self._gap_unknown_s += way_m / self._settings.unknown_speed_mps
            return
        bend_s = 0.0 if is_hinted else max(0.0, (now_ns - self._course_ns) / 1e9)
        course_error_rad = (
            self._settings.course_drift_rad + self._settings.course_drift_rps * bend_s
        )
        self._gap_error_m += way_m * math.hypot(self._share, course_error_rad)
        self._east_m += way_m * math.sin(along_rad)
        self._north_m += way_m * math.cos(along_rad)

    def _last_course(self, now_ns: int) -> float | None:
        """Return the course that was current when the fixes ended, to reckon a gap along it."""
        was_current = self._doppler_ns - self._course_ns <= self._settings.doppler_fresh_s * 1e9
        return self._course_rad if self._is_gap(now_ns) and was_current else None

    def _is_gap(self, now_ns: int) -> bool:
        return now_ns - self._doppler_ns > self._settings.doppler_fresh_s * 1e9

    def _pull(self, fix: GnssFix, speed_mps: float | None, course_rad: float | None) -> None:
        if (
            fix.mode is FixMode.NONE
            or fix.is_stuck
            or fix.lat_deg is None
            or fix.lon_deg is None
        ):
            return
        sigma_m = self._settings.default_sigma_m if fix.sigma_m is None else fix.sigma_m
        if self._frame is None or self._fix_ns is None or self._t_ns is None:
            self._restart(fix, fix.lat_deg, fix.lon_deg, sigma_m)
            return
        east_m, north_m = self._frame.to_m(fix.lat_deg, fix.lon_deg)
        late_m = (speed_mps or 0.0) * max(0.0, (self._t_ns - fix.t_ns) / 1e9)
        if course_rad is not None:
            east_m += late_m * math.sin(course_rad)
            north_m += late_m * math.cos(course_rad)
        off_east_m, off_north_m = east_m - self._east_m, north_m - self._north_m
        limit_m = self._settings.jump_sigmas * math.hypot(sigma_m, self._grown_sigma())
        if math.hypot(off_east_m, off_north_m) > limit_m:
            self._jump_ns = fix.t_ns if self._jump_ns is None else self._jump_ns
            if fix.t_ns - self._jump_ns >= self._settings.jump_s * 1e9:
                self._restart(fix, fix.lat_deg, fix.lon_deg, sigma_m)
            return
        dt_s = max(0.0, (fix.t_ns - self._fix_ns) / 1e9)
        pull_s = self._settings.pull_blind_s if course_rad is None else self._settings.pull_s
        gain = self._gain(dt_s / pull_s, sigma_m)
        self._east_m += gain * off_east_m
        self._north_m += gain * off_north_m
        self._sigma_m = math.sqrt((1.0 - gain) * self._grown_sigma() ** 2 + gain * sigma_m**2)
        self._fix_ns, self._jump_ns = fix.t_ns, None
        self._gap_error_m = self._gap_unknown_s = 0.0
        if math.hypot(self._east_m, self._north_m) > _FRAME_M:
            self._frame = LocalFrame(*self._frame.to_deg(self._east_m, self._north_m))
            self._east_m = self._north_m = 0.0

    def _gain(self, time_constants: float, sigma_m: float) -> float:
        """Return how far a fix pulls: by time between fixes, and by what a gap added."""
        steady = 1.0 - math.exp(-time_constants)
        grown2 = self._grown_sigma() ** 2
        return max(steady, (grown2 - self._sigma_m**2) / (grown2 + sigma_m**2))

    def _restart(self, fix: GnssFix, lat_deg: float, lon_deg: float, sigma_m: float) -> None:
        self._frame = LocalFrame(lat_deg, lon_deg)
        self._east_m = self._north_m = 0.0
        self._sigma_m = sigma_m
        self._fix_ns, self._jump_ns = fix.t_ns, None
        self._gap_error_m = self._gap_unknown_s = 0.0

    def _grown_sigma(self) -> float:
        grown_m = self._gap_unknown_s * self._settings.unknown_speed_mps
        return math.sqrt(self._sigma_m**2 + self._gap_error_m**2 + grown_m**2)

    def _estimate(
        self,
        now_ns: int,
        speed_mps: float | None,
        course_rad: float | None,
        moving: bool | None,
    ) -> PositionEstimate:
        lat_deg = lon_deg = sigma_m = age_s = None
        if self._frame is not None and self._fix_ns is not None:
            age_s = max(0.0, (now_ns - self._fix_ns) / 1e9)
            is_led = course_rad is not None or self._is_hinted
            is_led = is_led or self._last_course(now_ns) is not None
            is_bridged = moving is False or (speed_mps is not None and is_led)
            limit_s = self._settings.dead_reckoning_s if is_bridged else self._settings.blind_s
            if age_s <= limit_s:
                lat_deg, lon_deg = self._frame.to_deg(self._east_m, self._north_m)
                sigma_m = self._grown_sigma()
        return PositionEstimate(
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            sigma_m=sigma_m,
            age_s=age_s,
            speed_mps=speed_mps,
            speed_sigma_mps=None if speed_mps is None else round(self._speed_sigma_mps, 3),
            course_rad=course_rad,
            distance_m=self._distance_m,
        )
