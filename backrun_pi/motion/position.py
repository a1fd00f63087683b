"""Where the runner is: fixes, Doppler speed and, in gaps, steps.

Position of a receiver wanders by metres over minutes (errors correlated over tens of seconds),
while its Doppler speed is good to 0.1 m/s. So distance integrates speed and never sums position
differences, and the position moves with the speed and is only slowly pulled to the fixes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from backrun_pi.geo import LocalFrame
from backrun_pi.messages import FixMode, GnssFix
from backrun_pi.motion.treadmill import TAUGHT_SHARE

Positive = Annotated[float, msgspec.Meta(gt=0.0, le=1000.0)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]

_FRAME_M = 2000.0  # farther from its origin the local frame is renewed (5 mm at 2.5 km)


class PositionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far fixes, Doppler and steps are believed."""

    pull_s: Positive = 3.0
    """[s] Time constant with which fixes pull the position; Doppler carries what is faster.
    Relative displacement over 2-5 s is good to decimetres, absolute position to metres."""
    pull_blind_s: Positive = 1.0
    """[s] The same while no course is known (below 1 m/s): fixes alone tell where he goes."""
    default_sigma_m: Positive = 5.0
    """[m] One axis, for a fix that says nothing of its accuracy."""
    doppler_fresh_s: Positive = 1.5
    """[s] A Doppler speed older than this gives way to steps (1.5 periods at 1 Hz)."""
    doppler_hold_s: Positive = 2.0
    """[s] Without steps, the last Doppler speed and course are believed this long."""
    doppler_sigma_mps: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.08
    """[m/s] One axis. The length of a noisy vector is too long by sigma^2 / 2v; taken off.
    Townshend 2008: within 0.1 m/s for 91 % of values, walking and running."""
    start_mps: Positive = 0.5
    """[m/s] Without the IMU: Doppler counts as way from here up (static p95 0.03-0.46)."""
    stop_mps: Positive = 0.3
    """[m/s] Without the IMU: Doppler stops counting below this."""
    creep_mps: Positive = 0.2
    """[m/s] With the IMU saying that he moves: Doppler counts from here up."""
    still_limit_mps: Positive = 1.0
    """[m/s] An IMU that feels no steps is overruled by a Doppler speed above this."""
    dead_reckoning_s: Positive = 20.0
    """[s] Longest gap without a fix that is bridged; afterwards there is no position."""
    blind_s: Positive = 5.0
    """[s] The same when neither steps nor stillness are known."""
    step_speed_share: Share = TAUGHT_SHARE
    """[-] 1 sigma of a speed from steps, as a share of it, when the caller gives none."""
    course_drift_rad: Share = 0.17
    """[rad] 1 sigma of the course when a gap begins (10 degrees)."""
    course_drift_rps: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.05
    """[rad/s] And what it grows by, when only the last course is known: paths bend."""
    unknown_speed_mps: Positive = 1.5
    """[m/s] 1 sigma growth of the position when nothing tells how he moves."""
    jump_sigmas: Positive = 6.0
    """[-] A fix farther from the prediction than this many sigmas is not believed at once."""
    jump_s: Positive = 3.0
    """[s] Fixes that disagree with the prediction for this long are right: start anew."""


@dataclass(frozen=True, slots=True)
class PositionEstimate:
    """Where the runner is now and how he goes."""

    lat_deg: float | None
    """[deg] None when there is no position to trust."""
    lon_deg: float | None
    """[deg]"""
    sigma_m: float | None
    """[m] One axis, 1 sigma; grows while dead reckoning."""
    age_s: float | None
    """[s] Age of the last fix believed. None before the first."""
    speed_mps: float | None
    """[m/s] Over ground. None when nothing tells it."""
    speed_sigma_mps: float | None
    """[m/s] 1 sigma of it."""
    course_rad: float | None
    """[rad] Where the body goes. None when not known."""
    distance_m: float
    """[m] Way covered since the start."""


class Position:
    """Fixes, Doppler speed and steps -> where, how sure, how far."""

    def __init__(self, settings: PositionSettings | None = None) -> None:
        self._set = PositionSettings() if settings is None else settings
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

    def step(
        self,
        now_ns: int,
        fixes: Sequence[GnssFix],
        step_speed_mps: float | None = None,
        moving: bool | None = None,
        course_hint_rad: float | None = None,
        step_speed_share: float | None = None,
    ) -> PositionEstimate:
        """Advance to `now_ns`.

        Args:
            now_ns: [ns] CLOCK_BOOTTIME, never falling.
            fixes: New since the last call, oldest first.
            step_speed_mps: [m/s] Speed from steps; None when there is none.
            moving: Whether the IMU feels steps; None when it cannot tell.
            course_hint_rad: [rad] Course from facing and direction: it leads the way through a
                gap of the receiver. It is not given out: where the body has turned and that is
                noticed a second later, it points the wrong way for as long.
            step_speed_share: [-] 1 sigma of the speed from steps as a share of it.

        Steps: 1. take speed and course of the fixes. 2. move on with the speed believed now.
        3. pull towards the fixes, refuse jumps. 4. sigma of the last fix, plus what steps and
        course may have erred since.
        """
        for fix in fixes:
            self._note_velocity(fix)
        share = self._set.step_speed_share if step_speed_share is None else step_speed_share
        self._speed_sigma_mps = self._set.doppler_sigma_mps
        speed_mps = self._speed(now_ns, step_speed_mps, moving, share)
        course_rad = self._course(now_ns)
        self._advance(now_ns, speed_mps, course_rad, course_hint_rad)
        for fix in fixes:
            self._pull(fix, speed_mps, course_rad)
        return self._estimate(now_ns, speed_mps, course_rad, moving)

    def _note_velocity(self, fix: GnssFix) -> None:
        if fix.mode is FixMode.NONE or fix.is_stuck or fix.is_estimated:
            return
        if fix.speed_mps is not None:
            noise = self._set.doppler_sigma_mps
            self._doppler_mps = math.sqrt(max(0.0, fix.speed_mps**2 - noise**2))
            self._doppler_ns = fix.t_ns
        if fix.course_rad is not None:
            self._course_rad, self._course_ns = fix.course_rad, fix.t_ns

    def _speed(
        self, now_ns: int, step_speed_mps: float | None, moving: bool | None, share: float
    ) -> float | None:
        """Return the speed believed now: Doppler, else steps, else Doppler a little longer."""
        doppler = self._doppler_mps
        age_s = (now_ns - self._doppler_ns) / 1e9
        if doppler is not None and age_s <= self._set.doppler_fresh_s:
            return self._gated(doppler, moving)
        self._is_counting = moving is not False
        if moving is False:
            return 0.0
        if step_speed_mps is not None:
            self._speed_sigma_mps = share * step_speed_mps
            return step_speed_mps
        if doppler is not None and age_s <= self._set.doppler_hold_s:
            return self._gated(doppler, moving)
        return None

    def _gated(self, doppler_mps: float, moving: bool | None) -> float:
        """Decide whether a Doppler speed is way, or the noise of a standing receiver."""
        if moving is False and doppler_mps < self._set.still_limit_mps:
            self._is_counting = False
            return 0.0
        if moving:
            self._is_counting = doppler_mps >= self._set.creep_mps
        elif self._is_counting:
            self._is_counting = doppler_mps >= self._set.stop_mps
        else:
            self._is_counting = doppler_mps >= self._set.start_mps
        return doppler_mps

    def _course(self, now_ns: int) -> float | None:
        age_s = (now_ns - self._course_ns) / 1e9
        if self._course_rad is not None and age_s <= self._set.doppler_fresh_s:
            return self._course_rad
        # Below 1 m/s, and in gaps, a receiver gives no course: keep going for a moment only.
        return self._course_rad if age_s <= self._set.doppler_hold_s else None

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
            self._gap_unknown_s += way_m / self._set.unknown_speed_mps
            return
        bend_s = 0.0 if is_hinted else max(0.0, (now_ns - self._course_ns) / 1e9)
        course_error_rad = self._set.course_drift_rad + self._set.course_drift_rps * bend_s
        self._gap_error_m += way_m * math.hypot(self._set.step_speed_share, course_error_rad)
        self._east_m += way_m * math.sin(along_rad)
        self._north_m += way_m * math.cos(along_rad)

    def _last_course(self, now_ns: int) -> float | None:
        """Return the course that was current when the fixes ended, to reckon a gap along it."""
        was_current = self._doppler_ns - self._course_ns <= self._set.doppler_fresh_s * 1e9
        return self._course_rad if self._is_gap(now_ns) and was_current else None

    def _is_gap(self, now_ns: int) -> bool:
        return now_ns - self._doppler_ns > self._set.doppler_fresh_s * 1e9

    def _pull(self, fix: GnssFix, speed_mps: float | None, course_rad: float | None) -> None:
        if (
            fix.mode is FixMode.NONE
            or fix.is_stuck
            or fix.lat_deg is None
            or fix.lon_deg is None
        ):
            return
        sigma_m = self._set.default_sigma_m if fix.sigma_m is None else fix.sigma_m
        if self._frame is None or self._fix_ns is None or self._t_ns is None:
            self._restart(fix, fix.lat_deg, fix.lon_deg, sigma_m)
            return
        east_m, north_m = self._frame.to_m(fix.lat_deg, fix.lon_deg)
        late_m = (speed_mps or 0.0) * max(0.0, (self._t_ns - fix.t_ns) / 1e9)
        if course_rad is not None:
            east_m += late_m * math.sin(course_rad)
            north_m += late_m * math.cos(course_rad)
        off_east_m, off_north_m = east_m - self._east_m, north_m - self._north_m
        limit_m = self._set.jump_sigmas * math.hypot(sigma_m, self._grown_sigma())
        if math.hypot(off_east_m, off_north_m) > limit_m:
            self._jump_ns = fix.t_ns if self._jump_ns is None else self._jump_ns
            if fix.t_ns - self._jump_ns >= self._set.jump_s * 1e9:
                self._restart(fix, fix.lat_deg, fix.lon_deg, sigma_m)
            return
        dt_s = max(0.0, (fix.t_ns - self._fix_ns) / 1e9)
        pull_s = self._set.pull_blind_s if course_rad is None else self._set.pull_s
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
        grown_m = self._gap_unknown_s * self._set.unknown_speed_mps
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
            limit_s = self._set.dead_reckoning_s if is_bridged else self._set.blind_s
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
