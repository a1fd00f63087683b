"""`log`, `review`, `drive` and `sessions`: JSON out, one clear line when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.cli.main import main
from tests.support.record_parts import LEGS, recorded


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a storage root with one session."""
    recorded(tmp_path, legs=LEGS[2:4], has_imu=True)
    return tmp_path


def rows(text: str) -> list[dict[str, Any]]:
    """Parse JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_check_says_that_all_is_there(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", "check", str(root / "sessions" / "20260921-1253")]) == 0
    (check,) = rows(capsys.readouterr().out)
    assert (check["is_whole"], check["lost_s"]) == (True, 0)


def test_check_of_a_cut_log_names_the_place(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = max((root / "sessions" / "20260921-1253").iterdir())
    file.write_bytes(file.read_bytes()[:-900])
    assert main(["log", "check", str(file.parent)]) == 0
    reported = capsys.readouterr()
    (check,) = rows(reported.out)
    assert not check["is_closed"]
    assert f"{file.name} byte" in reported.err


def test_cat_gives_every_record_or_only_some_kinds(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(root / "sessions" / "20260921-1253")
    assert main(["log", "cat", path]) == 0
    everything = rows(capsys.readouterr().out)
    assert everything[0]["record"] == "SessionHeader"
    assert everything[-1]["record"] == "SessionEnd"
    assert main(["log", "cat", path, "--kind", "Alert"]) == 0
    alerts = rows(capsys.readouterr().out)
    assert alerts == [row for row in everything if row["record"] == "Alert"]
    assert alerts[0]["because"] == ["look_left why"]
    batch = next(row for row in everything if row["record"] == "ImuBatch")
    assert len(batch["accel_mps2"]) == len(batch["t_ns"]) == 5


def test_review_writes_the_drive_and_sessions_lists_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = root / "drive"
    assert main(["review", str(root), "--out", str(out), "--whole"]) == 0
    written = rows(capsys.readouterr().out)
    assert {Path(row["written"]).suffix for row in written} >= {".html", ".fit", ".gpx", ".csv"}
    assert main(["sessions", "--root", str(root), "--json"]) == 0
    (row,) = rows(capsys.readouterr().out)
    assert (row["session"], row["kind"], row["is_whole"]) == ("20260921-1253", "training", True)
    assert row["backward_s"] == pytest.approx(60.0, abs=0.5)


def test_review_without_positions_writes_an_empty_track(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = root / "bare"
    assert main(["review", str(root), "--out", str(out), "--no-positions"]) == 0
    (gpx,) = out.rglob("*.gpx")
    assert "trkpt" not in gpx.read_text()
    assert list(out.rglob("*.fit"))
    assert capsys.readouterr().out


def test_only_what_is_due_is_reviewed_and_a_spoilt_session_does_not_stop_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = root / "sessions" / "20260101-0900"
    spoilt.mkdir()
    (spoilt / "log-0001.jsonl").write_bytes(bytes(100))
    command = ["review", str(root), "--due", "--out", str(root / "drive")]
    for count in (7, 2):  # the second time: the index and its README only
        assert main(command) == 0
        reported = capsys.readouterr()
        assert len(rows(reported.out)) == count
        assert "left out" in reported.err


def test_forget_deletes_log_report_and_its_line_in_the_index(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = root / "drive"
    main(["review", str(root), "--out", str(out)])
    capsys.readouterr()
    assert main(["sessions", "--root", str(root), "forget", "20260921-1253"]) == 0
    assert rows(capsys.readouterr().out) == [{"forgotten": "20260921-1253"}]
    assert not (root / "sessions" / "20260921-1253").exists()
    assert not (out / "20260921-1253").exists()
    assert "20260921-1253" not in (out / "index.html").read_text()


def test_prune_makes_room_only_as_far_as_it_must(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sessions", "--root", str(root), "prune", "--free", "1"]) == 0
    (row,) = rows(capsys.readouterr().out)
    assert row["free_bytes"] > row["wanted_bytes"] == 1
    assert (root / "sessions" / "20260921-1253").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["log", "check", "{}/gone"],
        ["log", "cat", "{}/sessions/20260921-1253", "--kind", "Telepathy"],
        ["review", "{}/gone", "--out", "{}/out"],
        ["sessions", "--root", "{}", "forget", "gone"],
        ["sessions", "--root", "{}/gone"],
        ["drive", "build", "{}/gone"],
        ["drive", "attach", "--image", "{}/gone"],
        ["log"],
    ],
)
def test_wrong_input_is_one_clear_line_and_status_two(
    words: list[str], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([word.format(root) for word in words]) == 2
    reported = capsys.readouterr()
    assert reported.out == ""
    assert "Traceback" not in reported.err
    assert reported.err.strip()
