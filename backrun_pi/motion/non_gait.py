"""What is no gait along the chest: stairs, jumps, a seat, a hand, turning, sidestepping."""

from __future__ import annotations

import math

from backrun_pi.motion.gait import Cycle

BASE = -2.0
"""[-] Log likelihood of a window that looks like any walk."""
MOST = 6.0
"""[-] And of one that is none: more than the cues of direction may say together."""
FLIGHT_LEAST = 0.04
"""[-] Less flight than this is none: three grid points of a window."""
STAIRS_FORE, STAIRS_SOFT = 0.48, 0.03
"""[-] RMS fore-aft over vertical. The feet's forces give 0.94 on the level and 0.25 on stairs
(peaks of Riener 2002, Stacoff 2005): halfway, on a ratio scale."""
HOP_FORE, HOP_SOFT = 0.07, 0.01
"""[-] The same in flight. A run brakes and pushes, 0.1 and more; a jump on the spot not."""
HOP_FLIGHT = 0.1
NOD_RPS, NOD_SOFT_RPS = 1.0, 0.05
"""[rad/s] RMS pitch rate. A trunk nods by 4 deg at 2.7 steps/s at most: 0.8; an arm swings by
17 deg once in a stride: 1.2 (Kuhtz-Buschbeck 2012). Only without flight: at a runner's belt
the clip itself rocks as much."""
SWING_FORE, SWING_SOFT, SWING_REPEAT = 3.1, 0.2, 0.16
"""[-] RMS fore-aft over vertical of a slowly swinging hand, and the most that it repeats with
the step: a hand goes forward with one leg and back with the other."""
EVEN = 0.27
"""[-] Quietest against liveliest 0.4 s of the window: steps follow one another (0.4 and more
in captured walks of NOKOV), sitting down or a single jump happens once."""
FALTERS, STRAY = 0.5, 0.2
"""[-] Quieter than the first and less regular than the second: no steps yet either."""
BURST = 0.12
"""[-] Quieter than this a jump or a blow fills the window, whatever went before."""
NEVER = 0.08
"""[-] Less regular than this no two steps are alike: a hand, not a hip."""
BOW_RAD, BOW_SOFT_RAD = 0.38, 0.02
"""[rad] Range of the pitch in a window. Captured walks of NOKOV tip by 0.13 at most. Chosen
on the composites: acted walks of Bandai, whose hips sway, were lost at 0.30."""
LIST_RAD, LIST_SOFT_RAD = 0.52, 0.03
"""[rad] Range of the roll, in which hips sway with the stride: wider for the same reason."""
FAINT_MPS2 = 0.4
"""[m/s2] RMS vertical below which nobody steps: slow captured walks of NOKOV have 0.5 and
more, shifting weight gives 0.3."""
QUIET_MPS2 = 0.5
"""[m/s2] RMS of the last 0.4 s below which what was felt before is over: they stand."""

WALK_MPS2, TURN_RPS, WALK_HZ = 0.8, 0.5, 2.6
"""[m/s2, rad/s, Hz] A walk that may show how the device sits is at least so lively, and neither
turns nor steps faster: above, half a step was taken for one."""


def other(c: Cycle, running: float) -> float:
    """Return the log likelihood that nobody goes along the chest; a walk has 0 to compare with.

    Args:
        c: the newest window.
        running: [-] 0..1, how likely it is a run.
    """
    walks = 1.0 - running
    has_flight = c.flight_share >= FLIGHT_LEAST
    sideways = walks * _soft((c.sway_ratio - 1.15) / 0.1)
    spot = _soft((abs(c.turn_rps) - 0.7) / 0.15) if c.up_mps2 < 0.8 else 0.0
    shaken = _soft((c.rotation_rps / (c.energy_mps2 + 0.3) - 0.9) / 0.1)
    climbs = 0.0 if has_flight else _soft((STAIRS_FORE - c.fore_ratio) / STAIRS_SOFT)
    hops = _soft((HOP_FORE - c.fore_ratio) / HOP_SOFT) if c.flight_share > HOP_FLIGHT else 0.0
    swings = max(
        walks * _soft((c.nod_rps - NOD_RPS) / NOD_SOFT_RPS),
        _soft((c.fore_ratio - SWING_FORE) / SWING_SOFT)
        * _soft((SWING_REPEAT - c.regularity) / 0.015),
    )
    lively = _soft((c.recent_mps2 - QUIET_MPS2) / 0.1)
    known = 2.0 * (sideways + spot + 2.0 * shaken)
    bows = _soft((c.bow_rad - BOW_RAD) / BOW_SOFT_RAD)
    tips = max(bows, _soft((c.list_rad - LIST_RAD) / LIST_SOFT_RAD))
    return min(MOST, BASE + known + 8.0 * max(tips, lively * max(climbs, hops, swings)))


def is_walking(c: Cycle) -> bool:
    """Return whether a window holds steps on a way, however the device sits."""
    has_flight = c.flight_share >= FLIGHT_LEAST
    is_lively = c.recent_mps2 > WALK_MPS2 and c.evenness > EVEN
    is_straight = abs(c.turn_rps) < TURN_RPS and c.step_hz < WALK_HZ
    return is_lively and is_straight and not has_flight


def is_running(c: Cycle) -> bool:
    """Return whether a window holds the steps of a run on a straight way."""
    is_lively = c.flight_share >= FLIGHT_LEAST and c.evenness > EVEN
    return is_lively and abs(c.turn_rps) < TURN_RPS


def shows_steps(c: Cycle, has_stood: bool) -> bool:
    """Return whether a window can be the first of a way: steps, not one push of the body.

    Args:
        c: the newest window.
        has_stood: they stood a moment ago, so that it may be a seat taken or left.
    """
    if c.up_mps2 < FAINT_MPS2 or c.evenness < BURST or c.regularity < NEVER:
        return False
    is_once = c.evenness < EVEN or (c.evenness < FALTERS and c.regularity < STRAY)
    return not (has_stood and is_once)


def _soft(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-20.0, min(20.0, x))))
