"""Gravity and relative yaw from gyroscope and accelerometer: a scalar port of VQF, 6D.

Port of the method and the default parameters of VQF, Copyright (c) 2021 Daniel Laidig
<laidig@control.tu-berlin.de>, MIT licence (its text is in docs/motion.md): D. Laidig,
T. Seel, "VQF: Highly accurate IMU orientation estimation with bias estimation and magnetic
disturbance rejection", Information Fusion 91 (2023), 187-204. Left out: the magnetometer, and
the offset estimation in motion (it changes the inclination by 0.01 deg on the BROAD data).
"""

from __future__ import annotations

import math

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

_REST_GYRO2, _REST_ACC2 = REST_GYRO_RPS**2, REST_ACC_MPS2**2

Quat = tuple[float, float, float, float]
Vec = tuple[float, float, float]


class LowPass3:
    """Second-order Butterworth on three axes, started by the plain mean of `tau_s`.

    Steps: 1. fc = sqrt(2) / (2 pi tau), bilinear transform. 2. The running mean is the output
    until tau has passed. 3. The filter state then starts as if the mean had always been there.
    """

    __slots__ = ("_a1", "_a2", "_b0", "_b1", "_count", "_first", "_past", "_sum", "value")

    def __init__(self, tau_s: float, dt_s: float) -> None:
        c = math.tan(dt_s / (math.sqrt(2.0) * tau_s))
        d = c * c + math.sqrt(2.0) * c + 1.0
        self._b0 = c * c / d
        self._b1 = 2.0 * self._b0
        self._a1 = 2.0 * (c * c - 1.0) / d
        self._a2 = (1.0 - math.sqrt(2.0) * c + c * c) / d
        self._first = max(1, round(tau_s / dt_s))
        self._count = 0
        self._sum: Vec = (0.0, 0.0, 0.0)
        self._past = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        self.value: Vec = (0.0, 0.0, 0.0)

    def step(self, x: float, y: float, z: float) -> Vec:
        """Take one sample, return the filtered one."""
        if self._count < self._first:
            return self._mean(x, y, z)
        b0, b1, a1, a2 = self._b0, self._b1, self._a1, self._a2
        x1, x2, y1, y2, z1, z2 = self._past
        out_x, out_y, out_z = b0 * x + x1, b0 * y + y1, b0 * z + z1
        self._past = (
            b1 * x - a1 * out_x + x2,
            b0 * x - a2 * out_x,
            b1 * y - a1 * out_y + y2,
            b0 * y - a2 * out_y,
            b1 * z - a1 * out_z + z2,
            b0 * z - a2 * out_z,
        )
        self.value = (out_x, out_y, out_z)
        return self.value

    def _mean(self, x: float, y: float, z: float) -> Vec:
        self._count += 1
        sx, sy, sz = self._sum
        self._sum = (sx + x, sy + y, sz + z)
        n = self._count
        self.value = (self._sum[0] / n, self._sum[1] / n, self._sum[2] / n)
        if n == self._first:
            x, y, z = self.value
            self._past = (*self._settled(x), *self._settled(y), *self._settled(z))
        return self.value

    def _settled(self, level: float) -> tuple[float, float]:
        return level * (1.0 - self._b0), level * (self._b0 - self._a2)


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
        "_gyr_q",
        "_rest_acc",
        "_rest_gyr",
        "_rest_s",
        "_rest_w",
        "bias_rps",
        "period_s",
        "quat",
    )

    def __init__(self, dt_s: float) -> None:
        self.period_s = dt_s
        self._gyr_q: Quat = (1.0, 0.0, 0.0, 0.0)
        self._acc_q: Quat = (1.0, 0.0, 0.0, 0.0)
        self._acc_lp = LowPass3(TAU_ACC_S, dt_s)
        self._rest_acc = LowPass3(REST_TAU_S, dt_s)
        self._rest_gyr = LowPass3(REST_TAU_S, dt_s)
        self._rest_s = 0.0
        self._bias_p = BIAS_P0
        self._drift_p = BIAS_DRIFT_P_PER_S * dt_s
        self._rest_w = BIAS_REST_P * BIAS_REST_P / self._drift_p + BIAS_REST_P
        self.bias_rps: Vec = (0.0, 0.0, 0.0)
        self.quat: Quat = (1.0, 0.0, 0.0, 0.0)

    def step(self, acc: Vec, gyr: Vec) -> Quat:
        """Take one sample; return the rotation sensor -> level frame (w, x, y, z).

        Args:
            acc: [m/s2] specific force in sensor axes.
            gyr: [rad/s] rates in sensor axes, large offset already removed.
        """
        self._learn_offset(acc, gyr)
        bx, by, bz = self.bias_rps
        gx, gy, gz = gyr[0] - bx, gyr[1] - by, gyr[2] - bz
        rate = math.sqrt(gx * gx + gy * gy + gz * gz)
        qw, qx, qy, qz = self._gyr_q
        if rate > 0.0:
            half = 0.5 * rate * self.period_s
            c, s = math.cos(half), math.sin(half) / rate
            sx, sy, sz = gx * s, gy * s, gz * s
            qw, qx, qy, qz = (
                qw * c - qx * sx - qy * sy - qz * sz,
                qx * c + qw * sx + qy * sz - qz * sy,
                qy * c + qw * sy + qz * sx - qx * sz,
                qz * c + qw * sz + qx * sy - qy * sx,
            )
            n = 1.0 / math.sqrt(qw * qw + qx * qx + qy * qy + qz * qz)
            qw, qx, qy, qz = qw * n, qx * n, qy * n, qz * n
            self._gyr_q = (qw, qx, qy, qz)
        self._pull_upright(acc)
        aw, ax, ay, az = self._acc_q
        self.quat = (
            aw * qw - ax * qx - ay * qy - az * qz,
            aw * qx + ax * qw + ay * qz - az * qy,
            aw * qy - ax * qz + ay * qw + az * qx,
            aw * qz + ax * qy - ay * qx + az * qw,
        )
        return self.quat

    def _pull_upright(self, acc: Vec) -> None:
        inertial = self._acc_lp.step(*rotate(self._gyr_q, acc))
        ux, uy, uz = rotate(self._acc_q, inertial)
        n = math.sqrt(ux * ux + uy * uy + uz * uz)
        if n == 0.0:
            return
        ux, uy, uz = ux / n, uy / n, uz / n
        cw = math.sqrt((uz + 1.0) / 2.0) if uz > -1.0 else 0.0
        if cw > 1e-6:  # else the vector points straight down: turn about x
            cx, cy = 0.5 * uy / cw, -0.5 * ux / cw
        else:
            cw, cx, cy = 0.0, 1.0, 0.0
        aw, ax, ay, az = self._acc_q
        aw, ax, ay, az = (
            cw * aw - cx * ax - cy * ay,
            cw * ax + cx * aw + cy * az,
            cw * ay - cx * az + cy * aw,
            cw * az + cx * ay - cy * ax,
        )
        n = 1.0 / math.sqrt(aw * aw + ax * ax + ay * ay + az * az)
        self._acc_q = (aw * n, ax * n, ay * n, az * n)

    def _learn_offset(self, acc: Vec, gyr: Vec) -> None:
        (gx, gy, gz), (ax, ay, az) = gyr, acc
        mean = mx, my, mz = self._rest_gyr.step(gx, gy, gz)
        fx, fy, fz = self._rest_acc.step(ax, ay, az)
        if (
            (gx - mx) ** 2 + (gy - my) ** 2 + (gz - mz) ** 2 >= _REST_GYRO2
            or (ax - fx) ** 2 + (ay - fy) ** 2 + (az - fz) ** 2 >= _REST_ACC2
            or max(abs(mx), abs(my), abs(mz)) > BIAS_CLIP_RPS
        ):
            self._rest_s = 0.0
        else:
            self._rest_s += self.period_s
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
