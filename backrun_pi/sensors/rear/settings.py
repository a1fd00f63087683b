"""Settings of the rear sensors: which are fitted, and how they look out of the device."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

LidarModel = Literal["none", "tf-luna", "tfmini-s", "tfmini-plus", "tf02-pro"]
LIDAR_REACH_M: dict[LidarModel, float] = {
    "none": 0.0,
    "tf-luna": 8.0,
    "tfmini-s": 12.0,
    "tfmini-plus": 12.0,
    "tf02-pro": 40.0,
}
"""[m] Farthest range that is accepted: the makers' figure for a white target."""


class RearSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sensors at the back. None is needed, and none fitted is none missed."""

    lidar: LidarModel = "none"
    """A range sensor of Benewake's serial family on [board] rear_lidar_port. tfmini-s for up to
    1.6 m/s, tf02-pro for running."""
    radar: Literal["none", "ld2451"] = "none"
    """A radar on [board] rear_radar_port: it feels who comes, a range sensor who stands."""
    lidar_rate_hz: Annotated[int, msgspec.Meta(ge=20, le=100)] = 100
    """[Hz] Ranges a second: running, the ray sweeps over somebody 10 m away within 0.05 s."""
    lidar_latency_s: Annotated[float, msgspec.Meta(ge=0.0, le=0.2)] = 0.03
    """[s] Age of a range when it arrives: two to three periods of the sensor's own filter."""
    radar_latency_s: Annotated[float, msgspec.Meta(ge=0.0, le=0.5)] = 0.12
    """[s] Age of a report when it arrives; 60 to 200 ms were measured by others."""
    aim_down_deg: Annotated[float, msgspec.Meta(ge=-30.0, le=30.0)] = 5.0
    """[deg] How far the range sensor's ray points below the device's own level."""
    aim_left_deg: Annotated[float, msgspec.Meta(ge=-30.0, le=30.0)] = 0.0
    """[deg] How far the ray points to the wearer's left of the device's back."""
