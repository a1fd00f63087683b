"""Every scenario of the repository, on the whole program: what it expects is felt in time."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from backrun_pi.cli.main import main

FOLDER = Path(__file__).parents[2] / "config" / "scenarios"
SCENARIOS = sorted(
    path
    for path in FOLDER.glob("*.toml")
    if "duration_s" in path.read_text(encoding="utf-8")
    and path.stem != "park"  # its golden session asks for its expectations, too
)
SUMMARY = {
    "duration_s",
    "wall_s",
    "session",
    "drive",
    "backward_s",
    "forward_s",
    "bouts",
    "alerts",
    "faults",
}


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_what_a_scenario_expects_is_felt_in_time(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = tomllib.loads(path.read_text(encoding="utf-8"))
    expected = scenario.get("expect", [])
    assert expected, "a scenario that expects nothing shows nothing"
    assert scenario.get("only"), "one superfluous cue has to break it"
    status = main(["simulate", str(path), "--out", str(tmp_path / "out"), "--quiet"])
    out, err = capsys.readouterr()
    assert [line for line in err.splitlines() if "BROKEN" in line] == []
    assert status == 0
    summary = json.loads(out)
    assert set(summary) >= SUMMARY
    assert err.count("expectation held") == len(expected) + 1
