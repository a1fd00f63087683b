"""Settings of the freshness watch: how old the last sign of life of a source may be."""

from __future__ import annotations

from typing import Annotated

import msgspec

Age = Annotated[float, msgspec.Meta(ge=0.02, le=2.0)]
"""[s] Never above 2 s: whatever takes away the ability to warn is announced within 2 s."""


class WatchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits per source. The map, the motor and the button are lost by a fault, not by age."""

    imu_late_s: Age = 0.15
    """[s] Three ticks without a motion sample."""
    imu_lost_s: Age = 0.5
    """[s] Half a second is about one step: direction is no longer known."""
    gnss_late_periods: Annotated[float, msgspec.Meta(ge=1.1, le=5.0)] = 1.5
    """[epochs] Late is counted in the receiver's own period, which is learned."""
    gnss_lost_s: Age = 1.8
    """[s] No fix with a position for so long, by silence or by its own report. 1.8 s and not
    the 5 s of car navigation, so that 1.8 s + a tick + the motor's start stay within 2 s."""
    gnss_quick_lost_s: Age = 1.5
    """[s] The same for a receiver of several epochs a second: a loaded Zero 2 W needs up to
    0.3 s from the decision to the motor."""
    gnss_lost_periods: Annotated[float, msgspec.Meta(ge=1.5, le=10.0)] = 3.0
    """[epochs] Missing for `gnss_quick_lost_s` to count: at 1 Hz `gnss_lost_s` decides."""
    recorder_late_s: Age = 1.3
    """[s] The card is written about every second."""
    recorder_lost_s: Age = 1.8
    """[s] A card may stall some 100 ms; longer means seconds of the session are at stake."""
    partner_late_s: Age = 0.5
    """[s] The link is polled every tick."""
    partner_lost_s: Age = 1.5
    """[s] A wireless button that is gone for so long cannot call the stop."""
    rear_lidar_late_s: Age = 0.25
    """[s] Two readings of the range sensor at the back without a range."""
    rear_lidar_lost_s: Age = 0.5
    """[s] It sends fifty ranges a second: silence is a cable or a brown-out."""
    rear_radar_late_s: Age = 0.9
    """[s] Some units are silent while nothing is there: they are asked first."""
    rear_radar_lost_s: Age = 1.5
    """[s] Two questions without an answer."""
    recover_s: Annotated[float, msgspec.Meta(ge=0.0, le=10.0)] = 0.5
    """[s] A lost source must work for so long before it counts as back."""

    def __post_init__(self) -> None:
        """Refuse a source that is lost before it is late."""
        for name in ("imu", "recorder", "partner", "rear_lidar", "rear_radar"):
            if getattr(self, f"{name}_late_s") >= getattr(self, f"{name}_lost_s"):
                raise ValueError(f"{name}_late_s must be below {name}_lost_s")
        if self.gnss_quick_lost_s > self.gnss_lost_s:
            raise ValueError("gnss_quick_lost_s must not be above gnss_lost_s")
