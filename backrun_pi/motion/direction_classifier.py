"""From body channels and Doppler velocities to a declared state: one decision each 0.2 s."""

from __future__ import annotations

import math
from dataclasses import dataclass

from backrun_pi.messages import Direction, FloatArray, Gait, GnssFix
from backrun_pi.motion.attribution import (
    BRAKING,
    COURSE,
    IMPULSE,
    PHASE,
    PIVOT,
    SPEED,
    TURNED,
    WHEELED,
    Reasons,
    log_odds,
    odds_after,
)
from backrun_pi.motion.direction import (
    BACKWARD,
    DOPPLER_POWER,
    FORWARD,
    OTHER,
    STILL,
    DirectionFilter,
)
from backrun_pi.motion.evidence import Evidence, GaitFilter, learn, weigh
from backrun_pi.motion.gait import WINDOW, Cycle, cycle
from backrun_pi.motion.kinematics import (
    BASE,
    DECISION,
    NEEDED,
    Lean,
    Rates,
    Rebound,
    VelocityChange,
    gained,
    tilt,
    transition,
)
from backrun_pi.motion.non_gait import shows_steps
from backrun_pi.motion.settings import MotionSettings
from backrun_pi.motion.speed_prior import implausible_backward
from backrun_pi.motion.stream import GRID_HZ, KERNEL_S, YAW
from backrun_pi.motion.wearer_profile import WearerProfile

STEP_S = DECISION / GRID_HZ
"""[s] Between decisions: 0.2 s. Steps last twice as long, and most receivers send as often."""
WINDOW_S = WINDOW / GRID_HZ
TEMPER = 0.4
"""[-] Power of one window's likelihood. Windows overlap by 88 %, so a fifth would count each
signal once per window; cues of neighbouring steps are not independent either way."""
REST_TEMPER = 0.8
"""[-] The same for standing against moving, which looks at half a second only."""
DRIFT_RAD = math.radians(0.6) * math.sqrt(STEP_S)
"""[rad] Drift of the yaw offset in one decision, 0.6 deg/sqrt(s) (reference fusion)."""
WALK_MPS, RUN_MPS = 1.2, 2.4
"""[m/s] Likely speeds, only to judge changes of velocity; 0.5 to 1.4 times as fast is free."""
LEARN_P, LEARN_ODDS = 0.95, 3.0
"""[-] It must be this certain that somebody goes, and in log odds that they go forward, for
LEARN_AFTER_S, before the wearer's cycle is learned."""
PROMISE_ODDS = 3.0
"""[-] Log odds of forward that a walk has which was asked for as forward: one wearer in twenty
does something else. For learning alone, never for what is declared."""
LEARN_AFTER_S = 2.0
LEARNED_S = 8.0
"""[s] Certain forward walking after which the wearer's cycle is proven, and worth keeping."""
MEASURED = 0.5
"""[-] Log odds of one Doppler velocity that make a way of it: no seat is one."""
AGREED, OPPOSED = -0.3, -1.0
"""[-] Least log odds of the gait alone, over AGREE_SHARE of decisions, with which backward is
declared and kept. Steps that say the contrary of a push by more than this make it unknown."""
FILLED = 0.25
"""[-] Least fullness of the window with which it is declared: whatever pushes without steps (a
seat, a turn about, somebody else) fills none."""
AGREE_SHARE = 0.5
TURNED_RAD = 1.6
"""[rad] More than a quarter turn in a second: the body turned, whatever its course did."""
RISEN_S = 3.0
"""[s] After standing, a movement may still be a seat taken or left; those last 1.5 s."""


@dataclass(slots=True)
class DirectionEstimate:
    """What is declared now."""

    direction: Direction = Direction.UNKNOWN
    gait: Gait = Gait.UNKNOWN
    p_backward: float | None = None
    because: tuple[str, ...] = ()


class Judge:
    """Holds the filter and the wearer; one decision each fifth of a second."""

    def __init__(self, settings: MotionSettings, wearer: WearerProfile) -> None:
        self._settings = settings
        self._filter = DirectionFilter()
        self._yaw_rad: float | None = None
        self._sure_s = 0.0
        self._risen_s = math.inf
        self._doppler_odds = 0.0
        self._gait_odds = 0.0
        self._reasons = Reasons()
        self._fix: GnssFix | None = None
        self._rebound = Rebound()
        self._lean = Lean()
        self._gaits = GaitFilter()
        self.wearer = wearer
        self.learned_s = 0.0
        self.verdict = DirectionEstimate()
        self.cycle: Cycle | None = None
        self.evidence: Evidence | None = None

    def blind(self, because: str) -> DirectionEstimate:
        """Say unknown: there is nothing to decide on."""
        self.verdict = DirectionEstimate(because=(because,))
        self.cycle = self.evidence = None
        self._sure_s = 0.0
        return self.verdict

    def forget_offset(self) -> None:
        """Forget the yaw offset, after a hole in the samples."""
        self._filter.forget_offset()
        self._yaw_rad = self._fix = None
        self._rebound = Rebound()

    def decide(
        self, t_ns: int, history: FloatArray, expected: Direction | None
    ) -> DirectionEstimate:
        """Weigh the newest window.

        Args:
            t_ns: [ns] newest sample.
            history: shape (n, 7), grid without a hole, at least WINDOW points.
            expected: the coach's phase: a weak prior on changes, None without one.
        """
        self._yaw_rad = float(history[-1, YAW])
        c = self.cycle = cycle(history[-WINDOW:])
        is_proven = self.learned_s >= LEARNED_S
        e = self.evidence = weigh(c, self.wearer, self._gaits, is_proven=is_proven)
        self._gait_odds += AGREE_SHARE * (e.direction - self._gait_odds)
        self._rebound.step(history)
        change = VelocityChange(history) if len(history) >= NEEDED else None
        felt = self._felt(change, e.run > 0.5)
        tilted = tilt(felt, expected, self._settings.coach_prior_odds)
        states = self._filter.states()
        self._reasons.change(states, BASE, felt, tilted, _named(change, e.run > 0.5))
        self._filter.change(tilted, DRIFT_RAD)
        fresh = TEMPER * (1.0 if change is None else change.steadiness())
        d = fresh * e.direction / 2.0
        move = REST_TEMPER * e.moving
        logs = (REST_TEMPER * e.still, move - d, move + d, move + TEMPER * e.other)
        self._filter.weigh([math.exp(each) for each in logs])
        taken = log_odds(self._filter.states()) - odds_after(states, tilted)
        self._reasons.bring(
            {BRAKING: fresh * e.asymmetry, PHASE: fresh * e.phase, PIVOT: fresh * e.pivot},
            taken,
        )
        self._weigh_doppler(t_ns, history)
        self._declare(e)
        self._learn(c, expected)
        return self.verdict

    def weigh_fix(self, fix: GnssFix) -> None:
        """Take a Doppler velocity; the next decision weighs it."""
        if fix.speed_mps is not None and not fix.is_estimated and not fix.is_stuck:
            self._fix = fix

    def _weigh_doppler(self, t_ns: int, history: FloatArray) -> None:
        """Weigh the newest Doppler velocity as it must be now.

        It was true a moment ago; what the body has gained since is in the accelerometer.
        """
        fix, self._fix = self._fix, None
        if fix is None or fix.speed_mps is None:
            return
        age_s = (t_ns - fix.t_ns) * 1e-9 + self._settings.gnss_latency_s - KERNEL_S
        points = max(0, round(age_s * GRID_HZ))
        if points > len(history):
            return
        course = fix.course_rad if fix.speed_mps > self._settings.gnss_course_min_mps else None
        before = log_odds(self._filter.states())
        self._filter.velocity(
            fix.speed_mps, course, float(history[-1, YAW]), gained(history, points)
        )
        gain = log_odds(self._filter.states()) - before
        self._reasons.bring({COURSE: gain})
        self._doppler_odds += 0.3 * (gain - self._doppler_odds)
        self._weigh_speed(fix.speed_mps)

    def _weigh_speed(self, speed_mps: float) -> None:
        """Weigh whether anybody goes backward so fast, or with such steps."""
        c, e = self.cycle, self.evidence
        if c is None or e is None:
            return
        odds = implausible_backward(speed_mps, c.step_hz, e.run, self._settings.height_m)
        if odds == 0.0:
            return
        before = log_odds(self._filter.states())
        self._filter.weigh((1.0, 1.0, math.exp(-DOPPLER_POWER * odds), 1.0))
        self._reasons.bring({SPEED: min(0.0, log_odds(self._filter.states()) - before)})

    def facing_rad(self) -> float | None:
        """Return where the chest points, None until learned against courses."""
        mean, sure = self._filter.offset()
        if sure < 0.8 or self._yaw_rad is None:
            return None
        return (mean - self._yaw_rad) % (2.0 * math.pi)

    def _felt(self, change: VelocityChange | None, is_run: bool) -> Rates:
        settings = self._settings
        speed = RUN_MPS if is_run else WALK_MPS
        sigma = self._lean.step(
            settings.run_change_sigma_mps if is_run else settings.walk_change_sigma_mps
        )
        if change is not None and not is_run:
            # an accelerometer's offset turns with the body: the error of a fast turn
            sigma += 0.2 * abs(math.sin(change.turned_rad / 2.0))
        sigma = math.hypot(sigma, self._rebound.sigma_mps())
        return transition(change, BASE, speed, sigma)

    def _declare(self, e: Evidence) -> None:
        v = self.verdict
        p = self._filter.states()
        v.p_backward = float(p[BACKWARD] / (p[FORWARD] + p[BACKWARD]))
        self._risen_s += STEP_S
        if p[STILL] > 0.5:
            self._risen_s = 0.0
            v.direction, v.gait, v.because = Direction.UNKNOWN, Gait.STILL, ("no motion",)
            return
        if p[OTHER] > 0.5:
            c = self.cycle
            turns = c is not None and abs(c.turn_rps) > 0.5  # half of a slow turn on the spot
            v.gait = Gait.TURNING if turns else Gait.UNKNOWN
            v.direction, v.because = Direction.UNKNOWN, ("no gait along the chest",)
            return
        v.gait = Gait.RUN if e.run > 0.5 else Gait.WALK
        before = v.direction
        # From standing, a seat pushes the pelvis back as a first step does: wait for more.
        c, has_stood = self.cycle, self._risen_s < RISEN_S
        steps = c is not None and e.other <= 0.0 and shows_steps(c, has_stood)
        is_measured = self._doppler_odds > MEASURED
        goes = steps or is_measured or before is Direction.BACKWARD
        # A push may be a seat, a turn, somebody's hand: steps have to follow, and to agree.
        is_kept = before is Direction.BACKWARD
        agrees = self._gait_odds > (OPPOSED if is_kept else AGREED)
        agrees = is_measured or (agrees and (is_kept or e.fullness > FILLED))
        if p[BACKWARD] > self._settings.declare_p and goes and agrees:
            v.direction = Direction.BACKWARD
        elif p[FORWARD] > self._settings.declare_p:
            v.direction = Direction.FORWARD
        elif (
            before is Direction.BACKWARD and (p[BACKWARD] < self._settings.keep_p or not agrees)
        ) or (before is Direction.FORWARD and p[FORWARD] < self._settings.keep_p):
            v.direction = Direction.UNKNOWN
        sign = {Direction.BACKWARD: 1.0, Direction.FORWARD: -1.0}.get(v.direction)
        if sign is not None:
            v.because = self._reasons.spoken(sign) or ("kept from before",)
        elif p[BACKWARD] > self._settings.declare_p:
            v.because = ("a push back, and no steps yet",)
        else:
            v.because = ("evidence does not agree",)

    def _learn(self, c: Cycle, expected: Direction | None) -> None:
        """Learn the wearer's cycle from certain forward gait.

        A forward walk that was asked for is one with odds of 20, whatever the cycle looks like:
        that is enough to learn an unusual one where the cues say little, and never enough where
        they say the contrary.
        """
        p = self._filter.states()
        asked = PROMISE_ODDS if expected is Direction.FORWARD else 0.0
        is_sure = p[FORWARD] + p[BACKWARD] > LEARN_P and asked - log_odds(p) > LEARN_ODDS
        self._sure_s = self._sure_s + STEP_S if is_sure else 0.0
        if self._sure_s > LEARN_AFTER_S:
            self.learned_s += STEP_S
            learn(c, self.wearer, STEP_S / WINDOW_S)


def _named(change: VelocityChange | None, is_run: bool) -> str:
    """Return what a change of velocity is called when it decides."""
    if change is None or abs(change.turned_rad) < TURNED_RAD:
        return IMPULSE
    # half of what a course that turns round changes: at 1.2 m/s by 2.4
    is_on_course = math.hypot(change.east_mps, change.north_mps) < (
        RUN_MPS if is_run else WALK_MPS
    )
    return TURNED if is_on_course else WHEELED
