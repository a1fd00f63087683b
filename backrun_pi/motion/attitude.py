"""Gravity and relative yaw from gyroscope and accelerometer: a scalar port of VQF, 6D.

Port of the method and the default parameters of VQF, Copyright (c) 2021 Daniel Laidig
<laidig@control.tu-berlin.de>, MIT licence (its text is in docs/motion.md): D. Laidig,
T. Seel, "VQF: Highly accurate IMU orientation estimation with bias estimation and magnetic
disturbance rejection", Information Fusion 91 (2023), 187-204. Left out: the magnetometer, and
the offset estimation in motion (it changes the inclination by 0.01 deg on the BROAD data).
What is slow (seconds) is corrected once for GROUP samples, by their mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from backrun_pi.motion.low_pass import LowPass3, Vec

GROUP = 5
"""[-] Samples between two corrections: 0.1 s of 50 Hz, a thirtieth of the time constant."""
TAU_ACC_S = 3.0
"""[s] Time constant of the inertial-frame low-pass (VQF tauAcc)."""
REST_MIN_S = 1.5
"""[s] How long the sensor must be quiet to count as resting (VQF restMinT)."""
REST_TAU_S = 0.5
"""[s] Low-pass of the rest detector (VQF restFilterTau)."""
REST_GYRO_RPS = math.radians(2.0)
"""[rad/s] Deviation from the low-pass that ends a rest (VQF restThGyr)."""
REST_ACC_MPS2 = 0.5
"""[m/s2] Deviation from the low-pass that ends a rest (VQF restThAcc)."""
BIAS_CLIP_RPS = math.radians(2.0)
"""[rad/s] Largest offset learned here (VQF biasClip); mount.py removes larger ones first."""
BIAS_P0 = (0.5 * 100.0) ** 2
"""[(0.01 deg/s)2] First variance of the offset (VQF biasSigmaInit, 0.5 deg/s)."""
BIAS_REST_P = (0.03 * 100.0) ** 2
"""[(0.01 deg/s)2] Variance reached at rest (VQF biasSigmaRest, 0.03 deg/s)."""
BIAS_DRIFT_P_PER_S = (0.1 * 100.0) ** 2 / 100.0
"""[(0.01 deg/s)2/s] Growth, 0.1 deg/s in 100 s (VQF biasForgettingTime)."""

_TAU = 2.0 * math.pi
_REST_GYRO2, _REST_ACC2 = REST_GYRO_RPS**2, REST_ACC_MPS2**2

Quat = tuple[float, float, float, float]
NOT_YET: Quat = (1.0, 0.0, 0.0, 0.0)
"""The correction before the first sample."""


class Attitude:
    """Orientation of the sensor against gravity and an arbitrary, slowly drifting yaw.

    Steps: 1. Integrate the gyroscope by the exact half-angle step into `_gyr`. 2. Turn the
    specific force with it into the almost inertial frame and low-pass it there: what rotates
    with the body averages out, gravity stays. 3. The shortest arc from the low-passed vector
    to the vertical goes into `_acc`; the output is the product. 4. At rest a Kalman filter
    with one variance learns the gyroscope's offset.

    Needs: the real sample period; an offset below 2 deg/s per axis.

    Source: see the head of the file.
    """

    __slots__ = (
        "_acc_lp",
        "_acc_q",
        "_bias_p",
        "_drift_p",
        "_group",
        "_gyr_q",
        "_level_sum",
        "_rest_acc",
        "_rest_gyr",
        "_rest_s",
        "_rest_w",
        "_yaw_rad",
        "bias_rps",
        "period_s",
        "quat",
    )

    def __init__(self, dt_s: float) -> None:
        self.period_s = dt_s
        self._gyr_q: Quat = (1.0, 0.0, 0.0, 0.0)
        self._acc_q: Quat = NOT_YET
        group_s = GROUP * dt_s
        self._group: list[Sequence[float]] = []
        self._level_sum: Vec = (0.0, 0.0, 0.0)
        self._yaw_rad = 0.0
        self._acc_lp = LowPass3(TAU_ACC_S, group_s)
        self._rest_acc = LowPass3(REST_TAU_S, group_s)
        self._rest_gyr = LowPass3(REST_TAU_S, group_s)
        self._rest_s = 0.0
        self._bias_p = BIAS_P0
        self._drift_p = BIAS_DRIFT_P_PER_S * group_s
        self._rest_w = BIAS_REST_P * BIAS_REST_P / self._drift_p + BIAS_REST_P
        self.bias_rps: Vec = (0.0, 0.0, 0.0)
        self.quat: Quat = (1.0, 0.0, 0.0, 0.0)

    def level(
        self, rows: Sequence[Sequence[float]], offset_rps: Vec, chest: Vec
    ) -> list[float]:
        """Take samples; return them in the level frame whose x axis is the chest's.

        Args:
            rows: of each sample the time [s], the specific force [m/s2] and the rates [rad/s]
                in sensor axes.
            offset_rps: [rad/s] offset of the gyroscope, found elsewhere.
            chest: [-] unit vector in sensor axes that points where the chest does.

        Returns:
            Of each sample the time [s], the specific force [m/s2] and the rates [rad/s] along
            chest, left and up, and the yaw [rad] without jumps; one after the other.
        """
        levelled: list[float] = []
        if self._acc_q is NOT_YET and rows:
            _, fx, fy, fz, *_ = rows[0]
            self._acc_q = _upright(NOT_YET, (fx, fy, fz))
        at = 0
        while at < len(rows):
            part = rows[at : at + GROUP - len(self._group)]
            levelled += self._turn(part, offset_rps, chest)
            self._group += part
            at += len(part)
            if len(self._group) == GROUP:
                self._correct(offset_rps)
        return levelled

    def _turn(
        self, rows: Sequence[Sequence[float]], offset_rps: Vec, chest: Vec
    ) -> list[float]:
        """Integrate the rates over samples of one group and level them."""
        levelled: list[float] = []
        (ox, oy, oz), (bx, by, bz), (cx, cy, cz) = offset_rps, self.bias_rps, chest
        ox, oy, oz = ox + bx, oy + by, oz + bz
        half_s, yaw = 0.5 * self.period_s, self._yaw_rad
        quarter = half_s * half_s
        aw, ax, ay, az = self._acc_q
        qw, qx, qy, qz = self._gyr_q
        sum_x, sum_y, sum_z = self._level_sum
        for t_s, fx, fy, fz, wx, wy, wz in rows:
            wx, wy, wz = wx - ox, wy - oy, wz - oz  # noqa: PLW2901 - of this sample
            # cosine and sine of the half angle by their series: to 1e-8 at 35 rad/s
            e = quarter * (wx * wx + wy * wy + wz * wz)
            c = 1.0 - e * (0.5 - e * (1.0 / 24.0 - e / 720.0))
            s = half_s * (1.0 - e * (1.0 / 6.0 - e * (1.0 / 120.0 - e / 5040.0)))
            sx, sy, sz = wx * s, wy * s, wz * s
            qw, qx, qy, qz = (
                qw * c - qx * sx - qy * sy - qz * sz,
                qx * c + qw * sx + qy * sz - qz * sy,
                qy * c + qw * sy + qz * sx - qx * sz,
                qz * c + qw * sz + qx * sy - qy * sx,
            )
            w = aw * qw - ax * qx - ay * qy - az * qz
            x = aw * qx + ax * qw + ay * qz - az * qy
            y = aw * qy - ax * qz + ay * qw + az * qx
            z = aw * qz + ax * qy - ay * qx + az * qw
            # rows of the rotation matrix
            x2, y2, z2 = x + x, y + y, z + z
            xx, xy, xz, yy, yz, zz = x * x2, x * y2, x * z2, y * y2, y * z2, z * z2
            wx2, wy2, wz2 = w * x2, w * y2, w * z2
            m00, m01, m02 = 1.0 - yy - zz, xy - wz2, xz + wy2
            m10, m11, m12 = xy + wz2, 1.0 - xx - zz, yz - wx2
            m20, m21, m22 = xz - wy2, yz + wx2, 1.0 - xx - yy
            u = m00 * fx + m01 * fy + m02 * fz
            v = m10 * fx + m11 * fy + m12 * fz
            up = m20 * fx + m21 * fy + m22 * fz
            sum_x, sum_y, sum_z = sum_x + u, sum_y + v, sum_z + up
            p, q = m00 * wx + m01 * wy + m02 * wz, m10 * wx + m11 * wy + m12 * wz
            # the chest's axis, laid level
            hx, hy = m00 * cx + m01 * cy + m02 * cz, m10 * cx + m11 * cy + m12 * cz
            h = math.sqrt(hx * hx + hy * hy) or 1.0
            c, s = hx / h, hy / h
            turn = math.atan2(hy, hx) - yaw
            yaw += turn - _TAU * round(turn / _TAU)
            rate_z = m20 * wx + m21 * wy + m22 * wz
            levelled += (
                t_s,
                c * u + s * v,
                c * v - s * u,
                up,
                c * p + s * q,
                c * q - s * p,
                rate_z,
                yaw,
            )
            self.quat = (w, x, y, z)
        self._gyr_q, self._level_sum, self._yaw_rad = (
            (qw, qx, qy, qz),
            (sum_x, sum_y, sum_z),
            yaw,
        )
        return levelled

    def _correct(self, offset_rps: Vec) -> None:
        """End a group: learn the offset at rest, and pull the vertical upright."""
        last = self._group[-1]
        _, *sums = (sum(column) for column in zip(*self._group, strict=True))
        self._group = []
        fx, fy, fz, wx, wy, wz = (total / GROUP for total in sums)
        ox, oy, oz = offset_rps
        self._learn_offset((fx, fy, fz), (wx - ox, wy - oy, wz - oz), last, offset_rps)
        w, x, y, z = self._gyr_q
        n = 1.0 / math.sqrt(w * w + x * x + y * y + z * z)
        self._gyr_q = (w * n, x * n, y * n, z * n)
        self._pull_upright()

    def _pull_upright(self) -> None:
        aw, ax, ay, az = self._acc_q
        sum_x, sum_y, sum_z = self._level_sum
        self._level_sum = (0.0, 0.0, 0.0)
        mean = (sum_x / GROUP, sum_y / GROUP, sum_z / GROUP)
        inertial = self._acc_lp.step(*rotate((aw, -ax, -ay, -az), mean))
        self._acc_q = _upright(self._acc_q, rotate(self._acc_q, inertial))

    def _learn_offset(self, acc: Vec, gyr: Vec, last: Sequence[float], offset_rps: Vec) -> None:
        """Follow the means of a group; the last sample shows whether the sensor is quiet."""
        mean = mx, my, mz = self._rest_gyr.step(*gyr)
        fx, fy, fz = self._rest_acc.step(*acc)
        _, ax, ay, az, wx, wy, wz = last
        ox, oy, oz = offset_rps
        if (
            (wx - ox - mx) ** 2 + (wy - oy - my) ** 2 + (wz - oz - mz) ** 2 >= _REST_GYRO2
            or (ax - fx) ** 2 + (ay - fy) ** 2 + (az - fz) ** 2 >= _REST_ACC2
            or max(abs(mx), abs(my), abs(mz)) > BIAS_CLIP_RPS
        ):
            self._rest_s = 0.0
        else:
            self._rest_s += GROUP * self.period_s
        if self._bias_p < BIAS_P0:
            self._bias_p += self._drift_p
        if self._rest_s < REST_MIN_S:
            return
        gain = self._bias_p / (self._rest_w + self._bias_p)
        self._bias_p -= gain * self._bias_p
        bx, by, bz = self.bias_rps
        self.bias_rps = (
            bx + gain * (mean[0] - bx),
            by + gain * (mean[1] - by),
            bz + gain * (mean[2] - bz),
        )


def _upright(q: Quat, up: Vec) -> Quat:
    """Return q, turned on by the shortest arc that brings this vector to the vertical."""
    ux, uy, uz = up
    n = math.sqrt(ux * ux + uy * uy + uz * uz)
    if n == 0.0:
        return q
    ux, uy, uz = ux / n, uy / n, uz / n
    cw = math.sqrt((uz + 1.0) / 2.0) if uz > -1.0 else 0.0
    if cw > 1e-6:  # else the vector points straight down: turn about x
        cx, cy = 0.5 * uy / cw, -0.5 * ux / cw
    else:
        cw, cx, cy = 0.0, 1.0, 0.0
    aw, ax, ay, az = q
    aw, ax, ay, az = (
        cw * aw - cx * ax - cy * ay,
        cw * ax + cx * aw + cy * az,
        cw * ay - cx * az + cy * aw,
        cw * az + cx * ay - cy * ax,
    )
    n = 1.0 / math.sqrt(aw * aw + ax * ax + ay * ay + az * az)
    return (aw * n, ax * n, ay * n, az * n)


def rotate(q: Quat, v: Vec) -> Vec:
    """Turn a vector by a unit quaternion."""
    w, x, y, z = q
    a, b, c = v
    tx, ty, tz = 2.0 * (y * c - z * b), 2.0 * (z * a - x * c), 2.0 * (x * b - y * a)
    return (
        a + w * tx + y * tz - z * ty,
        b + w * ty + z * tx - x * tz,
        c + w * tz + x * ty - y * tx,
    )


def multiply(p: Quat, q: Quat) -> Quat:
    """Return the rotation that turns by q, then by p."""
    aw, ax, ay, az = p
    bw, bx, by, bz = q
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def yaw_rad(q: Quat) -> float:
    """Return the yaw of the sensor's x axis, left positive, in (-pi, pi]."""
    w, x, y, z = q
    return math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))
