"""Loads a script of `firmware/` as a module, for its tests."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from typing import Any

FIRMWARE = Path(__file__).parents[2] / "firmware"


def loaded(name: str) -> Any:
    """Return a fresh module of a script."""
    module_name = name.removesuffix(".py").replace("-", "_")
    loader = importlib.machinery.SourceFileLoader(module_name, str(FIRMWARE / name))
    spec = importlib.util.spec_from_loader(module_name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # a dataclass looks for its module by name
    loader.exec_module(module)
    return module
