"""How often one cue is read as another, and what the silence before a STOP costs and saves."""

from __future__ import annotations

import random
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from backrun_pi.haptics.player import Player
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import Priority
from tests.support.cue_trials import (
    DAMAGES,
    TICK_NS,
    Played,
    cues,
    cutting,
    matrix,
    misread,
    trial,
    whole,
)

TRIALS = 400
STILLS_S = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4)


def confusion() -> None:
    """Print, for each damage, the pairs that are misread and what is read whole."""
    print(f"{len(cues())} cues, {TRIALS} trials of each")
    print("damage             pairs misread > 1/200   worst pair   read as itself")
    for name, damage in DAMAGES.items():
        counts = matrix(TRIALS, 1, damage, [(cue, None) for cue in cues()])
        _row(name, counts)
    pairs = [(cue, cut) for cue in cutting() for cut in cues()]
    _row("another one cut", matrix(10, 2, whole, pairs))


def _row(name: str, counts: dict[str, dict[str, int]]) -> None:
    shares = misread(counts)
    worst = max(shares.items(), key=lambda one: one[1], default=(("-", "-"), 0.0))
    many = sum(share > 1 / 200 for share in shares.values())
    total = sum(sum(row.values()) for row in counts.values())
    right = sum(row.get(cue, 0) for cue, row in counts.items())
    pair = f"{worst[0][0]} as {worst[0][1]} {worst[1]:.2%}"
    print(f"{name:18} {many:21} {pair:>32} {right / total:14.1%}")


def stillness() -> None:
    """Print for each silence how many STOPs that cut a cue are read, and when they begin."""
    print("still_s   STOP read   first beat after, s: median   most")
    for still_s in STILLS_S:
        settings = _with(still_s)
        rng, read, delays_s = random.Random(3), 0, []
        pairs = [(Played("stop"), cut) for cut in cues() for _ in range(30)]
        for stop, cut in pairs:
            read += trial(stop, rng, whole, cut, settings) == "stop"
            delays_s.append(_delay_s(rng, cut, settings))
        print(
            f"{still_s:7.2f} {read / len(pairs):11.2%} "
            f"{statistics.median(delays_s):27.2f} {max(delays_s):6.2f}"
        )


def _with(still_s: float) -> HapticsSettings:
    stop_s = HapticsSettings().motor_stop_s
    return HapticsSettings(still_s=still_s, motor_stop_s=stop_s)


def _delay_s(rng: random.Random, cut: Played, settings: HapticsSettings) -> float:
    """Return how long after the decision the first beat of a STOP begins."""
    player, now_ns, decided_ns = Player(settings), 0, 0
    at = rng.randint(1, 60)
    for tick in range(200):
        now_ns += TICK_NS
        alert = cut.alert(now_ns) if tick == 0 else None
        if tick == at:
            alert, decided_ns = Played("stop").alert(now_ns, Priority.STOP), now_ns
        out = player.step(now_ns, alert, 0.25)
        if tick >= at and out.pulses:
            return (now_ns - decided_ns) * 1e-9
    raise RuntimeError("the STOP was never played")


if __name__ == "__main__":
    confusion()
    stillness()
