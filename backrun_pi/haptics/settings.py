"""Settings of `haptics`: strength and timing of the vibration, with unit, bounds and source."""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class HapticsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Strength and timing of the vibration. Strength never carries a meaning."""

    strength: Annotated[float, msgspec.Meta(ge=0.3, le=1.0)] = 0.9
    """[-] Drive of every pattern. Source: at most taste; a waist distinguishes strengths badly
    (Pomplun 2022)."""
    stop_floor: Annotated[float, msgspec.Meta(ge=0.7, le=1.0)] = 1.0
    """[-] STOP is never weaker than this, whatever `strength` says."""
    motor_stop_s: Annotated[float, msgspec.Meta(ge=0.02, le=0.2)] = 0.1
    """[s] Time to 10 % after switching off; an unaided coin motor needs 0.05 to 0.1."""
    still_s: Annotated[float, msgspec.Meta(ge=0.25, le=0.5)] = 0.3
    """[s] The motor is still for so long between any two cues, after it has run down. Source:
    benchmarks/cues.py; below 0.25 s a beat that was cut melts into the cue that cut it."""
    motor_retry_s: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] = 1.0
    """[s] A motor that takes no pulse is tried again after so long."""
    effort_stretch: Share = 0.4
    """[-] Every pulse is longer by up to this share of a short one at full effort; detection
    while moving rises with duration up to about 1 s (Martinsson 2011)."""
    run_effort_from_spm: Annotated[float, msgspec.Meta(ge=60.0, le=200.0)] = 140.0
    """[steps/min] Cadence of a run at which effort begins to rise above half."""
    run_effort_to_spm: Annotated[float, msgspec.Meta(ge=100.0, le=260.0)] = 190.0
    """[steps/min] Cadence of a run that counts as full effort."""
    late_s: Annotated[float, msgspec.Meta(ge=0.0, le=0.05)] = 0.02
    """[s] A pulse that began later than ordered by more than this moves what follows it: a bus
    that hangs for 0.1 s would halve the silence. Less is a tenth of a silence."""
    stale_s: Annotated[float, msgspec.Meta(ge=0.2, le=5.0)] = 1.0
    """[s] A pattern interrupted by a hang longer than this is dropped, not finished late."""

    def __post_init__(self) -> None:
        """Refuse an empty range of effort."""
        if self.run_effort_from_spm >= self.run_effort_to_spm:
            raise ValueError("run_effort_from_spm must be below run_effort_to_spm")
