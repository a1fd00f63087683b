"""After a session the drive knows the scouting marks, and goes on past a spoilt session."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.app.post_session import build_drive, marks_of
from backrun_pi.app.settings import Settings
from backrun_pi.errors import SessionError


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_the_marks_of_scouting_laps_are_found_without_those_taken_back(tmp_path: Path) -> None:
    _write(
        tmp_path / "state" / "marks.jsonl",
        '{"type":"mark","id":"a","lat_deg":60.1,"lon_deg":24.9,"sigma_m":2.0}\n'
        '{"type":"mark","id":"b","lat_deg":60.2,"lon_deg":24.8,"sigma_m":2.0}\n'
        '{"type":"unmark","id":"a"}\n',
    )
    assert marks_of(tmp_path) == [(60.2, 24.8)]


def test_missing_or_spoilt_marks_are_no_marks(tmp_path: Path) -> None:
    assert marks_of(tmp_path) == []
    _write(tmp_path / "state" / "marks.jsonl", "not ours\n\n")
    assert marks_of(tmp_path) == []


def test_a_session_that_holds_nothing_readable_is_reported_and_left_out(
    tmp_path: Path,
) -> None:
    session = tmp_path / "sessions" / "0001-dead"
    _write(session / "log-0001.jsonl", "garbage\n")
    left_out: list[Path] = []
    written = build_drive(
        [session],
        tmp_path / "drive",
        Settings(),
        None,
        0.0,
        unreadable=lambda path, _error: left_out.append(path),
    )
    assert left_out == [session]
    assert tmp_path / "drive" / "index.html" in written


def test_with_nobody_to_name_it_to_an_unreadable_session_is_an_error(
    tmp_path: Path,
) -> None:
    session = tmp_path / "sessions" / "0001-dead"
    _write(session / "log-0001.jsonl", "garbage\n")
    with pytest.raises(SessionError, match="0001-dead"):
        build_drive([session], tmp_path / "drive", Settings(), None, 0.0)
