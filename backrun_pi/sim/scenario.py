"""The scenario file: a day on the twin, read from TOML and checked.

The format is described for people in docs/twin.md; the tables are in `scenario_tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from backrun_pi.config import check_table, read_tables
from backrun_pi.errors import ConfigError
from backrun_pi.messages import Condition
from backrun_pi.sim.faults import FAULTS
from backrun_pi.sim.rear_tables import OtherEntry, RearTable, SlopeEntry
from backrun_pi.sim.route import Route, RouteTable, load_route
from backrun_pi.sim.scenario_tables import (
    BatteryTable,
    CardTable,
    ClockTable,
    Expectation,
    FaultEntry,
    GnssTable,
    Head,
    ImuTable,
    MotorTable,
    PartnerTable,
    PressEntry,
    RunnerTable,
    ScriptStep,
)

TableT = TypeVar("TableT", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario."""

    path: Path
    """The file it came from."""
    head: Head
    """Title, length, seed, time, map."""
    map_path: Path | None
    """The map file, resolved."""
    settings: Mapping[str, Mapping[str, Any]]
    """[settings.*]: overrides for the program, and the plan."""
    files: Mapping[str, Path]
    """Name on the card -> file to copy."""
    route: Route
    """The line they follow."""
    runner: RunnerTable
    imu: ImuTable
    gnss: GnssTable
    motor: MotorTable
    battery: BatteryTable
    clock: ClockTable
    card: CardTable
    partner: PartnerTable
    rear: RearTable
    others: tuple[OtherEntry, ...]
    """What stands and moves around the runner and is on no map."""
    slopes: tuple[SlopeEntry, ...]
    """Where the ground is not level."""
    script: tuple[ScriptStep, ...]
    """By time; every at_s is filled in."""
    presses: tuple[PressEntry, ...]
    partner_presses: tuple[PressEntry, ...]
    faults: tuple[FaultEntry, ...]
    expect: tuple[Expectation, ...]

    @property
    def title(self) -> str:
        """Return the line for people."""
        return self.head.title

    @property
    def duration_s(self) -> float:
        """Return the length in seconds."""
        return self.head.duration_s

    @property
    def start_utc_s(self) -> float:
        """Return true UTC at the first moment, seconds since 1970."""
        return self.head.start_utc.timestamp()


TABLES: dict[str, type[msgspec.Struct]] = {
    "route": RouteTable,
    "runner": RunnerTable,
    "imu": ImuTable,
    "gnss": GnssTable,
    "motor": MotorTable,
    "battery": BatteryTable,
    "clock": ClockTable,
    "card": CardTable,
    "partner": PartnerTable,
    "rear": RearTable,
}
LISTS: dict[str, type[msgspec.Struct]] = {
    "script": ScriptStep,
    "press": PressEntry,
    "partner_press": PressEntry,
    "fault": FaultEntry,
    "other": OtherEntry,
    "slope": SlopeEntry,
    "expect": Expectation,
}


def load(path: Path) -> Scenario:
    """Read and check a scenario.

    Raises:
        ConfigError: `faults` names every fault, with the nearest key for a typo.
    """
    tables = read_tables(path)
    reader = _Reader(str(path), path.parent)
    scenario = reader.scenario(path, tables)
    if reader.faults or scenario is None:
        faults = tuple(reader.faults)
        text = faults[0] if len(faults) == 1 else f"{path}: {len(faults)} faults"
        raise ConfigError(text, faults)
    return scenario


class _Reader:
    """Collects the faults of one file while it is read."""

    def __init__(self, where: str, folder: Path) -> None:
        self.where = where
        self.folder = folder
        self.faults: list[str] = []

    def scenario(self, path: Path, tables: Mapping[str, Any]) -> Scenario | None:
        rest = {k: v for k, v in tables.items() if k not in TABLES and k not in LISTS}
        settings = rest.pop("settings", {})
        keys = {field.encode_name for field in msgspec.structs.fields(Head)}
        for name in [name for name in rest if name not in keys]:
            self._known(name, dict.fromkeys([*keys, *TABLES, *LISTS, "settings"]), self.where)
            rest.pop(name)
        head = self._table(rest, Head, self.where)
        parts = {n: self._named(tables.get(n, {}), c, n) for n, c in TABLES.items()}
        lists = {n: self._list(tables.get(n, []), c, n) for n, c in LISTS.items()}
        if not isinstance(settings, dict) or not all(
            isinstance(section, dict) for section in settings.values()
        ):
            self.faults.append(f"{self.where}: settings must hold tables, [settings.NAME]")
        self._check_names(lists)
        for name in (head.only or {}) if head is not None else {}:
            self._known(name, {c.value: None for c in Condition}, f"{self.where}: only")
        script = self._timed(lists["script"])
        if self.faults or head is None:
            return None
        card: CardTable = parts["card"]
        files = {name: self._file(file, f"[card] {name}") for name, file in card.files.items()}
        if head.plan is not None:
            plan = str(self._file(head.plan, "plan"))
            settings = {**settings, "files": {**settings.get("files", {}), "plan": plan}}
        map_path = None if head.map is None else self._file(head.map, "map")
        route = self._route(parts["route"])
        if route is None:
            return None
        start = head.start_utc
        if start.tzinfo is None:
            head = msgspec.structs.replace(head, start_utc=start.replace(tzinfo=UTC))
        named = {name: parts[name] for name in TABLES if name != "route"}
        return Scenario(
            path=path,
            head=head,
            map_path=map_path,
            settings=settings,
            files=files,
            route=route,
            script=script,
            presses=tuple(lists["press"]),
            partner_presses=tuple(lists["partner_press"]),
            faults=tuple(lists["fault"]),
            others=tuple(lists["other"]),
            slopes=tuple(lists["slope"]),
            expect=tuple(lists["expect"]),
            **named,
        )

    def _table(
        self, table: Mapping[str, Any], section: type[TableT], where: str
    ) -> TableT | None:
        found, faults = check_table(table, section, where)
        self.faults += faults
        return found

    def _named(self, table: object, section: type[TableT], name: str) -> Any:
        if not isinstance(table, dict):
            self.faults.append(f"{self.where}: {name} must be a table, [{name}]")
            return None
        return self._table(table, section, f"{self.where}: [{name}]")

    def _list(self, entries: object, section: type[TableT], name: str) -> list[Any]:
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            self.faults.append(f"{self.where}: {name} must be a list of tables, [[{name}]]")
            return []
        found = []
        for number, entry in enumerate(entries, 1):
            one = self._table(entry, section, f"{self.where}: [[{name}]] number {number}:")
            if one is not None:
                found.append(one)
        return found

    def _check_names(self, lists: Mapping[str, list[Any]]) -> None:
        conditions = {condition.value: None for condition in Condition}
        for number, fault in enumerate(lists["fault"], 1):
            where = f"{self.where}: [[fault]] number {number}: what"
            self._known(fault.what, FAULTS, where)
            if fault.until_s is not None and fault.until_s <= fault.from_s:
                self.faults.append(f"{where} = {fault.what!r}: until_s is not after from_s")
        for number, wish in enumerate(lists["expect"], 1):
            where = f"{self.where}: [[expect]] number {number}: condition"
            self._known(wish.condition, conditions, where)

    def _known(self, name: str, known: Mapping[str, object], where: str) -> None:
        """Let the checker of settings phrase the error, so that it reads like the others."""
        if name not in known:
            probe = msgspec.defstruct("Known", [(one, str, "") for one in known])
            _, faults = check_table({name: ""}, probe, where)
            self.faults += [fault.replace("unknown key", "unknown name") for fault in faults]

    def _timed(self, steps: list[ScriptStep]) -> tuple[ScriptStep, ...]:
        timed: list[ScriptStep] = []
        next_s: float | None = 0.0
        for number, step in enumerate(steps, 1):
            at_s = step.at_s if step.at_s is not None else next_s
            where = f"{self.where}: [[script]] number {number} ({step.do})"
            if at_s is None:
                self.faults.append(f"{where}: give at_s, or for_s to the step before it")
                return ()
            if timed and at_s < (timed[-1].at_s or 0.0):
                self.faults.append(f"{where}: at_s = {at_s} lies before the step above")
            timed.append(msgspec.structs.replace(step, at_s=at_s))
            next_s = None if step.for_s is None else at_s + step.for_s
        return tuple(timed)

    def _file(self, name: str, key: str) -> Path:
        try:
            file = (self.folder / name).resolve()
        except ValueError as error:  # no name of a file: a zero byte
            self.faults.append(f"{self.where}: {key} = {name!r}: {error}")
            return self.folder
        if not file.is_file():
            self.faults.append(f"{self.where}: {key} = {name!r}: there is no file {file}")
        return file

    def _route(self, table: RouteTable) -> Route | None:
        try:
            return load_route(table, self.folder)
        except ConfigError as error:
            self.faults.append(f"{self.where}: [route] {error}")
            return None
