"""Every bad input ends with one clear line, the right status, and nothing half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.cli.main import BAD_USE, COMMANDS, load, main


def _run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    status = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "typo.toml").write_text("[coach]\nstand = 3\n[motr]\n", encoding="utf-8")
    (tmp_path / "broken.toml").write_text("[coach\n", encoding="utf-8")
    (tmp_path / "text.osm.pbf").write_text("this is no extract\n", encoding="utf-8")
    (tmp_path / "cut.osm").write_text(
        '<osm version="0.6"><node id="1" lat="1"', encoding="utf-8"
    )
    (tmp_path / "text.map").write_text("this is no map\n" * 50, encoding="utf-8")
    (tmp_path / "table.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "words.csv").write_text(
        "t_s,ax_mps2,ay_mps2,az_mps2,gx_rps,gy_rps,gz_rps\n0,0,0,nine,0,0,0\n", encoding="utf-8"
    )
    (tmp_path / "empty").mkdir()
    (tmp_path / "scenario.toml").write_text('duration = 3\n[[fault]]\nwhat = "gps"\n')
    return tmp_path


CASES = {
    "config with typos": (["config", "check", "typo.toml"], "did you mean stand_s?"),
    "config that is not TOML": (["config", "check", "broken.toml"], "broken.toml: not TOML"),
    "config that is missing": (["config", "check", "none.toml"], "no such file"),
    "scenario with typos": (["simulate", "scenario.toml", "--out", "o"], "scenario.toml"),
    "scenario that is missing": (["simulate", "none.toml", "--out", "o"], "no such file"),
    "extract that is text": (["map", "build", "text.osm.pbf", "-o", "m"], "text.osm.pbf"),
    "extract cut in the middle": (["map", "build", "cut.osm", "-o", "m"], "cut.osm"),
    "extract that is missing": (["map", "build", "none.osm.pbf", "-o", "m"], "none.osm.pbf"),
    "map that is text": (["map", "info", "text.map"], "text.map"),
    "map that is missing": (
        ["map", "near", "none.map", "60", "24", "--radius", "9"],
        "none.map",
    ),
    "latitude off the globe": (["map", "near", "text.map", "95", "24", "--radius", "9"], ""),
    "log that is missing": (["gnss", "decode", "none.log"], "none.log"),
    "recording with other columns": (["motion", "table.csv", "--out", "o"], "table.csv"),
    "recording with words": (["motion", "words.csv", "--out", "o"], "words.csv"),
    "recording that is missing": (["motion", "none.csv", "--out", "o"], "none.csv"),
    "track with other columns": (["warn", "text.map", "table.csv"], ""),
    "session that is a folder without logs": (["log", "check", "empty"], "empty"),
    "session that is missing": (["log", "cat", "none"], "none"),
    "review of no session": (["review", "empty", "--out", "o"], "empty"),
    "replay of no session": (["replay", "empty"], "empty"),
    "unknown command": (["fly"], "fly"),
    "unknown option": (["replay", "x", "--fast"], "fast"),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_ends_with_status_2_and_says_what_and_where(
    name: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    before = sorted(place.iterdir())
    words, said = CASES[name]
    status, out, err = _run(capsys, *words)
    assert status == BAD_USE
    assert said in err
    assert out == ""
    assert "Traceback" not in err
    assert sorted(place.iterdir()) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_file_and_says_what_it_takes(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(load(command).run)
    status, out, _ = _run(capsys, command, "--help")
    assert status == 0
    assert "--json" in out
