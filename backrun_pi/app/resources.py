"""Where the files lie that come with the program: default settings, plans, scenarios, maps."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def shipped(name: str) -> Path:
    """Return the path of a file of `config/`, in a checkout or in an installed package."""
    for folder in (_PACKAGE.parent / "config", _PACKAGE / "shipped"):
        path = folder / name
        if path.exists():
            return path
    return _PACKAGE.parent / "config" / name
