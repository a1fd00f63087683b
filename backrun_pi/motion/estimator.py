"""The door of the room: samples and fixes in, what the runner does out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from backrun_pi.messages import (
    BodyPose,
    Direction,
    Gait,
    GnssFix,
    ImuBatch,
    MountState,
    RunnerState,
)
from backrun_pi.motion.attitude import Quat, multiply, yaw_rad
from backrun_pi.motion.decision_clock import DecisionClock
from backrun_pi.motion.direction_classifier import LEARNED_S, STEP_S, Judge
from backrun_pi.motion.gait import WINDOW, Cycle
from backrun_pi.motion.mount import Mount
from backrun_pi.motion.non_gait import is_running, is_walking
from backrun_pi.motion.position import Position, StepMotion
from backrun_pi.motion.settings import MotionSettings, PositionSettings
from backrun_pi.motion.steps import Steps
from backrun_pi.motion.stream import KEEP, BodyStream, joined
from backrun_pi.motion.treadmill import step_speed_mps
from backrun_pi.motion.wearer_profile import load

_GOING = (Gait.WALK, Gait.RUN)
_OPPOSITE = {Direction.FORWARD: Direction.BACKWARD, Direction.BACKWARD: Direction.FORWARD}
FULL_LEAST = 0.5
"""[-] Fullness of a window whose step frequency counts for the cadence."""
FIGURES_EVERY = 5  # decisions: how the legs differ changes within tens of steps
STALE_NS = 500_000_000
"""[ns] Samples older than this are no evidence: the direction is unknown."""
TIPPED_RAD = math.radians(50.0)
"""[rad] Nobody goes with a trunk so far from upright, a device 15 deg askew counted in: it
lies, or is held in a hand, or its wearer lies."""
TORN = "what was kept of the wearer cannot be read: it is learned again"
CONTRADICTED = (
    "the steps contradict what was asked for: worn in front, or gone the other way",
)


class Motion:
    """Keeps everything that is known of the wearer's motion; advanced only by `step`."""

    def __init__(
        self,
        settings: MotionSettings,
        wearer: bytes | None = None,
        position: PositionSettings | None = None,
    ) -> None:
        """Begin with what was kept of the wearer; bytes that are torn count as nothing."""
        self._settings = settings
        self._position_settings = PositionSettings() if position is None else position
        known, is_whole = load(wearer)
        self._torn = () if is_whole else (TORN,)
        self._stream = BodyStream()
        self._mount = Mount(known.worn)
        self._judge = Judge(settings, known)
        self._steps = Steps()
        self._position = Position(self._position_settings)
        self._waiting: list[ImuBatch] = []
        self._clock = DecisionClock()
        self._last: RunnerState | None = None
        self._decided_ns: int | None = None
        self._doppler_ns: int | None = None
        self._doppler_mps = 0.0
        self._facing_rad: float | None = None
        self._cadence_spm: float | None = None
        self._leg_difference: float | None = None
        self._decided = 0
        self._kept_ns: int | None = None
        self._kept_fit: Quat | None = None

    def wearer(self) -> bytes | None:
        """Return what was learned about the wearer; None when nothing new was learned."""
        if self._judge.learned_s < LEARNED_S:
            return None
        self._judge.wearer.worn = self._mount.worn()
        return msgspec.json.encode(self._judge.wearer)

    def pose(self) -> BodyPose | None:
        """Return how device and body are turned now; None before the first sample."""
        stream = self._stream
        if stream.newest_ns is None:
            return None
        w, x, y, z = self._mount.sensor_from_body
        device = multiply(stream.quat, (w, -x, -y, -z))
        return BodyPose(stream.newest_ns, device, yaw_rad(stream.quat))

    def worth_keeping(self) -> bytes | None:
        """Return what should be kept now, lest a power cut lose it; None most of the time.

        As soon as the fit is certain, when it has changed, and now and then with what was
        learned since: a card is worn by writing. A fit that is not certain replaces nothing.
        """
        now_ns, fit = self._decided_ns, self._mount.sensor_from_body
        if now_ns is None or self._judge.learned_s < LEARNED_S or self._mount.worn() is None:
            return None
        is_due = self._kept_ns is None or now_ns - self._kept_ns >= self._settings.keep_s * 1e9
        if fit == self._kept_fit and not is_due:
            return None
        self._kept_ns, self._kept_fit = now_ns, fit
        return self.wearer()

    def step(
        self,
        now_ns: int,
        imu: ImuBatch | None,
        fixes: Sequence[GnssFix],
        expected: Direction | None = None,
    ) -> RunnerState:
        """Take what has arrived since the last tick and say what the runner does.

        Args:
            now_ns: [ns] CLOCK_BOOTTIME, rising.
            imu: samples since the last call, None when there are none.
            fixes: epochs since the last call.
            expected: the coach's phase as a direction: a weak prior on changes, a stronger one
                on what is learned of the wearer, and what gait has to agree with before the
                fit counts as shown. None without coach.
        """
        if imu is not None and len(imu.t_ns) > 0:
            self._waiting.append(imu)
        for fix in fixes:
            self._judge.weigh_fix(fix)
            if fix.speed_mps is not None and not fix.is_estimated and not fix.is_stuck:
                self._doppler_ns, self._doppler_mps = fix.t_ns, fix.speed_mps
        is_due = self._clock.is_due(now_ns, has_fix=bool(fixes))
        if self._last is not None and not (is_due or fixes):
            return self._last
        if is_due:
            self._decided_ns = now_ns
            self._take_waiting()
            self._decide(now_ns, expected)
            self._facing_rad = self._judge.facing_rad()
            self._cadence_spm = self._steps.cadence_spm
            self._decided += 1
            if self._decided % FIGURES_EVERY == 0:
                is_run = self._judge.verdict.gait is Gait.RUN
                self._leg_difference = self._steps.figures().asymmetry_p(is_run=is_run)
        self._last = self._state(now_ns, fixes, expected)
        return self._last

    def _take_waiting(self) -> None:
        """Take the batches since the last decision, those without a hole together."""
        waiting, self._waiting = self._waiting, []
        self._stream.peak_mps2 = None
        for imu in joined(waiting):
            self._take(imu)

    def _take(self, imu: ImuBatch) -> None:
        offset, turned = self._mount.stand(imu, self._stream.removed_rps)
        if offset is not None:
            self._stream.rezero(offset)
        if turned:
            self._remount()
        if self._stream.feed(imu):
            self._judge.forget_offset()
            self._steps.forget()

    def _decide(self, now_ns: int, expected: Direction | None) -> None:
        stream, judge = self._stream, self._judge
        before = stream.total
        stream.settle()
        newest = stream.newest_ns
        if newest is None or now_ns - newest > STALE_NS:
            judge.blind("no IMU samples")
            return
        if stream.count < WINDOW:
            judge.blind("too little signal yet")
            return
        verdict = judge.decide(newest, stream.last(min(stream.count, KEEP)), expected)
        c, e = judge.cycle, judge.evidence
        if c is None or e is None:
            return
        if verdict.gait in _GOING:
            fresh = min(stream.total - before, WINDOW)
            is_run, is_full = verdict.gait is Gait.RUN, e.fullness > FULL_LEAST
            self._steps.step(stream.last(fresh), c.step_hz, is_run, is_full=is_full)
            self._learn_step(now_ns)
        else:
            self._steps.forget()
        self._fit(c, e.direction, expected)

    def _fit(self, c: Cycle, log_odds: float, expected: Direction | None) -> None:
        """Let a window of walking show how the device sits, and one of running which way."""
        walks = is_walking(c)
        if not (walks or is_running(c)):
            return
        if self._judge.learned_s > LEARNED_S:
            self._mount.learned()
        asked = expected in (Direction.FORWARD, Direction.BACKWARD)
        if expected is not None and asked and self._judge.verdict.gait in _GOING:
            self._mount.compare(log_odds, expected, STEP_S)
        if walks and self._mount.walk(c.axis_rad, STEP_S):
            self._remount()

    def _contradiction(self, expected: Direction | None) -> bool:
        """Return whether the direction contradicts the request while the fit is not shown."""
        if self._mount.is_shown or expected is None:
            return False
        opposite = _OPPOSITE.get(expected)
        return opposite is not None and self._judge.verdict.direction is opposite

    def _remount(self) -> None:
        """Begin again in the axes that the mount has found."""
        self._stream.remount(self._mount.sensor_from_body)
        self._judge.forget_offset()
        self._judge.blind("the axes were turned")

    def _learn_step(self, now_ns: int) -> None:
        """Learn the wearer's own step length from a fresh Doppler speed."""
        model = self._step_speed()
        if self._doppler_ns is None or model is None or now_ns - self._doppler_ns > STALE_NS:
            return
        backward = self._judge.verdict.direction is Direction.BACKWARD
        # Slower, the noise of the receiver counts; backward people are slow, so it must do.
        if self._doppler_mps > (0.3 if backward else 0.8) and model > 0.0:
            ratio = self._doppler_mps / model
            self._judge.wearer.learn_step(ratio, STEP_S / 30.0, backward=backward)

    def _step_speed(self) -> float | None:
        judge = self._judge
        gait = judge.verdict.gait
        if gait is Gait.STILL:
            return 0.0
        if judge.cycle is None or gait is Gait.UNKNOWN:
            return None
        return step_speed_mps(
            judge.cycle,
            gait,
            judge.verdict.direction,
            self._settings.height_m,
            self._factor() or 1.0,
        )

    def _factor(self) -> float | None:
        """Return the wearer's step length against the model's in the present direction."""
        backward = self._judge.verdict.direction is Direction.BACKWARD
        return self._judge.wearer.step_share(backward=backward)

    def _course_rad(self) -> float | None:
        """Return the course by facing and direction, to lead through a gap of the receiver."""
        direction = self._judge.verdict.direction
        if self._facing_rad is None or direction is Direction.UNKNOWN:
            return None
        turn = math.pi if direction is Direction.BACKWARD else 0.0
        return (self._facing_rad + turn) % (2.0 * math.pi)

    def _state(
        self, now_ns: int, fixes: Sequence[GnssFix], expected: Direction | None
    ) -> RunnerState:
        stream, judge = self._stream, self._judge
        verdict = judge.verdict
        moving = None if verdict.gait is Gait.UNKNOWN else verdict.gait is not Gait.STILL
        steps = verdict.gait in _GOING
        known = self._position_settings.known_step_speed_share
        share = None if self._factor() is None else known
        felt = StepMotion(self._step_speed(), share, moving, self._course_rad())
        place = self._position.step(now_ns, fixes, felt)
        wrong = self._mount.state is MountState.WRONG
        tilt_rad = None if stream.newest_ns is None else stream.tilt_rad
        tipped = tilt_rad is not None and tilt_rad > TIPPED_RAD
        because = ("worn in a way that hides the chest",) if wrong else verdict.because
        contradicts = self._contradiction(expected)
        because = CONTRADICTED if contradicts else because
        hides = wrong or tipped or contradicts
        if self._torn and judge.learned_s < LEARNED_S:
            because += self._torn
        return RunnerState(
            t_ns=stream.newest_ns if stream.newest_ns is not None else now_ns,
            direction=Direction.UNKNOWN if hides else verdict.direction,
            gait=verdict.gait,
            p_backward=None if hides else verdict.p_backward,
            because=("the device is tipped over",) if tipped else because,
            cadence_spm=self._cadence_spm if steps else None,
            asymmetry_p=self._leg_difference if steps else None,
            speed_mps=place.speed_mps,
            speed_sigma_mps=place.speed_sigma_mps,
            course_rad=place.course_rad,
            facing_rad=self._facing_rad,
            lat_deg=place.lat_deg,
            lon_deg=place.lon_deg,
            sigma_m=place.sigma_m,
            position_age_s=place.age_s,
            distance_m=place.distance_m,
            mount=MountState.DOUBTED if self._mount.is_doubted else self._mount.state,
            turn_rps=None if judge.cycle is None else judge.cycle.turn_rps,
            impact_mps2=stream.peak_mps2,
            tilt_rad=tilt_rad,
            roughness_mps2=stream.roughness_mps2 if verdict.gait is Gait.WALK else None,
        )
