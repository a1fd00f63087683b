"""The tag table and how an element finds its rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.maps import tags

TAGGED = st.dictionaries(
    st.sampled_from(sorted({*tags.POINT_KEYS, *tags.LINE_KEYS, "kerb", "level", "tunnel"})),
    st.sampled_from(
        sorted({rule.tag.partition("=")[2] for rule in tags.RULES} | {"lowered", "1"})
    ),
    max_size=6,
)


def test_the_table_holds_every_rule_of_the_reference_and_names_each_once() -> None:
    assert len(tags.POINT_RULES) == 82
    assert len(tags.LINE_RULES) == 49
    assert len(tags.ROAD_RULES) == 11
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
    at = tags.point_rule({"highway": "street_lamp", "natural": "tree"})
    assert at is not None
    assert tags.RULES[at].kind == "tree"


def test_a_tie_goes_to_the_earlier_row_whatever_the_order_of_the_tags() -> None:
    one = tags.point_rule({"highway": "street_lamp", "man_made": "utility_pole"})
    other = tags.point_rule({"man_made": "utility_pole", "highway": "street_lamp"})
    assert one == other
    assert one is not None
    assert tags.RULES[one].kind == "lamp"


@given(TAGGED)
def test_no_other_rule_of_a_node_is_worse_than_the_one_it_takes(table: dict[str, str]) -> None:
    at = tags.point_rule(table)
    singles = [tags.point_rule({**table, key: value}) for key, value in table.items()]
    if at is None:
        assert all(single is None for single in singles)
        return
    context = {name: value for name, value in table.items() if name in {"kerb", "level"}}
    for key, value in table.items():
        alone = tags.point_rule({**context, key: value})
        assert alone is None or tags.RULES[alone].severity <= tags.RULES[at].severity


@given(TAGGED)
def test_the_order_of_tags_never_matters(table: dict[str, str]) -> None:
    turned = dict(reversed(table.items()))
    assert tags.point_rule(table) == tags.point_rule(turned)
    assert tags.line_rules(table) == tags.line_rules(turned)


def test_a_way_gives_every_rule_it_matches() -> None:
    found = tags.line_rules({"highway": "steps", "barrier": "handrail", "surface": "gravel"})
    assert {tags.RULES[at].kind for at in found} == {"steps", "rail_barrier", "rough_surface"}


def test_a_flat_kerb_is_no_hazard() -> None:
    assert tags.point_rule({"barrier": "kerb", "kerb": "lowered"}) is None
    assert tags.line_rules({"barrier": "kerb", "kerb": "flush"}) == []
    assert tags.line_rules({"barrier": "kerb", "kerb": "raised"}) != []


def test_a_rolled_kerb_is_a_lesser_kerb_and_nothing_without_one() -> None:
    found = tags.line_rules({"barrier": "kerb", "kerb": "rolled"})
    assert [(tags.RULES[at].kind, tags.RULES[at].severity) for at in found] == [("kerb", 1)]
    assert tags.line_rules({"kerb": "rolled", "highway": "footway"}) == []


def test_a_single_step_is_an_edge_as_a_point_and_as_a_line() -> None:
    at = tags.point_rule({"barrier": "step"})
    assert at is not None
    lines = tags.line_rules({"barrier": "step"})
    assert {(tags.RULES[i].kind, tags.RULES[i].severity) for i in (at, *lines)} == {("step", 3)}


def test_what_lies_on_another_storey_or_underground_is_no_hazard() -> None:
    for other in ({"level": "1"}, {"location": "underground"}, {"indoor": "yes"}):
        assert tags.point_rule({"amenity": "bench", **other}) is None
        assert tags.line_rules({"barrier": "wall", **other}) == []
    assert tags.point_rule({"amenity": "bench", "level": "0"}) is not None


def test_water_in_a_culvert_is_no_edge_but_a_road_in_a_tunnel_stays_a_road() -> None:
    assert tags.line_rules({"waterway": "stream", "tunnel": "culvert"}) == []
    assert tags.line_rules({"highway": "residential", "tunnel": "yes"}) != []


def test_a_foot_way_meant_for_bicycles_is_a_busy_way() -> None:
    shared = tags.line_rules({"highway": "footway", "bicycle": "designated"})
    assert [tags.RULES[at].kind for at in shared] == ["shared_path"]
    assert tags.line_rules({"highway": "footway", "bicycle": "yes"}) == []
