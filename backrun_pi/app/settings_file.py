"""Writes settings as a commented TOML file; the comments are the fields' own docstrings."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

import msgspec
import tomlkit
from tomlkit.items import Table

from backrun_pi.app.settings import Settings, as_tables

WIDTH = 96
INTRO = (
    "Settings of backrun_pi. Every line shows the default; leave out what you do not change.",
    "`backrun config check FILE` names every fault of a file at once.",
)


def commented(settings: Settings) -> str:
    """Return the text of a settings file that says these settings."""
    tables = as_tables(settings)
    document = tomlkit.document()
    for line in INTRO:
        document.add(tomlkit.comment(line))
    for field in msgspec.structs.fields(Settings):
        kind = type(getattr(settings, field.name))
        document.add(tomlkit.nl())
        document.add(tomlkit.comment(inspect.cleandoc(kind.__doc__ or "").splitlines()[0]))
        section = _table(tables[field.name], _docstrings(kind))
        document.add(field.name, section)
        section.trivia.indent = ""  # no blank line between a section and its comment
    return tomlkit.dumps(document)


def _table(values: dict[str, Any], about: dict[str, str]) -> Table:
    """Return the values of one section, each below its docstring."""
    table = tomlkit.table()
    for key, value in values.items():
        for line in textwrap.wrap(" ".join(about.get(key, "").split()), WIDTH - len("# ")):
            table.add(tomlkit.comment(line))
        if value is None:
            table.add(tomlkit.comment(f"{key} is not set"))
        else:
            table.add(key, list(value) if isinstance(value, tuple) else value)
    return table


def _docstrings(kind: type) -> dict[str, str]:
    """Return the docstring under each field of a class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    if not isinstance(body, ast.ClassDef):
        return {}
    return {
        field.target.id: str(text.value.value)
        for field, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }
