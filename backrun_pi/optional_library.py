"""Imports a library of an extra when it is asked for, or names the extra in one clear line."""

from __future__ import annotations

import importlib
from typing import Any

from backrun_pi.errors import OutputError


def imported(module: str, extra: str) -> Any:
    """Return a module of an extra.

    Raises:
        OutputError: The extra is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        text = f"this needs an extra: pip install 'backrun-pi[{extra}]' ({error})"
        raise OutputError(text) from error
