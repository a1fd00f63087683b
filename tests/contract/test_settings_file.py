"""config/backrun.toml is the code's own defaults, commented."""

from __future__ import annotations

from pathlib import Path

import msgspec

from backrun_pi.app.settings import SECTIONS, Settings, load_settings
from backrun_pi.app.settings_file import commented

FILE = Path(__file__).parents[2] / "config" / "backrun.toml"


def test_the_settings_file_says_the_defaults_of_the_code() -> None:
    # Rewrite it with: backrun config show > config/backrun.toml
    assert FILE.read_text(encoding="utf-8") == commented(Settings())


def test_the_settings_file_loads_to_the_defaults() -> None:
    assert load_settings(FILE) == Settings()


def test_every_setting_has_a_default_and_a_word_about_it() -> None:
    text = FILE.read_text(encoding="utf-8").splitlines()
    for name, section in SECTIONS.items():
        for field in msgspec.structs.fields(section):
            assert not field.required, f"[{name}] {field.name}"
    keys = [number for number, line in enumerate(text) if " = " in line and line[0] != "#"]
    assert keys
    assert [text[number] for number in keys if not text[number - 1].startswith("#")] == []
