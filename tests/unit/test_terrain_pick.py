"""Taking from a list of tags what the rules read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.terrain import tags, waytags
from backrun_pi.terrain.pick import NODE_KEYS, WAY_KEYS, picked

TABLES = st.dictionaries(
    st.sampled_from(sorted({*WAY_KEYS, *NODE_KEYS, "note", "colour"})),
    st.sampled_from(
        sorted({rule.tag.partition("=")[2] for rule in tags.RULES} | {"yes", "1", "path"})
    ),
    max_size=8,
)


class Counted:
    """A list of tags that counts how often it is asked."""

    def __init__(self, table: dict[str, str]) -> None:
        self._table = table
        self.looks = 0

    def __len__(self) -> int:
        return len(self._table)

    def get(self, key: str) -> str | None:
        self.looks += 1
        return self._table.get(key)


@given(TABLES)
def test_rules_and_records_are_the_same_from_what_was_picked(table: dict[str, str]) -> None:
    of_way, of_node = picked(table, WAY_KEYS), picked(table, NODE_KEYS)
    assert tags.line_rules(of_way) == tags.line_rules(table)
    assert waytags.record(1, of_way) == waytags.record(1, table)
    assert waytags.layer(of_way) == waytags.layer(table)
    assert tags.point_rule(of_node) == tags.point_rule(table)


def test_a_building_of_one_tag_is_asked_once() -> None:
    table = Counted({"building": "yes"})
    assert picked(table, WAY_KEYS) == {"building": "yes"}
    assert table.looks == 1
