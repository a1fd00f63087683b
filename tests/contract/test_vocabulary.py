"""The one table of names is whole, and no two of a table are alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from backrun_pi.messages import Condition, Phase, SessionKind, Source
from backrun_pi.vocabulary import CONDITIONS, KINDS, LOSSES, PHASES, SOURCES

TABLES: list[tuple[Mapping[Any, str], set[Any]]] = [
    (CONDITIONS, set(Condition)),
    (PHASES, set(Phase)),
    (KINDS, set(SessionKind)),
    (SOURCES, set(Source)),
    (LOSSES, set(Source)),
]


@pytest.mark.parametrize(("names", "members"), TABLES)
def test_everything_that_can_be_announced_has_a_name_of_its_own(
    names: Mapping[Any, str], members: set[Any]
) -> None:
    assert set(names) == members
    assert len(set(names.values())) == len(members)
    assert all(name == name.strip() and name for name in names.values())
