"""What tags mean, read from the text that libosmium writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.maps import tag_rules, tag_values, tags, way_record
from backrun_pi.maps.tag_filter import NODE_KEYS, WAY_KEYS, node_rule, picked, way_sense

TABLES = st.dictionaries(
    st.sampled_from(sorted({*WAY_KEYS, *NODE_KEYS, "note", "colour"})),
    st.one_of(
        st.sampled_from(
            sorted({rule.tag.partition("=")[2] for rule in tags.RULES} | {"yes", "1", "path"})
        ),
        st.text(max_size=8),
    ),
    max_size=8,
)


def opl(table: dict[str, str]) -> str:
    """Return tags as OPL writes them: what is neither a letter nor a digit as %hex%."""
    return "T" + ",".join(f"{key}={escaped(value)}" for key, value in table.items())


def escaped(value: str) -> str:
    plain = "_:-;."
    return "".join(c if c.isalnum() or c in plain else f"%{ord(c):x}%" for c in value)


@given(TABLES)
def test_what_is_picked_means_what_all_tags_mean(table: dict[str, str]) -> None:
    sense = way_sense(opl(table))
    assert list(sense.rules) == tag_rules.line_rules(table)
    assert sense.walk == way_record.record(table)
    assert sense.layer == tag_values.layer(table)
    assert sense.steps == way_record.steps_flags(table)
    assert node_rule(opl(table)) == tag_rules.point_rule(table)


@given(TABLES)
def test_every_tag_that_a_rule_reads_is_picked_as_it_is(table: dict[str, str]) -> None:
    wanted = {key: value for key, value in table.items() if key in WAY_KEYS}
    assert picked(opl(table), WAY_KEYS) == wanted


def test_no_tags_give_nothing() -> None:
    assert picked("T", WAY_KEYS) == {}
    assert node_rule("T") is None
