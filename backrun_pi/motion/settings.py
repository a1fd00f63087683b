"""Settings of `motion`: every value with unit, bounds and source."""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Positive = Annotated[float, msgspec.Meta(gt=0.0, le=1000.0)]
Small = Annotated[float, msgspec.Meta(gt=0.0, le=10.0)]


class MotionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Decision levels and the few facts about wearer and receiver that motion needs."""

    declare_p: Annotated[float, msgspec.Meta(ge=0.5, le=0.99)] = 0.7
    """[-] A direction is declared above this probability (reference HMM: 0.7)."""
    keep_p: Annotated[float, msgspec.Meta(ge=0.3, le=0.99)] = 0.7
    """[-] and kept until it falls below this one. No lower than `declare_p`: between the two it
    would say more than is known; unknown keeps the warnings of a bout open."""
    gnss_latency_s: Annotated[float, msgspec.Meta(ge=0.0, le=2.0)] = 0.2
    """[s] Age of a fix's velocity at its `t_ns` (receivers filter and compute: 0.1-0.3 s)."""
    gnss_course_min_mps: Annotated[float, msgspec.Meta(ge=0.0, le=5.0)] = 0.45
    """[m/s] Doppler courses below this speed are not weighed (reference fusion)."""
    walk_change_sigma_mps: Small = 0.25
    """[m/s] 1 sigma of a change of velocity integrated over 0.9 s, walking. NOKOV clips alone:
    68 % within 0.17 (forward at the start of a clip 0.30), 95 % within 0.40; rounded up, for
    one person's steps are not everybody's."""
    run_change_sigma_mps: Small = 0.7
    """[m/s] The same in running, from physics, for NOKOV has no run: 0.25 as in walking and an
    inclination 4 deg off under impacts, 0.62 in 0.9 s (VQF's mean error is 2.9 deg)."""
    coach_prior_odds: Annotated[float, msgspec.Meta(ge=1.0, le=5.0)] = 1.5
    """[-] How much the coach's phase tilts a change of direction. Weak on purpose; 1 is off."""
    keep_s: Annotated[float, msgspec.Meta(ge=10.0, le=3600.0)] = 60.0
    """[s] Least time between two writings of what was learned of the wearer during a session;
    a fit that has just become certain is written at once. 2 kB, synced, beside the record."""
    height_m: Annotated[float, msgspec.Meta(ge=1.0, le=2.3)] | None = None
    """[m] Body height of the wearer, for the step-length model. None: 1.72."""

    def __post_init__(self) -> None:
        """Refuse levels that cross."""
        if self.keep_p > self.declare_p:
            raise ValueError(f"keep_p {self.keep_p} is above declare_p {self.declare_p}")


class PositionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much weight fixes, Doppler and steps get."""

    pull_s: Positive = 3.0
    """[s] Time constant with which fixes pull the position; Doppler carries what is faster.
    Relative displacement over 2-5 s is good to decimetres, absolute position to metres."""
    pull_blind_s: Positive = 1.0
    """[s] The same while no course is known (below 1 m/s): fixes alone show the course."""
    default_sigma_m: Positive = 5.0
    """[m] One axis, for a fix that says nothing of its accuracy."""
    doppler_fresh_s: Positive = 1.5
    """[s] A Doppler speed older than this gives way to steps (1.5 periods at 1 Hz)."""
    doppler_hold_s: Positive = 2.0
    """[s] Without steps, the last Doppler speed and course are used this long."""
    doppler_sigma_mps: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.08
    """[m/s] One axis. The length of a noisy vector is too long by sigma^2 / 2v; taken off.
    Townshend 2008: within 0.1 m/s for 91 % of values, walking and running."""
    start_mps: Positive = 0.5
    """[m/s] Without the IMU: Doppler counts as way from here up (static p95 0.03-0.46)."""
    stop_mps: Positive = 0.3
    """[m/s] Without the IMU: Doppler stops counting below this."""
    creep_mps: Positive = 0.2
    """[m/s] While the IMU feels movement: Doppler counts from here up."""
    still_limit_mps: Positive = 1.0
    """[m/s] An IMU that feels no steps is overruled by a Doppler speed above this."""
    dead_reckoning_s: Positive = 20.0
    """[s] Longest gap without a fix that is bridged; afterwards there is no position."""
    blind_s: Positive = 5.0
    """[s] The same when neither steps nor stillness are known."""
    step_speed_share: Share = 0.25
    """[-] 1 sigma of a speed from steps, as a share of it, of a wearer whose steps are not
    known. Not measured on treadmills yet."""
    known_step_speed_share: Share = 0.12
    """[-] The same after Doppler has taught the wearer's own step length."""
    course_drift_rad: Share = 0.17
    """[rad] 1 sigma of the course when a gap begins (10 degrees)."""
    course_drift_rps: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.05
    """[rad/s] And what it grows by, when only the last course is known: paths bend."""
    unknown_speed_mps: Positive = 1.5
    """[m/s] 1 sigma growth of the position when nothing shows the movement."""
    jump_sigmas: Positive = 6.0
    """[-] A fix farther from the prediction than this many sigmas is not accepted at once."""
    jump_s: Positive = 3.0
    """[s] Fixes that disagree with the prediction for this long are right: start again."""
