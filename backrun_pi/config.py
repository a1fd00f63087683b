"""TOML -> checked, frozen settings; names every fault at once and suggests the nearest key.

A room declares its settings as a frozen `msgspec.Struct` in its own `settings.py`, one table
of the file each, every field with a default and bounds. This module knows none of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from backrun_pi.errors import ConfigError, clipped

MOST_BYTES = 1_000_000
"""[B] Most of a settings file or a plan; ours have 20 kB."""

SettingsT = TypeVar("SettingsT", bound=msgspec.Struct)


def read_tables(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        ConfigError: It is missing, not readable, too long, not UTF-8 or not TOML; the text
            says where.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) <= MOST_BYTES:
            return tomllib.loads(data.decode("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except RecursionError:
        raise ConfigError(f"{path}: tables or lists that are nested too deep") from None
    except ValueError as error:  # not TOML, a number that is too long, a name with a zero byte
        raise ConfigError(f"{_printable(str(path))}: not TOML: {error}") from error
    raise ConfigError(f"{path}: longer than {MOST_BYTES / 1e6:g} MB: no settings file")


def check_tables(
    tables: Mapping[str, Any], sections: Mapping[str, type[msgspec.Struct]], where: str
) -> dict[str, msgspec.Struct]:
    """Turn tables into settings.

    Args:
        tables: What the file holds.
        sections: Table name -> settings class. A table that is missing takes its defaults.
        where: Name of the file, for the messages.

    Raises:
        ConfigError: `faults` names every unknown table, unknown key and bad value.
    """
    faults = [
        f"{where}: [{name}] is not a table of settings{_nearest(name, sections)}"
        for name in tables
        if name not in sections
    ]
    settings: dict[str, msgspec.Struct] = {}
    for name, section in sections.items():
        table = tables.get(name, {})
        if not isinstance(table, dict):
            faults.append(f"{where}: {name} must be a table, [{name}]")
            continue
        found, section_faults = check_table(table, section, f"{where}: [{name}]")
        faults += section_faults
        if found is not None:
            settings[name] = found
    if faults:
        raise ConfigError(_summary(where, faults), tuple(faults))
    return settings


def check_table(
    table: Mapping[str, Any], section: type[SettingsT], where: str
) -> tuple[SettingsT | None, list[str]]:
    """Turn one table into one settings object, or into the list of all its faults."""
    fields = _fields_of(section)
    faults = [
        f"{where} {key}: unknown key{_nearest(key, fields)}"
        for key in table
        if key not in fields
    ]
    values: dict[str, Any] = {}
    for key, field in fields.items():
        if key not in table:
            if field.required:
                faults.append(f"{where} {key}: missing")
            continue
        try:
            values[field.name] = msgspec.convert(table[key], field.type)
        except msgspec.ValidationError as error:
            text = str(error)
            text = f"{text[:1].lower()}{text[1:]}{_choices(table[key], field.type)}"
            faults.append(f"{where} {key} = {clipped(repr(table[key]))}: {text}")
    if faults:
        return None, faults
    try:
        return section(**values), []
    except ValueError as error:  # a rule between fields, from __post_init__
        return None, [f"{where} {error}"]


@cache
def _fields_of(section: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """Return the fields by their key; a plan has eighty tables of three kinds."""
    return {field.encode_name: field for field in msgspec.structs.fields(section)}


def _printable(text: str) -> str:
    return text.replace("\0", "\\0")


def _choices(value: object, kind: object) -> str:
    if get_origin(kind) is not Literal:
        return ""
    return _nearest(str(value), {str(choice): None for choice in get_args(kind)})


def _nearest(word: str, known: Mapping[str, object]) -> str:
    import difflib  # noqa: PLC0415 - only for a mistake

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known are {', '.join(known)}"


def _summary(where: str, faults: list[str]) -> str:
    return faults[0] if len(faults) == 1 else f"{where}: {len(faults)} faults"
