"""Plays cues through the player and a motor's mass to a wearer, with what can go wrong."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from backrun_pi.haptics.patterns import PATTERNS
from backrun_pi.haptics.player import Player
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.messages import Alert, Condition, Priority
from backrun_pi.sim.motor import Pulse
from backrun_pi.sim.touch import TOGETHER_S, FeltBeat, Reading, felt_beats, read

SETTINGS = HapticsSettings()
TICK_NS = 50_000_000
LATE_P = 0.05  # of the ticks come late, by up to one more
RISE_S = (0.02, 0.05)
FALL_S = (0.03, 0.06)
NOTHING = "nothing"
ALARM = "alarm"

Damage = Callable[[list[FeltBeat], random.Random], list[FeltBeat]]


@dataclass(frozen=True, slots=True)
class Played:
    """One cue to be played, by name and count."""

    name: str
    count: int = 1

    def alert(self, t_ns: int, priority: Priority = Priority.INFO) -> Alert:
        """Return it as the arbiter would announce it."""
        condition = Condition.READY
        return Alert(t_ns, condition, priority, self.name, "", self.count, t_ns, ())


def whole(beats: list[FeltBeat], _: random.Random) -> list[FeltBeat]:
    """Lose nothing."""
    return beats


def without_first(beats: list[FeltBeat], _: random.Random) -> list[FeltBeat]:
    """Lose the first beat."""
    return beats[1:]


def without_last(beats: list[FeltBeat], _: random.Random) -> list[FeltBeat]:
    """Lose the last beat."""
    return beats[:-1]


def blurred(beats: list[FeltBeat], rng: random.Random) -> list[FeltBeat]:
    """Feel each length 8 % wrong, one sigma: a trained hand with beats of this length."""
    found: list[FeltBeat] = []
    later_s = 0.0
    for beat in beats:
        length_s = (beat.off_s - beat.on_s) * (1.0 + rng.gauss(0.0, 0.08))
        found.append(FeltBeat(beat.on_s + later_s, beat.on_s + later_s + length_s))
        later_s += length_s - (beat.off_s - beat.on_s)
    return found


DAMAGES: dict[str, Damage] = {
    "whole": whole,
    "first beat lost": without_first,
    "last beat lost": without_last,
    "felt 8 % wrong": blurred,
}


def trial(
    cue: Played,
    rng: random.Random,
    damage: Damage,
    cut: Played | None = None,
    settings: HapticsSettings = SETTINGS,
) -> str:
    """Play a cue once and return what was read of it.

    Args:
        cue: What is played.
        rng: Draws effort, the motor, the lateness of ticks and the moment of the cut.
        damage: What is lost on the way.
        cut: A cue that it cuts short; only STOP and alarm calls do.
        settings: Of the player.

    Returns:
        The pattern that was read last, `alarm` when its number was lost, or `nothing`.
    """
    pulses = _driven(cue, rng, cut, settings)
    beats = felt_beats(pulses, rng.uniform(*RISE_S), rng.uniform(*FALL_S))
    if cut is None:
        beats = damage(beats, rng)
    readings = [r for group in _groups(beats) for r in read(group) if r.cue is not None]
    return _named(readings, cut)


def _named(readings: Sequence[Reading], cut: Played | None) -> str:
    if not readings:
        return NOTHING
    if cut is None and len(readings) > 1:
        return "+".join(str(reading.cue) for reading in readings)
    return str(readings[-1].cue)


def _driven(
    cue: Played, rng: random.Random, cut: Played | None, settings: HapticsSettings
) -> list[Pulse]:
    player, now_ns, effort = Player(settings), 0, rng.random()
    pulses: list[Pulse] = []
    cut_at = rng.randint(1, 60) if cut is not None else 0
    for tick in range(400):
        now_ns += TICK_NS + (rng.randint(0, TICK_NS) if rng.random() < LATE_P else 0)
        alert = None
        if cut is not None and tick == 0:
            alert = cut.alert(now_ns)
        elif tick == cut_at:
            alert = cue.alert(now_ns, Priority.STOP if cue.name == "stop" else Priority.BLIND)
        out = player.step(now_ns, alert, effort)
        if out.is_off and pulses:
            pulses[-1].off_s = min(pulses[-1].off_s, now_ns * 1e-9)
        for pulse in out.pulses:
            on_s = pulse.t_ns * 1e-9
            pulses.append(Pulse(on_s, on_s + pulse.duration_s, pulse.strength))
        if tick > cut_at and out.progress.playing is None:
            break
    return pulses


def _groups(beats: Sequence[FeltBeat]) -> Iterator[list[FeltBeat]]:
    group: list[FeltBeat] = []
    for beat in beats:
        if group and beat.on_s - group[-1].off_s > TOGETHER_S:
            yield group
            group = []
        group.append(beat)
    if group:
        yield group


def cues() -> list[Played]:
    """Return every cue of the vocabulary, the counting ones with some counts."""
    found = []
    for name, pattern in PATTERNS.items():
        counts = (1, 2, 3, 5, 7) if pattern.is_counting else (1,)
        found += [Played(name, count) for count in counts]
    return found


def cutting() -> list[Played]:
    """Return the cues that cut others short."""
    return [Played(name) for name in PATTERNS if name == "stop" or name.startswith("blind_")]


def matrix(
    trials: int, seed: int, damage: Damage, pairs: Sequence[tuple[Played, Played | None]]
) -> dict[str, Counter[str]]:
    """Return how often each cue was read as what."""
    rng = random.Random(seed)  # noqa: S311 - trials, no secrets
    counts: dict[str, Counter[str]] = {}
    for cue, cut in pairs:
        row = counts.setdefault(cue.name, Counter())
        for _ in range(trials):
            row[trial(cue, rng, damage, cut)] += 1
    return counts


def misread(counts: dict[str, Counter[str]]) -> dict[tuple[str, str], float]:
    """Return the share of each pair of different cues; a lost number is no other cue."""
    shares = {}
    for name, row in counts.items():
        total = sum(row.values())
        for other, count in row.items():
            if other not in {name, NOTHING, ALARM} and "+" not in other:
                shares[name, other] = count / total
    return shares
