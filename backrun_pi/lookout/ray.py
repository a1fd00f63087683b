"""From the device's own axes to a ray in level axes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from backrun_pi.lookout.own_path import OwnPath
from backrun_pi.messages import BodyPose


@dataclass(frozen=True, slots=True)
class LevelRay:
    """Where the sensor looked at one moment."""

    yaw_rad: float
    """[rad] In the level axes of the path."""
    rise_rad: float
    """[rad] Above the horizon; negative looks down."""


class Aim:
    """How the sensor's ray sits in the device."""

    def __init__(self, down_deg: float, left_deg: float) -> None:
        down, left = math.radians(down_deg), math.radians(left_deg)
        # The wearer's left is the device's: its x axis points to the chest.
        self._ray = (
            -math.cos(down) * math.cos(left),
            math.cos(down) * math.sin(left),
            -math.sin(down),
        )

    def at(self, path: OwnPath, t_ns: int) -> LevelRay | None:
        """Return where the ray pointed; None while no pose is known."""
        pair = path.pose_pair(t_ns)
        if pair is None:
            return None
        before, after, share = pair
        one = self._turned(before)
        if share == 0.0:
            return one
        other = self._turned(after)
        turn = math.remainder(other.yaw_rad - one.yaw_rad, 2.0 * math.pi)
        rise = other.rise_rad - one.rise_rad
        return LevelRay(one.yaw_rad + share * turn, one.rise_rad + share * rise)

    def _turned(self, pose: BodyPose) -> LevelRay:
        w, x, y, z = pose.level_from_device
        a, b, c = self._ray
        tx, ty, tz = 2.0 * (y * c - z * b), 2.0 * (z * a - x * c), 2.0 * (x * b - y * a)
        east = a + w * tx + y * tz - z * ty
        north = b + w * ty + z * tx - x * tz
        up = c + w * tz + x * ty - y * tx
        return LevelRay(math.atan2(north, east), math.asin(max(-1.0, min(1.0, up))))
