"""`backrun simulate`: at the pace of real life, and many days at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backrun_pi.cli import twin_day
from backrun_pi.cli.main import main
from backrun_pi.cli.simulate import real_pace
from backrun_pi.errors import ProgramFailed
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.scenario import Scenario
from backrun_pi.units import NS_PER_S


def test_a_scenario_second_comes_no_earlier_than_a_real_one() -> None:
    clock = SimClock(0.0, 0.0)
    began_ns = clock.now_ns()
    pace = real_pace(clock)
    pace(12.5)
    assert clock.now_ns() == began_ns + round(12.5 * NS_PER_S)


def test_a_scenario_that_is_behind_is_not_held_back() -> None:
    clock = SimClock(0.0, 0.0)
    pace = real_pace(clock)
    clock.pass_s(20.0)
    now_ns = clock.now_ns()
    pace(12.5)
    assert clock.now_ns() == now_ns


SHORT = """
title = "{title}"
duration_s = 3.0
"""


@pytest.fixture
def days(tmp_path: Path) -> list[str]:
    """Return the files of two short days."""
    files = []
    for name in ("one", "other"):
        file = tmp_path / f"{name}.toml"
        file.write_text(SHORT.format(title=name), encoding="utf-8")
        files.append(str(file))
    return files


def test_each_scenario_is_lived_with_each_seed_and_a_line_sums_up(
    days: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--seeds", "2", "--jobs", "2", "--out", str(tmp_path / "out")]
    assert main(["simulate", *days, *words]) == 0
    *lines, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert [(Path(line["scenario"]).stem, line["seed"]) for line in lines] == [
        ("one", 1),
        ("one", 2),
        ("other", 1),
        ("other", 2),
    ]
    assert (last["days"], last["as_expected"], last["failed"]) == (4, 4, 0)


def test_a_day_that_fails_does_not_take_the_others_away(
    days: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = twin_day.lived

    def lived(scenario: Scenario, *words: object) -> twin_day.TwinDay:
        if scenario.title == "one":
            raise ProgramFailed("3 faults")
        return whole(scenario, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(twin_day, "lived", lived)  # the days are lived in forks of this process
    assert main(["simulate", *days, "--out", str(tmp_path / "out")]) == 1
    first, second, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["failed"] == "ProgramFailed: 3 faults"
    assert second["duration_s"] == 3.0
    assert (last["days"], last["as_expected"], last["failed"]) == (1, 1, 1)
