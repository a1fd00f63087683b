"""The tables of a scenario about the rear sensors, and what they can meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

Metres = Annotated[float, msgspec.Meta(ge=-1000, le=8000)]
Length = Annotated[float, msgspec.Meta(gt=0, le=1000)]

OtherKind = Literal[
    "adult",
    "child",
    "dog",
    "bike",
    "pram",
    "pole",
    "bin",
    "bench",
    "kerb",
    "car",
    "wall",
    "hedge",
]


@dataclass(frozen=True, slots=True)
class Preset:
    """A body as the sensors meet it."""

    width_m: float
    """[m] Diameter of what is round, length across the way of what is not."""
    height_m: float
    """[m] Of its top above the ground."""
    rho: float
    """[-] Share of near infrared light that it scatters."""
    rcs_dbsm: float
    """[dBsm] Radar cross-section; of a wall, of 2 m of it."""
    is_round: bool = True
    """An upright cylinder; else a flat board."""


PRESETS: dict[OtherKind, Preset] = {
    "adult": Preset(0.45, 1.7, 0.1, -4.0),
    "child": Preset(0.3, 1.1, 0.4, -10.0),
    "dog": Preset(0.4, 0.5, 0.3, -15.0),
    "bike": Preset(0.6, 1.7, 0.2, -2.0),
    "pram": Preset(0.6, 1.0, 0.3, 0.0),
    "pole": Preset(0.08, 2.0, 0.5, -5.0),
    "bin": Preset(0.5, 1.0, 0.3, 3.0),
    "bench": Preset(1.5, 0.45, 0.4, 0.0, is_round=False),
    "kerb": Preset(6.0, 0.12, 0.3, -20.0, is_round=False),
    "car": Preset(1.8, 1.5, 0.3, 10.0, is_round=False),
    "wall": Preset(20.0, 2.0, 0.3, 0.0, is_round=False),
    "hedge": Preset(20.0, 1.8, 0.3, -6.0, is_round=False),
}
"""Sizes of people and objects; an adult in dark clothes. Radar: JRC EUR 25762 and estimates."""


class RearTable(msgspec.Struct, frozen=True):
    """[rear]: the sensors at the back, and their sky."""

    lidar: Literal["none", "tf-luna", "tfmini-s", "tfmini-plus", "tf02-pro"] = "none"
    """Which range sensor is wired."""
    radar: Literal["none", "ld2451"] = "none"
    """Which radar is wired."""
    height_m: Annotated[float, msgspec.Meta(ge=0.3, le=2)] = 1.0
    """[m] Of the device above the ground."""
    aim_down_deg: Annotated[float, msgspec.Meta(ge=-45, le=45)] = 5.0
    """[deg] The ray below the device's own level."""
    amplitude: Annotated[float, msgspec.Meta(gt=0, le=1e6)] | None = None
    """[-] Of a white surface at 1 m, instead of the model's by its datasheet."""
    lidar_baud: Annotated[int, msgspec.Meta(ge=9600, le=921_600)] = 115_200
    """[baud] The range sensor's setting."""
    radar_baud: Annotated[int, msgspec.Meta(ge=9600, le=460_800)] = 115_200
    """[baud] The radar's setting."""
    radar_says_empty: bool = True
    """False: it sends nothing while it sees nothing."""
    radar_comes: Literal[0, 1] = 1
    """Byte by which it says that something comes."""
    arms_hz: Annotated[float, msgspec.Meta(ge=0, le=20)] = 0.0
    """[Hz] How often an own arm, or its sleeve, is before a sensor for a moment."""
    rain_p: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    """[-] Share of ranges that a drop takes."""
    ground_rho: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.2
    """[-] Of the ground: asphalt 0.2, grass 0.4."""
    sun_bearing_deg: Annotated[float, msgspec.Meta(ge=-360, le=360)] | None = None
    """[deg] Of a low, bright sun, clockwise from north; missing: none."""
    sun_elevation_deg: Annotated[float, msgspec.Meta(ge=0, le=90)] = 8.0
    """[deg] Of that sun."""


class OtherEntry(msgspec.Struct, frozen=True):
    """[[other]]: something that stands or moves and is on no map."""

    kind: OtherKind
    """What; it decides size, brightness and radar cross-section."""
    at_m: Metres | None = None
    """[m] Where it is at from_s, along the line; or give distance_m."""
    distance_m: Metres | None = None
    """[m] Where it is at from_s, from the runner in the direction they then go."""
    offset_m: Annotated[float, msgspec.Meta(ge=-100, le=100)] = 0.0
    """[m] To the left of the line (of the way they go)."""
    from_s: Annotated[float, msgspec.Meta(ge=0, le=86400)] = 0.0
    """[s] When it comes to be there."""
    until_s: Annotated[float, msgspec.Meta(ge=0, le=86400)] | None = None
    """[s] When it is gone."""
    speed_mps: Annotated[float, msgspec.Meta(ge=-15, le=15)] = 0.0
    """[m/s] Towards the beginning of the line (towards the runner); negative: the other way."""
    across_mps: Annotated[float, msgspec.Meta(ge=-15, le=15)] = 0.0
    """[m/s] To the left."""
    is_beside: bool = False
    """It keeps its place beside the runner, wherever they go."""
    length_m: Length | None = None
    """[m] Of a wall or hedge, along the line from at_m on."""
    width_m: Length | None = None
    """[m] Instead of its kind's."""
    height_m: Length | None = None
    """[m] Instead of its kind's."""
    rho: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    """[-] Instead of its kind's."""


class SlopeEntry(msgspec.Struct, frozen=True):
    """[[slope]]: ground that rises or falls along the line."""

    from_m: Metres
    """[m] Where it begins."""
    to_m: Metres
    """[m] Where it ends."""
    grade_p: Annotated[float, msgspec.Meta(ge=-0.3, le=0.3)]
    """[-] Rise per metre in the direction of the line."""
