"""What the skin feels of the motor: beats from the speed of its mass, and the cues they spell.

The shapes are learned from the vocabulary page (docs/vocabulary.md), not from the program: if a
pattern cannot be distinguished by touch, it is misread here too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backrun_pi.sim.motor import Pulse

_FELT = 0.25  # [-] of full speed; a slower mass is not felt through clothes
_MELTS_S = 0.08  # [s] a shorter silence is none
_APART_S = 0.3  # [s] a longer silence parts what a cue or a count consists of
TOGETHER_S = 0.55  # [s] a longer silence ends whatever was spelled

_LENGTHS = ((0.3, "S"), (0.475, "M"), (0.8, "L"), (math.inf, "V"))
"""[s] Up to this length a beat is short, medium, long, very long: halfway, as ratios, between
what the page's lengths feel like at rest and at full effort."""

SHAPES = {
    "LLL": "stop",
    "LL": "stop",
    "MM": "caution",
    "MSM": "edge",
    "MMMM": "busy",
    "LSL": "backward_now",
    "SLS": "forward_now",
    "SSMM": "go",
    "S": "tick",
    "SSS": "look_left",
    "SSSSS": "look_right",
    "SSL": "alarm",
    "LSS": "back",
    "MLM": "good",
    "SMSS": "mark",
    "LMSS": "undone",
    "MSSM": "pause",
    "SSLSS": "unknown",
    "SLML": "weekly",
    "SMMLS": "notice",
    "MSLM": "mount",
    "LMSL": "handrail",
    "VMV": "off",
    "VV": "fall",
    "VVVV": "help",
}
"""Short, medium, long and very long beats -> the cue. Two of the three beats of a STOP will do;
an alarm call whose number was cut still says that the device cannot warn."""

_CUTTING = frozenset({"stop", "backward_now", "forward_now"})
"""With the alarm calls, the cues that may cut another one short."""

_COUNTED = {"M": "number", "SLMS": "refused", "V": "end"}
_COUNT = re.compile(r"((?:SSSS\|)*S{0,4})M")
_CALL = "SSL"
_CALLS = {
    0: "poor",
    1: "blind_imu",
    2: "blind_gnss",
    3: "blind_map",
    4: "blind_recorder",
    5: "blind_power",
    6: "blind_motor",
    7: "blind_partner",
    8: "blind_button",
    9: "blind_rear",
}


@dataclass(frozen=True, slots=True)
class FeltBeat:
    """One beat as it is felt."""

    on_s: float
    """[s] When it begins to be felt."""
    off_s: float
    """[s] When it is felt no more."""

    @property
    def letter(self) -> str:
        """Return its class of length."""
        return next(letter for most_s, letter in _LENGTHS if self.off_s - self.on_s < most_s)


@dataclass(frozen=True, slots=True)
class Reading:
    """One cue as it was read."""

    t_s: float
    """[s] When its first beat began to be felt."""
    over_s: float
    """[s] When its last beat was over."""
    cue: str | None
    """Its name on the vocabulary page; None when it is not on it."""
    felt: str
    """Its beats by class of length, a stroke for a longer silence."""
    is_cut: bool = False
    """The beginning of some cue that another one cut short."""


def felt_beats(pulses: Sequence[Pulse], rise_s: float, fall_s: float) -> list[FeltBeat]:
    """Return the beats felt of driven pulses; two motors are felt as one place.

    The mass follows the drive with a time constant up and another down; it is felt while it
    turns faster than a quarter of full speed. Shorter silences than 0.08 s melt two beats.
    """
    spans: list[FeltBeat] = []
    for is_right in (False, True):
        spans += _spans((p for p in pulses if p.is_right is is_right), rise_s, fall_s)
    beats: list[FeltBeat] = []
    for span in sorted(spans, key=lambda one: one.on_s):
        if beats and span.on_s - beats[-1].off_s < _MELTS_S:
            beats[-1] = FeltBeat(beats[-1].on_s, max(beats[-1].off_s, span.off_s))
        else:
            beats.append(span)
    return beats


def _spans(pulses: Iterable[Pulse], rise_s: float, fall_s: float) -> list[FeltBeat]:
    spans: list[FeltBeat] = []
    level, since_s = 0.0, -math.inf
    for pulse in pulses:
        level *= math.exp(-(pulse.on_s - since_s) / fall_s)
        on_s = pulse.on_s
        top = pulse.strength
        if level < _FELT < top:
            on_s += rise_s * math.log((top - level) / (top - _FELT))
        driven_s = pulse.off_s - pulse.on_s
        level = top - (top - level) * math.exp(-driven_s / rise_s)
        since_s = pulse.off_s
        if level > _FELT and on_s < pulse.off_s:
            spans.append(FeltBeat(on_s, pulse.off_s + fall_s * math.log(level / _FELT)))
    return spans


def spelled(beats: Sequence[FeltBeat]) -> str:
    """Return the beats of a group as letters, with a stroke for each longer silence."""
    letters = ""
    for index, beat in enumerate(beats):
        if index and beat.on_s - beats[index - 1].off_s >= _APART_S:
            letters += "|"
        letters += beat.letter
    return letters


def read(beats: Sequence[FeltBeat]) -> list[Reading]:
    """Return the cues that a group of beats spells, in their order.

    The longest stretch between longer silences that is on the page is a cue. What is on no page
    may be the beginning of one that was cut short: whatever follows belongs to it until a cue
    comes that cuts others, and so does a count that is not closed to its alarm call.
    """
    parts: list[list[FeltBeat]] = []
    for index, beat in enumerate(beats):
        if index == 0 or beat.on_s - beats[index - 1].off_s >= _APART_S:
            parts.append([])
        parts[-1].append(beat)
    readings: list[Reading] = []
    first = 0
    while first < len(parts):
        last, cue = _longest(parts, first)
        if cue is None or cue == "alarm":
            while last < len(parts) and not _cuts_others(parts, last):
                last += 1
        stretch = _joined(parts, first, last)
        letters = spelled(stretch)
        is_cut = cue is None and last < len(parts) and is_beginning(letters)
        readings.append(Reading(stretch[0].on_s, stretch[-1].off_s, cue, letters, is_cut))
        first = last
    return readings


def _longest(parts: Sequence[list[FeltBeat]], first: int) -> tuple[int, str | None]:
    """Return where the longest cue from a part on ends, and which it is."""
    for last in range(len(parts), first, -1):
        cue = cue_of(spelled(_joined(parts, first, last)))
        if cue is not None:
            return last, cue
    return first + 1, None


def _cuts_others(parts: Sequence[list[FeltBeat]], first: int) -> bool:
    letters = spelled(parts[first])
    return letters == _CALL or SHAPES.get(letters) in _CUTTING


def _joined(parts: Sequence[list[FeltBeat]], first: int, last: int) -> list[FeltBeat]:
    return [beat for part in parts[first:last] for beat in part]


def cue_of(letters: str) -> str | None:
    """Return the cue of some beats; None when they are on no page."""
    if letters in SHAPES:
        return SHAPES[letters]
    lead, _, count = letters.partition("|")
    match = _COUNT.fullmatch(count)
    if match is None:
        return None
    if lead == _CALL:
        return _CALLS.get(match[1].count("S"))
    return _COUNTED.get(lead)


def is_beginning(letters: str) -> bool:
    """Return whether a cue begins so; its last beat may have been cut shorter."""
    lead, _, count = letters.partition("|")
    whole = letters[:-1]
    if not count:
        return any(shape.startswith(whole) for shape in (*SHAPES, _CALL, *_COUNTED))
    is_counted = lead == _CALL or lead in _COUNTED
    return is_counted and re.fullmatch(r"(SSSS\|)*S{0,4}.", count) is not None
