"""What the tags of an object mean for the map, kept for tags that come again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from backrun_pi.maps import tag_rules, tag_values, way_record

WAY_KEYS = frozenset({*tag_rules.LINE_KEYS, *tag_rules.OTHER_KEYS, *way_record.KEYS})
NODE_KEYS = frozenset({*tag_rules.POINT_KEYS, *tag_rules.OTHER_KEYS})

_KEPT = 1 << 14  # texts whose meaning is kept: under 20 MB
_ESCAPED = re.compile("%([0-9a-f]+)%")


class Sense(NamedTuple):
    """What the tags of a way mean."""

    rules: tuple[int, ...]
    """Places in the table."""
    layer: int
    steps: int
    """Flags that say where steps lead."""
    walk: way_record.Walkable | None
    """What is kept of a way a person can be on; None of any other way."""


@lru_cache(_KEPT)
def way_sense(text: str) -> Sense:
    """Return what the tags of a way mean."""
    return _sense(tuple(picked(text, WAY_KEYS).items()))


@lru_cache(_KEPT)
def _sense(tagged: tuple[tuple[str, str], ...]) -> Sense:
    """Return the same: of ten texts, nine differ only in tags that no rule reads."""
    table = dict(tagged)
    rules, walk = tuple(tag_rules.line_rules(table)), way_record.record(table)
    return Sense(rules, tag_values.layer(table), way_record.steps_flags(table), walk)


@lru_cache(_KEPT)
def node_rule(text: str) -> int | None:
    """Return the place of a node's rule in the table."""
    return tag_rules.point_rule(picked(text, NODE_KEYS))


def picked(text: str, keys: frozenset[str]) -> Mapping[str, str]:
    """Return every tag whose key is among the keys.

    Args:
        text: `Tkey=value,key=value` of OPL; what is special in a value stands as `%hex%`.
        keys: None of them holds a character that OPL writes differently.
    """
    found: dict[str, str] = {}
    for tag in text[1:].split(","):
        key, _, value = tag.partition("=")
        if key in keys:
            found.setdefault(key, _plain(value) if "%" in value else value)
    return found


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value)
