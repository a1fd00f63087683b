"""How a straight part of a hazard lies to a piece of way, and the parts of one together.

Frame of a piece: s along it from a to b, l to its left, both in metres.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from backrun_pi.maps import layout
from backrun_pi.terrain.hazards.candidate import LONG_M, HazardCandidate, Lie
from backrun_pi.terrain.matching.way_graph import Edge

_BEYOND_M = 4.0  # candidates past the end of a piece matter this far
_ALONG = 0.5  # cosine from which steps lead along the way, not across it
_IN_LINE_M = 0.5  # nearer to the middle of the way, steps are its continuation
_PARALLEL = 0.8  # cosine to the way from which a line goes alongside


def joins(edge: Edge, found: npt.NDArray[np.void]) -> npt.NDArray[np.bool_]:
    """Return which pieces share a node with a piece of way.

    Layers say what lies above what; they do not part what is joined. Steps down to a subway,
    a road at the mouth of an archway or at the end of a bridge are walked onto through a node
    of both, whatever their layers.
    """
    joins = np.zeros(len(found), bool)
    for lat, lon in (edge.a, edge.b):
        for end in ("1", "2"):
            is_node = found[f"node{end}"] > 0  # where a line was cut there is none
            joins |= is_node & (found[f"lat{end}"] == lat) & (found[f"lon{end}"] == lon)
    return joins


def clip(
    s1: float, l1: float, s2: float, l2: float, length: float
) -> tuple[float, float, float, float] | None:
    """Cut a line to 0..length; one that lies past an end keeps its nearest point."""
    if s1 > s2:
        s1, l1, s2, l2 = s2, l2, s1, l1
    if s2 < 0.0 or s1 > length:
        over, offset = (-s2, l2) if s2 < 0.0 else (s1 - length, l1)
        if over > _BEYOND_M:
            return None
        away = math.copysign(math.hypot(over, offset), offset)
        place = -over if s2 < 0.0 else length + over
        return place, away, place, away
    if s2 > s1:
        slope = (l2 - l1) / (s2 - s1)
        if s1 < 0.0:
            s1, l1 = 0.0, l1 - slope * s1
        if s2 > length:
            s2, l2 = length, l2 - slope * (s2 - length)
    return s1, l1, s2, l2


def contact(s1: float, l1: float, s2: float, l2: float, reach: float) -> tuple[float, float]:
    """Return first and last s of the part of a line that is within reach of l = 0."""
    if s2 <= s1 or l1 == l2:
        return s1, s2
    slope = (s2 - s1) / (l2 - l1)
    at = sorted((s1 + slope * (-reach - l1), s1 + slope * (reach - l1)))
    return min(max(s1, at[0]), s2), max(min(s2, at[1]), s1)


def together(candidates: list[HazardCandidate]) -> HazardCandidate:
    """Join the parts of one candidate: the likeliest on each side, first contact of either."""
    if len(candidates) == 1:
        return candidates[0]
    best = max(candidates, key=lambda candidate: candidate.p)
    other = [candidate.chances for candidate in candidates if candidate.l_m * best.l_m < 0.0]
    joined = best.chances
    if other:
        joined = joined.joined(max(other, key=lambda chances: chances.touch))
    likely = [candidate for candidate in candidates if candidate.p >= 0.7 * best.p]
    return replace(
        best,
        s_m=min(candidate.s_m for candidate in likely),
        s_back_m=max(candidate.s_back_m for candidate in likely),
        p=joined.touch,
        near_p=joined.near,
        chances=joined,
        lie=_joint_lie(likely),
    )


def lie(
    ends: tuple[float, float, float, float], span: tuple[float, float], *, is_steps: bool
) -> Lie:
    """Return how one straight part lies to the piece of way.

    Steps that go on in the line of the way are parallel to it, and yet met with certainty.
    """
    s1, l1, s2, l2 = ends
    is_in_line = is_steps and max(map(abs, span)) <= _IN_LINE_M
    if span[0] < 0.0 < span[1] or is_in_line:
        return Lie.ACROSS
    length = math.hypot(s2 - s1, l2 - l1)
    is_parallel = length >= LONG_M and abs(s2 - s1) >= _PARALLEL * length
    return Lie.ALONGSIDE if is_parallel else Lie.SPOT


def _joint_lie(parts: list[HazardCandidate]) -> Lie:
    """Return how the likely parts of one hazard lie to the piece of way."""
    lies = {part.lie for part in parts}
    if Lie.ACROSS in lies:
        return Lie.ACROSS
    length = max(part.s_back_m for part in parts) - min(part.s_m for part in parts)
    is_line = len(parts) > 1 and length >= LONG_M  # a curve drawn in short parts
    return Lie.ALONGSIDE if Lie.ALONGSIDE in lies or is_line else Lie.SPOT


def fall(ends: tuple[float, float, float, float], offset: float, flags: int) -> tuple[int, int]:
    """Return whether the ground falls or rises at a line, met from a to b and from b to a.

    The lower side of an edge is on the right of its direction; steps lead up or down along
    theirs. An edge alongside is met from one side in both directions, one across the way
    from either.
    """
    s1, l1, s2, l2 = ends
    length = math.hypot(s2 - s1, l2 - l1)
    if not flags or length <= 0.0:
        return 0, 0
    along, across = (s2 - s1) / length, (l2 - l1) / length
    if flags & layout.DROP_RIGHT:
        beside = -along * offset  # above zero: the way lies on the upper side
        return _sign(beside + across), _sign(beside - across)
    sign = _sign(along) if abs(along) > _ALONG else 0
    sign = -sign if flags & layout.STEPS_UP else sign
    return sign, -sign


def _sign(value: float) -> int:
    return (value > 0.0) - (value < 0.0)
