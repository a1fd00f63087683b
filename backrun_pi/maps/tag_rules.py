"""Which rules of the table the tags of an object match."""

from __future__ import annotations

from collections.abc import Mapping

from backrun_pi.maps import tag_values
from backrun_pi.maps.ground import is_rough
from backrun_pi.maps.tags import LINE_RULES, POINT_RULES, ROAD_RULES, RULES, Rule

NO_FEATURE: Mapping[str, frozenset[str]] = {
    key: frozenset(names.split()) | {"no", "none", "proposed", "planned", "razed", "demolished"}
    for key, names in {
        "barrier": "entrance border_control removed gap",
        "building": "roof canopy carport removed",
        "hazard": "",
        "highway": (
            "footway path pedestrian track bridleway steps ladder platform corridor elevator "
            "via_ferrata construction trail footpath "
            "abandoned disused removed dismantled rest_area services emergency_bay bus_stop "
            "crossing traffic_island stop toll_gantry turning_circle turning_loop"
        ),
        "railway": (
            "abandoned dismantled removed historic station halt stop tram_stop platform_edge "
            "yard site museum signal_box engine_shed roundhouse workshop depot facility wash "
            "crossing level_crossing tram_crossing subway_entrance train_station_entrance "
            "monorail container_terminal loading_ramp fuel ventilation_shaft"
        ),
        "traffic_calming": "",
        "traffic_sign": "",
        "water": "wastewater intermittent",
        "waterway": (
            "fairway flowline pressurised boatyard fuel water_point turning_point link "
            "abandoned milestone security_lock sanitary_dump_station stream_end waterfall"
        ),
    }.items()
}
"""Values of keys with a row of `*` that are no feature on the ground."""


def _by_key(rules: tuple[Rule, ...], first: int) -> dict[str, dict[str, int]]:
    """Return key -> value -> place in RULES."""
    found: dict[str, dict[str, int]] = {}
    for at, rule in enumerate(rules, first):
        key, _, value = rule.tag.partition("=")
        found.setdefault(key, {})[value] = at
    return found


_POINT_AT = _by_key(POINT_RULES, 0)
_LINE_AT = _by_key(LINE_RULES, len(POINT_RULES))
_ROAD_AT = _by_key(ROAD_RULES, len(POINT_RULES) + len(LINE_RULES))
_KERB_AT, _ROLLED_AT = _LINE_AT["barrier"]["kerb"], _LINE_AT["kerb"]["rolled"]
_WATER_AT = _LINE_AT["water"]["*"]
_SHARED_AT, _ROUGH_AT = len(RULES) - 2, len(RULES) - 1

POINT_KEYS = tuple(sorted(_POINT_AT))
LINE_KEYS = tuple(sorted(_LINE_AT))
OTHER_KEYS = (
    *("highway", "kerb", "surface", "smoothness", "tracktype", "bicycle", "segregated"),
    *("location", "indoor", "level", "tunnel", "building:min_level", "min_height"),
)
"""Keys that the rules read besides their own."""

_FLAT_KERBS = frozenset({"lowered", "flush", "no", "ramp"})
_SHARED_ROADS = frozenset({"path", "footway", "track", "pedestrian"})
_COVERED_TUNNELS = frozenset({"yes", "culvert", "building_passage", "flooded"})
_OUT_OF_REACH = frozenset({"underground", "indoor", "roof", "rooftop"})


def is_out_of_reach(tags: Mapping[str, str]) -> bool:
    """Whether an object lies underground, indoors or on another storey."""
    return (
        tags.get("location") in _OUT_OF_REACH
        or tags.get("indoor", "no") != "no"
        or not tag_values.is_at_ground(tags.get("level"))
    )


def point_rule(tags: Mapping[str, str]) -> int | None:
    """Return the place in RULES of a node's most severe rule; a tie goes to the first row."""
    found = _matches(tags, _POINT_AT)
    if not found or is_out_of_reach(tags):
        return None
    return min(found, key=lambda at: (-RULES[at].severity, at))


def line_rules(tags: Mapping[str, str]) -> list[int]:
    """Return the places in RULES of every rule that a way, or a ring of an area, matches."""
    found = _matches(tags, _LINE_AT)
    if _ROLLED_AT in found:  # says of what kind a kerb is; of no kerb it says nothing
        found.remove(_KERB_AT if _KERB_AT in found else _ROLLED_AT)
    if _WATER_AT in found and any(RULES[at].kind == "water" for at in found if at != _WATER_AT):
        found.remove(_WATER_AT)  # says of what kind a water is
    road = tags.get("highway")
    if road is not None:
        found += _matches({"highway": road}, _ROAD_AT)
        if road in _SHARED_ROADS and is_shared(tags):
            found.append(_SHARED_AT)
        if is_rough(tags):
            found.append(_ROUGH_AT)
    if not found or is_out_of_reach(tags):
        return []
    return [] if road is None and tags.get("tunnel") in _COVERED_TUNNELS else found


def is_shared(tags: Mapping[str, str]) -> bool:
    """Whether bicycles are meant to use a foot way."""
    return tags.get("bicycle") in {"designated", "official"} or "segregated" in tags


def _matches(tags: Mapping[str, str], table: Mapping[str, Mapping[str, int]]) -> list[int]:
    """Return the places of the rules that match, in the order of the table."""
    found = set()
    for key, value in tags.items():
        values = table.get(key)
        if values is None:
            continue
        names = tag_values.parts(value) if ";" in value else (value,)
        for name in names:
            at = values.get(name)
            if at is None and name not in NO_FEATURE.get(key, ()):
                at = values.get("*")
            if at is not None and not _is_flat_or_afloat(RULES[at].kind, tags):
                found.add(at)
    return sorted(found)


def _is_flat_or_afloat(kind: str, tags: Mapping[str, str]) -> bool:
    """Whether a kerb has no height, or a building begins above head height."""
    if kind == "kerb":
        return tags.get("kerb") in _FLAT_KERBS
    if kind != "building":
        return False
    above = (*tag_values.numbers(tags.get("building:min_level", "")),)
    above += (*tag_values.numbers(tags.get("min_height", "")),)
    return any(low > 0.0 for low, _ in above)
