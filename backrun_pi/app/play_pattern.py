"""Plays cues of the vocabulary on a board outside a session, at any pace."""

from __future__ import annotations

from backrun_pi.haptics.patterns import CUE_GAP_S, PATTERNS
from backrun_pi.hardware.motors import Motors
from backrun_pi.hardware.ports import Clock
from backrun_pi.messages import MotorPulse
from backrun_pi.units import NS_PER_S


def play_pattern(
    motors: Motors, clock: Clock, name: str, strength: float, slower: float = 1.0
) -> None:
    """Play one cue to its end, and the silence that sets it off from the next.

    Args:
        motors: What plays it.
        clock: What waits.
        name: Of the pattern.
        strength: [-] [0, 1]
        slower: [-] Times the length of every beat and gap.

    Raises:
        MotorFault: A motor could not be driven.
    """
    pattern = PATTERNS[name]
    for beat in pattern.shown():
        now_ns = clock.now_ns()
        on_s = beat.on_s * slower
        motors.play(MotorPulse(now_ns, on_s, strength, name, pattern.side))
        clock.sleep_until_ns(now_ns + round((on_s + beat.gap_s * slower) * NS_PER_S))
    clock.sleep_until_ns(clock.now_ns() + round(CUE_GAP_S * slower * NS_PER_S))
