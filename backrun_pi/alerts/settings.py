"""Settings of `alerts`: when a condition holds, and how much is announced."""

from __future__ import annotations

from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class AlertsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds of the conditions and limits of the arbiter."""

    per_minute: Annotated[int, msgspec.Meta(ge=1, le=20)] = 6
    """[-] Most cues of rate-limited rows in any 60 s. Programme cues, answers to the button,
    STOP and lost abilities are not counted (alarm fatigue: Wiczorek and Manzey)."""
    notices_per_minute: Annotated[int, msgspec.Meta(ge=1, le=20)] = 3
    """[-] Share of those that rows below CAUTION may use, so that a notice never takes the
    place of a caution."""
    merge_s: Annotated[float, msgspec.Meta(ge=0.0, le=6.0)] = 3.0
    """[s] Cautions that begin this soon after one another are one cue; much longer, and the
    second obstacle would never be announced."""
    caution_again_s: Annotated[float, msgspec.Meta(ge=0.0, le=40.0)] = 10.0
    """[s] A caution that was cut short comes again no sooner."""
    before_bout_s: Annotated[float, msgspec.Meta(ge=0.0, le=30.0)] = 10.0
    """[s] So long before a bout an edge alongside is announced: 3 s of countdown, 3 s to act,
    the cue itself and what may hold it up."""
    crowded_s: Annotated[float, msgspec.Meta(ge=0.0, le=120.0)] = 30.0
    """[s] A busy way, bad ground or an edge waits so long for obstacles to be passed: a STOP
    would cut its cue short."""
    quiet_s: Annotated[float, msgspec.Meta(ge=0.6, le=2.0)] = 0.7
    """[s] Silence before a cue that is not prompt: 55 % longer than the longest silence inside
    one (0.45 s before a count)."""
    still_s: Annotated[float, msgspec.Meta(ge=0.3, le=1.0)] = 0.45
    """[s] What a prompt cue needs between itself and its neighbours: the motor runs down and
    is still (haptics.motor_stop_s, haptics.still_s), and a tick."""
    answered_s: Annotated[float, msgspec.Meta(ge=0.3, le=5.0)] = 1.0
    """[s] Not moving backward for so long answers a warning: they stopped or turned."""
    answered_rearm_s: Annotated[float, msgspec.Meta(ge=0.0, le=40.0)] = 30.0
    """[s] An obstacle that a STOP was obeyed for is only cautioned of, once, until it has not
    been oncoming for so long. They have stopped, looked, and go on past it."""
    looked_round_s: Annotated[float, msgspec.Meta(ge=0.0, le=20.0)] = 3.0
    """[s] Whatever was oncoming this shortly before they stopped for a STOP was seen too."""
    sigma_poor_m: Annotated[float, msgspec.Meta(ge=1.0, le=30.0)] = 6.0
    """[m] Position uncertainty from which warnings are less certain; open sky gives 2 to 3."""
    position_lost_s: Annotated[float, msgspec.Meta(ge=1.0, le=1.8)] = 1.6
    """[s] A position that rests on a fix older than this is lost; with the tick below 2 s."""
    state_lost_s: Annotated[float, msgspec.Meta(ge=0.2, le=1.8)] = 1.0
    """[s] A runner state older than this means that movement is not felt."""
    card_low_bytes: Annotated[int, msgspec.Meta(ge=1_000_000)] = 100_000_000
    """[B] Less free space than this: about two hours of recording are left, at the 47 MB an
    hour measured over 8.8 h on the twin."""
    charge_low: Share = 0.2
    """[-] State of charge for the first notice; about an hour is left."""
    charge_critical: Share = 0.07
    """[-] State of charge at which it may go dark."""
    battery_low_v: Annotated[float, msgspec.Meta(ge=3.0, le=4.2)] = 3.5
    """[V] As `charge_low`, without a gauge of charge (one lithium cell under load)."""
    battery_critical_v: Annotated[float, msgspec.Meta(ge=2.8, le=4.0)] = 3.35
    """[V] As `charge_critical`; the 5 V converter gives up soon below."""

    def __post_init__(self) -> None:
        """Refuse limits in the wrong order."""
        if self.notices_per_minute > self.per_minute:
            raise ValueError("notices_per_minute is above per_minute")
        if self.charge_critical > self.charge_low:
            raise ValueError("charge_critical is above charge_low")
        if self.battery_critical_v > self.battery_low_v:
            raise ValueError("battery_critical_v is above battery_low_v")
