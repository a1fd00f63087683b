"""What one gait cycle says about the state, each cue with its own probability."""

from __future__ import annotations

import math
from dataclasses import dataclass

from backrun_pi.motion.gait import Cycle
from backrun_pi.motion.non_gait import FLIGHT_LEAST, other
from backrun_pi.motion.wearer_profile import (
    ASYMMETRY,
    KNOWN,
    PHASE,
    RUN_ASYMMETRY,
    RUN_PHASE,
    WALK_ASYMMETRY,
    WALK_PHASE,
    WearerProfile,
    kinds_of,
    own_cue,
    people_fit,
)

FLIGHT_SHARE, FLIGHT_SOFT = 0.2, 0.07
"""[-] Share of the cycle in flight where walk and run are equally likely. Aerial time in slow
running is 0.07-0.1 s of a 0.36 s step (Cavagna 2011): 0.2-0.27."""
STEP_HZ, STEP_SOFT_HZ = 2.3, 0.12
"""[Hz] Step frequency where walk and run are equally likely: people walk up to about 2.3 Hz."""
OWN = 0.5
"""[-] Most that the wearer's own cycle counts beside people's: as much as theirs. He may have
two gaits as lively as each other (a bouncing walk, a jog), and his backward cycle is only about
the mirrored one."""
LEAST_KNOWN = 0.5
"""[-] Independent windows of his own below which a mean is none."""
LIMIT = 4.0
"""[-] Most that one window may say, in log odds."""
STILL_MPS2, STILL_SOFT_MPS2 = 0.2, 0.3
"""[m/s2] RMS over 0.4 s of a standing waist, and how fast more speaks against standing."""
MOVE_MPS2, MOVE_SOFT_MPS2 = 0.6, 0.15
"""[m/s2] The same for the slowest walk (99 % of NOKOV's slow backward walks are above)."""


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
    other: float
    """Log likelihood of another movement than going: turning on the spot, sidestepping."""

    @property
    def direction(self) -> float:
        """Return the log odds backward : forward of both cues, limited."""
        return max(-LIMIT, min(LIMIT, self.asymmetry + self.phase))


def weigh(c: Cycle, wearer: WearerProfile) -> Evidence:
    """Weigh the cues of one cycle.

    Steps: 1. how likely running is, by flight and step frequency. 2. likelihood of both cues
    for {walk, run} x {forward, backward} among people; the gait is summed out, so a doubtful
    gait makes the direction doubtful. 3. as the wearer becomes known, his own forward cycle and
    its mirror join them with the share OWN: a window that two of these readings tell apart, one
    as forward and one as backward, says little.
    """
    still = -0.5 * (max(0.0, c.recent_mps2 - STILL_MPS2) / STILL_SOFT_MPS2) ** 2
    moving = -0.5 * (max(0.0, MOVE_MPS2 - c.recent_mps2) / MOVE_SOFT_MPS2) ** 2
    run = run_share(c)
    walk_a = people_fit(c.asymmetry, WALK_ASYMMETRY, ASYMMETRY)
    walk_p = people_fit(c.quadrature, WALK_PHASE, PHASE)
    run_a = people_fit(c.asymmetry, RUN_ASYMMETRY, ASYMMETRY)
    run_p = people_fit(c.quadrature, RUN_PHASE, PHASE)
    fore = (
        (1.0 - run) * math.exp(walk_a[0] + walk_p[0]),
        run * math.exp(run_a[0] + run_p[0]),
    )
    back = (
        (1.0 - run) * math.exp(walk_a[1] + walk_p[1]),
        run * math.exp(run_a[1] + run_p[1]),
    )
    running = (fore[1] + back[1]) / (sum(fore) + sum(back))
    asymmetry = (1.0 - running) * (walk_a[1] - walk_a[0]) + running * (run_a[1] - run_a[0])
    forward, backward = sum(fore), sum(back)
    own_a = own_cue(wearer.asymmetry, c.up_mps2)
    if own_a.n > LEAST_KNOWN:
        mine_a = own_a.fit(c.asymmetry, ASYMMETRY)
        mine_p = own_cue(wearer.phase, c.up_mps2).fit(c.quadrature, PHASE)
        share = OWN * own_a.n / (own_a.n + KNOWN)
        forward += share * (math.exp(mine_a[0] + mine_p[0]) - forward)
        backward += share * (math.exp(mine_a[1] + mine_p[1]) - backward)
        asymmetry += share * (mine_a[1] - mine_a[0] - asymmetry)
    phase = math.log(backward / forward) - asymmetry
    return Evidence(
        max(still, -20.0), max(moving, -20.0), running, asymmetry, phase, other(c, running)
    )


def run_share(c: Cycle) -> float:
    """Return how likely running is, from flight and step frequency.

    Without any flight it is no run, however fast the steps: tripping walks reach 2.7 steps/s.
    """
    flight = (c.flight_share - FLIGHT_SHARE) / FLIGHT_SOFT
    if c.flight_share < FLIGHT_LEAST:
        flight -= 3.0
    steps = min(2.0, (c.step_hz - STEP_HZ) / STEP_SOFT_HZ)
    return 1.0 / (1.0 + math.exp(-max(-4.0, min(4.0, flight + steps))))


def learn(c: Cycle, wearer: WearerProfile, share: float) -> None:
    """Add a window of certain forward gait to the wearer's own cycle."""
    for kind, part in kinds_of(c.up_mps2):
        if part > 0.0:
            wearer.asymmetry[kind].note(c.asymmetry, part * share)
            wearer.phase[kind].note(c.quadrature, part * share)
