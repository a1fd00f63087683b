"""Rules of the house that a linter does not know, one test each: it lists all offenders."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "backrun_pi"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MESSAGES = sorted((PACKAGE / "messages").glob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_LINES = 400
# A table of data or messages has one reason to change however long it is.
TABLES = {"maps/tags.py"}
BANNED = ("head" + "ing", "ahe" + "ad")
# Words that a term of docs/glossary.md replaced, each with what is written today.
REPLACED = {
    "told": "announced, reported",
    "anew": "again",
    "thing": "hazard candidate, feature",
    "things": "hazards, features",
    "freerun": "off_way",
    "underfoot": "current place",
    "mend": "remedy, fix",
    "trouble": "issue",
    "troubles": "issues",
    "he": "they",
    "his": "their",
    "him": "them",
    "himself": "themselves",
    "whoever": "a runner who",
    "believe": "accept, trust",
    "believed": "accepted, trusted",
    "believes": "accepts, trusts",
    "witness": "evidence",
}


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(_text(path))


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_tree(path)))


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE if PACKAGE in path.parents else ROOT).as_posix()


def _docstrings(tree: ast.Module) -> set[int]:
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def test_a_file_is_short_enough_to_have_one_reason_to_change() -> None:
    lines = {_name(path): _text(path).count("\n") for path in SOURCES}
    assert {k: n for k, n in lines.items() if n > MOST_LINES and k not in TABLES} == {}


def test_a_file_says_its_reason_in_its_first_line() -> None:
    first = {
        _name(path): (ast.get_docstring(_tree(path)) or "").split("\n", 1)[0]
        for path in SOURCES
    }
    assert [name for name, line in first.items() if len(line) <= 10] == []


def test_the_two_banned_words_are_not_used() -> None:
    # The runner faces away from where they go: both words would be read wrongly.
    pattern = re.compile(rf"\b(?:{'|'.join(BANNED)})s?\b")
    assert [_name(path) for path in SOURCES if pattern.search(_text(path))] == []


def test_no_word_comes_back_that_the_glossary_replaced() -> None:
    pattern = re.compile(rf"(?<![a-z])(?:{'|'.join(REPLACED)})(?![a-z])", re.IGNORECASE)
    texts = [*SOURCES, *TESTS, *_programs(), *_pages()]
    found = [
        f"{_name(path)}:{number} {word}"
        for path in texts
        if path != Path(__file__) and pattern.search(_text(path))
        for number, line in enumerate(_text(path).splitlines(), 1)
        for word in pattern.findall(line)
    ]
    assert found == []


def test_no_text_calls_anything_safe() -> None:
    # SR1: the silence of the device never means clear, and no text of it says so.
    found = []
    for path in SOURCES:
        skipped = _docstrings(_tree(path))
        found += [
            (_name(path), node.value)
            for node in _nodes(path)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
            and re.search(r"\bsafe\b", node.value, re.IGNORECASE)
        ]
    assert found == []


def test_nothing_above_the_boundary_asks_whether_the_board_is_real() -> None:
    pattern = re.compile(r"\bif\b.*\b(?:simulat\w*|is_sim|twin|fake|mock|dummy)\b")
    above = [path for path in SOURCES if not _name(path).startswith(("sim/", "cli/"))]
    assert [_name(path) for path in above if pattern.search(_text(path))] == []


def test_no_error_is_swallowed() -> None:
    found = []
    for path in SOURCES:
        for node in _nodes(path):
            if not isinstance(node, ast.ExceptHandler):
                continue
            is_pass = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
            is_broad = isinstance(node.type, ast.Name) and node.type.id == "Exception"
            if node.type is None or (is_pass and is_broad):
                found.append(f"{_name(path)}:{node.lineno}")
    assert found == []


def test_an_exception_is_called_error() -> None:
    found = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in _nodes(path)
        if isinstance(node, ast.ExceptHandler) and node.name not in {None, "error"}
    ]
    assert found == []


def test_no_call_has_more_than_five_arguments_by_position() -> None:
    found = [
        f"{_name(path)}:{node.lineno} {ast.unparse(node.func)}"
        for path in SOURCES
        for node in _nodes(path)
        if isinstance(node, ast.Call)
        and sum(not isinstance(one, ast.Starred) for one in node.args) > 5
        and ast.unparse(node.func).rsplit(".", 1)[-1] not in BY_POSITION
    ]
    assert found == []


def test_no_two_classes_have_one_name() -> None:
    # The twin names a chip as its driver does: it is the same part seen from the other side.
    twin = [path for path in SOURCES if _name(path).startswith("sim/")]
    for side in (twin, [path for path in SOURCES if path not in twin]):
        names = Counter(
            node.name
            for path in side
            for node in _tree(path).body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        )
        assert {name: n for name, n in names.items() if n > 1} == {}


def test_no_test_imports_a_test() -> None:
    found = [
        f"{_name(path)}:{node.lineno}"
        for path in TESTS
        for node in _nodes(path)
        if isinstance(node, ast.ImportFrom)
        and re.match(r"tests\.(?!support|device)", node.module or "")
    ]
    assert found == []


def _used_names(paths: list[Path]) -> Counter[str]:
    used: Counter[str] = Counter()
    for path in paths:
        used.update(_names_in(path))
    return used


@cache
def _names_in(path: Path) -> Counter[str]:
    used: Counter[str] = Counter()
    for node in _nodes(path):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used[node.id] += 1
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            used[node.attr] += 1
        elif isinstance(node, ast.alias):
            used[node.name.rsplit(".", 1)[-1]] += 1
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            used[node.value] += 1  # by name: getattr, a table of fields, __all__
    return used


def _functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in _nodes(path) if isinstance(node, ast.FunctionDef)]


def test_no_function_is_there_only_for_tests() -> None:
    used = _used_names([*SOURCES, *_programs()])
    found = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in _functions(path)
        if used[node.name] == 0
        and not node.name.startswith("__")
        and not any("abstract" in ast.dump(item) for item in node.decorator_list)
        and node.name not in CALLED_BY_OTHERS
    ]
    assert found == []


def test_no_constant_is_there_only_for_tests() -> None:
    used = _used_names([*SOURCES, *_programs()])
    found = [
        f"{_name(path)}:{node.lineno} {target.id}"
        for path in SOURCES
        for node in _tree(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and used[target.id] == 0 and target.id != "__all__"
    ]
    assert found == []


def test_every_setting_has_a_reader() -> None:
    used = _used_names(SOURCES)
    found = [
        f"{_name(path)}:{item.lineno} {item.target.id}"
        for path in SOURCES
        if path.name.endswith("settings.py")
        for node in _tree(path).body
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and used[item.target.id] == 0
    ]
    assert found == []


def test_every_field_of_a_message_is_read_somewhere() -> None:
    used = _used_names([path for path in SOURCES if path not in MESSAGES])
    found = [
        f"{node.name}.{item.target.id}"
        for path in MESSAGES
        for node in _tree(path).body
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and used[item.target.id] == 0
        and f"{node.name}.{item.target.id}" not in ONLY_RECORDED
    ]
    assert found == []


def _programs() -> list[Path]:
    """Return what runs the package besides itself: benchmarks, firmware, map builder."""
    folders = ("benchmarks", "config", ".ci")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def _pages() -> list[Path]:
    return [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]


# Rows of values in the order of a format, coordinates, the key of a cache.
BY_POSITION = {"pack", "add", "segment_distance_m", "_of_offsets"}
# Names that a library or the interpreter calls.
CALLED_BY_OTHERS = {"run"}
# Fields that only exports and the reader of a log look at, all of them by name.
ONLY_RECORDED = {"OncomingHazard.p_contact"}
