"""Speed without GNSS: from cadence and a step-length model, with its error stated."""

from __future__ import annotations

from backrun_pi.messages import Direction, Gait
from backrun_pi.motion.gait import Cycle

WALK_RATIO_M_PER_SPM = 0.0064
"""[m/(steps/min)] Step length over cadence in free forward walking (Sekiya 1996)."""
BACKWARD_SHARE = 0.75
"""[-] Backward against forward step length: 26-28 % slower at unchanged cadence (Laufer 2003,
Uthoff 2018)."""
HEIGHT_M = 1.72
RUN_STEP_M = 0.85
"""[m] Step of an easy forward run (2.3 m/s at 162 steps/min); grows with flight below."""
RUN_FLIGHT_M = 0.9
"""[m] Longer per share of the cycle in flight above 0.2."""


def step_speed_mps(
    c: Cycle, gait: Gait, direction: Direction, height_m: float | None, factor: float
) -> float:
    """Return the speed that the steps suggest.

    Args:
        c: the newest cycle.
        gait: WALK or RUN; anything else gives 0.
        direction: BACKWARD shortens the steps.
        height_m: [m] of the wearer; steps scale with it.
        factor: the wearer's own step length against the model's.

    Source: walk ratio of Sekiya et al. 1996; backward shares of Laufer 2003 and Uthoff 2018.
    """
    if gait is Gait.WALK:
        cadence_spm = min(60.0 * c.step_hz, 150.0)
        step_m = WALK_RATIO_M_PER_SPM * cadence_spm
    elif gait is Gait.RUN:
        step_m = RUN_STEP_M + RUN_FLIGHT_M * max(0.0, c.flight_share - 0.2)
    else:
        return 0.0
    share = BACKWARD_SHARE if direction is Direction.BACKWARD else 1.0
    height = 1.0 if height_m is None else height_m / HEIGHT_M
    return c.step_hz * step_m * share * height * factor
