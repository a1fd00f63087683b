"""All settings in force: one table of the file for each room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from backrun_pi.alerts.settings import AlertsSettings
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.config import check_table, check_tables, read_tables
from backrun_pi.errors import ConfigError
from backrun_pi.haptics.settings import HapticsSettings
from backrun_pi.hardware.motor_limit import MotorLimitSettings
from backrun_pi.hardware.settings import BoardSettings
from backrun_pi.lookout.settings import LookoutSettings
from backrun_pi.motion.settings import MotionSettings, PositionSettings
from backrun_pi.record.settings import RecordSettings
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.imu.settings import ImuSettings
from backrun_pi.sensors.rear.settings import RearSettings
from backrun_pi.sensors.watch_settings import WatchSettings
from backrun_pi.terrain.settings import TerrainSettings

DEFAULT_FILE = Path("/etc/backrun/backrun.toml")


class FilesSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where files and folders are."""

    def __post_init__(self) -> None:
        """Refuse names that no file can have."""
        for name in ("root", "map", "plan"):
            if "\0" in getattr(self, name):
                raise ValueError(f"{name} holds a zero byte: no file has such a name")
        if not self.root:
            raise ValueError("root is empty: nothing could be kept")

    root: str = "/var/lib/backrun"
    """Folder of sessions, state and the drive."""
    map: str = "/var/lib/backrun/place.map"
    """The map file that `backrun map build` wrote; empty for none."""
    plan: str = ""
    """A training plan; empty for the one that comes with the program."""


class Settings(msgspec.Struct, frozen=True):
    """Every room's settings; the names are the tables of the file."""

    files: FilesSettings = FilesSettings()
    board: BoardSettings = BoardSettings()
    motor: MotorLimitSettings = MotorLimitSettings()
    imu: ImuSettings = ImuSettings()
    gnss: GnssSettings = GnssSettings()
    rear: RearSettings = RearSettings()
    watch: WatchSettings = WatchSettings()
    motion: MotionSettings = MotionSettings()
    position: PositionSettings = PositionSettings()
    terrain: TerrainSettings = TerrainSettings()
    lookout: LookoutSettings = LookoutSettings()
    coach: CoachSettings = CoachSettings()
    alerts: AlertsSettings = AlertsSettings()
    haptics: HapticsSettings = HapticsSettings()
    record: RecordSettings = RecordSettings()
    review: ReviewSettings = ReviewSettings()


SECTIONS: dict[str, type[msgspec.Struct]] = {
    field.name: field.type for field in msgspec.structs.fields(Settings)
}


def load_settings(path: Path | None) -> Settings:
    """Read a settings file; None takes the installed one, or the defaults without one.

    Raises:
        ConfigError: Names every fault of the file.
    """
    if path is None:
        if not DEFAULT_FILE.exists():
            return Settings()
        path = DEFAULT_FILE
    return settings_from(read_tables(path), str(path))


def settings_from(tables: Mapping[str, Any], where: str) -> Settings:
    """Turn tables into settings. Raises ConfigError naming every fault."""
    checked: dict[str, Any] = dict(check_tables(tables, SECTIONS, where))
    return Settings(**checked)


def recorded_settings(
    tables: Mapping[str, Any], where: str
) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of a recording, as far as this program still has them.

    A setting that another version had, or allowed, takes its default.

    Returns:
        The settings, and one line for each that could not be taken over.
    """
    kept: dict[str, dict[str, Any]] = {}
    lost: list[str] = []
    for name, section in SECTIONS.items():
        table = tables.get(name, {})
        for key, value in table.items() if isinstance(table, Mapping) else ():
            found, faults = check_table({key: value}, section, f"{where}: [{name}]")
            if found is None:
                lost += faults
            else:
                kept.setdefault(name, {})[key] = value
    lost += [
        f"{where}: [{name}] is no table of settings now"
        for name in tables
        if name not in SECTIONS
    ]
    try:
        return settings_from(kept, where), tuple(lost)
    except ConfigError as error:  # values that no longer go together
        return Settings(), (*lost, *error.faults)


def with_tables(
    base: Settings, tables: Mapping[str, Mapping[str, Any]], where: str
) -> Settings:
    """Lay some tables over settings, key by key. Raises ConfigError naming every fault."""
    merged: dict[str, Any] = as_tables(base)
    for name, table in tables.items():
        merged[name] = {**merged.get(name, {}), **table}
    return settings_from(merged, where)


def as_tables(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return the settings as the tables of a file."""
    tables: dict[str, dict[str, Any]] = msgspec.to_builtins(settings)
    return tables
