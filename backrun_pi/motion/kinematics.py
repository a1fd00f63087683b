"""How likely changes of direction are, from the change of velocity over the last second."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from backrun_pi.messages import Direction, FloatArray
from backrun_pi.motion.direction import BACKWARD, FORWARD, STILL
from backrun_pi.motion.stream import GRID_HZ, TILT_TAU_S, YAW, X, Y

SMOOTH = 26
"""[-] Grid points of the earlier average, 0.5 s: a step, so that its push cancels."""
SPAN = 45
"""[-] Grid points from the middle of that average to the newest point, 0.9 s. The later end is
not averaged: half a second more of delay would cost more than the push of one leg confuses."""
NEEDED = SPAN + SMOOTH // 2
SLOWEST, FASTEST = 0.5, 1.4
TURN = 0.04
CAP = 5.0
LEAVE_MOST = 0.84
"""[-] Most of a state that may be left in one decision."""
STEADY_MPS, STEADY_RAD = 1.2, 1.0
"""[m/s, rad] A change of velocity (from backward to forward walking, as slow as people walk)
and a turn about up by which half of the gait's evidence is about what was before."""
REBOUND = 0.3
"""[-] Share of a past change of velocity that may come back in SPAN. The attitude (3 s) and the
slow mean of `stream` (4 s) take an acceleration for tilt in part, 0.9 s x (1/3 + 1/4) at first,
and give it back with the other sign: a stop would be felt as a start the other way."""
REBOUND_TAU_S = 4.0
DECISION = 10
"""[-] Grid points of one decision, 0.2 s."""
_taper = np.hanning(SMOOTH + 2)[1:-1]
_early = np.cumsum(_taper) / _taper.sum()
# velocity(now) - velocity(early) = sum of acceleration times this
_WEIGHTS = np.concatenate((_early, np.ones(NEEDED - SMOOTH))) / GRID_HZ
_ASKED: dict[Direction | None, int] = {
    Direction.FORWARD: FORWARD,
    Direction.BACKWARD: BACKWARD,
}
Rates = Sequence[Sequence[float]]
"""(4, 4), probability of each change of state in one decision, from (row) to (column)."""
# Dwell times 7 s still, 18 s forward, 13 s backward (reference 8, 25, 15 s). A direct change
# between the directions is rare; the velocity of the last second raises it.
BASE: Rates = (
    (0.970, 0.018, 0.010, 0.002),
    (0.008, 0.989, 0.001, 0.002),
    (0.012, 0.001, 0.985, 0.002),
    (0.020, 0.020, 0.020, 0.940),
)


class VelocityChange:
    """The change of horizontal velocity over a second, seen from both chest directions.

    Steps: 1. turn fore-aft and left acceleration into the frame of the attitude's yaw. 2.
    integrate: the velocity now less the mean one of a step, a second ago. 3. compare with what
    each pair of states predicts at the wearer's speed: the impulse of a start, a stop, a
    reversal, and a body that turns while the course goes on are all the same comparison.

    Source: our own; sign of the initiation impulse right in 97 % of 110 real trials (see
    docs/motion.md).
    """

    def __init__(self, grid: FloatArray) -> None:
        part = grid[-NEEDED:]
        yaw = part[:, YAW]
        c, s = np.cos(yaw), np.sin(yaw)
        x, y = part[:, X], part[:, Y]
        self.east_mps = float(_WEIGHTS.dot(c * x - s * y))
        self.north_mps = float(_WEIGHTS.dot(s * x + c * y))
        late, early = NEEDED - 1, SMOOTH // 2
        self._late = (float(c[late]), float(s[late]))
        self._early = (float(c[early]), float(s[early]))
        self.turned_rad = float(yaw[late] - yaw[early])

    def fore_mps(self) -> float:
        """Return the part of the change along the chest."""
        return self.east_mps * self._late[0] + self.north_mps * self._late[1]

    def steadiness(self) -> float:
        """Return 0..1, how far the last seconds are one gait in one direction."""
        fore, turned = self.fore_mps() / STEADY_MPS, self.turned_rad / STEADY_RAD
        return 1.0 / (1.0 + fore**4 + turned**4)

    def log_fits(self, speed_mps: float, sigma_mps: float) -> dict[tuple[int, int], float]:
        """Return the log likelihood of having gone from one state to another, for each pair.

        The speed is only roughly known: the one that fits best counts, within limits.
        """
        (late_x, late_y), (early_x, early_y) = self._late, self._early
        slow, fast = SLOWEST * speed_mps, FASTEST * speed_mps
        scale = -0.5 / (sigma_mps * sigma_mps)
        east, north = self.east_mps, self.north_mps
        square = east * east + north * north
        found = {(STILL, STILL): scale * square}
        for there, back, ux, uy in (
            ((STILL, FORWARD), (STILL, BACKWARD), late_x, late_y),
            ((BACKWARD, STILL), (FORWARD, STILL), early_x, early_y),
            ((FORWARD, FORWARD), (BACKWARD, BACKWARD), late_x - early_x, late_y - early_y),
            ((BACKWARD, FORWARD), (FORWARD, BACKWARD), late_x + early_x, late_y + early_y),
        ):
            size, along = ux * ux + uy * uy, east * ux + north * uy
            best = along / size if size > 0.0 else 0.0
            v = fast if best > fast else max(best, slow)
            found[there] = scale * (square + v * (v * size - 2.0 * along))
            v = fast if best < -fast else max(-best, slow)
            found[back] = scale * (square + v * (v * size + 2.0 * along))
        return found


class Rebound:
    """Remembers changes of velocity that the attitude still takes for tilt, in part."""

    def __init__(self) -> None:
        self._sum_mps = 0j
        self._past = deque([0j] * (SPAN // DECISION), maxlen=SPAN // DECISION)

    def step(self, grid: FloatArray) -> None:
        """Take the newest points; one call each decision."""
        fore, left = gained(grid, DECISION)
        yaw = float(grid[-1, YAW])
        self._sum_mps += complex(fore, left) * complex(math.cos(yaw), math.sin(yaw))
        self._sum_mps *= 1.0 - DECISION / GRID_HZ / REBOUND_TAU_S
        self._past.append(self._sum_mps)

    def sigma_mps(self) -> float:
        """Return how far the change over the last SPAN may be a past one coming back."""
        return REBOUND * abs(self._past[0])


class Lean:
    """Remembers the doubt that a run casts on changes of velocity.

    Under impacts the attitude and the slow mean of `stream` lean by some degrees. The walk
    after a run starts with that lean, and feels like a change of speed until it is unlearned.
    """

    def __init__(self) -> None:
        self._sigma_mps = 0.0

    def step(self, sigma_mps: float) -> float:
        """Return 1 sigma of a change; call once each decision with that of the gait now."""
        left = self._sigma_mps * (1.0 - DECISION / GRID_HZ / TILT_TAU_S)
        self._sigma_mps = max(sigma_mps, left)
        return self._sigma_mps


def gained(grid: FloatArray, points: int) -> tuple[float, float]:
    """Return the velocity gained over the newest points [m/s]: along the chest, to its left."""
    now, fore, left = float(grid[-1, YAW]), 0.0, 0.0
    for row in grid[len(grid) - points :].tolist():  # ten points or so: sooner than by arrays
        angle = row[YAW] - now
        c, s = math.cos(angle), math.sin(angle)
        fore += c * row[X] - s * row[Y]
        left += s * row[X] + c * row[Y]
    return fore / GRID_HZ, left / GRID_HZ


def transition(
    change: VelocityChange | None, base: Rates, speed_mps: float, sigma_mps: float
) -> Rates:
    """Scale the rates of change by how well each explains the change of velocity.

    Args:
        change: None while there is too little signal: the base rates.
        base: (4, 4), probability of each change in one decision, rows sum to 1.
        speed_mps: [m/s] the wearer's likely speed when moving.
        sigma_mps: [m/s] 1 sigma of the measured change against the predicted one.
    """
    if change is None:
        return base
    about = TURN * ((1.0 - math.cos(change.turned_rad)) / 2.0) ** 2
    fits = change.log_fits(speed_mps, sigma_mps)
    (_, sf, sb, so), (fs, _, fb, fo), (bs, bf, _, bo), other = base
    stay = fits[STILL, STILL]
    sf *= _gain(fits[STILL, FORWARD] - stay)
    sb *= _gain(fits[STILL, BACKWARD] - stay)
    stay = fits[FORWARD, FORWARD]
    fs *= _gain(fits[FORWARD, STILL] - stay)
    fb = (fb + about) * _gain(fits[FORWARD, BACKWARD] - stay)
    stay = fits[BACKWARD, BACKWARD]
    bs *= _gain(fits[BACKWARD, STILL] - stay)
    bf = (bf + about) * _gain(fits[BACKWARD, FORWARD] - stay)
    s, f, b = (_share(leave) for leave in (sf + sb + so, fs + fb + fo, bs + bf + bo))
    return (
        (1.0 - s * (sf + sb + so), s * sf, s * sb, s * so),
        (f * fs, 1.0 - f * (fs + fb + fo), f * fb, f * fo),
        (b * bs, b * bf, 1.0 - b * (bs + bf + bo), b * bo),
        other,
    )


def _gain(log_odds: float) -> float:
    """Return by how much a change is likelier than usual, within limits."""
    return math.exp(-4.0 if log_odds < -4.0 else min(log_odds, CAP))


def _share(leave: float) -> float:
    """Return what part of the rates is kept, so that no state loses more than LEAVE_MOST."""
    return LEAVE_MOST / leave if leave > LEAVE_MOST else 1.0


def tilt(rates: Rates, expected: Direction | None, odds: float) -> Rates:
    """Make changes to the direction that was asked for more likely; the same without one.

    Args:
        rates: (4, 4), rows sum to 1.
        expected: the direction that was asked for.
        odds: by which such a change is more likely.
    """
    state = _ASKED.get(expected)
    if state is None:
        return rates
    tilted: list[Sequence[float]] = []
    for before, row in enumerate(rates):
        more = 0.0 if before == state else (odds - 1.0) * row[state]
        share = 1.0 / (1.0 + more)
        each = [rate * share for rate in row]
        each[state] += more * share
        tilted.append(each)
    return tilted
