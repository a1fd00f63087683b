"""A low-pass for three axes that starts without a swing, as VQF has it (see attitude.py)."""

from __future__ import annotations

import math

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
