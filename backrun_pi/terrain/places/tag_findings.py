"""What each tag of a way says for or against running backward there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from backrun_pi.maps import ground, tag_values

Tags = Mapping[str, str]

NOT_SMOOTH = "smoothness not tagged"
_STEEP_PERCENT = 6.0  # backward downhill the foot reaches into nothing
_LEVEL_PERCENT = 3.0
_NARROW_M = 1.5
_WIDE_M = 3.0


class Weight(Enum):
    """What a finding does to a verdict."""

    BAD = "bad"
    DOUBT = "doubt"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class TagFinding:
    """One reason."""

    weight: Weight
    text: str


def findings(road: str, tags: Tags) -> Iterator[TagFinding]:
    """Yield what speaks for and against a way, the ground first.

    Args:
        road: Kind of way, one of layout.ROADS.
        tags: Of JUDGED_KEYS.
    """
    yield from _ground(tags)
    yield from _width(tags)
    yield from _incline(tags)
    if tags.get("lit", "no") not in _NOTHING:
        yield TagFinding(Weight.GOOD, "lit")
    yield from _access(tags)
    yield from _others(road, tags)
    for key, (fine, doubtful, bad) in _VALUES.items():
        if key in tags:
            yield from _listed(key, tags[key], fine, doubtful, bad)
    for key in _NAMED_DOUBTS:
        if tags.get(key, "no") not in _NOTHING:
            yield TagFinding(Weight.DOUBT, f"{key} {tags[key]}")
    for key, text in _NAMED_BAD.items():
        if tags.get(key, "no") not in _NOTHING:
            yield TagFinding(Weight.BAD, text.format(tags[key]))


def surface_of(tags: Tags) -> ground.Graded | None:
    """Return the surface: as tagged, or paved for a track of the first grade."""
    found = ground.graded(tags, "surface", ground.SURFACE)
    if found is None and tags.get("tracktype") == "grade1":
        return ground.Graded("tracktype grade1", ground.EVEN)
    return found


def _ground(tags: Tags) -> Iterator[TagFinding]:
    smoothness = ground.graded(tags, "smoothness", ground.SMOOTHNESS)
    for key, found in (("surface", surface_of(tags)), ("smoothness", smoothness)):
        if found is None:
            yield TagFinding(Weight.DOUBT, f"{key} not tagged")
        else:
            yield _graded(found)
    track = ground.graded(tags, "tracktype", ground.TRACKTYPE)
    if track is not None:
        is_soft = track.grade is not None and track.grade > ground.ROUGH
        if is_soft:
            yield TagFinding(Weight.BAD, f"{track.text}: soft or rutted")
        elif track.grade is None or track.grade > ground.EVEN:
            yield _graded(track)


def _graded(found: ground.Graded) -> TagFinding:
    if found.grade is None:
        return TagFinding(Weight.DOUBT, f"{found.text} is not known here")
    if found.grade >= ground.ROUGH:
        weight = Weight.DOUBT if found.text.startswith("tracktype") else Weight.BAD
        return TagFinding(weight, found.text)
    return TagFinding(Weight.GOOD if found.grade <= ground.EVEN else Weight.DOUBT, found.text)


def _width(tags: Tags) -> Iterator[TagFinding]:
    for key in ("width", "maxwidth:physical", "est_width"):
        value = tags.get(key)
        if value is None or (key == "est_width" and "width" in tags):
            continue
        metres = tag_values.width_m(value)
        if metres is None:
            yield TagFinding(Weight.DOUBT, f"{key} {value} is not known here")
        elif metres < _NARROW_M:
            yield TagFinding(Weight.BAD, f"{metres:g} m wide")
        elif metres >= _WIDE_M:
            yield TagFinding(Weight.GOOD, f"{metres:g} m wide")


def _incline(tags: Tags) -> Iterator[TagFinding]:
    value = tags.get("incline")
    if value is None:
        return
    slope = tag_values.slope_percent(value)
    if slope is None:
        is_steep = value.strip().lower() in {"steep", "very_steep"}
        how = "" if is_steep else ": how steep is not tagged"
        yield TagFinding(Weight.BAD if is_steep else Weight.DOUBT, f"incline {value}{how}")
    elif abs(slope) > _STEEP_PERCENT:
        yield TagFinding(Weight.BAD, f"incline {slope:g} %")
    elif abs(slope) > _LEVEL_PERCENT:
        yield TagFinding(Weight.DOUBT, f"incline {slope:g} %")
    else:
        yield TagFinding(Weight.GOOD, "level")


def _access(tags: Tags) -> Iterator[TagFinding]:
    foot, access = tags.get("foot"), tags.get("access")
    key, value = ("foot", foot) if foot is not None else ("access", access)
    if value is not None and not set(tag_values.parts(value)) <= OPEN_TO_WALKERS:
        yield TagFinding(Weight.DOUBT, f"{key} {value}")
    for key in ("access:conditional", "foot:conditional", "bicycle:conditional"):
        if key in tags:
            yield TagFinding(Weight.DOUBT, f"{key} {tags[key]}")


def _others(road: str, tags: Tags) -> Iterator[TagFinding]:
    """Yield the other traffic there."""
    if road == "running_track":
        sports = set(tag_values.parts(tags.get("sport", "running")))
        if not sports <= _RUNNERS:
            yield TagFinding(Weight.BAD, f"a track for {', '.join(sorted(sports - _RUNNERS))}")
    if tags.get("bicycle", "no") not in _NO_BICYCLES:
        yield TagFinding(Weight.DOUBT, f"bicycle {tags['bicycle']}: bicycles may come")
    if tags.get("horse") in {"yes", "designated", "official"}:
        yield TagFinding(Weight.DOUBT, f"horse {tags['horse']}: horses may come")
    if tags.get("motor_vehicle") in {"yes", "designated", "official"}:
        yield TagFinding(
            Weight.DOUBT, f"motor_vehicle {tags['motor_vehicle']}: vehicles may come"
        )
    for key in ("lcn", "rcn", "ncn"):
        if tags.get(key) == "yes":
            yield TagFinding(Weight.DOUBT, f"{key}: a bicycle route")


def _listed(
    key: str, value: str, fine: frozenset[str], doubtful: frozenset[str], bad: frozenset[str]
) -> Iterator[TagFinding]:
    for part in tag_values.parts(value):
        if part in bad:
            yield TagFinding(Weight.BAD, f"{key} {part}")
        elif part in doubtful:
            yield TagFinding(Weight.DOUBT, f"{key} {part}")
        elif part not in fine:
            yield TagFinding(Weight.DOUBT, f"{key} {part} is not known here")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOTHING = frozenset({"no", "none"})
OPEN_TO_WALKERS = _words("yes designated official permissive public")
_NO_BICYCLES = _words("no dismount private use_sidepath prohibited")
_RUNNERS = _words("running athletics jogging multi walking fitness track_and_field")

_VALUES: Mapping[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {
    key: (_words(fine), _words(doubtful), _words(bad))
    for key, fine, doubtful, bad in (
        (
            "sac_scale",
            "no strolling",
            "hiking",
            (
                "mountain_hiking demanding_mountain_hiking alpine_hiking "
                "demanding_alpine_hiking difficult_alpine_hiking"
            ),
        ),
        ("trail_visibility", "excellent good", "intermediate", "bad horrible no"),
        ("mtb:scale", "", "0- 0 0+", "1- 1 1+ 2- 2 2+ 3- 3 3+ 4 5 6"),
        ("wheelchair", "yes designated", "limited no", ""),
        ("footway", "yes link", "access_aisle", "sidewalk crossing traffic_island"),
        ("path", "yes link", "", "sidewalk crossing"),
        ("embankment", "no", "yes both left right", ""),
        ("man_made", "", "", "pier breakwater groyne"),
        (
            "railway",
            "abandoned razed dismantled no",
            "",
            "platform rail tram disused light_rail",
        ),
        ("public_transport", "no", "", "platform stop_position stop_area"),
        ("bridge", "no yes", "boardwalk viaduct covered trestle", "movable low_water_crossing"),
        ("tunnel", "no", "building_passage covered arcade avalanche_protector", "yes culvert"),
    )
}
"""Key -> values that are no reason, that are a doubt, that are bad; any other is a doubt."""

_NAMED_DOUBTS = (
    *(
        "covered",
        "obstacle",
        "opening_hours",
        "seasonal",
        "flood_prone",
        "disused",
        "abandoned",
    ),
    *("cycleway", "sidewalk"),
)
_NAMED_BAD: Mapping[str, str] = {
    "hazard": "hazard {}",
    "ford": "a ford",
    "construction": "construction",
    "military": "military {}",
    "winter_road": "a winter road",
    "ice_road": "an ice road",
    "conveying": "a moving way",
    "via_ferrata_scale": "a via ferrata",
}
