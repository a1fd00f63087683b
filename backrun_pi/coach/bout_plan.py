"""Where on a known line the bouts go: dynamic programming over metre x phase.

Steps: 1. the line is walked to its end, back, and so on, in pieces of one length. 2. A state
is a piece, a number of bouts done and the seconds owed by then; a rest may be walked longer, a
bout may be shorter or longer, within limits. 3. The cost is the expected number of contacts
backward, and traffic at almost any price; among equals the shorter session. 4. The cheapest
end is followed back. Source of the method: Bellman 1957, with the time owed as a state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backrun_pi.messages import BoutGround, FloatArray, IntArray, PlannedBout

_GRAIN_S = 5.0  # of the time owed
_CHANGES = range(-3, 5)  # [grains] by which a bout is shorter or longer than its length
_MOST_OWED = 6  # [grains] between two bouts
_LEAST_BOUT_S = 10.0
_TRAFFIC = 100.0  # [contacts] what a piece with traffic costs
_PER_PIECE = 1e-3  # [contacts] what a longer session costs, a piece
_TURN_PIECES = 2  # at an end of the line, in which the wearer turns round
_TURN = 1.0  # [contacts] of each of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the programme asks for from here."""

    bouts_s: tuple[float, ...]
    """[s] Lengths of the bouts to come."""
    first_walk_s: float
    """[s] Forward walk before the first of them."""
    rest_s: float
    """[s] Forward walk between two."""
    forward_mps: float
    """[m/s] Speed of the walk."""
    backward_mps: float
    """[m/s] Speed of the bouts."""
    kept_share: float = 0.95
    """[-] Of the time backward that must be kept."""
    spare_s: float
    """[s] By which it may become longer."""

    @property
    def clock_s(self) -> float:
        """Return how long it takes by the clock, in seconds."""
        return self.first_walk_s + sum(self.bouts_s) + self.rest_s * (len(self.bouts_s) - 1)


@dataclass(frozen=True, slots=True)
class _Stage:
    """How each state after a bout was reached."""

    owed: IntArray
    """shape (grains, pieces): owed before the bout; -1 where the state is not reached."""
    begin: IntArray
    """shape (grains, pieces): piece in which the bout began."""
    rest_from: IntArray
    """shape (grains, pieces): piece in which the rest before began, by where it ended."""


def lay_bouts(
    ground: BoutGround, from_m: float, wanted: Wanted, *, is_onward: bool
) -> tuple[PlannedBout, ...]:
    """Return the bouts to come, each where it meets least; none when the line is too short.

    Args:
        ground: What a bout meets along the line.
        from_m: [m] Where on the line the wearer is.
        wanted: The programme from here.
        is_onward: They walk towards the end of the line.
    """
    if len(ground.contacts) <= 2 * _TURN_PIECES or not wanted.bouts_s:
        return ()
    order = _unfolded(ground, from_m, wanted, is_onward=is_onward)
    costs = np.concatenate(([0.0], np.cumsum(_costs(ground)[order])))
    best = np.full((_MOST_OWED + 1, len(costs)), np.inf)
    best[0, 0] = 0.0
    stages: list[_Stage] = []
    for number in range(len(wanted.bouts_s)):
        best, stage = _one_bout(best, costs, number, ground.step_m, wanted)
        stages.append(stage)
    owed_most = int(sum(wanted.bouts_s) * (1.0 - wanted.kept_share) / _GRAIN_S)
    allowed = best[: owed_most + 1]
    if not np.isfinite(allowed).any():
        return ()
    owed, end = np.unravel_index(int(np.argmin(allowed)), allowed.shape)
    return _followed_back(stages, (int(owed), int(end)), order, ground, wanted)


def bouts_by_clock(
    ground: BoutGround, from_m: float, wanted: Wanted, *, is_onward: bool
) -> tuple[PlannedBout, ...]:
    """Return the bouts where the clock alone puts them, to compare."""
    order = _unfolded(ground, from_m, wanted, is_onward=is_onward)
    found: list[PlannedBout] = []
    at_m = wanted.first_walk_s * wanted.forward_mps
    for number, bout_s in enumerate(wanted.bouts_s):
        begin, end = (
            round(m / ground.step_m) for m in (at_m, at_m + bout_s * wanted.backward_mps)
        )
        found.append(_planned(number, (begin, end), bout_s, order, ground))
        at_m += bout_s * wanted.backward_mps + wanted.rest_s * wanted.forward_mps
    return tuple(found)


def _unfolded(
    ground: BoutGround, from_m: float, wanted: Wanted, *, is_onward: bool
) -> IntArray:
    """Return the pieces of the line in the order in which they are walked: there and back."""
    count = len(ground.contacts)
    walk_s = wanted.clock_s - sum(wanted.bouts_s) + wanted.spare_s
    way_m = walk_s * wanted.forward_mps + (sum(wanted.bouts_s) + 60.0) * wanted.backward_mps
    here = min(count - 1, max(0, int(from_m / ground.step_m)))
    cycle = np.concatenate((np.arange(count), np.arange(count)[::-1]))
    first = here if is_onward else 2 * count - 1 - here
    steps = np.arange(math.ceil(way_m / ground.step_m) + 1)
    return np.asarray(cycle[(first + steps) % (2 * count)], dtype=np.int64)


def _costs(ground: BoutGround) -> FloatArray:
    costs = np.array(ground.contacts, dtype=float)
    costs[np.array(ground.has_traffic, dtype=bool)] += _TRAFFIC
    costs[:_TURN_PIECES] += _TURN
    costs[-_TURN_PIECES:] += _TURN
    return costs


def _one_bout(
    best: FloatArray, costs: FloatArray, number: int, step_m: float, wanted: Wanted
) -> tuple[FloatArray, _Stage]:
    """Add a rest and a bout to every state; return the cheapest ends and how they come."""
    begins, rest_from = _after_rest(best, number, step_m, wanted)
    pieces = len(costs)
    after = np.full_like(best, np.inf)
    owed_before = np.full(best.shape, -1, dtype=np.int64)
    begin_of = np.zeros(best.shape, dtype=np.int64)
    for owed in range(best.shape[0]):
        for change in _CHANGES:
            bout_s = wanted.bouts_s[number] + change * _GRAIN_S
            left = owed - change
            if not 0 <= left < best.shape[0] or bout_s < _LEAST_BOUT_S:
                continue
            length = max(1, round(bout_s * wanted.backward_mps / step_m))
            if length >= pieces:
                continue
            total = begins[owed, : pieces - length] + costs[length:] - costs[:-length]
            better = total < after[left, length:]
            after[left, length:][better] = total[better]
            owed_before[left, length:][better] = owed
            begin_of[left, length:][better] = np.flatnonzero(better)
    return after, _Stage(owed_before, begin_of, rest_from)


def _after_rest(
    best: FloatArray, number: int, step_m: float, wanted: Wanted
) -> tuple[FloatArray, IntArray]:
    """Return the cheapest way to begin a bout in each piece, and where its rest began."""
    pieces = best.shape[1]
    walk_s = wanted.first_walk_s if number == 0 else wanted.rest_s
    walk = round(walk_s * wanted.forward_mps / step_m)
    place = np.arange(pieces)
    slanted = best - _PER_PIECE * place
    lowest = np.minimum.accumulate(slanted, axis=1)
    since = np.maximum.accumulate(np.where(slanted <= lowest, place, 0), axis=1)
    begins = np.full_like(best, np.inf)
    rest_from = np.zeros(best.shape, dtype=np.int64)
    if walk < pieces:
        begins[:, walk:] = lowest[:, : pieces - walk] + _PER_PIECE * place[: pieces - walk]
        rest_from[:, walk:] = since[:, : pieces - walk]
    walked_s = wanted.first_walk_s + number * wanted.rest_s
    done_s = sum(wanted.bouts_s[:number])
    for owed in range(best.shape[0]):
        most_m = (walked_s + wanted.spare_s) * wanted.forward_mps
        most_m += (done_s - owed * _GRAIN_S) * wanted.backward_mps
        begins[owed, int(most_m / step_m) + 1 :] = np.inf
    return begins, rest_from


def _followed_back(
    stages: list[_Stage],
    last: tuple[int, int],
    order: IntArray,
    ground: BoutGround,
    wanted: Wanted,
) -> tuple[PlannedBout, ...]:
    found: list[PlannedBout] = []
    owed, end = last
    for number in range(len(stages) - 1, -1, -1):
        stage = stages[number]
        before, begin = int(stage.owed[owed, end]), int(stage.begin[owed, end])
        bout_s = wanted.bouts_s[number] + (before - owed) * _GRAIN_S
        found.append(_planned(number, (begin, end), bout_s, order, ground))
        owed, end = before, int(stage.rest_from[before, begin])
    return tuple(reversed(found))


def _planned(
    number: int,
    span: tuple[int, int],
    bout_s: float,
    order: IntArray,
    ground: BoutGround,
) -> PlannedBout:
    begin, end = span
    pieces = order[begin:end]
    return PlannedBout(
        number=number + 1,
        walk_m=begin * ground.step_m,
        from_m=float(order[begin]) * ground.step_m,
        to_m=float(order[min(end, len(order) - 1)]) * ground.step_m,
        backward_s=bout_s,
        contacts=round(float(sum(ground.contacts[piece] for piece in pieces)), 3),
        traffic_m=float(sum(ground.has_traffic[piece] for piece in pieces)) * ground.step_m,
    )
