"""Takes from a list of tags what the rules read, with few looks into it.

Each look crosses into C++ (0.4 us), and a way of two tags would be asked for thirty keys. So
the keys are asked in the order of how often they occur, and the asking ends when as many were
found as the list has. Keys that no rule reads are among them: a name found is one tag less to
look for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from backrun_pi.terrain import tags, waytags


class TagList(Protocol):
    """What pyosmium and a dictionary have in common."""

    def __len__(self) -> int:
        """Return how many tags there are."""
        ...

    def get(self, key: str) -> str | None:
        """Return a value, None when the key is not there."""
        ...


# how often on ways and nodes of town extracts, roughly
_OFTEN_ON_WAYS = (
    *("building", "highway", "barrier", "name", "oneway", "surface", "landuse", "lit"),
    *("leisure", "lanes", "source", "maxspeed", "service", "natural", "ref", "amenity"),
    *("foot", "bicycle", "footway", "layer", "area", "access", "man_made", "tunnel"),
)
_OFTEN_ON_NODES = (
    *("highway", "name", "natural", "amenity", "traffic_sign", "barrier", "crossing", "ref"),
    *("public_transport", "shop", "bus", "shelter", "bench", "tourism", "source"),
)


def _in_order(often: Iterable[str], read: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*often, *sorted(read))))


WAY_KEYS = _in_order(_OFTEN_ON_WAYS, {*tags.LINE_KEYS, *tags.OTHER_KEYS, *waytags.KEYS})
NODE_KEYS = _in_order(_OFTEN_ON_NODES, {*tags.POINT_KEYS, *tags.OTHER_KEYS})


def picked(table: TagList, keys: tuple[str, ...]) -> Mapping[str, str]:
    """Return every tag of a list whose key is among the keys."""
    left = len(table)
    found: dict[str, str] = {}
    for key in keys:
        if not left:
            break
        value = table.get(key)
        if value is not None:
            found[key] = value
            left -= 1
    return found
