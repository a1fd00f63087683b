"""A settings file is checked whole, and each fault says where it is and what was meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from backrun_pi.config import check_tables, read_tables
from backrun_pi.errors import ConfigError


class Motor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings to test with."""

    strength: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    pin: int = 18
    kind: Literal["coin", "bar"] = "coin"


def test_a_missing_table_takes_its_defaults() -> None:
    assert check_tables({}, {"motor": Motor}, "f")["motor"] == Motor()


def test_every_fault_is_named_at_once_with_the_nearest_key() -> None:
    tables = {"motor": {"strenght": 1, "pin": "x", "strength": 2.0}, "moter": {}}
    with pytest.raises(ConfigError) as caught:
        check_tables(tables, {"motor": Motor}, "my.toml")
    faults = "\n".join(caught.value.faults)
    assert len(caught.value.faults) == 4
    assert "my.toml: [moter] is not a table of settings; did you mean motor?" in faults
    assert "my.toml: [motor] strenght: unknown key; did you mean strength?" in faults
    assert "[motor] pin = 'x': expected `int`" in faults
    assert "[motor] strength = 2.0: expected `float` <= 1.0" in faults


@pytest.mark.parametrize(
    ("value", "hint"), [("bart", "did you mean bar?"), ("x", "known are coin, bar")]
)
def test_a_value_that_is_none_of_the_choices_is_answered_with_the_choices(
    value: str, hint: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(hint)):
        check_tables({"motor": {"kind": value}}, {"motor": Motor}, "f")


def test_a_value_where_a_table_belongs_is_named() -> None:
    with pytest.raises(ConfigError, match="motor must be a table"):
        check_tables({"motor": 3}, {"motor": Motor}, "f")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"a = ", "not TOML"), (b"\xff\xfe", "not UTF-8"), (None, "there is no such file")],
)
def test_an_unreadable_file_says_what_is_wrong_with_it(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "backrun.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=words):
        read_tables(path)


def test_a_folder_is_not_a_settings_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_tables(tmp_path)
