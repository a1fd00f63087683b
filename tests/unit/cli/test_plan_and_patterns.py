"""`backrun plan` and `backrun patterns`, as a user and as a script sees them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from backrun_pi.cli.main import main
from backrun_pi.coach.journal import Journal, JournalEntry
from backrun_pi.haptics.patterns import PATTERNS

T0_S = 1_790_000_000.0  # 2026-09-21T14:13:20Z
DAY_S = 86400.0


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with one complete session and one with a fall, a day later."""
    journal, data = Journal(None, "boot"), b""
    for n, what in enumerate(("complete", "fall")):
        name = journal.next_id()
        lines = [
            JournalEntry("start", kind="training", week=1, repeats=1),
            JournalEntry("began", number=1),
            JournalEntry("bout", number=1, planned_s=60.0, backward_s=60.0),
            JournalEntry("ready", took_s=2.9),
            *([JournalEntry("fall")] if what == "fall" else []),
            JournalEntry("end", repeats=1),
        ]
        for line in lines:
            change = journal.append(
                line, t_ns=n, utc_s=T0_S + n * DAY_S, wall_s=0.0, session=name, because=()
            )
            data += change.data
    (tmp_path / "journal.jsonl").write_bytes(data)
    return tmp_path


def test_plan_shows_past_present_and_next(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--state", str(state), "--at", "2026-09-23T00:00"]) == 0
    reported = capsys.readouterr().out
    assert (
        "2026-09-21 14:13  week 1  1/1 bouts, 1.0 min backward, 3 m in 2.9 s: complete"
        in reported
    )
    assert "a fall was suspected" in reported
    assert "week 1 of 8 (week 1 again: a fall was suspected)" in reported
    assert "2 of 2 sessions in the last 7 days; the next one in 5.0 days" in reported
    assert "week 8: 6 x 60 s backward up to 2 m/s / 60 s forward" in reported


def test_plan_gives_the_same_as_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "--state", str(state), "--at", "2026-09-28T12:00", "--json"]
    assert main(words) == 0
    data = json.loads(capsys.readouterr().out)
    assert [past["verdict"] for past in data["past"]] == ["complete", "a fall was suspected"]
    assert (data["done_in_7_days"], data["allowed_in_7_days"]) == (1, 2)
    assert data["next_in_s"] == 0.0
    assert data["week"] == 1


def test_plan_without_a_session_begins_at_the_beginning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "--state", str(tmp_path)]) == 0
    assert "no session yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["--state", "/nowhere"], "/nowhere: there is no such folder"),
        (["--at", "yesterday"], "--at yesterday: not a time"),
        (["--plan", "/nowhere.toml"], "/nowhere.toml: there is no such file"),
    ],
)
def test_wrong_words_end_with_two_and_one_clear_line(
    words: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", *words]) == 2
    assert word in capsys.readouterr().err


def test_a_plan_with_faults_names_them_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('nam = "x"\n[[weeks]]\nrepeats = 0\nsteps = []\n', encoding="utf-8")
    assert main(["plan", "--plan", str(path)]) == 2
    reported = capsys.readouterr().err
    assert str(path) in reported
    assert "week 1 repeats" in reported


def test_patterns_lists_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["patterns"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PATTERNS)


def test_patterns_gives_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["patterns", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    stop = next(row for row in rows if row["name"] == "stop")
    assert stop["on_s"] == [0.5, 0.5, 0.5]
    assert stop["meaning"]


def test_patterns_draws_the_picture_of_the_docs(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.svg"
    assert main(["patterns", "--svg", str(path)]) == 0
    assert ET.fromstring(path.read_text(encoding="utf-8")).tag.endswith("svg")  # noqa: S314
    docs = Path(__file__).parents[3] / "docs" / "vocabulary.svg"
    assert path.read_text(encoding="utf-8") == docs.read_text(encoding="utf-8")


def test_patterns_that_cannot_be_drawn_leave_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["patterns", "--svg", str(tmp_path / "no" / "v.svg")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_playing_an_unknown_word_names_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["patterns", "--play", "stopp"]) == 2
    assert "known are stop, caution" in capsys.readouterr().err
