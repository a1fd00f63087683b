"""Plays the vocabulary to the wearer, and asks which cue was felt."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backrun_pi.haptics.patterns import PATTERNS

CUES = (
    "stop",
    "caution",
    "edge",
    "backward_now",
    "forward_now",
    "look_left",
    "look_right",
    "blind_gnss",
)
"""The rhythms of docs/vocabulary.md that must be distinguished while moving backward."""
NOTHING = "nothing"

Play = Callable[[str], None]
"""Plays a cue by its name; may raise MotorFault."""


class Person(Protocol):
    """The wearer at the terminal."""

    def show(self, text: str) -> None:
        """Show a line."""

    def ask(self, question: str) -> str | None:
        """Return the answer; None when nobody answers any more."""


@dataclass(frozen=True, slots=True)
class QuizAnswer:
    """One cue that was played, and what the wearer answered."""

    played: str
    """Name of the pattern."""
    answered: str
    """Name of the pattern they took it for, or `nothing`."""

    @property
    def is_right(self) -> bool:
        """Return whether it was understood."""
        return self.played == self.answered


def teach(play: Play, person: Person, names: Sequence[str]) -> None:
    """Play cues one after the other, each with its name and its meaning."""
    for name in names:
        person.show(f"  {name}: {PATTERNS[name].meaning}")
        play(name)


def quiz(play: Play, person: Person, rng: random.Random) -> list[QuizAnswer]:
    """Play each cue once in an order nobody knows; stop early when nobody answers."""
    order = list(CUES)
    rng.shuffle(order)
    for number, name in enumerate(CUES, 1):
        person.show(f"  {number}  {PATTERNS[name].meaning}")
    found: list[QuizAnswer] = []
    for number, name in enumerate(order, 1):
        answered = _asked(play, name, person, f"Cue {number} of {len(order)}.")
        if answered is None:
            break
        found.append(QuizAnswer(name, answered))
    return found


def rest(play: Play, person: Person) -> list[QuizAnswer]:
    """Play the other cues; the wearer says whether each was felt."""
    found: list[QuizAnswer] = []
    for name in (name for name in PATTERNS if name not in CUES):
        person.show(f"  {name}: {PATTERNS[name].meaning}")
        play(name)
        line = person.ask("  Felt it? Enter yes, n no, q enough: ")
        if line is None or line.strip().lower() in {"q", "quit"}:
            break
        is_felt = line.strip().lower() not in {"n", "no"}
        found.append(QuizAnswer(name, name if is_felt else NOTHING))
    return found


def verdict(found: Sequence[QuizAnswer]) -> str:
    """Return in one line what was understood and what was not."""
    right = sum(felt.is_right for felt in found)
    wrong = [
        f"{felt.played} was not felt"
        if felt.answered == NOTHING
        else f"{felt.played} was taken for {felt.answered}"
        for felt in found
        if not felt.is_right
    ]
    return "; ".join((f"{right} of {len(found)} cues understood", *wrong))


def _asked(play: Play, name: str, person: Person, title: str) -> str | None:
    """Play a cue until it is named; None when nobody answers any more."""
    question = f"{title} Which was it? 1-{len(CUES)}, 0 felt nothing, a again, q enough: "
    play(name)
    while (line := person.ask(question)) is not None:
        reply = line.strip().lower()
        if reply in {"q", "quit"}:
            return None
        if reply in {"0", "n", "no"}:
            return NOTHING
        if reply in {"a", "again"}:
            play(name)
        elif reply.isdecimal() and 1 <= int(reply) <= len(CUES):
            return CUES[int(reply) - 1]
    return None
