"""The door of the room: samples and fixes in, what the runner does out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import numpy as np

from backrun_pi.messages import (
    Direction,
    FloatArray,
    Gait,
    GnssFix,
    ImuBatch,
    MountState,
    RunnerState,
)
from backrun_pi.motion.direction import BACKWARD, FORWARD, STILL, DirectionFilter
from backrun_pi.motion.gait import WINDOW, Cycle, cycle
from backrun_pi.motion.position import Position
from backrun_pi.motion.settings import MotionSettings
from backrun_pi.motion.stream import YAW, BodyStream

DECIDE_NS = 100_000_000
STEP_S = 0.1


class Motion:
    """Keeps everything that is known of the wearer's motion; advanced only by `step`."""

    def __init__(self, settings: MotionSettings, wearer: bytes | None = None) -> None:
        self._set = settings
        self._stream = BodyStream()
        self._filter = DirectionFilter()
        self._position = Position()
        self._decided_ns: int | None = None
        self._yaws: deque[tuple[int, float]] = deque(maxlen=64)
        self._cycle: Cycle | None = None
        self._direction = Direction.UNKNOWN
        self._gait = Gait.UNKNOWN
        self._p_backward: float | None = None
        self._because: tuple[str, ...] = ()
        self._wearer = wearer

    def wearer(self) -> bytes | None:
        """Return what was learned about the wearer, to be kept across restarts."""
        return self._wearer

    def step(
        self,
        now_ns: int,
        imu: ImuBatch | None,
        fixes: Sequence[GnssFix],
        expected: Direction | None = None,
    ) -> RunnerState:
        """Take what has arrived since the last tick and say what the runner does."""
        stream = self._stream
        stream.peak_mps2 = None
        if imu is not None and stream.feed(imu):
            self._filter.forget_offset()
        for fix in fixes:
            self._weigh_fix(fix)
        if self._decided_ns is None or now_ns - self._decided_ns >= DECIDE_NS:
            self._decided_ns = now_ns
            self._decide(now_ns, expected)
        moving = None if self._gait is Gait.UNKNOWN else self._gait is not Gait.STILL
        place = self._position.step(now_ns, fixes, self._step_speed(), moving, None)
        return RunnerState(
            t_ns=stream.newest_ns if stream.newest_ns is not None else now_ns,
            direction=self._direction,
            gait=self._gait,
            p_backward=self._p_backward,
            because=self._because,
            cadence_spm=self._cadence(),
            speed_mps=place.speed_mps,
            course_rad=place.course_rad,
            facing_rad=self._facing(),
            lat_deg=place.lat_deg,
            lon_deg=place.lon_deg,
            sigma_m=place.sigma_m,
            position_age_s=place.age_s,
            distance_m=place.distance_m,
            mount=MountState.LEVELLED if self._cycle is not None else MountState.UNKNOWN,
            turn_rps=self._cycle.turn_rps if self._cycle is not None else None,
            impact_mps2=stream.peak_mps2,
        )

    def _decide(self, now_ns: int, expected: Direction | None) -> None:
        stream = self._stream
        stream.settle()
        newest = stream.newest_ns
        if newest is None or now_ns - newest > 500_000_000 or stream.count < WINDOW:
            self._direction, self._gait = Direction.UNKNOWN, Gait.UNKNOWN
            self._p_backward, self._because, self._cycle = None, ("no IMU samples",), None
            return
        grid = stream.last(WINDOW)
        self._yaws.append((newest, float(grid[-1, YAW])))
        c = self._cycle = cycle(grid)
        self._filter.change(self._transition(expected), math.radians(0.6) * math.sqrt(STEP_S))
        self._filter.weigh(_likelihood(c))
        self._declare(c)

    def _declare(self, c: Cycle) -> None:
        p = self._filter.states()
        moving = float(p[FORWARD] + p[BACKWARD])
        self._p_backward = float(p[BACKWARD]) / moving
        run = c.flight_share > 0.3
        if p[STILL] > 0.5:
            self._direction, self._gait = Direction.UNKNOWN, Gait.STILL
            self._because = ("no motion",)
            return
        self._gait = Gait.RUN if run else Gait.WALK
        if p[BACKWARD] > self._set.declare_p:
            self._direction = Direction.BACKWARD
        elif p[FORWARD] > self._set.declare_p:
            self._direction = Direction.FORWARD
        elif (self._direction is Direction.BACKWARD and p[BACKWARD] < self._set.keep_p) or (
            self._direction is Direction.FORWARD and p[FORWARD] < self._set.keep_p
        ):
            self._direction = Direction.UNKNOWN
        self._because = ("gait cycle",)

    def _transition(self, expected: Direction | None) -> FloatArray:
        """Tilt changes of state towards the coach's phase, by odds that are weak on purpose."""
        state = {Direction.FORWARD: FORWARD, Direction.BACKWARD: BACKWARD}.get(
            expected or Direction.UNKNOWN
        )
        if state is None:
            return _TRANSITION
        tilted = _TRANSITION.copy()
        tilted[:, state] *= self._set.coach_prior_odds
        tilted[state, state] = _TRANSITION[state, state]
        return np.asarray(tilted / tilted.sum(axis=1, keepdims=True))

    def _weigh_fix(self, fix: GnssFix) -> None:
        if fix.speed_mps is None or fix.is_estimated or fix.is_stuck or not self._yaws:
            return
        at = fix.t_ns - round(self._set.gnss_latency_s * 1e9)
        yaw = min(self._yaws, key=lambda row: abs(row[0] - at))[1]
        course = fix.course_rad if fix.speed_mps > self._set.gnss_course_min_mps else None
        self._filter.velocity(fix.speed_mps, course, yaw)

    def _cadence(self) -> float | None:
        if self._cycle is None or self._gait not in {Gait.WALK, Gait.RUN}:
            return None
        return 60.0 * self._cycle.step_hz

    def _step_speed(self) -> float | None:
        if self._gait is Gait.STILL:
            return 0.0
        cadence = self._cadence()
        if cadence is None:
            return None
        return 0.0125 * cadence if self._gait is Gait.WALK else 0.0165 * cadence

    def _facing(self) -> float | None:
        mean, sure = self._filter.offset()
        if sure < 0.8 or not self._yaws:
            return None
        return (mean - self._yaws[-1][1]) % (2.0 * math.pi)


_TRANSITION: FloatArray = np.array(
    [
        [0.985, 0.009, 0.005, 0.001],
        [0.004, 0.992, 0.003, 0.001],
        [0.006, 0.003, 0.990, 0.001],
        [0.010, 0.010, 0.010, 0.970],
    ]
)


def _likelihood(c: Cycle) -> FloatArray:
    """Return the tempered likelihood of each state for one decision."""
    still = -0.5 * (max(0.0, c.recent_mps2 - 0.2) / 0.3) ** 2
    move = -0.5 * (max(0.0, 0.7 - c.recent_mps2) / 0.25) ** 2
    run = 1.0 / (1.0 + math.exp(-(c.flight_share - 0.28) / 0.04))
    walk_llr = 2.0 * (c.asymmetry + 0.15) - c.quadrature
    run_llr = 3.0 * c.quadrature
    llr = max(-3.0, min(3.0, run * run_llr + (1.0 - run) * walk_llr))
    logs = np.array([still, move - llr / 2.0, move + llr / 2.0, move - 2.0])
    return np.asarray(np.exp(0.2 * np.maximum(logs, -20.0)))
