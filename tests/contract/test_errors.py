"""The error tree at the top of errors.py is the one in the code."""

from __future__ import annotations

import inspect

from backrun_pi import errors


def _drawn() -> dict[str, str]:
    parents: dict[str, str] = {}
    stack = ["BackrunError"]
    for line in (errors.__doc__ or "").splitlines():
        for mark in ("├── ", "└── "):
            if mark in line:
                depth = line.index(mark) // 4 + 1
                name = line.split(mark)[1].split()[0]
                stack[depth:] = [name]
                parents[name] = stack[depth - 1]
    return parents


def test_the_drawn_error_tree_is_the_tree_in_the_code() -> None:
    real = {
        name: item.__mro__[1].__name__
        for name, item in vars(errors).items()
        if inspect.isclass(item) and item is not errors.BackrunError
    }
    assert _drawn() == real
