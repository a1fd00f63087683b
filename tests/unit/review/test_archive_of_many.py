"""An archive of many wearers: pseudonyms from a key, and no place unless it is asked for."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backrun_pi.cli.main import main
from backrun_pi.errors import BadInput
from backrun_pi.messages import SessionKind
from backrun_pi.record.reader import read_session
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.exports.archive_tables import (
    COLUMNS,
    LONGEST_STOP_S,
    ArchiveNames,
    Moments,
    Subject,
    rows_of,
)
from backrun_pi.review.exports.pseudonyms import Pseudonyms, make_key, read_key
from backrun_pi.review.model import SessionReview, Stretch
from backrun_pi.review.settings import ReviewSettings
from tests.support.record_parts import LEGS, recorded

KEY = Pseudonyms(bytes(range(32)))
WEARER = Subject("Anna", "knees", KEY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a short invented session."""
    legs = (replace(LEGS[1], seconds=30.0), LEGS[2])
    return recorded(tmp_path_factory.mktemp("card"), legs=legs)


@pytest.fixture(scope="module")
def review(folder: Path) -> SessionReview:
    """Return its review, with running on one mapped way."""
    found = review_session(read_session(folder), ReviewSettings())
    stretch = Stretch("w123", 40.0, 44.0, 0.1, looks=2, alerts=1)
    return replace(found, stretches=(stretch,))


def _texts(rows: dict[str, list[dict[str, Any]]]) -> str:
    return json.dumps(rows, default=str)


def test_every_table_has_the_columns_it_is_declared_with(
    folder: Path, review: SessionReview
) -> None:
    rows = rows_of(review, Moments.of(read_session(folder)), WEARER)
    assert list(rows) == list(COLUMNS)
    for table, found in rows.items():
        for row in found:
            assert list(row) == list(COLUMNS[table]), table
    assert rows["sessions"]
    assert rows["seconds"]
    assert rows["bouts"]
    assert rows["alerts"]


def test_an_archive_holds_no_position_and_no_name_unless_asked(
    folder: Path, review: SessionReview
) -> None:
    moments = Moments.of(read_session(folder))
    assert any(point.lat_deg is not None for point in review.track)
    rows = rows_of(review, moments, WEARER)
    assert {row["lat_deg"] for found in rows.values() for row in found if "lat_deg" in row} == {
        None
    }
    hidden = _texts(rows)
    assert "Anna" not in hidden
    assert "w123" not in hidden
    assert review.facts.session_id not in hidden
    shown = _texts(rows_of(review, moments, replace(WEARER, has_positions=True)))
    assert "w123" in shown
    assert '"lat_deg": 60.1' in shown
    assert "Anna" not in shown


def test_a_place_without_key_and_without_leave_is_left_out(
    folder: Path, review: SessionReview
) -> None:
    rows = rows_of(review, Moments.of(read_session(folder)), Subject())
    assert [row["place"] for row in rows["places"]] == [None]
    assert rows["sessions"][0]["session"] == review.facts.session_id


def test_two_wearers_with_devices_that_name_sessions_alike_stay_apart() -> None:
    one, other = (
        ArchiveNames.of("s1", WEARER),
        ArchiveNames.of("s1", replace(WEARER, wearer="Berta")),
    )
    assert one.session != other.session
    assert one == ArchiveNames.of("s1", WEARER)
    assert one.place("w1") == other.place("w1")


def test_another_key_gives_other_names() -> None:
    other = Pseudonyms(bytes(32))
    assert KEY.of("wearer", "Anna") != other.of("wearer", "Anna")
    assert KEY.of("wearer", "Anna") != KEY.of("place", "Anna")
    assert "Anna" not in repr(KEY) + KEY.of("wearer", "Anna")
    assert "0102" not in repr(KEY)


def test_the_time_until_standing_is_none_when_nobody_stood() -> None:
    moments = Moments((10.0,), ("w1",), (12.0, 40.0))
    assert moments.standing_after_s(11.0) == 1.0
    assert moments.standing_after_s(40.0 - LONGEST_STOP_S - 1.0) is None
    assert moments.standing_after_s(41.0) is None
    assert (moments.place_at(9.0), moments.place_at(11.0)) == (None, "w1")


def test_a_session_without_a_trusted_date_has_no_day(
    folder: Path, review: SessionReview
) -> None:
    undated = replace(
        review, facts=replace(review.facts, start_utc_s=None, kind=SessionKind.TREADMILL)
    )
    (row,) = rows_of(undated, Moments.of(read_session(folder)), WEARER)["sessions"]
    assert (row["start_utc"], row["day"], row["kind"]) == (None, None, "treadmill")


def test_a_key_is_for_its_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "clinic.key"
    make_key(path, bytes)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path) == Pseudonyms(bytes(32))
    with pytest.raises(BadInput, match="is there already"):
        make_key(path, bytes)


@pytest.mark.parametrize(
    ("text", "says"), [(None, "no such key"), ("zz", "is not a key"), ("00ff", "2 bytes")]
)
def test_a_file_that_is_no_key_is_named(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "key"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadInput, match=says):
        read_key(path)


def test_a_key_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_key(tmp_path)


def test_the_command_names_wearers_by_a_key(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow is an extra")
    out, key = tmp_path / "archive", tmp_path / "clinic.key"
    words = ["log", "export", str(folder), "--to", "parquet", "--out", str(out)]
    given = ["--wearer", "Anna", "--group", "knees", "--key", str(key)]
    assert main([*words, *given]) == 2
    assert "--make-key" in capsys.readouterr().err
    assert main([*words, *given, "--make-key"]) == 0
    first = capsys.readouterr().out
    assert main([*words, *given]) == 0
    assert capsys.readouterr().out == first
    name = read_key(key).of("wearer", "Anna")
    assert len(list(out.rglob(f"{name}-*.parquet"))) == len(COLUMNS)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--to", "parquet", "--wearer", "Anna"], "--key FILE"),
        (["--to", "mcap", "--wearer", "Anna"], "--to parquet"),
    ],
)
def test_wrong_use_of_names_is_one_clear_line(
    words: list[str], says: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "export", str(folder), "--out", "x", *words]) == 2
    assert says in capsys.readouterr().err
