"""A figure that a page quotes is the one that a benchmark wrote."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def _figures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("figures", ROOT / "benchmarks" / "figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_quoted_figure_is_the_one_that_was_measured() -> None:
    figures = _figures()
    kept = json.loads((ROOT / "docs" / "figures.json").read_text(encoding="utf-8"))
    stale = [
        page.name
        for page in figures.PAGES
        if figures.rendered(page.read_text(encoding="utf-8"), kept)
        != page.read_text(encoding="utf-8")
    ]
    assert stale == []


def test_a_kept_figure_says_its_unit_its_command_and_its_day() -> None:
    kept = json.loads((ROOT / "docs" / "figures.json").read_text(encoding="utf-8"))
    assert [
        key for key, item in kept.items() if set(item) != {"value", "unit", "command", "day"}
    ] == []


def test_the_front_page_quotes_no_figure_of_quality_by_hand() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.split("## How good is it")[1].split("\n## ")[0]
    rows = [
        line for line in table.splitlines() if line.startswith("| ") and "figure |" not in line
    ]
    by_hand = [
        row
        for row in rows
        if re.search(
            r"\d",
            re.sub(r"<!--fig .*?<!--/fig-->|\([^)]*\)|at least 3 s|5 s|at most 1 s", "", row),
        )
    ]
    assert by_hand == []
