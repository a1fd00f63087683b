"""Rules of the house that a linter does not know."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "backrun_pi"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 400
# A table of data or messages has one reason to change however long it is.
BANNED = ("head" + "ing", "ahe" + "ad")
TABLES = {"messages.py", "maps/tags.py"}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_is_short_enough_to_have_one_reason_to_change(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert _name(path) in TABLES or lines <= MOST_LINES


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_a_file_says_its_reason_in_its_first_line(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert len(docstring.splitlines()[0]) > 10


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_the_two_banned_words_are_not_used(path: Path) -> None:
    # The runner faces away from where he goes: both words would be read wrongly.
    found = re.findall(rf"\b(?:{'|'.join(BANNED)})s?\b", path.read_text(encoding="utf-8"))
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_text_calls_anything_safe(path: Path) -> None:
    # SR1: the silence of the device never means clear, and no word of it says so.
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]
    assert [text for text in texts if re.search(r"\bsafe\b", text, re.IGNORECASE)] == []


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if not _name(path).startswith(("sim/", "cli/"))],
    ids=_name,
)
def test_nothing_above_the_boundary_asks_whether_the_board_is_real(path: Path) -> None:
    found = re.findall(
        r"\bif\b.*\b(?:simulat\w*|is_sim|twin|fake|mock|dummy)\b",
        path.read_text(encoding="utf-8"),
    )
    assert found == []


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_error_is_swallowed(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"bare except in line {node.lineno}"
            is_pass = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
            is_broad = isinstance(node.type, ast.Name) and node.type.id == "Exception"
            assert not (is_pass and is_broad), f"swallowed in line {node.lineno}"
