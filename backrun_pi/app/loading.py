"""Loads what a run stands on: the map and the plan."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from backrun_pi.app.resources import shipped
from backrun_pi.app.settings import Settings
from backrun_pi.coach.plan import Plan, load_plan, plan_from
from backrun_pi.errors import MapError
from backrun_pi.maps.mapfile import MapFile

DEFAULT_PLAN = "plans/default.toml"


def plan_in_force(settings: Settings) -> Plan:
    """Read the plan of the settings. Raises ConfigError naming every fault."""
    own = settings.files.plan
    return load_plan(Path(own) if own else shipped(DEFAULT_PLAN))


def plan_of(tables: Mapping[str, Any] | None) -> Plan:
    """Return the plan that stands in a recording, or the one that comes with the program."""
    if tables is None:
        return load_plan(shipped(DEFAULT_PLAN))
    return plan_from(dict(tables), "recorded plan")


def plan_tables(plan: Plan) -> dict[str, Any]:
    """Return a plan as the tables of its file, for the record."""
    tables: dict[str, Any] = msgspec.to_builtins(plan)
    whole: dict[str, Any] = _without_none(tables)
    return whole


@dataclass(frozen=True, slots=True)
class InstalledMap:
    """The map a run stands on, or why there is none."""

    file: MapFile | None
    """None when there is no map that can be used."""
    error: str | None
    """Why there is none, in plain words. None when there is one."""

    @property
    def id(self) -> str | None:
        """Return the name and a checksum of what the header says of the content."""
        if self.file is None:
            return None
        head = msgspec.json.encode(self.file.header, order="deterministic")
        return f"{self.file.path.name}:{zlib.crc32(head):08x}"


NO_MAP = InstalledMap(None, "no map is set: [files] map in the settings")


def map_in_force(path: str) -> InstalledMap:
    """Open the map; one that cannot be used is a loss to announce, not the end."""
    if not path:
        return NO_MAP
    try:
        return InstalledMap(MapFile.open(Path(path)), None)
    except MapError as error:
        return InstalledMap(None, str(error))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value
