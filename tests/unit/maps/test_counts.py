"""What a map holds of each rule, against a reading of the extract that shares no code."""

from __future__ import annotations

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
from tests.support.terrain_places import EXTRACT

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data" / "map"
ROUGH = {
    *("unpaved", "ground", "dirt", "earth", "cobblestone", "gravel", "grass_paver", "shells"),
    *("unhewn_cobblestone", "pebblestone", "rock", "stone", "sand", "mud", "roots"),
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


def matches(tag: str, table: dict[str, str]) -> bool:
    key, _, value = tag.partition("=")
    flat = table.get("kerb") in {"lowered", "flush", "no", "ramp"} and "kerb" in tag
    return key in table and value in {"*", table[key]} and not flat


def is_hidden(table: dict[str, str]) -> bool:
    inside = table.get("location") in {"underground", "indoor"} or table.get("indoor") == "yes"
    return inside or table.get("level", "0") not in {"", "0"}


def of_node(table: dict[str, str]) -> list[tags.Rule]:
    return [
        rule for rule in tags.POINT_RULES if matches(rule.tag, table) and not is_hidden(table)
    ]


def of_line(table: dict[str, str]) -> list[str]:
    road = table.get("highway")
    covered = table.get("tunnel") in {"yes", "culvert", "building_passage"}
    if is_hidden(table) or (road is None and covered):
        return []
    found = {rule.tag for rule in tags.LINE_RULES if matches(rule.tag, table)}
    if "kerb=rolled" in found:
        found.discard("barrier=kerb" if "barrier=kerb" in found else "kerb=rolled")
    found |= {rule.tag for rule in tags.ROAD_RULES if rule.tag == f"highway={road}"}
    shared = table.get("bicycle") in {"designated", "official"} or "segregated" in table
    if road in FOOT and shared:
        found.add(tags.SHARED_PATH.tag)
    if road and (table.get("surface") in ROUGH or table.get("smoothness") in BUMPY):
        found.add(tags.ROUGH_SURFACE.tag)
    return sorted(f"w {tag}" for tag in found)


def has_place(way: Any) -> bool:
    places = {(node.location.x, node.location.y) for node in way.nodes if node.location.valid()}
    return len(places) > 1


def held(extract: Path, folder: Path) -> Counter[str]:
    """Return how many features the map has of each rule."""
    build_map([extract], folder / "place.map")
    opened = MapFile.open(folder / "place.map")
    counts = opened.header["rule_counts"]
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
