"""What the motion room may be told, each with unit, bounds and source."""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
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
