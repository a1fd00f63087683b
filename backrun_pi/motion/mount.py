"""How the device sits: offset and up from standing, chest and front from walking forward."""

from __future__ import annotations

import math
from collections import deque

import msgspec
import numpy as np

from backrun_pi.messages import Direction, FloatArray, ImuBatch, MountState
from backrun_pi.motion.attitude import Quat, multiply
from backrun_pi.motion.low_pass import Vec
from backrun_pi.units import GRAVITY_MPS2

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
SAME_UP = math.cos(math.radians(25.0))
"""[-] Up within this angle of where it was kept: worn as then."""
AXIS_S = 6.0
"""[s] Walking that the fore-aft axis is averaged over."""
SIDE_S, SURE_S = 6.0, 10.0
"""[s] Walking before a device on the hip is announced, and before one at the back is turned."""
SURE = 0.8
"""[-] Length of the mean double-angle vector of the axis; a steady walk has 0.9 and more."""
YAW_RAD = math.radians(15.0)
"""[rad] Turns about up below this are left: people swing up to about 8 deg askew, and what is
tolerated anyway is not worth a second without a direction."""
SIDE_RAD, BACK_RAD = math.radians(45.0), math.radians(35.0)
"""[rad] A fore-aft axis farther from the chest than this is the hip's, and none that may be
turned away: it is announced. Nearer than the second it is the back again."""
SHOWN_ODDS = 6.0
"""[-] Summed log odds (one window each 1.6 s) of gait and the phase asked for, after which the
fit is shown: one wearer in 400 does the contrary of what was asked and wears it in front."""
DOUBT_ODDS, DOUBT_MOST = -4.0, -8.0
"""[-] The same sum, where the contradiction is announced, and the lowest it can fall to."""


class Worn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a wearer clips the device on, kept between sessions."""

    up: tuple[float, float, float]
    """[-] Unit vector, sensor axes: up while standing."""
    yaw_rad: float
    """[rad] Turn about up that was corrected, left positive; 0 when worn straight."""

    def is_whole(self) -> bool:
        """Return whether the numbers can be what they are said to be."""
        return all(map(math.isfinite, (*self.up, self.yaw_rad))) and (
            0.9 < math.hypot(*self.up) < 1.1 and abs(self.yaw_rad) <= math.pi
        )


class Mount:
    """Follows the way the device is worn and says how sure that is."""

    def __init__(self, kept: Worn | None = None) -> None:
        self._pieces: deque[ImuBatch] = deque()
        self._kept = kept
        self._name = "+z"
        self._up: Vec | None = None
        self._yaw_rad = 0.0
        self._is_flat = False
        self._is_learned = False
        self._is_settled = False
        self._axis = complex(0.0, 0.0)
        self._walked_s = 0.0
        self._shown_odds = 0.0
        self.sensor_from_body = NOMINAL
        self.state = MountState.UNKNOWN

    def worn(self) -> Worn | None:
        """Return what is worth keeping: None unless a forward walk has confirmed it."""
        if self._up is None or not self._is_learned or self.state is MountState.WRONG:
            return None
        return Worn(self._up, self._yaw_rad)

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
        if self._up is None and self._kept is not None and self._is_worn_as(self._kept):
            return None, self._upright(GRAVITY_MPS2 * np.array(self._kept.up))
        first = self._pieces[0]
        rates_rps = first.gyro_rps[:, 0].tolist()
        if max(rates_rps) - min(rates_rps) > 8.0 * STAND_GYRO_RPS:  # cheap: moving
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

    def walk(self, axis_rad: float, seconds: float) -> bool:
        """Take a window of walking; return whether `sensor_from_body` has changed.

        Steps: 1. mean axis of the fore-aft swing, by its double angle. 2. sure and askew: turn
        it away; sure and far off: announce it.

        Args:
            axis_rad: [rad] angle of the strongest horizontal swing at the step frequency
                against the chest, in (-pi/2, pi/2].
            seconds: [s] new signal in the window.
        """
        if self.state is MountState.UNKNOWN or self._up is None:
            return False
        self._walked_s += seconds
        turn = complex(math.cos(2.0 * axis_rad), math.sin(2.0 * axis_rad))
        self._axis += (turn - self._axis) * min(1.0, seconds / min(AXIS_S, self._walked_s))
        is_sure = self._walked_s > SIDE_S and abs(self._axis) > SURE
        return is_sure and self._turn_to_axis()

    def compare(self, log_odds: float, asked: Direction, seconds: float) -> None:
        """Compare a window of gait with the direction that was asked for.

        A device in front reads a forward walk as a backward one, and gait cannot tell the two
        apart. Neither a kept fit nor what was asked for proves which it is. So nothing is
        turned round: until gait and request have agreed, a contradiction of the two is an
        unknown direction, and once it is certain it is announced.

        Args:
            log_odds: backward : forward of the gait cycle.
            asked: FORWARD or BACKWARD.
            seconds: [s] new signal in the window.
        """
        if self.is_shown:
            return
        sign = 1.0 if asked is Direction.BACKWARD else -1.0
        self._shown_odds = max(DOUBT_MOST, self._shown_odds + sign * log_odds * seconds / 1.6)

    @property
    def is_shown(self) -> bool:
        """Return whether gait and the direction asked for have agreed for long enough."""
        return self._shown_odds > SHOWN_ODDS

    @property
    def is_doubted(self) -> bool:
        """Return whether they contradict each other for certain."""
        return self._shown_odds < DOUBT_ODDS

    def learned(self) -> None:
        """Note that the wearer's forward cycle is known for this fit."""
        self._is_learned = True
        if self.state is MountState.LEVELLED:
            self.state = MountState.CALIBRATED

    def _is_worn_as(self, kept: Worn) -> bool:
        """Return whether up is where it was kept, standing or on the way.

        A restart on the way, after a power cut, needs no standing for it:
        over a second of steps the mean force is gravity, to some 7 deg at most.
        """
        accel = np.concatenate([piece.accel_mps2 for piece in self._pieces])
        x, y, z = accel.mean(axis=0).tolist()
        size = math.sqrt(x * x + y * y + z * z)
        return size > 0.0 and _along(kept.up, (x / size, y / size, z / size)) > SAME_UP

    def _turn_to_axis(self) -> bool:
        off_rad = math.atan2(self._axis.imag, self._axis.real) / 2.0
        if abs(off_rad) > SIDE_RAD:
            self.state, self._is_settled = MountState.WRONG, False
        elif self.state is MountState.WRONG and abs(off_rad) < BACK_RAD:
            self.state = MountState.LEVELLED
        if self.state is MountState.WRONG or self._is_settled or self._walked_s < SURE_S:
            return False
        self._is_settled = True  # a gait that changes later is not a device that turned
        if abs(off_rad) < YAW_RAD:
            return False
        self._yaw_rad += off_rad
        self._correct()
        return True

    def _correct(self) -> None:
        """Put the turns together: which axis is up, then about up."""
        half_rad = self._yaw_rad / 2.0
        about_up = (math.cos(half_rad), 0.0, 0.0, math.sin(half_rad))
        self.sensor_from_body = multiply(TURNED[self._name], about_up)
        straight = self._name == "+z" and self._yaw_rad == 0.0
        self.state = MountState.LEVELLED if straight else MountState.CORRECTED
        self._axis, self._walked_s = complex(0.0, 0.0), 0.0

    def _upright(self, force: FloatArray) -> bool:
        """Take the force of a second of standing; return whether the axes have changed."""
        size = float(np.linalg.norm(force))
        if not 0.8 < size / GRAVITY_MPS2 < 1.2:
            return False
        up = (float(force[0]) / size, float(force[1]) / size, float(force[2]) / size)
        name = next(
            (
                sign + axis
                for axis, part in (("z", up[2]), ("y", up[1]))
                for sign in "+-"
                if (part if sign == "+" else -part) > UPRIGHT
            ),
            None,
        )
        if name is None:
            self.state, self._is_flat = MountState.WRONG, True
            return False
        is_first, before, self._up = self._up is None, self.sensor_from_body, up
        if is_first and self._kept is not None and _along(self._kept.up, up) > SAME_UP:
            self._yaw_rad = self._kept.yaw_rad
        elif name != self._name:  # clipped on again: what was learned of it is gone
            self._yaw_rad = self._shown_odds = 0.0
            self._is_learned = self._is_settled = False
        elif not is_first and not self._is_flat:
            return False
        self._name, self._is_flat = name, False
        self._correct()
        return self.sensor_from_body != before


def _along(a: Vec, b: Vec) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
