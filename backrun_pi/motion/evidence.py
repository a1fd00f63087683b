"""What one gait cycle says about the state, each cue with its own probability."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.motion.gait import Cycle
from backrun_pi.motion.non_gait import FLIGHT_LEAST, other
from backrun_pi.motion.wearer_profile import (
    ASYMMETRY,
    KNOWN,
    LEAST_KNOWN,
    PHASE,
    PIVOT,
    RUN_ASYMMETRY,
    RUN_PHASE,
    WALK_ASYMMETRY,
    WALK_PHASE,
    WALK_PIVOT,
    WearerProfile,
    kinds_of,
    own_cue,
)

FLIGHT_SHARE, FLIGHT_SOFT = 0.2, 0.07
"""[-] Share of the cycle in flight where walk and run are equally likely. Aerial time in slow
running is 0.07-0.1 s of a 0.36 s step (Cavagna 2011): 0.2-0.27."""
STEP_HZ, STEP_SOFT_HZ = 2.3, 0.12
"""[Hz] Step frequency where walk and run are equally likely: people walk up to about 2.3 Hz."""
OWN = 0.5
"""[-] Most that the wearer's own cycle counts beside people's: as much as theirs. They may have
two gaits as lively as each other (a bouncing walk, a jog), and their backward cycle is about
the mirrored one."""
LIMIT = 4.0
"""[-] Most that one window may say, in log odds."""
STILL_MPS2, STILL_SOFT_MPS2 = 0.2, 0.3
"""[m/s2] RMS over 0.4 s of a standing waist, and how fast more speaks against standing."""
MOVE_MPS2, MOVE_SOFT_MPS2 = 0.6, 0.15
"""[m/s2] The same for the slowest walk (99 % of NOKOV's slow backward walks are above)."""


LIFT_MPS2, LIFT_SOFT_MPS2 = 0.32, 0.07
"""[m/s2] RMS vertical that standing does not pass: shifting the weight gives 0.3, the slowest
steps lift the body by 0.45 and more (0.35 m/s on the twin, 0.5 in slow walks of NOKOV). Only in
a window full of them, or a stop would be felt late."""
FULL, EMPTY = 0.45, 0.2
"""[-] Evenness from which a window is full of steps, and below which it is not gait yet (or no
longer): its shape is that of the start, not of the steps. Captured walks of NOKOV: 0.4 and
more."""
LIFTED_MPS2, FLAT_MPS2 = 0.38, 0.26
"""[m/s2] RMS vertical of steps, and of the shifted weight that a standing body is even in."""
SWITCH = 0.04
"""[-] Share of windows (0.2 s) in which walk turns into run or back: once in 5 s, which lets go
of a gait within half a second."""
GAIT_POWER, SHAPE_POWER = 1.0, 0.4
"""[-] Powers of one window's likelihood of walk against run, by flight and step frequency, and
by the shape of the cycle (as TEMPER of the direction)."""
START_RUN = 0.2
"""[-] Share of runs among first steps."""
_NO_PIVOT = -math.log(PIVOT.span)  # at a runner's waist it says nothing


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log likelihoods of one decision, before tempering."""

    still: float
    moving: float
    run: float
    """[-] 0..1, how likely this is running."""
    asymmetry: float
    """Log odds backward : forward from the time asymmetry of fore-aft acceleration."""
    phase: float
    """Log odds backward : forward from fore-aft against vertical."""
    pivot: float
    """Log odds backward : forward from fore-aft against sideways."""
    other: float
    """Log likelihood of another movement than going: turning on the spot, sidestepping."""
    fullness: float
    """[-] 0..1, how far the window is one gait: a start or a stop has no cycle yet."""

    @property
    def direction(self) -> float:
        """Return the log odds backward : forward of all cues, limited."""
        said = max(-LIMIT, min(LIMIT, self.asymmetry + self.phase + self.pivot))
        return self.fullness * said


class GaitFilter:
    """Probability of running, given each direction: the other half of a joint filter.

    The same shape of the cycle means opposite directions in a walk and in a run. So walk and
    run are followed in time for forward and for backward apart, and only then summed out.
    """

    def __init__(self) -> None:
        self._runs = [START_RUN, START_RUN]

    def forget(self) -> None:
        """Begin again: the steps have stopped."""
        self._runs = [START_RUN, START_RUN]

    def step(self, odds: float, shapes: Sequence[tuple[float, float]]) -> tuple[float, float]:
        """Take a window; return the probability of running if forward, and if backward.

        Args:
            odds: log odds run : walk of flight and step frequency.
            shapes: for forward and backward, log likelihoods of the cycle as walk and as run.
        """
        for k, (walk, run) in enumerate(shapes):
            p = self._runs[k]
            p += SWITCH * (1.0 - 2.0 * p)
            now = math.log(p / (1.0 - p)) + GAIT_POWER * odds
            now += SHAPE_POWER * max(-LIMIT, min(LIMIT, run - walk))
            self._runs[k] = 1.0 / (1.0 + math.exp(-now))
        return self._runs[0], self._runs[1]


def weigh(
    c: Cycle, wearer: WearerProfile, gaits: GaitFilter, *, is_proven: bool = True
) -> Evidence:
    """Weigh the cues of one cycle.

    Steps: 1. likelihood of each cue for {walk, run} x {forward, backward} among people. 2. walk
    against run by flight, step frequency and those shapes, followed in time for each direction;
    the gait is summed out, so a doubtful gait makes the direction doubtful. 3. as the wearer
    becomes known, their own forward cycle and its mirror join with the share OWN: a window that
    two of these readings tell apart, one as forward and one as backward, says little.

    Args:
        c: the cycle of the newest window.
        wearer: their own cycle, as far as it is known.
        gaits: what was followed of walk and run so far.
        is_proven: this wearer has gone forward for certain today. Without that a kept cycle,
            which may be somebody else's, never makes a window say the contrary of what it says
            among people: it can only silence it.
    """
    still = -0.5 * (max(0.0, c.recent_mps2 - STILL_MPS2) / STILL_SOFT_MPS2) ** 2
    full = _ramp(c.evenness, EMPTY, FULL)
    still -= 0.5 * full * (max(0.0, c.up_mps2 - LIFT_MPS2) / LIFT_SOFT_MPS2) ** 2
    moving = -0.5 * (max(0.0, MOVE_MPS2 - c.recent_mps2) / MOVE_SOFT_MPS2) ** 2
    walk_a, run_a = WALK_ASYMMETRY.fit(c.asymmetry), RUN_ASYMMETRY.fit(c.asymmetry)
    walk_p, run_p = WALK_PHASE.fit(c.quadrature), RUN_PHASE.fit(c.quadrature)
    walk_v = WALK_PIVOT.fit(c.pivot)
    fore_walk = walk_a[0] + walk_p[0] + walk_v[0]
    back_walk = walk_a[1] + walk_p[1] + walk_v[1]
    fore_run = run_a[0] + run_p[0] + _NO_PIVOT
    back_run = run_a[1] + run_p[1] + _NO_PIVOT
    shapes = (fore_walk, fore_run), (back_walk, back_run)
    fore_p, back_p = gaits.step(gait_odds(c), shapes)
    fore_runs, back_runs = fore_p * math.exp(fore_run), back_p * math.exp(back_run)
    forward = (1.0 - fore_p) * math.exp(fore_walk) + fore_runs
    backward = (1.0 - back_p) * math.exp(back_walk) + back_runs
    running = (fore_runs + back_runs) / (forward + backward)
    asymmetry = (1.0 - running) * (walk_a[1] - walk_a[0]) + running * (run_a[1] - run_a[0])
    pivot = (1.0 - running) * (walk_v[1] - walk_v[0])
    among_people = math.log(backward / forward)
    kinds = kinds_of(c.up_mps2)
    own_a = own_cue(wearer.asymmetry, kinds)
    if own_a.n > LEAST_KNOWN:
        mine_a = own_a.fit(c.asymmetry, ASYMMETRY)
        mine_p = own_cue(wearer.phase, kinds).fit(c.quadrature, PHASE)
        mine_v = own_cue(wearer.pivot, kinds).fit(c.pivot, PIVOT)
        share = OWN * own_a.n / (own_a.n + KNOWN)
        forward += share * (math.exp(mine_a[0] + mine_p[0] + mine_v[0]) - forward)
        backward += share * (math.exp(mine_a[1] + mine_p[1] + mine_v[1]) - backward)
        asymmetry += share * (mine_a[1] - mine_a[0] - asymmetry)
        pivot += share * (mine_v[1] - mine_v[0] - pivot)
    said = math.log(backward / forward)
    if not is_proven and said * among_people < 0.0:
        said = 0.0
    phase = said - asymmetry - pivot
    return Evidence(
        still=max(still, -20.0),
        moving=max(moving, -20.0),
        run=running,
        asymmetry=asymmetry,
        phase=phase,
        pivot=pivot,
        other=other(c, running),
        fullness=full * _ramp(c.up_mps2, FLAT_MPS2, LIFTED_MPS2),
    )


def _ramp(x: float, none: float, all_of_it: float) -> float:
    return max(0.0, min(1.0, (x - none) / (all_of_it - none)))


def gait_odds(c: Cycle) -> float:
    """Return the log odds run : walk from flight and step frequency.

    Without any flight it is no run, however fast the steps: tripping walks reach 2.7 steps/s.
    """
    flight = (c.flight_share - FLIGHT_SHARE) / FLIGHT_SOFT
    if c.flight_share < FLIGHT_LEAST:
        flight -= 3.0
    steps = min(2.0, (c.step_hz - STEP_HZ) / STEP_SOFT_HZ)
    return max(-4.0, min(4.0, flight + steps))


def learn(c: Cycle, wearer: WearerProfile, share: float) -> None:
    """Add a window of certain forward gait to the wearer's own cycle."""
    for kind, part in kinds_of(c.up_mps2):
        if part > 0.0:
            wearer.asymmetry[kind].note(c.asymmetry, part * share)
            wearer.phase[kind].note(c.quadrature, part * share)
            wearer.pivot[kind].note(c.pivot, part * share)
