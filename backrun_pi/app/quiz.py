"""Plays the vocabulary to the wearer, and asks which word was felt."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backrun_pi.haptics.patterns import PATTERNS

WORDS = ("stop", "caution", "switch", "look_left", "look_right", "poor")
"""The rhythms of docs/vocabulary.md that must be told apart while moving backward."""
NOTHING = "nothing"

Play = Callable[[str], None]
"""Plays a word by its name; may raise MotorFault."""


class Person(Protocol):
    """Who wears the device and reads the terminal."""

    def tell(self, text: str) -> None:
        """Show a line."""

    def ask(self, question: str) -> str | None:
        """Return the answer; None when nobody answers any more."""


@dataclass(frozen=True, slots=True)
class Felt:
    """One word that was played, and what the wearer said of it."""

    played: str
    """Name of the pattern."""
    said: str
    """Name of the pattern he took it for, or `nothing`."""

    @property
    def is_right(self) -> bool:
        """Return whether it was understood."""
        return self.played == self.said


def teach(play: Play, person: Person, names: Sequence[str]) -> None:
    """Play words one after the other, each with its name and its meaning."""
    for name in names:
        person.tell(f"  {name}: {PATTERNS[name].says}")
        play(name)


def quiz(play: Play, person: Person, rng: random.Random) -> list[Felt]:
    """Play each word once in an order nobody knows; stop early when nobody answers."""
    order = list(WORDS)
    rng.shuffle(order)
    for number, name in enumerate(WORDS, 1):
        person.tell(f"  {number}  {PATTERNS[name].says}")
    found: list[Felt] = []
    for number, name in enumerate(order, 1):
        said = _asked(play, name, person, f"Buzz {number} of {len(order)}.")
        if said is None:
            break
        found.append(Felt(name, said))
    return found


def rest(play: Play, person: Person) -> list[Felt]:
    """Play the other words; the wearer says whether each was felt."""
    found: list[Felt] = []
    for name in (name for name in PATTERNS if name not in WORDS):
        person.tell(f"  {name}: {PATTERNS[name].says}")
        play(name)
        line = person.ask("  Felt it? Enter yes, n no, q enough: ")
        if line is None or line.strip().lower() in {"q", "quit"}:
            break
        is_felt = line.strip().lower() not in {"n", "no"}
        found.append(Felt(name, name if is_felt else NOTHING))
    return found


def verdict(found: Sequence[Felt]) -> str:
    """Return in one line what was understood and what was not."""
    right = sum(felt.is_right for felt in found)
    wrong = [
        f"{felt.played} was not felt"
        if felt.said == NOTHING
        else f"{felt.played} was taken for {felt.said}"
        for felt in found
        if not felt.is_right
    ]
    return "; ".join((f"{right} of {len(found)} words understood", *wrong))


def _asked(play: Play, name: str, person: Person, title: str) -> str | None:
    """Play a word until it is named; None when nobody answers any more."""
    question = f"{title} Which was it? 1-{len(WORDS)}, 0 felt nothing, a again, q enough: "
    play(name)
    while (line := person.ask(question)) is not None:
        word = line.strip().lower()
        if word in {"q", "quit"}:
            return None
        if word in {"0", "n", "no"}:
            return NOTHING
        if word in {"a", "again"}:
            play(name)
        elif word.isdecimal() and 1 <= int(word) <= len(WORDS):
            return WORDS[int(word) - 1]
    return None
