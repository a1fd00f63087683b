"""Good, likely, bad or unknown for running backward, with reasons; never good for want of tags.

What is tagged and not understood is a doubt with its name: silence about a tag would read as
if nothing were there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from backrun_pi.maps import ground
from backrun_pi.maps.way_record import Way
from backrun_pi.messages import Suitability
from backrun_pi.terrain.places.tag_findings import NOT_SMOOTH, Weight, findings, surface_of

_JUDGED = 4096  # ways whose reasons are kept

FELT_ROUGH = "the ground felt rough when it was scouted"

_BAD_ROADS = {"steps": "steps", "platform": "a platform", "corridor": "indoors"}
_DOUBTFUL_ROADS = {
    "pedestrian": "a pedestrian street: others walk there",
    "bridleway": "a bridleway: horses",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons."""

    verdict: Suitability
    because: tuple[str, ...]
    doubts: tuple[str, ...] = ()
    """What keeps it from being good, when nothing makes it bad."""

    @property
    def missing_tag(self) -> str | None:
        """Return the key that would make it good if tagged well; None: not one alone."""
        if len(self.doubts) != 1:
            return None
        found = _NOT_TAGGED.fullmatch(self.doubts[0])
        return None if found is None else found[1] or found[2]


_NOT_TAGGED = re.compile(r"(\w+) not tagged|(incline) .*: how steep is not tagged")


@dataclass(frozen=True, slots=True)
class _Reasons:
    bad: tuple[str, ...]
    doubts: tuple[str, ...]
    good: tuple[str, ...]


def judge_way(
    way: Way, *, is_surely_here: bool = True, felt_even: str | None = None
) -> Judgement:
    """Judge one way by its tags and by what the wearer has felt there.

    Args:
        way: A way of the map.
        is_surely_here: False while the runner may as well be on another way: then others
            who use this one are a doubt, not a verdict.
        felt_even: How the wearer knows that the ground is even here, None when they do not;
            it takes the place of a smoothness that nobody tagged.
    """
    reasons = _reasons_of(way)
    bad = reasons.bad
    doubts = reasons.doubts
    if way.busy and is_surely_here:
        bad = (f"busy: {way.busy}", *bad)
    if bad:
        return Judgement(Suitability.BAD, bad)
    if way.busy:
        doubts = (f"perhaps on a {way.busy}", *doubts)
    if doubts == (NOT_SMOOTH,):
        if felt_even is not None:
            return Judgement(Suitability.GOOD, (felt_even, *reasons.good))
        return Judgement(Suitability.LIKELY, (*reasons.good, NOT_SMOOTH), doubts)
    if doubts:
        return Judgement(Suitability.UNKNOWN, doubts, doubts)
    return Judgement(Suitability.GOOD, reasons.good)


def tagged_share(way: Way) -> float:
    """Return how much of what a verdict asks for is tagged: 0 nothing, 1 all five.

    Surface, smoothness, width, incline, lit. Below 1 a verdict cannot be the whole story.
    """
    asked = ("surface", "smoothness", "width", "incline", "lit")
    return sum(key in way.tags for key in asked) / len(asked)


def is_rough(way: Way) -> bool:
    """Say whether the ground of a way trips a foot."""
    return ground.is_rough(way.tags)


def evenness(way: Way) -> float:
    """Return what the tags say for the ground: 1 even, 0 not tagged, below 0 uneven."""
    value = 0.0
    for found in (
        surface_of(way.tags),
        ground.graded(way.tags, "smoothness", ground.SMOOTHNESS),
    ):
        if found is not None and found.grade is not None:
            value += 0.5 if found.grade <= ground.EVEN else -0.5
    track = ground.graded(way.tags, "tracktype", ground.TRACKTYPE)
    if track is not None and track.grade is not None and track.grade > ground.EVEN:
        value -= 0.25 * (track.grade - ground.EVEN)
    return value + (0.2 if way.tags.get("lit", "no") not in {"no", "none"} else 0.0)


def _reasons_of(way: Way) -> _Reasons:
    flags = (way.is_tunnel, way.is_closed, way.is_sidewalk, way.is_crossing)
    return _reasons(way.road, flags, tuple(way.tags.items()))


@lru_cache(_JUDGED)
def _reasons(
    road: str, flags: tuple[bool, bool, bool, bool], tagged: tuple[tuple[str, str], ...]
) -> _Reasons:
    is_tunnel, is_closed, is_sidewalk, is_crossing = flags
    tags = dict(tagged)
    bad = [_BAD_ROADS[road]] if road in _BAD_ROADS else []
    doubts = [_DOUBTFUL_ROADS[road]] if road in _DOUBTFUL_ROADS else []
    good = []
    for is_so, text in (
        (is_crossing, "a crossing"),
        (is_sidewalk, "a pavement beside a road"),
        (is_closed, f"no access: {tags.get('foot') or tags.get('access')}"),
        (is_tunnel, "a tunnel"),
    ):
        bad += [text] if is_so else []
    for one in findings(road, tags):
        match one.weight:
            case Weight.BAD:
                bad.append(one.text)
            case Weight.DOUBT:
                doubts.append(one.text)
            case Weight.GOOD:
                good.append(one.text)
    return _Reasons(tuple(dict.fromkeys(bad)), tuple(dict.fromkeys(doubts)), tuple(good))
