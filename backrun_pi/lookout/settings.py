"""Settings of `lookout`: when what is seen behind is announced, and what of it is accepted."""

from __future__ import annotations

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0.1, le=20.0)]
Metres = Annotated[float, msgspec.Meta(ge=0.05, le=5.0)]


class LookoutSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds; times to contact count from the chest's back, at the present speed."""

    stop_s: Seconds = 3.0
    """[s] STOP from this time to contact on: 0.7 s until the second beat, 1.0 s of reaction,
    1.3 s to stop."""
    caution_s: Seconds = 5.0
    """[s] Caution from this time to contact on."""
    comes_caution_s: Seconds = 6.0
    """[s] Of what comes by itself: its rider or walker needs time to see the runner, too."""
    height_m: Annotated[float, msgspec.Meta(ge=0.5, le=1.6)] = 1.0
    """[m] Of the sensor above the ground."""
    half_width_m: Metres = 0.55
    """[m] Half of the corridor: half a body, and as much beside it."""
    ground_m: Metres = 0.1
    """[m] A hit that is less above the ground is a hit of the ground."""
    least_height_m: Metres = 0.25
    """[m] What is lower is the ground, a kerb, a bump: a matter of the map."""
    steepest_p: Annotated[float, msgspec.Meta(ge=0.0, le=0.3)] = 0.08
    """[-] Steepest ground that is not taken for an obstacle."""
    steepens_p: Annotated[float, msgspec.Meta(ge=0.0, le=0.3)] = 0.035
    """[-] The same where the ground is seen: it may rise so much more than just here."""
    upright_m: Metres = 0.2
    """[m] Hits of one place that differ so much in height are no ground, however steep."""
    upright_p: Annotated[float, msgspec.Meta(ge=0.1, le=5.0)] = 0.5
    """[-] And by so much more than they differ in distance."""
    longest_m: Metres = 0.45
    """[m] Hits of a body differ no more in distance; those of ground, wall and hedge do."""
    hits: Annotated[int, msgspec.Meta(ge=2, le=20)] = 4
    """[-] Hits of one place within `hits_s` before it is accepted."""
    hits_s: Seconds = 0.6
    """[s] As long as a sway of the pelvis takes to come by again."""
    nearest_m: Metres = 0.6
    """[m] Nearer ranges are an elbow, a sleeve, a hand."""
    stands_mps: Annotated[float, msgspec.Meta(ge=0.1, le=2.0)] = 0.5
    """[m/s] What moves more slowly stands: its time to contact is that of the own speed."""
    comes_mps: Annotated[float, msgspec.Meta(ge=0.3, le=3.0)] = 0.83
    """[m/s] Radar: what closes so much faster than the own speed comes by itself (3 km/h)."""
    comes_deg: Annotated[float, msgspec.Meta(ge=5.0, le=45.0)] = 15.0
    """[deg] Radar: what comes from farther aside passes."""
    unknown_speed_mps: Annotated[float, msgspec.Meta(ge=0.3, le=4.0)] = 1.5
    """[m/s] Own speed while it is not known."""
    turning_dps: Annotated[float, msgspec.Meta(ge=20.0, le=180.0)] = 60.0
    """[deg/s] Turning faster, the beam sweeps over everything: nothing new is accepted."""
    sun_p: Annotated[float, msgspec.Meta(ge=0.1, le=1.0)] = 0.5
    """[-] Share of a second in the sun that makes it blind."""
    covered_m: Metres = 0.5
    """[m] Nine of ten ranges nearer than this for `covered_s`: something is over the lens."""
    covered_s: Seconds = 1.1
    """[s] So long; the alarm call is felt within 2 s."""
    aim_least_deg: Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)] = 1.0
    """[deg] A ray that points less far down passes over dogs and benches: it counts as lost."""
    aim_most_deg: Annotated[float, msgspec.Meta(ge=0.0, le=45.0)] = 11.0
    """[deg] One that points farther down sees the ground only: it counts as lost."""

    def __post_init__(self) -> None:
        """Refuse limits in the wrong order."""
        if self.stop_s >= self.caution_s or self.stop_s >= self.comes_caution_s:
            raise ValueError("stop_s must be below caution_s and comes_caution_s")
        if self.aim_least_deg >= self.aim_most_deg:
            raise ValueError("aim_least_deg must be below aim_most_deg")
