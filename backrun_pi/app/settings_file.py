"""Writes settings as a commented TOML file; the comments are the fields' own docstrings."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from typing import Any

import msgspec

from backrun_pi.app.settings import Settings, as_tables

WIDTH = 96
INTRO = """\
# Settings of backrun_pi. Every line shows the default; leave out what you do not change.
# `backrun config check FILE` names every fault of a file at once.
"""


def commented(settings: Settings) -> str:
    """Return the text of a settings file that says these settings."""
    tables = as_tables(settings)
    blocks = [INTRO]
    for field in msgspec.structs.fields(Settings):
        kind = type(getattr(settings, field.name))
        words = inspect.cleandoc(kind.__doc__ or "").splitlines()[0]
        rows = [f"# {words}", f"[{field.name}]"]
        about = _docstrings(kind)
        for key, value in tables[field.name].items():
            text = " ".join(about.get(key, "").split())
            rows += textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")
            rows.append(f"# {key} is not set" if value is None else f"{key} = {_toml(value)}")
        blocks.append("\n".join(rows) + "\n")
    return "\n".join(blocks)


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


def _toml(value: Any) -> str:
    """Return a plain value in TOML. Raises TypeError for one that TOML cannot say."""
    if isinstance(value, dict):
        raise TypeError(f"settings hold plain values, not {value!r}")
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)
