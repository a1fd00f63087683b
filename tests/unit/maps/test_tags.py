"""The tag table and how an element finds its rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.maps import tags
from backrun_pi.maps.tag_rules import LINE_KEYS, POINT_KEYS, line_rules, point_rule

TAGGED = st.dictionaries(
    st.sampled_from(sorted({*POINT_KEYS, *LINE_KEYS, "kerb", "level", "tunnel"})),
    st.sampled_from(
        sorted({rule.tag.partition("=")[2] for rule in tags.RULES} | {"lowered", "1"})
    ),
    max_size=6,
)


def test_the_table_names_each_rule_once() -> None:
    assert len(tags.POINT_RULES) == 83
    assert len(tags.LINE_RULES) == 85
    assert len(tags.ROAD_RULES) == 19
    for rules in (tags.POINT_RULES, tags.LINE_RULES, tags.ROAD_RULES):
        assert len({rule.tag for rule in rules}) == len(rules)


def test_every_rule_has_a_class_a_severity_a_radius_and_a_meaning() -> None:
    for rule in tags.RULES:
        assert rule.severity in {1, 2, 3}, rule
        assert 0.0 < rule.radius_m <= 7.0, rule
        assert len(rule.meaning) > 4, rule


def test_the_lower_side_is_on_the_right_of_retaining_walls_cliffs_and_kerbs() -> None:
    drops = {rule.tag for rule in tags.LINE_RULES if rule.has_drop_right}
    assert {"barrier=retaining_wall", "natural=cliff", "barrier=kerb"} <= drops
    assert not any(rule.has_drop_right for rule in tags.POINT_RULES)


def test_a_node_takes_its_most_severe_rule() -> None:
    at = point_rule({"highway": "street_lamp", "natural": "tree"})
    assert at is not None
    assert tags.RULES[at].kind == "tree"


def test_a_tie_goes_to_the_earlier_row_whatever_the_order_of_the_tags() -> None:
    one = point_rule({"highway": "street_lamp", "man_made": "utility_pole"})
    other = point_rule({"man_made": "utility_pole", "highway": "street_lamp"})
    assert one == other
    assert one is not None
    assert tags.RULES[one].kind == "lamp"


@given(TAGGED)
def test_no_other_rule_of_a_node_is_worse_than_the_one_it_takes(table: dict[str, str]) -> None:
    at = point_rule(table)
    singles = [point_rule({**table, key: value}) for key, value in table.items()]
    if at is None:
        assert all(single is None for single in singles)
        return
    context = {name: value for name, value in table.items() if name in {"kerb", "level"}}
    for key, value in table.items():
        alone = point_rule({**context, key: value})
        assert alone is None or tags.RULES[alone].severity <= tags.RULES[at].severity


@given(TAGGED)
def test_the_order_of_tags_never_matters(table: dict[str, str]) -> None:
    turned = dict(reversed(table.items()))
    assert point_rule(table) == point_rule(turned)
    assert line_rules(table) == line_rules(turned)


def test_a_way_gives_every_rule_it_matches() -> None:
    found = line_rules({"highway": "steps", "barrier": "handrail", "surface": "gravel"})
    assert {tags.RULES[at].kind for at in found} == {"steps", "rail_barrier", "rough_surface"}


def test_a_flat_kerb_is_no_hazard() -> None:
    assert point_rule({"barrier": "kerb", "kerb": "lowered"}) is None
    assert line_rules({"barrier": "kerb", "kerb": "flush"}) == []
    assert line_rules({"barrier": "kerb", "kerb": "raised"}) != []


def test_a_rolled_kerb_is_a_lesser_kerb_and_nothing_without_one() -> None:
    found = line_rules({"barrier": "kerb", "kerb": "rolled"})
    assert [(tags.RULES[at].kind, tags.RULES[at].severity) for at in found] == [("kerb", 1)]
    assert line_rules({"kerb": "rolled", "highway": "footway"}) == []


def test_a_single_step_is_an_edge_as_a_point_and_as_a_line() -> None:
    at = point_rule({"barrier": "step"})
    assert at is not None
    lines = line_rules({"barrier": "step"})
    assert {(tags.RULES[i].kind, tags.RULES[i].severity) for i in (at, *lines)} == {("step", 3)}


def test_what_lies_on_another_storey_or_underground_is_no_hazard() -> None:
    for other in ({"level": "1"}, {"location": "underground"}, {"indoor": "yes"}):
        assert point_rule({"amenity": "bench", **other}) is None
        assert line_rules({"barrier": "wall", **other}) == []
    assert point_rule({"amenity": "bench", "level": "0"}) is not None


def test_water_in_a_culvert_is_no_edge_but_a_road_in_a_tunnel_stays_a_road() -> None:
    assert line_rules({"waterway": "stream", "tunnel": "culvert"}) == []
    assert line_rules({"highway": "residential", "tunnel": "yes"}) != []


def test_a_foot_way_meant_for_bicycles_is_a_busy_way() -> None:
    shared = line_rules({"highway": "footway", "bicycle": "designated"})
    assert [tags.RULES[at].kind for at in shared] == ["shared_path"]
    assert line_rules({"highway": "footway", "bicycle": "yes"}) == []


@pytest.mark.parametrize(
    ("level", "is_there"),
    [
        *(("0", True), ("0;1", True), ("-1;0", True), ("-1-0", True), ("0.0", True)),
        *(("+0", True), ("0.5", True), ("-2--1", False), ("1", False), ("1;2", False)),
        *(("-3-3", True), ("", True), ("G", True), ("-1", False), ("2-4", False)),
    ],
)
def test_levels_are_lists_and_ranges_of_numbers(level: str, is_there: bool) -> None:
    assert bool(line_rules({"highway": "steps", "level": level})) == is_there


@pytest.mark.parametrize("road", ["motorway", "trunk", "primary", "secondary", "tertiary"])
def test_a_slip_road_is_a_road_of_its_kind(road: str) -> None:
    for value in (road, f"{road}_link"):
        found = line_rules({"highway": value})
        assert {tags.RULES[at].kind for at in found} <= {"road2", "road3"}
        assert len(found) == 1


@pytest.mark.parametrize("value", ["road", "minor", "unknown_to_us"])
def test_a_road_of_a_kind_that_nobody_listed_is_a_road(value: str) -> None:
    assert [tags.RULES[at].kind for at in line_rules({"highway": value})] == ["road1"]


@pytest.mark.parametrize("value", ["proposed", "razed", "platform", "footway", "no"])
def test_what_is_no_road_on_the_ground_is_none(value: str) -> None:
    assert line_rules({"highway": value}) == []


@pytest.mark.parametrize("value", ["cycle_barrier", "wedge", "bus_trap", "hampshire_gate"])
def test_every_barrier_is_solid_as_a_point_and_as_a_line(value: str) -> None:
    (line,), point = line_rules({"barrier": value}), point_rule({"barrier": value})
    assert tags.RULES[line].is_solid
    assert point is not None
    assert tags.RULES[point].is_solid


def test_an_entrance_is_no_barrier() -> None:
    assert line_rules({"barrier": "entrance"}) == []
    assert point_rule({"barrier": "entrance"}) is None


def test_each_member_of_a_list_counts() -> None:
    found = line_rules({"barrier": "fence;hedge"})
    assert {tags.RULES[at].kind for at in found} == {"fence", "hedge"}


@pytest.mark.parametrize(
    "table",
    [
        *({"waterway": "riverbank"}, {"landuse": "reservoir"}, {"water": "pond"}),
        *({"natural": "water", "water": "lake"}, {"natural": "lake"}),
    ],
)
def test_water_under_older_and_rarer_tags_is_one_water(table: dict[str, str]) -> None:
    assert [tags.RULES[at].kind for at in line_rules(table)] == ["water"]


@pytest.mark.parametrize(
    "table",
    [
        *({"building": "no"}, {"building": "roof"}),
        *(
            {"building": "yes", "building:min_level": "1"},
            {"building": "yes", "min_height": "3"},
        ),
    ],
)
def test_a_roof_and_what_begins_overhead_are_no_wall(table: dict[str, str]) -> None:
    assert line_rules(table) == []
    assert line_rules({"building": "yes"}) != []
