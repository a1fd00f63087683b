"""What speed and steps alone say: nobody goes backward that fast, or with steps that long."""

from __future__ import annotations

import math

from backrun_pi.motion.treadmill import HEIGHT_M

WALK_MPS, WALK_SOFT_MPS = 1.63, 0.2
"""[m/s] Backward, people change to a run at 1.63 +- 0.11, at 1.85 at the latest (Hreljac 2005):
faster and still without flight is a forward walk."""
RUN_MPS, RUN_SOFT_MPS = 3.3, 0.35
"""[m/s] The backward marathon record is 3.22, trained runners do 2.7 (Ordway 2016)."""
STEP_M, STEP_SOFT_M = 0.72, 0.08
"""[m] A forward step at 112 steps/min (Sekiya 1996); backward ones are a quarter shorter at
the same cadence (Laufer 2003), so that this is 2 sigma long for one."""
LEAST_MPS = 0.5
"""[m/s] Slower, the receiver may be inside and its wearer on a belt: that says nothing."""
MOST = 6.0
"""[-] Most that one decision may say, in log odds."""


def implausible_backward(
    speed_mps: float | None, step_hz: float, running: float, height_m: float | None
) -> float:
    """Return how much speed and step length speak against backward, in log odds, 0 to 6.

    It never speaks for backward: slow and short steps are forward as often. Cadence alone says
    nothing, it is the same both ways (Laufer 2005).

    Args:
        speed_mps: [m/s] a fresh Doppler speed, None without one.
        step_hz: [Hz] step frequency.
        running: [-] 0..1, how likely it is a run.
        height_m: [m] of the wearer; steps scale with it.
    """
    if speed_mps is None or speed_mps < LEAST_MPS:
        return 0.0
    scale = 1.0 if height_m is None else height_m / HEIGHT_M
    walk = _above(speed_mps, WALK_MPS, WALK_SOFT_MPS)
    walk += _above(speed_mps / step_hz, STEP_M * scale, STEP_SOFT_M * scale)
    run = _above(speed_mps, RUN_MPS, RUN_SOFT_MPS)
    # While the gait is not sure the likelier explanation counts: at 2.8 m/s that is a run.
    likely = (1.0 - running) * math.exp(-walk) + running * math.exp(-run)
    return min(MOST, -math.log(max(likely, math.exp(-MOST))))


def _above(x: float, most: float, soft: float) -> float:
    return 0.5 * max(0.0, (x - most) / soft) ** 2
