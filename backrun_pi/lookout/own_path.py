"""How the runner goes: place, course and bend in level axes that drift slowly.

The pelvis sways about the course at stride rate. The course is the straight line through the
yaw of two strides, read off at its newest end: no lag in a steady bend.
"""

from __future__ import annotations

import math
from collections import deque

from backrun_pi.messages import BodyPose, Direction, RunnerState

_COURSE_NS = 2_200_000_000  # two strides
_POSES = 64
_LEAST_SPAN_S = 0.5
_BEND_RPS = 0.06  # less is what is left of the sway: 0.3 m at 6 m


class OwnPath:
    """Follows poses and speeds; places are metres in level axes, x and y."""

    def __init__(self, unknown_speed_mps: float) -> None:
        self._unknown_speed_mps = unknown_speed_mps
        self._poses: deque[tuple[int, float, BodyPose]] = deque(maxlen=_POSES)
        self._moved_ns: int | None = None
        self.x_m = 0.0
        self.y_m = 0.0
        self.speed_mps = 0.0
        self.course_rad = 0.0
        self.turn_rps = 0.0

    def note(self, pose: BodyPose) -> None:
        """Take the pose of a tick."""
        yaw = pose.yaw_rad
        if self._poses:
            last_ns, last, _ = self._poses[-1]
            if pose.t_ns <= last_ns:
                return
            yaw = last + math.remainder(yaw - last, 2.0 * math.pi)
        self._poses.append((pose.t_ns, yaw, pose))

    def move(self, now_ns: int, state: RunnerState) -> None:
        """Go on to a moment."""
        speed = state.speed_mps
        self.speed_mps = self._unknown_speed_mps if speed is None else speed
        self._fit(now_ns)
        is_forward = state.direction is Direction.FORWARD
        self.course_rad += 0.0 if is_forward else math.pi
        if self._moved_ns is not None:
            gone_m = self.speed_mps * min(1.0, (now_ns - self._moved_ns) * 1e-9)
            self.x_m += gone_m * math.cos(self.course_rad)
            self.y_m += gone_m * math.sin(self.course_rad)
        self._moved_ns = now_ns

    def pose_pair(self, t_ns: int) -> tuple[BodyPose, BodyPose, float] | None:
        """Return the poses around a moment, and the share of the second; None without any."""
        after: BodyPose | None = None
        for pose_ns, _, pose in reversed(self._poses):
            if pose_ns <= t_ns:
                if after is None or after.t_ns == pose_ns:
                    return pose, pose, 0.0
                return pose, after, (t_ns - pose_ns) / (after.t_ns - pose_ns)
            after = pose
        return None if after is None else (after, after, 0.0)

    def relative(self, x_m: float, y_m: float) -> tuple[float, float]:
        """Return how far along the course and to its left a place is, the bend taken out."""
        dx, dy = x_m - self.x_m, y_m - self.y_m
        c, s = math.cos(self.course_rad), math.sin(self.course_rad)
        along_m, left_m = dx * c + dy * s, dy * c - dx * s
        turn_rps = self.turn_rps if abs(self.turn_rps) > _BEND_RPS else 0.0
        bend_pm = turn_rps / max(0.5, self.speed_mps)
        return along_m, left_m - 0.5 * bend_pm * along_m * abs(along_m)

    def _fit(self, now_ns: int) -> None:
        since_ns = now_ns - _COURSE_NS
        rows = [((t - now_ns) * 1e-9, yaw) for t, yaw, _ in self._poses if t >= since_ns]
        if not rows:
            return
        n = len(rows)
        mean_t = sum(t for t, _ in rows) / n
        mean = sum(yaw for _, yaw in rows) / n
        spread = sum((t - mean_t) ** 2 for t, _ in rows)
        slope = 0.0
        if rows[-1][0] - rows[0][0] > _LEAST_SPAN_S and spread > 0.0:
            slope = sum((t - mean_t) * (yaw - mean) for t, yaw in rows) / spread
        self.turn_rps = slope
        self.course_rad = mean - slope * mean_t
