"""Raw samples -> body channels on an even 50 Hz grid, in the level frame of the facing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from backrun_pi.messages import FloatArray, ImuBatch
from backrun_pi.motion.attitude import Attitude, Quat, multiply, rotate
from backrun_pi.motion.low_pass import Vec
from backrun_pi.units import GRAVITY_MPS2, NS_PER_S

GRID_HZ = 50.0
"""[Hz] Rate of the grid; gait has nothing of use above 8 Hz (reference measurements)."""
KERNEL_S = 0.065
"""[s] Half width of the Hann kernel that filters and resamples: -6 dB at 7.7 Hz."""
GAP_S = 0.1
"""[s] A hole longer than this starts the grid again: ten samples of 100 Hz are missing."""
TILT_TAU_S = 4.0
"""[s] Slow mean of the horizontal acceleration in the body frame, taken as remaining tilt. No
one accelerates for long, so it is an error: coning of the gyroscope under impacts, or the
accelerometer's offset, which turns with the body and so escapes the inertial-frame filter."""
FELT_TAU_S = 1.0
"""[s] Memory of the felt ground: a few steps."""
KEEP = 256
"""[-] Grid points always at hand (5.1 s)."""
_ROOM = 1024
_FIELDS = 8
_AXES = np.ones(3)
_PER_KERNEL = math.pi / KERNEL_S
_NONE = np.empty((0, 7))
_STRAIGHT: Quat = (1.0, 0.0, 0.0, 0.0)
_CHEST: Vec = (1.0, 0.0, 0.0)
X, Y, Z, ROLL, PITCH, YAW_RATE, YAW = range(7)
"""Columns of the grid: acceleration without gravity [m/s2], rates [rad/s], yaw [rad]."""


class BodyStream:
    """Turns sensor samples into chest, left, up channels that later steps can read.

    Steps: 1. subtract the offset found while standing. 2. attitude. 3. turn acceleration and
    rates into the level frame whose x axis is the chest. 4. Hann-weighted means on a 50 Hz
    grid: low-pass, even time base for any rate from 40 to 500 Hz, tolerant of jitter. 5. turn
    away the tilt that the mean horizontal acceleration betrays.
    """

    def __init__(self, sensor_from_body: Quat = _STRAIGHT) -> None:
        self._mount = sensor_from_body
        self._chest = rotate(sensor_from_body, _CHEST)
        self._attitude: Attitude | None = None
        self._offset: Vec = (0.0, 0.0, 0.0)
        self._period_s = 0.01
        self._period_ref: tuple[int, int] | None = None
        self._merge = 1
        self._odd = _NONE
        self._raw: list[float] = []  # time, six channels, yaw; one sample after the other
        self._last_ns: int | None = None
        self._zero_ns: int | None = None
        self._next = 0
        self._grid = np.zeros((_ROOM, 7))
        self._end = 0
        self._valid = 0
        self._tilt = (0.0, 0.0)
        self._rough2 = 0.0
        self.peak_mps2: float | None = None
        self.quat: Quat = _STRAIGHT

    @property
    def count(self) -> int:
        """Return how many grid points follow each other without a hole, at most KEEP."""
        return min(self._valid, KEEP)

    @property
    def newest_ns(self) -> int | None:
        """Return when the newest sample was taken."""
        return self._last_ns

    @property
    def total(self) -> int:
        """Return how many grid points there were since the last hole."""
        return self._valid

    @property
    def removed_rps(self) -> Vec:
        """Return the gyroscope's offset that is taken off, all stages together."""
        if self._attitude is None:
            return self._offset
        a, b = self._offset, self._attitude.bias_rps
        return (a[0] + b[0], a[1] + b[1], a[2] + b[2])

    def last(self, n: int) -> FloatArray:
        """Return the newest n grid points, shape (n, 7), a view."""
        return self._grid[self._end - n : self._end]

    def remount(self, sensor_from_body: Quat) -> None:
        """Change how the sensor sits; the grid starts again."""
        self._mount = sensor_from_body
        self._chest = rotate(sensor_from_body, _CHEST)
        self._valid = 0

    def rezero(self, offset_rps: Vec) -> None:
        """Replace the gyroscope's offset, measured while standing."""
        self._offset = offset_rps
        if self._attitude is not None:
            self._attitude.bias_rps = (0.0, 0.0, 0.0)

    def feed(self, imu: ImuBatch) -> bool:
        """Take a batch; return True when a hole in the samples was found."""
        t_ns = imu.t_ns
        if len(t_ns) == 0:
            return False
        had_gap = self._open(t_ns, imu.gap_s)
        accel, gyro = imu.accel_mps2, imu.gyro_rps
        force = np.sqrt((accel * accel).dot(_AXES))
        self.peak_mps2 = max(self.peak_mps2 or 0.0, *force.tolist())
        self._feel(force)
        times_s = np.multiply(t_ns - (self._zero_ns or 0), 1e-9, dtype=np.float64)
        self._level(self._merged(times_s, accel, gyro))
        self._last_ns = int(t_ns[-1])
        return had_gap

    @property
    def tilt_rad(self) -> float:
        """Return the angle between body z and up."""
        _, x, y, _ = self.quat
        return math.acos(max(-1.0, min(1.0, 1.0 - 2.0 * (x * x + y * y))))

    @property
    def roughness_mps2(self) -> float:
        """Return how rough the ground felt over the last second."""
        return math.sqrt(self._rough2)

    def _feel(self, force: FloatArray) -> None:
        """Follow the mean square of what no gait makes: the second difference of the force.

        It passes little below 15 Hz of 100 Hz samples; white noise of 1 gives 1.
        """
        if len(force) < 3:
            return
        rough = force[2:] - 2.0 * force[1:-1] + force[:-2]
        share = min(1.0, len(force) * self._period_s / FELT_TAU_S)
        self._rough2 += share * (float(rough.dot(rough)) / (6.0 * len(rough)) - self._rough2)

    def _open(self, t_ns: np.ndarray, gap_s: float) -> bool:
        first = int(t_ns[0])
        if self._attitude is None:
            if len(t_ns) > 2:
                self._period_s = float(t_ns[-1] - first) * 1e-9 / (len(t_ns) - 1)
            self._merge = max(1, int(1.02 / (GRID_HZ * self._period_s)))
            self._attitude = Attitude(self._step_s())
            self._zero_ns = first
            self._period_ref = (first, 0)
        last = self._last_ns
        had_gap = last is not None and (gap_s > GAP_S or first - last > GAP_S * NS_PER_S)
        if had_gap:
            self._raw.clear()
            self._odd = _NONE
            self._valid = 0
            self._period_ref = (first, 0)
        self._retime(first, len(t_ns))
        return had_gap

    def _step_s(self) -> float:
        """Return the time between merged samples."""
        return min(0.025, max(0.002, self._period_s * self._merge))

    def _retime(self, first_ns: int, n: int) -> None:
        """Follow the chip's real sample period, measured over 10 s."""
        if self._period_ref is None or self._attitude is None:
            return
        start_ns, seen = self._period_ref
        if first_ns - start_ns >= 10_000_000_000 and seen > 0:
            self._period_s = (first_ns - start_ns) * 1e-9 / seen
            self._attitude.period_s = self._step_s()
            start_ns, seen = first_ns, 0
        self._period_ref = (start_ns, seen + n)

    def _merged(
        self, times_s: FloatArray, accel: FloatArray, gyro: FloatArray
    ) -> list[list[float]]:
        """Return means of as many samples as fit into a period of the grid, each with its time.

        Gait has nothing above 8 Hz, and turns by less than 3 deg in 20 ms: the mean of two
        rates turns the body as far as one after the other.
        """
        rows = np.empty((len(times_s), 7))
        rows[:, 0], rows[:, 1:4], rows[:, 4:] = times_s, accel, gyro
        size = self._merge
        if size == 1:
            return rows.tolist()
        if len(self._odd):
            rows = np.concatenate((self._odd, rows))
        end = len(rows) - len(rows) % size
        self._odd = rows[end:]
        total = rows[0:end:size]
        for k in range(1, size):
            total = total + rows[k:end:size]
        return (total / size).tolist()  # type: ignore[no-any-return]

    def _level(self, rows: list[list[float]]) -> None:
        """Turn samples into the level frame of the chest."""
        attitude = self._attitude
        if attitude is None:
            return
        self._raw += attitude.level(rows, self._offset, self._chest)
        is_turned = self._mount != _STRAIGHT
        self.quat = multiply(attitude.quat, self._mount) if is_turned else attitude.quat

    def settle(self) -> None:
        """Compute the grid points that the samples now reach."""
        raw = self._raw
        if not raw:
            return
        last = math.floor((raw[-_FIELDS] - KERNEL_S) * GRID_HZ)
        if self._valid == 0:
            self._next = math.ceil((raw[0] + KERNEL_S) * GRID_HZ)
        if last < self._next:
            return
        rows = np.array(raw).reshape(-1, _FIELDS)
        times_s = rows[:, 0].copy()
        rows[:, 0] = 1.0  # the product gives the sum of the weights as well
        at_s = np.arange(self._next, last + 1)[:, None] * (1.0 / GRID_HZ)
        away = np.minimum(np.abs((times_s - at_s) * _PER_KERNEL), math.pi)
        weights = np.cos(away, out=away)
        weights += 1.0
        sums = weights.dot(rows)
        points = sums[:, 1:] / (sums[:, :1] + 1e-9)
        points[:, Z] -= GRAVITY_MPS2
        self._upright(points)
        self._append(points)
        self._next = last + 1
        past = int(times_s.searchsorted(self._next / GRID_HZ - KERNEL_S))
        del raw[: _FIELDS * min(past, len(times_s) - 1)]

    def _upright(self, points: FloatArray) -> None:
        """Rotate the accelerations by the small angles that bring their slow mean to zero."""
        share = min(1.0, len(points) / (GRID_HZ * TILT_TAU_S))
        gain = share / (len(points) * GRAVITY_MPS2)
        x, y, up = points[:, X], points[:, Y], points[:, Z]
        fore, left = self._tilt
        sums = np.ones(len(points)).dot(points[:, X : Y + 1]).tolist()
        fore += gain * sums[0] - share * fore
        left += gain * sums[1] - share * left
        self._tilt = fore, left
        lean = fore * x + left * y
        force = up + GRAVITY_MPS2
        x -= fore * force
        y -= left * force
        up += lean

    def _append(self, points: FloatArray) -> None:
        for start in range(0, len(points), KEEP):
            part = points[start : start + KEEP]
            if self._end + len(part) > _ROOM:
                self._grid[:KEEP] = self._grid[self._end - KEEP : self._end].copy()
                self._end = KEEP
            self._grid[self._end : self._end + len(part)] = part
            self._end += len(part)
        self._valid += len(points)


def joined(batches: Sequence[ImuBatch]) -> Iterator[ImuBatch]:
    """Yield batches that follow each other without a hole as one: arrays cost by the piece."""
    run: list[ImuBatch] = []
    for batch in batches:
        if run:
            away_ns = int(batch.t_ns[0]) - int(run[-1].t_ns[-1])
            if batch.gap_s > GAP_S or away_ns > GAP_S * NS_PER_S:
                yield _one(run)
                run = []
        run.append(batch)
    if run:
        yield _one(run)


def _one(run: list[ImuBatch]) -> ImuBatch:
    first = run[0]
    if len(run) == 1:
        return first
    return ImuBatch(
        t_ns=np.concatenate([each.t_ns for each in run]),
        accel_mps2=np.concatenate([each.accel_mps2 for each in run]),
        gyro_rps=np.concatenate([each.gyro_rps for each in run]),
        accel_lsb_mps2=first.accel_lsb_mps2,
        gyro_lsb_rps=first.gyro_lsb_rps,
        chip_c=first.chip_c,
        gap_s=first.gap_s,
    )
