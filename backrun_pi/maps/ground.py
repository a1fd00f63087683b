"""What surface, smoothness and tracktype say of the ground, as grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backrun_pi.maps import tag_values

Grades = Mapping[str, int]


def _grades(*rows: str) -> Grades:
    return {name: grade for grade, names in enumerate(rows) for name in names.split()}


SURFACE: Grades = _grades(
    "asphalt concrete tartan rubber acrylic",
    "artificial_turf paved paving_stones concrete:plates compacted wood clay chipseal",
    "concrete:lanes fine_gravel metal grass sett woodchips carpet",
    "unpaved ground dirt earth soil cobblestone cobblestone:flattened gravel grass_paver "
    "shells metal_grid grit snow paving_stones:lanes",
    "unhewn_cobblestone pebblestone rock rocks stone stones sand mud roots ice salt "
    "stepping_stones scree rubble boulders",
)
"""Surface -> 0 even and firm ... 4 unfit for going backward."""
SMOOTHNESS: Grades = _grades(
    "excellent", "good", "intermediate", "bad", "very_bad horrible very_horrible impassable"
)
"""Smoothness -> 0 excellent ... 4 very bad or worse."""
TRACKTYPE: Grades = _grades("", "grade1", "grade2", "grade3", "grade4 grade5")
"""Tracktype -> firmness on the same scale: 1 paved or compacted ... 4 soft, ruts."""

EVEN = 1
"""Grade up to which ground is even."""
ROUGH = 3
"""Grade from which it trips a foot."""


@dataclass(frozen=True, slots=True)
class Graded:
    """A tag of the ground and its grade."""

    text: str
    """The member of the list that counts, `surface gravel`."""
    grade: int | None
    """0 to 4; None when the value is not in our tables."""


def graded(tags: Mapping[str, str], key: str, table: Grades) -> Graded | None:
    """Return the worst member of a tag, None when it is not tagged.

    A member that nobody knows counts as a doubt unless another one is rough already.
    """
    value = tags.get(key)
    members = [] if value is None else tag_values.parts(value.replace("/", ";"))
    if not members:
        return None
    known = [(table[name], name) for name in members if name in table]
    strange = [name for name in members if name not in table]
    worst = max(known, default=None)
    if worst is not None and (worst[0] >= ROUGH or not strange):
        return Graded(f"{key} {worst[1]}", worst[0])
    return Graded(f"{key} {strange[0]}", None)


def is_rough(tags: Mapping[str, str]) -> bool:
    """Whether the ground of a way trips a foot, by surface, smoothness or a soft track."""
    surface = graded(tags, "surface", SURFACE)
    smoothness = graded(tags, "smoothness", SMOOTHNESS)
    track = graded(tags, "tracktype", TRACKTYPE)
    return any(
        found is not None and found.grade is not None and found.grade >= least
        for found, least in ((surface, ROUGH), (smoothness, ROUGH), (track, ROUGH + 1))
    )
