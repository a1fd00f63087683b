"""The sensing element inside an IMU chip: truth in, counts at the chip's own pace out."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt

from backrun_pi.messages import FloatArray
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.motor import SimMotor
from backrun_pi.sim.pose import RATE_HZ
from backrun_pi.sim.runner import Block
from backrun_pi.sim.scenario_tables import ImuTable
from backrun_pi.sim.world import World

Counts = npt.NDArray[np.int16]
ByteOrder = Literal[">i2", "<i2"]
_ACCEL_NOISE_MPS2 = 0.039  # 400 ug/rtHz behind 94 Hz (MPU-6000 product specification 3.4, 6.2)
_GYRO_NOISE_RPS = math.radians(0.05)  # total RMS noise (same, 6.1)
_FULL = 32767


class Sampler:
    """Samples a mounted body; shape and speed of the output follow `configure`."""

    def __init__(
        self,
        world: World,
        motor: SimMotor,
        clock: SimClock,
        faults: FaultBook,
        table: ImuTable,
        rng: np.random.Generator,
    ) -> None:
        self._world, self._motor, self._clock = world, motor, clock
        self._faults, self._rng = faults, rng
        self._mount = rotation(*table.mount_deg)
        self._slow = 1.0 + table.clock_error_p
        self._bias = np.array(
            [*table.accel_bias_mps2, *(math.radians(dps) for dps in table.gyro_bias_dps)]
        )
        self._noise = table.noise_p * np.array([_ACCEL_NOISE_MPS2] * 3 + [_GYRO_NOISE_RPS] * 3)
        self._per_unit = np.ones(6)
        self._low_pass_hz = math.inf
        self._period_s = math.inf
        self._next_s = math.inf
        self._block: Block | None = None
        self._times: FloatArray = np.empty(0)
        self._values: FloatArray = np.empty((6, 0))
        self._counts: Counts = np.empty((0, 6), dtype=">i2")
        self._last: Counts = np.zeros((1, 6), dtype=">i2")

    def configure(
        self,
        rate_hz: float,
        accel_lsb_mps2: float,
        gyro_lsb_rps: float,
        byte_order: ByteOrder = ">i2",
        *,
        low_pass_hz: float = 260.0,
    ) -> None:
        """Start sampling again; rate 0 stops. The filter is the accelerometer's."""
        self._low_pass_hz = low_pass_hz
        self._byte_order: ByteOrder = byte_order
        self._per_unit = np.array([1.0 / accel_lsb_mps2] * 3 + [1.0 / gyro_lsb_rps] * 3)
        self._period_s = self._slow / rate_hz if rate_hz > 0.0 else math.inf
        self._next_s = self._clock.elapsed_s + self._period_s
        self._block = None

    def remount(self, turn: FloatArray) -> None:
        """Turn the device on the body; holds from the next block on."""
        self._mount = turn @ self._mount

    def take(self) -> Counts:
        """Return the samples since the last call, shape (n, 6), in the chip's byte order."""
        now_s = self._clock.elapsed_s
        if self._next_s > now_s:
            return self._counts[:0]
        self._world.advance(now_s)
        parts = []
        while self._next_s <= now_s:
            part = self._from_block(now_s)
            if len(part) == 0:
                break
            parts.append(part)
        if not parts:
            return self._counts[:0]
        counts = parts[0] if len(parts) == 1 else np.concatenate(parts, dtype=self._byte_order)
        if self._faults.holds("imu_stuck", now_s):
            return np.repeat(self._last, len(counts), axis=0)
        self._last = counts[-1:]
        return counts

    def _from_block(self, now_s: float) -> Counts:
        """Return the samples up to now of the block that holds the next one."""
        if self._block is None or self._next_s > self._block.t1_s:
            self._sample_block()
        first, end = np.searchsorted(self._times, (self._next_s - 1e-9, now_s + 1e-12))
        first, end = int(first), int(end)
        if end <= first:
            self._next_s = math.nextafter(now_s, math.inf) if end >= len(self._times) else now_s
            return self._counts[:0]
        times = self._times[first:end]
        self._next_s = float(times[-1]) + self._period_s
        if self._motor.is_moving(float(times[0]), float(times[-1])):
            shake = self._motor.shake(times, self._low_pass_hz)
            return self._rounded(self._values[:, first:end] + self._turned(shake))
        return self._counts[first:end]

    def _sample_block(self) -> None:
        """Make all samples of the block that holds the next one, without the motor."""
        blocks = self._world.blocks
        oldest = blocks[0]
        if self._next_s <= oldest.t0_s:  # asked too late: those samples are gone for good
            missed = math.ceil((oldest.t0_s - self._next_s) / self._period_s + 1e-9)
            self._next_s += missed * self._period_s
        block = next(b for b in blocks if self._next_s <= b.t1_s)
        count = int((block.t1_s - self._next_s) / self._period_s) + 1
        times: FloatArray = self._next_s + self._period_s * np.arange(count, dtype=np.float64)
        place = (times - block.t0_s) * RATE_HZ
        low = np.minimum(place.astype(np.intp), block.sensed.shape[1] - 2)
        part = place - low
        body = block.sensed[:, low] * (1.0 - part) + block.sensed[:, low + 1] * part
        hard = self._faults.value("imu_saturated", block.t0_s)
        if hard is not None:
            body[:3] *= hard
        noise = self._noise[:, None] * self._rng.standard_normal(body.shape)
        values = self._turned(body) + self._bias[:, None] + noise
        self._block, self._times, self._values = block, times, values
        self._counts = self._rounded(values)

    def _turned(self, body: FloatArray) -> FloatArray:
        """Body axes -> the axes printed on the chip."""
        return np.concatenate((self._mount.T @ body[:3], self._mount.T @ body[3:]))

    def _rounded(self, values: FloatArray) -> Counts:
        counts = np.rint(values.T * self._per_unit)
        return np.clip(counts, -_FULL - 1, _FULL).astype(self._byte_order, order="C")


def rotation(roll_deg: float, pitch_deg: float, yaw_deg: float) -> FloatArray:
    """Return the matrix that turns sensor axes into body axes: Rz(yaw) Ry(pitch) Rx(roll)."""
    r, p, y = math.radians(roll_deg), math.radians(pitch_deg), math.radians(yaw_deg)
    about_x = [[1, 0, 0], [0, math.cos(r), -math.sin(r)], [0, math.sin(r), math.cos(r)]]
    about_y = [[math.cos(p), 0, math.sin(p)], [0, 1, 0], [-math.sin(p), 0, math.cos(p)]]
    about_z = [[math.cos(y), -math.sin(y), 0], [math.sin(y), math.cos(y), 0], [0, 0, 1]]
    turned: FloatArray = np.array(about_z) @ np.array(about_y) @ np.array(about_x)
    return turned
