"""The scenario format: complete, strict on typos, and its files are found beside it."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import msgspec
import pytest

from backrun_pi.errors import ConfigError
from backrun_pi.sim.faults import FAULTS
from backrun_pi.sim.scenario import LISTS, TABLES, load
from backrun_pi.sim.scenario_tables import Head, ScriptStep
from tests.support.twin import scenario

ROOT = Path(__file__).parents[3]


def faults_of(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        scenario(folder, text)
    return caught.value.faults


def test_a_length_is_all_that_a_scenario_needs(tmp_path: Path) -> None:
    found = scenario(tmp_path, "duration_s = 10\n")
    assert found.duration_s == 10.0
    assert found.script == ()
    assert found.head.start_utc.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("duration = 10\n", "did you mean duration_s?"),
        ("duration_s = 10\n[runer]\nfollow = 'coach'\n", "did you mean runner?"),
        ("duration_s = 10\n[runner]\nfolow = 'coach'\n", "did you mean follow?"),
        ("duration_s = 10\n[runner]\nfollow = 'choach'\n", "choach"),
        ("duration_s = 10\n[imu]\nchip = 'mpu6051'\n", "mpu6051"),
        (
            "duration_s = 10\n[[fault]]\nwhat = 'gnss_silence'\nfrom_s = 1\n",
            "did you mean gnss_silent?",
        ),
        (
            "duration_s = 10\n[[expect]]\ncondition = 'gnss_losst'\n",
            "did you mean gnss_lost?",
        ),
        ("duration_s = -1\n", "duration_s"),
        ("duration_s = nan\n", "duration_s"),
        ("duration_s = 9\n[clock]\nwall_error_s = nan\n", "wall_error_s"),
        ("duration_s = 9\n[imu]\nmount_deg = [0, nan, 0]\n", "mount_deg"),
        ("duration_s = 10\nmap = 'nowhere.map'\n", "there is no file"),
        ("duration_s = 10\n[route]\nfile = 'nowhere.json'\n", "cannot be read"),
        ("duration_s = 10\n[route]\npoints = [[60.0, 25.0]]\n", "two different points"),
        ("duration_s = 10\n[[script]]\ndo = 'moonwalk'\n", "moonwalk"),
        ("duration_s = 10\n[settings]\ncoach = 3\n", "settings must hold tables"),
        (
            "duration_s = 10\n[[fault]]\nwhat = 'imu_nak'\nfrom_s = 5\nuntil_s = 4\n",
            "until_s is not after from_s",
        ),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, text: str, wanted: str) -> None:
    assert any(wanted in fault for fault in faults_of(tmp_path, text))


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = "duration_s = 10\nsede = 1\n[gnss]\nbaud = 'fast'\n[[press]]\nat = 3\n"
    found = faults_of(tmp_path, text)
    assert len(found) >= 3
    assert all("scenario.toml" in fault for fault in found)


def test_steps_follow_one_another_by_their_length(tmp_path: Path) -> None:
    text = """
duration_s = 60
[[script]]
do = "stand"
for_s = 5
[[script]]
do = "walk_forward"
for_s = 20
[[script]]
do = "walk_backward"
"""
    assert [step.at_s for step in scenario(tmp_path, text).script] == [0.0, 5.0, 25.0]


def test_a_step_that_cannot_be_placed_in_time_is_refused(tmp_path: Path) -> None:
    text = "duration_s = 9\n[[script]]\ndo = 'stand'\n[[script]]\ndo = 'turn'\n"
    assert any("for_s" in fault for fault in faults_of(tmp_path, text))


def test_files_are_found_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "marks.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "line.json").write_text("[[60.0, 25.0], [60.001, 25.0]]", encoding="utf-8")
    (tmp_path / "plan.toml").write_text("", encoding="utf-8")
    found = scenario(
        tmp_path,
        "duration_s=9\nplan='plan.toml'\n[card.files]\n'state/marks.jsonl' = 'marks.jsonl'\n"
        "[route]\nfile = 'line.json'\n[settings.coach]\nrepeats = 2\n",
    )
    assert found.files == {"state/marks.jsonl": tmp_path / "marks.jsonl"}
    assert found.settings["files"] == {"plan": str(tmp_path / "plan.toml")}
    assert found.settings["coach"] == {"repeats": 2}


def test_a_gpx_track_is_a_route(tmp_path: Path) -> None:
    (tmp_path / "line.gpx").write_text(
        '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
        '<trkpt lat="60.0" lon="25.0"/><trkpt lat="60.001" lon="25.0"/>'
        "</trkseg></trk></gpx>",
        encoding="utf-8",
    )
    found = scenario(tmp_path, "duration_s = 9\n[route]\nfile = 'line.gpx'\nat_end = 'stop'\n")
    assert found.route.length_m == pytest.approx(111.0, abs=2.0)


@pytest.mark.parametrize(
    "file", sorted((ROOT / "config" / "scenarios").glob("*.toml")), ids=lambda file: file.stem
)
def test_every_scenario_that_comes_with_the_product_can_be_read(file: Path) -> None:
    if file.stem.endswith("_plan"):
        assert "weeks" in file.read_text(encoding="utf-8")
    else:
        assert load(file).expect, "a scenario without an expectation shows nothing"


def test_the_format_is_written_down_whole() -> None:
    page = (ROOT / "docs" / "twin.md").read_text(encoding="utf-8")
    words = [*TABLES, *LISTS, *FAULTS, *Head.__struct_fields__, *ScriptStep.__struct_fields__]
    for table in (*TABLES.values(), *LISTS.values()):
        words += table.__struct_fields__
    assert [word for word in words if word not in page] == []


@pytest.mark.parametrize("table", [*TABLES.values()], ids=lambda table: table.__name__)
def test_every_default_lies_within_its_own_bounds(table: type[msgspec.Struct]) -> None:
    assert msgspec.convert(msgspec.to_builtins(table()), table) == table()


@pytest.mark.parametrize(
    "table",
    [
        'map = "a\\u0000b"',
        '[route]\nfile = "a\\u0000b"',
        "[gnss]\nbaud = 0",
    ],
)
def test_what_names_no_file_or_no_speed_is_refused_in_words(tmp_path: Path, table: str) -> None:
    with pytest.raises(ConfigError):
        scenario(tmp_path, f"duration_s = 5\n{table}\n")
