"""Where the rear sensors are and look, from the runner's true pose."""

from __future__ import annotations

import math

import numpy as np

from backrun_pi.messages import FloatArray
from backrun_pi.sim.rear_tables import RearTable
from backrun_pi.sim.rear_world import Ray
from backrun_pi.sim.sampler import rotation
from backrun_pi.sim.scenario_tables import ImuTable
from backrun_pi.sim.world import World

_CONE_RAD = math.radians(1.0)  # half of the 2 deg of the makers' sheets
_RING = 6


class RearView:
    """The bracket on the device, the device on the body, the body in the world."""

    def __init__(self, world: World, table: RearTable, imu: ImuTable) -> None:
        self._world, self._height_m = world, table.height_m
        mount = rotation(*imu.mount_deg)
        self._rays = mount @ _cone(math.radians(table.aim_down_deg))
        self._axis = mount @ np.array([-1.0, 0.0, 0.0])

    def rays(self, times_s: FloatArray) -> Ray:
        """Return the seven rays of the cone at each of the times, one time after the other."""
        pose = self._world.poses(times_s)
        count = self._rays.shape[1]
        pose = np.repeat(pose, count, axis=1)
        body = np.tile(self._rays, len(times_s))
        return Ray(
            east_m=pose[0],
            north_m=pose[1],
            up_m=np.full(pose.shape[1], self._height_m),
            direction=_in_world(body, pose),
            t_s=np.repeat(times_s, count),
        )

    def axis(self, t_s: float) -> tuple[FloatArray, FloatArray]:
        """Return the pose and the direction in which the device's back looks, one moment."""
        pose = self._world.poses(np.array([t_s]))
        return pose[:, 0], _in_world(self._axis[:, None], pose)[:, 0]


def _cone(down_rad: float) -> FloatArray:
    """Return the rays of the cone in the axes printed on the device, shape (3, 7)."""
    turns = np.arange(_RING) * (2.0 * math.pi / _RING)
    aside = np.concatenate(([0.0], 0.7 * _CONE_RAD * np.cos(turns)))
    below = down_rad + np.concatenate(([0.0], 0.7 * _CONE_RAD * np.sin(turns)))
    return np.array(
        [-np.cos(below) * np.cos(aside), np.cos(below) * np.sin(aside), -np.sin(below)]
    )


def _in_world(body: FloatArray, pose: FloatArray) -> FloatArray:
    """Turn directions from body axes into east, north, up."""
    x, y, z = body
    facing, roll, pitch, yaw = pose[4], pose[5], pose[6], pose[7]
    sin_r, cos_r = np.sin(roll), np.cos(roll)
    y, z = cos_r * y - sin_r * z, sin_r * y + cos_r * z
    sin_p, cos_p = np.sin(pitch), np.cos(pitch)
    x, z = cos_p * x + sin_p * z, cos_p * z - sin_p * x
    sin_y, cos_y = np.sin(yaw), np.cos(yaw)
    x, y = cos_y * x - sin_y * y, sin_y * x + cos_y * y
    sin_f, cos_f = np.sin(facing), np.cos(facing)
    return np.array([x * sin_f - y * cos_f, x * cos_f + y * sin_f, z])
