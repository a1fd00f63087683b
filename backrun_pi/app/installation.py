"""What a run stands on when files are torn or mistyped: the last good settings, else defaults.

A companion that does not start warns of nothing. So settings and plan that were good are kept
on the card, and stand in for a file that cannot be used, which is announced by a refusal with
its own number, and named in the record and the service status.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from backrun_pi.app.loading import DEFAULT_PLAN, plan_in_force, plan_tables
from backrun_pi.app.resources import shipped
from backrun_pi.app.settings import (
    DEFAULT_FILE,
    Settings,
    as_tables,
    load_settings,
    settings_from,
    with_tables,
)
from backrun_pi.coach.plan import Plan, load_plan, plan_from
from backrun_pi.config import read_tables
from backrun_pi.errors import ConfigError, RecordError
from backrun_pi.hardware.file_storage import FileStorage
from backrun_pi.hardware.ports import Storage

LAST_SETTINGS = "state/settings.json"
LAST_PLAN = "state/plan.json"
DEFAULT_CARD = Path(Settings().files.root)
_MOST_BYTES = 1_000_000  # of what was kept; ours has about 10 kB
_ROOT_LINE = re.compile(rb'^\s*root\s*=\s*"(/[\x20-\x7e]+?)"', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings and plan in force, and why they are not those of their files."""

    settings: Settings
    plan: Plan
    errors: tuple[str, ...]
    """One line for each file that cannot be used; empty when all is as it was set."""


def installation(path: Path | None, card: Path = DEFAULT_CARD) -> Installation:
    """Read settings and plan; whatever their files hold, there is something to run with.

    Args:
        path: The settings file; None takes the installed one, or the defaults without one.
        card: Where sessions and state lie when the file cannot be used and does not say it.
    """
    errors: list[str] = []
    try:
        settings = load_settings(path)
        storage: Storage = FileStorage(Path(settings.files.root))
    except ConfigError as error:
        root = _root_of(path or DEFAULT_FILE) or card
        storage = FileStorage(root)
        last = _last_settings(storage, root)
        settings = last or with_tables(Settings(), {"files": {"root": str(root)}}, str(path))
        errors.append(f"{error}; {_stand_in(last)} are in force")
    else:
        _keep(storage, LAST_SETTINGS, as_tables(settings))
    try:
        plan = plan_in_force(settings)
    except ConfigError as error:
        last_plan = _last_plan(storage)
        plan = last_plan or load_plan(shipped(DEFAULT_PLAN))
        which = "the plan that comes with the program" if last_plan is None else "the last one"
        errors.append(f"{error}; {which} is in force")
    else:
        _keep(storage, LAST_PLAN, plan_tables(plan))
    return Installation(settings, plan, tuple(errors))


def _stand_in(last: Settings | None) -> str:
    return "the defaults" if last is None else "the last good settings"


def _root_of(path: Path) -> Path | None:
    """Return where the card lies, as far as a file that cannot be used tells it."""
    try:
        files = read_tables(path).get("files", {})
    except ConfigError:
        return _root_in_ruins(path)
    root = files.get("root") if isinstance(files, dict) else None
    return Path(root) if isinstance(root, str) and root and "\0" not in root else None


def _root_in_ruins(path: Path) -> Path | None:
    """Return the root of a file that is torn: where the last good settings lie."""
    try:
        with path.open("rb") as file:
            found = _ROOT_LINE.search(file.read(_MOST_BYTES))
    except (OSError, ValueError):
        return None
    return Path(found[1].decode()) if found else None


def _last_settings(storage: Storage, root: Path) -> Settings | None:
    tables = _kept(storage, LAST_SETTINGS)
    if tables is None:
        return None
    files = tables.get("files")
    if isinstance(files, dict):  # a flipped bit must not lead to another card
        files["root"] = str(root)
    try:
        return settings_from(tables, LAST_SETTINGS)
    except ConfigError:
        return None  # kept by another version: its bounds are not ours


def _last_plan(storage: Storage) -> Plan | None:
    tables = _kept(storage, LAST_PLAN)
    if tables is None:
        return None
    try:
        return plan_from(tables, LAST_PLAN)
    except ConfigError:
        return None


def _kept(storage: Storage, name: str) -> dict[str, Any] | None:
    try:
        data = storage.read(name, _MOST_BYTES)
        return None if data is None else msgspec.json.decode(data, type=dict[str, Any])
    except (RecordError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _keep(storage: Storage, name: str, tables: dict[str, Any]) -> None:
    data = msgspec.json.encode(tables) + b"\n"
    with contextlib.suppress(RecordError):  # a full card is announced as what it is
        if storage.read(name, _MOST_BYTES) != data:
            storage.replace(name, data)
