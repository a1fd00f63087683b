"""Settings of the motion sensor: how it is read, and when its samples are used."""

from __future__ import annotations

from typing import Annotated

import msgspec


class ImuSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of the driver. Ranges and rate are fixed: 16 g, 2000 deg/s, about 100 Hz."""

    period_tolerance: Annotated[float, msgspec.Meta(ge=0.0, le=0.2)] = 0.08
    """[-] How far the real sample period may be from the nominal one. Oscillators are
    specified at 1 % (MPU-6050 PS rev. 3.4, 6.6) to 5 % (ST AN5192); clones are worse."""
    period_memory: Annotated[int, msgspec.Meta(ge=10, le=2000)] = 200
    """[drains] Memory of the clock filter; 200 drains of 50 ms are 10 s."""
    resync_periods: Annotated[float, msgspec.Meta(ge=2.0, le=50.0)] = 4.0
    """[sample periods] A larger surprise in time means lost samples, not a slow clock."""
    frozen_samples: Annotated[int, msgspec.Meta(ge=20, le=2000)] = 100
    """[samples] All six axes equal for so long: the chip repeats itself. Real noise is one to
    several counts at 16 g and 2000 deg/s, so 100 equal samples do not happen by chance."""
    settle_s: Annotated[float, msgspec.Meta(ge=0.1, le=2.0)] = 0.12
    """[s] Wait after a chip reset (100 ms in RM-MPU-6000A rev. 4.2, 4.28)."""
    check_s: Annotated[float, msgspec.Meta(ge=0.1, le=0.4)] = 0.4
    """[s] How long an unknown chip is watched before it is accepted by behaviour. 0.4 s is
    480 B, the most that fits the smallest FIFO (512 B)."""
    gravity_low_g: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.7
    """[g] An unknown chip's mean acceleration must be above this."""
    gravity_high_g: Annotated[float, msgspec.Meta(ge=1.0, le=4.0)] = 1.3
    """[g] An unknown chip's mean acceleration must be below this."""
    temperature_every_s: Annotated[float, msgspec.Meta(ge=0.2, le=60.0)] = 1.0
    """[s] The chip's temperature changes slowly; it is read this often."""
    silent_s: Annotated[float, msgspec.Meta(ge=0.1, le=1.5)] = 0.6
    """[s] Without samples for so long the chip is set up again: it may have lost its power.
    A little more than the watch's 0.5 s, so that such a loss is announced first."""
    retry_first_s: Annotated[float, msgspec.Meta(ge=0.05, le=5.0)] = 0.1
    """[s] To the next try after a transfer that failed twice; doubled each time."""
    retry_s: Annotated[float, msgspec.Meta(ge=0.1, le=5.0)] = 0.5
    """[s] Longest time between two tries; a bus that hangs takes the loop's time at each."""
