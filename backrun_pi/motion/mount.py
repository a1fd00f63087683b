"""How the device sits: gyroscope offset and up from standing, the front from the first walk."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from backrun_pi.messages import FloatArray, ImuBatch, MountState
from backrun_pi.motion.attitude import Quat, Vec
from backrun_pi.motion.stream import GRAVITY_MPS2

NOMINAL: Quat = (1.0, 0.0, 0.0, 0.0)
_HALF = math.sqrt(0.5)
# Up in sensor axes -> how to turn body axes into sensor axes. The clip holds the device's face
# (its x axis) to the back, so a wrongly clipped device is turned about x.
TURNED: dict[str, Quat] = {
    "+z": NOMINAL,
    "-z": (0.0, 1.0, 0.0, 0.0),
    "+y": (_HALF, -_HALF, 0.0, 0.0),
    "-y": (_HALF, _HALF, 0.0, 0.0),
}
STAND_S = 1.0
"""[s] Length of a piece of standing that counts."""
STAND_GYRO_RPS = math.radians(1.5)
"""[rad/s] Greatest standard deviation of a rate while standing."""
STAND_ACC_MPS2 = 0.3
"""[m/s2] Greatest standard deviation of the acceleration while standing."""
OFFSET_MAX_RPS = math.radians(20.0)
"""[rad/s] Greatest offset that a chip may have (MPU-6050 data sheet: 20 deg/s)."""
OFFSET_STEP_RPS = math.radians(0.5)
"""[rad/s] Smaller differences are left to the attitude filter."""
UPRIGHT = math.cos(math.radians(40.0))
"""[-] Share of gravity an axis must carry to be called up."""
SIDE_RAD = math.radians(60.0)
"""[rad] A fore-aft axis farther than this from the chest: worn on the hip."""
FRONT_ODDS = 12.0
"""[-] Summed log odds (one window each 1.6 s) that a walk told to be forward looks backward."""


class Mount:
    """Follows the way the device is worn and says how sure that is."""

    def __init__(self) -> None:
        self._pieces: deque[ImuBatch] = deque()
        self._axis = complex(0.0, 0.0)
        self._walked_s = 0.0
        self._odds = 0.0
        self.sensor_from_body = NOMINAL
        self.is_turned = False
        self.state = MountState.UNKNOWN

    def stand(self, imu: ImuBatch, removed_rps: Vec) -> tuple[Vec | None, bool]:
        """Look for a second of standing.

        Args:
            imu: the newest samples.
            removed_rps: offset that is taken off already, all stages together.

        Returns:
            The gyroscope's offset if it is worth replacing, and whether `sensor_from_body`
            has changed.
        """
        self._pieces.append(imu)
        newest = int(imu.t_ns[-1])
        while len(self._pieces) > 1 and newest - int(self._pieces[1].t_ns[0]) >= STAND_S * 1e9:
            self._pieces.popleft()
        if newest - int(self._pieces[0].t_ns[0]) < 0.9 * STAND_S * 1e9:
            return None, False
        first = self._pieces[0]
        if float(np.ptp(first.gyro_rps[:, 0])) > 8.0 * STAND_GYRO_RPS:  # cheap: moving
            return None, False
        gyro = np.concatenate([piece.gyro_rps for piece in self._pieces])
        accel = np.concatenate([piece.accel_mps2 for piece in self._pieces])
        self._pieces.clear()
        if gyro.std(axis=0).max() > STAND_GYRO_RPS or accel.std(axis=0).max() > STAND_ACC_MPS2:
            return None, False
        mean = gyro.mean(axis=0)
        turned = self._upright(accel.mean(axis=0))
        off = np.abs(mean - np.array(removed_rps)).max()
        if np.abs(mean).max() > OFFSET_MAX_RPS or off < OFFSET_STEP_RPS:
            return None, turned
        return (float(mean[0]), float(mean[1]), float(mean[2])), turned

    def walk(
        self, axis_rad: float, log_odds: float, told_forward: bool, seconds: float
    ) -> bool:
        """Take a walking window; return whether `sensor_from_body` has changed.

        Args:
            axis_rad: [rad] angle of the strongest horizontal swing at the step frequency
                against the chest, in (-pi/2, pi/2].
            log_odds: backward : forward of its gait cycle.
            told_forward: the coach asked for a forward walk.
            seconds: [s] new signal in the window.
        """
        if self.state in {MountState.UNKNOWN, MountState.CALIBRATED}:
            return False
        self._walked_s += seconds
        turn = complex(math.cos(2.0 * axis_rad), math.sin(2.0 * axis_rad))
        self._axis += (turn - self._axis) * min(1.0, seconds / 4.0)
        side = abs(math.atan2(self._axis.imag, self._axis.real)) / 2.0
        is_open = self.state is MountState.LEVELLED
        if is_open and self._walked_s > 6.0 and abs(self._axis) > 0.6 and side > SIDE_RAD:
            self.state = MountState.WRONG
            return False
        if told_forward:
            self._odds = max(0.0, self._odds + log_odds * seconds / 1.6)
            if self._odds > FRONT_ODDS and self.state is MountState.LEVELLED:
                w, x, y, z = self.sensor_from_body
                self.sensor_from_body = (-z, y, -x, w)  # then half a turn about up
                self.state = MountState.CORRECTED
                self._odds = 0.0
                return True
        return False

    def learned(self) -> None:
        """Note that the wearer's forward cycle is known for this fit."""
        if self.state is MountState.LEVELLED:
            self.state = MountState.CALIBRATED

    def _upright(self, force: FloatArray) -> bool:
        unit = force / max(float(np.linalg.norm(force)), 1e-6)
        if not 0.8 < float(np.linalg.norm(force)) / GRAVITY_MPS2 < 1.2:
            return False
        name = next(
            (
                sign + axis
                for axis, part in (("z", float(unit[2])), ("y", float(unit[1])))
                for sign in "+-"
                if (part if sign == "+" else -part) > UPRIGHT
            ),
            None,
        )
        if name is None:
            self.state = MountState.WRONG
            return False
        if self.state in {MountState.UNKNOWN, MountState.WRONG}:
            self.state = MountState.LEVELLED if name == "+z" else MountState.CORRECTED
        turned = TURNED[name]
        if turned == self.sensor_from_body or (name == "+z" and not self.is_turned):
            return False
        self.is_turned = name != "+z"
        self.sensor_from_body = turned
        self.state = MountState.CORRECTED if self.is_turned else MountState.LEVELLED
        return True
