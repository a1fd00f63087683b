"""Which evidence decided: how much of the odds of backward against forward each cue brought."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from backrun_pi.motion.direction import BACKWARD, FORWARD
from backrun_pi.motion.kinematics import Rates

BRAKING = "braking and push of the steps"
PHASE = "phase of fore-aft against vertical"
PIVOT = "slowest over the standing foot"
COURSE = "course against facing"
SPEED = "faster or with longer steps than backward"
IMPULSE = "impulse along the chest"
TURNED = "body turned on its course"
WHEELED = "course turned with the body"
COACH = "asked for by the coach"
LEAST = 0.3
"""[-] A cue that has brought less, in log odds, decided nothing."""


class Reasons:
    """Books every change of the filter's log odds to the cue that made it.

    Steps: 1. as states change, the odds forget, and every cue's share with them. What a change
    of velocity adds beyond that is booked to it.
    2. what a cue adds is booked to it as far as the filter took it: floors and limits of the
    filter bound the shares as well. So the shares are what is left of each cue in the present
    odds, however long ago it spoke.
    """

    def __init__(self) -> None:
        self._share: dict[str, float] = {}

    def change(
        self,
        states: Sequence[float],
        base: Rates,
        felt: Rates,
        tilted: Rates,
        cue: str,
    ) -> None:
        """Book a change of states.

        Args:
            states: (4,), probabilities before it.
            base: (4, 4), the usual rates of change.
            felt: as the change of velocity scales them.
            tilted: and as the coach's phase tilts those.
            cue: what the change of velocity is called.
        """
        before, usual = log_odds(states), odds_after(states, base)
        moved = odds_after(states, felt)
        share = _kept(states, tilted)
        for name in self._share:
            self._share[name] *= share
        self.bring({cue: moved - min(max(moved, min(before, usual)), max(before, usual))})
        if tilted is not felt:
            self.bring({COACH: odds_after(states, tilted) - moved})

    def bring(self, odds: Mapping[str, float], taken: float | None = None) -> None:
        """Book what cues say, in log odds; `taken` is what the filter took of their sum."""
        part = 1.0
        if taken is not None:
            said = sum(odds.values())
            part = 0.0 if said == 0.0 else min(1.0, max(0.0, taken / said))
        for name, gain in odds.items():
            self._share[name] = self._share.get(name, 0.0) + part * gain

    def spoken(self, sign: float) -> tuple[str, ...]:
        """Return the cues that speak for backward (sign 1) or forward (-1), strongest first."""
        found = [(sign * odds, name) for name, odds in self._share.items()]
        found = sorted((one for one in found if one[0] > LEAST), reverse=True)
        return tuple(name for _, name in found)


def log_odds(states: Sequence[float]) -> float:
    """Return the log odds backward : forward of the states, (4,)."""
    return math.log(states[BACKWARD] / states[FORWARD])


def odds_after(states: Sequence[float], rates: Rates) -> float:
    """Return the log odds backward : forward after a change of states."""
    forward, backward = _moved(states, rates)
    return math.log(backward / forward)


def _moved(states: Sequence[float], rates: Rates) -> tuple[float, float]:
    forward = backward = 0.0
    for p, row in zip(states, rates, strict=True):
        forward += p * row[FORWARD]
        backward += p * row[BACKWARD]
    return forward, backward


def _kept(states: Sequence[float], tilted: Rates) -> float:
    """Return how much of a difference in the log odds outlives a change of states."""
    _, forward, backward, _ = states
    after_forward, after_backward = _moved(states, tilted)
    _, (_, ff, fb, _), (_, bf, bb, _), _ = tilted
    slope = (bb - fb) / after_backward + (ff - bf) / after_forward
    return min(1.0, max(0.0, slope * forward * backward / (forward + backward)))
