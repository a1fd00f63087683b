"""Good, bad or unknown for running backward, with reasons; never good for want of tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backrun_pi.maps import layout, way_record
from backrun_pi.maps.tags import SMOOTHNESS_CLASS, SURFACE_CLASS
from backrun_pi.messages import Suitability

_BAD_GRADE = 3  # surface or smoothness class from which ground trips a foot
_GOOD_SURFACE = 1
_GOOD_SMOOTHNESS = 1
_STEEP_PM = 60  # per mille: backward downhill the foot reaches into nothing
_LEVEL_PM = 30
_NARROW_CM = 150
_WIDE_CM = 300

FELT_ROUGH = "the ground felt rough when it was scouted"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reasons."""

    verdict: Suitability
    because: tuple[str, ...]


def judge_way(way: Any, *, is_surely_here: bool = True) -> Judgement:
    """Judge one way by its tags alone.

    Args:
        way: A record of the map's ways.
        is_surely_here: False while the runner may as well be on another way: then others
            who use this one are a doubt, not a verdict.
    """
    busy = way_record.BUSY_KINDS[int(way["busy"])]
    bad = [*_bad_kind(way), *_bad_ground(way)]
    if busy and is_surely_here:
        bad.insert(0, f"busy: {busy}")
    if bad:
        return Judgement(Suitability.BAD, tuple(bad))
    doubts = _doubts(way)
    if busy:
        doubts.insert(0, f"perhaps on a {busy}")
    if doubts:
        return Judgement(Suitability.UNKNOWN, tuple(doubts))
    return Judgement(Suitability.GOOD, _good(way))


def _bad_kind(way: Any) -> list[str]:
    road = layout.ROADS[int(way["road"])]
    flags = int(way["flags"])
    reasons = []
    if road == "steps":
        reasons.append("steps")
    if flags & layout.CROSSING:
        reasons.append("a crossing")
    if flags & layout.SIDEWALK:
        reasons.append("a pavement beside a road")
    if flags & layout.PRIVATE:
        reasons.append("no access")
    return reasons


def _bad_ground(way: Any) -> list[str]:
    reasons = []
    surface, smoothness = grades(way)
    if surface is not None and surface >= _BAD_GRADE:
        reasons.append(f"surface {layout.SURFACES[int(way['surface'])]}")
    if smoothness is not None and smoothness >= _BAD_GRADE:
        reasons.append(f"smoothness {layout.SMOOTHNESSES[int(way['smoothness'])]}")
    incline = int(way["incline_pm"])
    if incline != layout.NO_INCLINE and abs(incline) > _STEEP_PM:
        reasons.append(f"incline {incline / 10:g} %")
    width = int(way["width_cm"])
    if 0 < width < _NARROW_CM:
        reasons.append(f"{width / 100:g} m wide")
    return reasons


def _doubts(way: Any) -> list[str]:
    """Return what keeps a way from being called good: what is not tagged, what is middling."""
    surface, smoothness = grades(way)
    doubts = []
    if surface is None:
        doubts.append("surface not tagged")
    elif surface > _GOOD_SURFACE:
        doubts.append(f"surface {layout.SURFACES[int(way['surface'])]}")
    if smoothness is None:
        doubts.append("smoothness not tagged")
    elif smoothness > _GOOD_SMOOTHNESS:
        doubts.append(f"smoothness {layout.SMOOTHNESSES[int(way['smoothness'])]}")
    return doubts


def _good(way: Any) -> tuple[str, ...]:
    reasons = [
        f"surface {layout.SURFACES[int(way['surface'])]}",
        f"smoothness {layout.SMOOTHNESSES[int(way['smoothness'])]}",
    ]
    if int(way["width_cm"]) >= _WIDE_CM:
        reasons.append(f"{int(way['width_cm']) / 100:g} m wide")
    if int(way["lit"]) == 1:
        reasons.append("lit")
    incline = int(way["incline_pm"])
    if incline != layout.NO_INCLINE and abs(incline) <= _LEVEL_PM:
        reasons.append("level")
    return tuple(reasons)


def tagged_share(way: Any) -> float:
    """Return how much of what a verdict asks for is tagged: 0 nothing, 1 all five.

    Surface, smoothness, width, incline, lit. Below 1 a verdict cannot be the whole story.
    """
    known = (
        int(way["surface"]) != layout.NO_CODE,
        int(way["smoothness"]) != layout.NO_CODE,
        int(way["width_cm"]) > 0,
        int(way["incline_pm"]) != layout.NO_INCLINE,
        int(way["lit"]) != layout.NO_CODE,
    )
    return sum(known) / len(known)


def is_rough(way: Any) -> bool:
    """Say whether the ground of a way trips a foot."""
    return any(grade is not None and grade >= _BAD_GRADE for grade in grades(way))


def grades(way: Any) -> tuple[int | None, int | None]:
    """Return the classes of surface and smoothness, None where they are not known."""
    surface, smoothness = int(way["surface"]), int(way["smoothness"])
    return (
        SURFACE_CLASS[layout.SURFACES[surface]] if surface < layout.OTHER_CODE else None,
        SMOOTHNESS_CLASS[layout.SMOOTHNESSES[smoothness]]
        if smoothness < layout.OTHER_CODE
        else None,
    )
