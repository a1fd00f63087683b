"""No cue is read as another one, whatever is lost of it: the vocabulary is a code."""

from __future__ import annotations

import itertools

import pytest

from backrun_pi.haptics.patterns import PATTERNS, pulse_s
from backrun_pi.haptics.settings import HapticsSettings
from tests.support.cue_trials import (
    DAMAGES,
    Played,
    cues,
    cutting,
    matrix,
    misread,
    whole,
)

MOST = 1 / 200
TRIALS = 10  # of each cue; benchmarks/cues.py makes 400
LETTERS = ((0.2, "S"), (0.4, "M"), (0.8, "L"), (9.0, "V"))


def shape(cue: Played) -> str:
    """Return the beats of a cue as letters, a stroke for a longer silence."""
    letters = ""
    for beat in PATTERNS[cue.name].played(cue.count):
        letters += next(letter for most_s, letter in LETTERS if beat.on_s <= most_s)
        letters += "|" if beat.gap_s > 0.3 else ""
    return letters.rstrip("|")


SHAPES = {(cue.name, cue.count): shape(cue) for cue in cues()}
PAIRS = [
    (a, b)
    for (one, a), (other, b) in itertools.permutations(SHAPES.items(), 2)
    if one[0] != other[0]
]


@pytest.mark.parametrize("damage", ["whole", "first beat lost", "last beat lost"])
def test_no_cue_is_read_as_another_at_any_effort_and_with_any_late_tick(damage: str) -> None:
    found = matrix(TRIALS, 1, DAMAGES[damage], [(cue, None) for cue in cues()])
    assert {pair: share for pair, share in misread(found).items() if share > MOST} == {}
    if damage == "whole":
        assert {name: row for name, row in found.items() if set(row) != {name}} == {}


def test_a_stop_and_an_alarm_call_are_read_whatever_they_cut_short() -> None:
    pairs = [(cue, cut) for cue in cutting() for cut in cues()]
    found = matrix(2, 2, whole, pairs)
    assert {name: row for name, row in found.items() if set(row) != {name}} == {}


def test_a_change_of_direction_is_read_whatever_it_cuts_short() -> None:
    switches = [Played("backward_now"), Played("forward_now")]
    looks = [Played(name) for name in ("look_left", "look_right", "caution", "tick", "good")]
    found = matrix(4, 3, whole, [(cue, cut) for cue in switches for cut in looks])
    assert {name: row for name, row in found.items() if set(row) != {name}} == {}


def test_a_lost_beat_at_either_end_leaves_no_other_cue() -> None:
    every = set(SHAPES.values())
    assert len(every) == len(SHAPES), "two cues of one shape"
    for letters in every:
        assert letters[1:].lstrip("|") not in every, letters
        assert letters[:-1].rstrip("|") not in every, letters


def test_cues_of_one_number_of_beats_differ_by_two_steps_of_length() -> None:
    for a, b in PAIRS:
        if len(a) == len(b) and [x == "|" for x in a] == [y == "|" for y in b]:
            steps = sum(abs("SMLV".find(x) - "SMLV".find(y)) for x, y in zip(a, b, strict=True))
            assert steps >= 2, (a, b)


def test_only_stop_has_two_long_beats_in_a_row() -> None:
    assert [name for (name, _), letters in SHAPES.items() if "LL" in letters] == ["stop"]


def test_the_classes_of_length_stay_apart_over_all_efforts() -> None:
    most = HapticsSettings().effort_stretch
    for shorter_s, longer_s in itertools.pairwise((0.15, 0.3, 0.5, 1.0)):
        assert pulse_s(longer_s) >= 1.3 * pulse_s(shorter_s, most)
