"""Every row of the failure table stands on a scenario or a test that asks for it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.messages import Condition

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "failure-table.md"
SCENARIOS = ROOT / "config" / "scenarios"
CONDITIONS = {condition.value for condition in Condition}
UNFELT = {"F13", "F21", "F22"}  # nothing is felt: a test says what happens instead


@dataclass(frozen=True)
class Row:
    """One row of one of the tables."""

    name: str
    conditions: tuple[str, ...]
    within: str
    scenarios: tuple[str, ...]
    tests: tuple[str, ...]


def rows() -> list[Row]:
    found: list[Row] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line[:1] != "|" or len(cells) < 4 or cells[0] in {"#", "Condition"}:
            continue
        words = re.findall(r"`([^`]+)`", " ".join(cells[:-1]))
        named = re.findall(r"`([^`]+)`", cells[-1])
        found.append(
            Row(
                name=cells[0],
                conditions=tuple(word for word in words if word in CONDITIONS),
                within=cells[3] if cells[0].startswith("F") else "",
                scenarios=tuple(name for name in named if ".py" not in name),
                tests=tuple(name for name in named if ".py" in name),
            )
        )
    return found


ROWS = pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.name))


def expectations(name: str) -> list[dict[str, Any]]:
    tables = tomllib.loads((SCENARIOS / f"{name}.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = tables["expect"]
    return found


def test_the_page_has_all_its_rows() -> None:
    names = [row.name for row in rows()]
    assert sum(name.startswith("F") for name in names) >= 23
    assert len(names) == len(set(names))


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_every_condition_has_a_row_with_a_scenario_that_asks_for_it(condition: str) -> None:
    asked = {
        wish["condition"]
        for row in rows()
        if condition in row.conditions
        for name in row.scenarios
        for wish in expectations(name)
        if not wish.get("never", False)
    }
    # No scenario can make the program wrong, and none lies beside an edge: tests do.
    if condition in {"program_fault", "edge"}:
        assert any(condition in row.conditions and row.tests for row in rows())
    elif condition == "button_fault":  # a button that stays down has switched off long before
        assert "power_off" in asked
    else:
        assert condition in asked


@ROWS
def test_every_row_names_a_scenario_or_a_test(row: Row) -> None:
    assert row.scenarios or row.tests
    assert row.conditions or row.name in UNFELT


@ROWS
def test_a_scenario_of_a_row_says_what_is_felt_of_it_and_by_when(row: Row) -> None:
    for name in row.scenarios:
        wishes = [wish for wish in expectations(name) if wish["condition"] in row.conditions]
        assert wishes or row.name in UNFELT, f"{name} expects nothing of {row.conditions}"
        for wish in wishes:
            assert wish.get("never", False) or "within_s" in wish or "count" in wish, wish


@ROWS
def test_the_seconds_of_a_row_are_those_a_scenario_asserts(row: Row) -> None:
    figures = re.findall(r"\d+(?:\.\d+)?(?= s)", row.within)
    if not row.scenarios and row.tests:
        return
    if not figures or row.name in UNFELT:
        assert not row.name.startswith("F") or row.name in UNFELT
        return
    asserted = [
        wish["within_s"]
        for name in row.scenarios
        for wish in expectations(name)
        if wish["condition"] in row.conditions and "within_s" in wish
    ]
    assert min(asserted) <= float(figures[0])


@ROWS
def test_a_test_that_a_row_names_is_there(row: Row) -> None:
    for name in row.tests:
        file, _, function = name.partition("::")
        assert function, f"{name} names a file, not a test"
        text = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert f"def {function}(" in text, name


def test_every_scenario_but_a_plan_expects_something() -> None:
    for path in SCENARIOS.glob("*.toml"):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        assert "duration_s" not in tables or tables.get("expect"), path.name
