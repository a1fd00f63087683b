"""What a map holds of each rule, against a reading of the extract that shares no code."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import osmium
import pytest

from backrun_pi.maps import tags
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.maps.tag_rules import NO_FEATURE
from tests.support.terrain_places import EXTRACT

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data" / "map"
FLAT = {"lowered", "flush", "no", "ramp"}
ROUGH = {
    *("unpaved", "ground", "dirt", "earth", "cobblestone", "gravel", "grass_paver", "shells"),
    *("unhewn_cobblestone", "pebblestone", "rock", "stone", "sand", "mud", "roots"),
    *("soil", "cobblestone:flattened", "metal_grid", "grit", "snow", "paving_stones:lanes"),
    *("rocks", "stones", "ice", "salt", "stepping_stones", "scree", "rubble", "boulders"),
}
BUMPY = {"bad", "very_bad", "horrible", "very_horrible", "impassable"}
FOOT = {"path", "footway", "track", "pedestrian"}


def counted(extract: Path) -> Counter[str]:
    """Return how many features each rule has, looked up tag by tag as the wiki says."""
    found: Counter[str] = Counter()
    own: dict[int, list[str]] = {}
    tagged: Any = osmium.filter.EmptyTagFilter()
    tagged.enable_for(osmium.osm.NODE)
    for one in osmium.FileProcessor(str(extract)).with_locations().with_filter(tagged):
        table = {tag.k: tag.v for tag in one.tags}
        if isinstance(one, osmium.osm.Node):
            rules = of_node(table)
            worst = min(rules, key=lambda rule: -rule.severity, default=None)
            found.update([] if worst is None else [f"n {worst.tag}"])
        elif isinstance(one, osmium.osm.Way) and has_place(one):
            own[one.id] = of_line(table)
            found.update(own[one.id])
        elif isinstance(one, osmium.osm.Relation) and table.get("type") == "multipolygon":
            for member in one.members:
                if member.type == "w" and member.ref in own:
                    found.update(set(of_line(table)) - set(own[member.ref]))
    return found


def matches(tag: str, rules: tuple[tags.Rule, ...], table: dict[str, str]) -> bool:
    key, _, value = tag.partition("=")
    if key not in table or (table.get("kerb") in FLAT and "kerb" in tag):
        return False
    given = [one.strip() for one in table[key].lower().split(";") if one.strip()]
    if value != "*":
        return table[key] == value or (len(given) > 1 and value in given)
    own = {rule.tag for rule in rules} | {f"{key}={one}" for one in NO_FEATURE.get(key, ())}
    given = given if len(given) > 1 else [table[key]]
    return any(f"{key}={one}" not in own for one in given)


def is_hidden(table: dict[str, str]) -> bool:
    place = table.get("location") in {"underground", "indoor", "roof", "rooftop"}
    return place or table.get("indoor", "no") != "no" or is_on_a_storey(table.get("level", ""))


def is_on_a_storey(level: str) -> bool:
    spans = []
    for part in level.split(";"):
        found = re.fullmatch(r"([-+]?[\d.]+)(?:-([-+]?[\d.]+))?", part.strip())
        if found:
            spans.append((float(found[1]), float(found[2] or found[1])))
    return bool(spans) and not any(min(s) < 1 and max(s) > -1 for s in spans)


def of_node(table: dict[str, str]) -> list[tags.Rule]:
    rules = tags.POINT_RULES
    return [one for one in rules if matches(one.tag, rules, table) and not is_hidden(table)]


def of_line(table: dict[str, str]) -> list[str]:
    road = table.get("highway")
    covered = table.get("tunnel") in {"yes", "culvert", "building_passage", "flooded"}
    if is_hidden(table) or (road is None and covered):
        return []
    rules = tags.LINE_RULES
    hits = [rule for rule in rules if matches(rule.tag, rules, table)]
    found = {rule.tag for rule in hits}
    if "kerb=rolled" in found:
        found.discard("barrier=kerb" if "barrier=kerb" in found else "kerb=rolled")
    if any(rule.kind == "water" and rule.tag != "water=*" for rule in hits):
        found.discard("water=*")
    if any(float(table.get(key, "0")) > 0 for key in ("building:min_level", "min_height")):
        found.discard("building=*")
    found |= {one.tag for one in tags.ROAD_RULES if matches(one.tag, tags.ROAD_RULES, table)}
    shared = table.get("bicycle") in {"designated", "official"} or "segregated" in table
    if road in FOOT and shared:
        found.add(tags.SHARED_PATH.tag)
    soft = table.get("tracktype") in {"grade4", "grade5"}
    if road and (soft or is_worst_of(table, "surface", ROUGH)):
        found.add(tags.ROUGH_SURFACE.tag)
    if road and is_worst_of(table, "smoothness", BUMPY):
        found.add(tags.ROUGH_SURFACE.tag)
    return sorted(f"w {tag}" for tag in found)


def is_worst_of(table: dict[str, str], key: str, bad: set[str]) -> bool:
    given = re.split("[;/,]", table.get(key, "").lower())
    return any(one.strip().replace(" ", "_") in bad for one in given)


def has_place(way: Any) -> bool:
    places = {(node.location.x, node.location.y) for node in way.nodes if node.location.valid()}
    return len(places) > 1


def held(extract: Path, folder: Path) -> Counter[str]:
    """Return how many features the map has of each rule."""
    build_map([extract], folder / "place.map")
    opened = MapFile.open(folder / "place.map")
    counts = opened.header.rule_counts
    letters = ["n" if at < opened.first_line_rule else "w" for at in range(len(counts))]
    return +Counter(
        {
            f"{letter} {rule.tag}": count
            for letter, rule, count in zip(letters, opened.rules, counts, strict=True)
        }
    )


def test_every_rule_has_as_many_features_as_the_drawn_crossroads(tmp_path: Path) -> None:
    assert held(EXTRACT, tmp_path) == counted(EXTRACT)


def test_every_rule_has_as_many_features_as_the_drawn_park(tmp_path: Path) -> None:
    place = tmp_path / "park.osm.pbf"
    draw = [sys.executable, str(ROOT / "benchmarks" / "terrain_place.py"), str(place)]
    subprocess.run(draw, check=True, capture_output=True)
    found = held(place, tmp_path)
    assert found == counted(place)
    assert len(found) > 5


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("name", ["helsinki", "monaco", "andorra_la_vella", "malta"])
def test_every_rule_has_as_many_features_as_a_real_place(name: str, tmp_path: Path) -> None:
    extract = SHARED / f"{name}.osm.pbf"
    if not extract.exists():
        pytest.skip("the evaluation data are not beside the checkout")
    found = held(extract, tmp_path)
    assert found == counted(extract)
    assert len(found) > 50
