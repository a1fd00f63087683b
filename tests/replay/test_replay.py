"""A session recorded on the twin re-decides bit for bit, and other settings show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backrun_pi.cli.main import main
from tests.support.short_training import SHORT


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replay")
    plan = Path(__file__).parents[2] / "config" / "plans" / "default.toml"
    scenario = folder / "short.toml"
    scenario.write_text(SHORT.format(plan=plan), encoding="utf-8")
    assert main(["simulate", str(scenario), "--out", str(folder / "out"), "--quiet"]) == 0
    (found,) = (folder / "out" / "sessions").iterdir()
    return found


def _replayed(
    capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, list[dict[str, object]]]:
    status = main(["replay", *words])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.slow
def test_a_recording_decides_the_same_again_bit_for_bit(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, rows = _replayed(capsys, str(session))
    totals = rows.pop()
    assert status == 0
    assert totals["states_compared"] == pytest.approx(228 * 5, abs=150)
    assert totals["states_different"] == 0
    assert {row["verdict"] for row in rows} == {"same"}
    announced = {row["condition"] for row in rows}
    assert {"ready", "switch_backward", "imu_lost", "gnss_lost", "session_end"} <= announced


@pytest.mark.slow
def test_other_settings_show_what_they_would_have_done(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[coach]\nrepeats = 1\nlook_unknown_m = 5.0\n", encoding="utf-8")
    status, rows = _replayed(capsys, str(session), "--config", str(other))
    totals = rows.pop()
    assert status == 0
    changed = {row["condition"] for row in rows if row["verdict"] != "same"}
    assert totals["new"] or totals["gone"] or totals["moved"]
    assert changed & {"look_left", "look_right"}
