"""A list of sessions opens a log once: what is known of it is kept until it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from backrun_pi.errors import SessionError
from backrun_pi.messages import Direction, Phase
from backrun_pi.record.damage import LogCheck
from backrun_pi.record.reader import read_session
from backrun_pi.record.session_index import INDEX, summaries
from tests.support.record_parts import Leg, recorded

SHORT = (Leg(Phase.BACKWARD, 6.0, 1.2, Direction.BACKWARD, 1),)


class Checks:
    """Reads logs, and notes which; `refused` cannot be read."""

    def __init__(self, refused: str = "") -> None:
        self.opened: list[str] = []
        self.left_out: list[str] = []
        self._refused = refused

    def __call__(self, path: Path) -> LogCheck:
        self.opened.append(path.name)
        if path.name == self._refused:
            raise SessionError(f"{path.name}: cannot be read")
        return read_session(path).check(is_deep=False)

    def leave_out(self, error: SessionError) -> None:
        """Note a log that was not read."""
        self.left_out.append(str(error))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a storage root with three sessions."""
    source = recorded(tmp_path / "card", legs=SHORT)
    log = next(source.glob("log-*.jsonl")).read_bytes()
    for name in ("0001-aaaa", "0002-bbbb", "0003-cccc"):
        folder = tmp_path / "root" / "sessions" / name
        folder.mkdir(parents=True)
        (folder / "log-0001.jsonl").write_bytes(log)
    return tmp_path / "root"


def listed(root: Path) -> list[str]:
    """List the sessions; return the logs that were opened for it."""
    checks = Checks()
    found = summaries(root, checks.leave_out, checks)
    straight = {path.name: path for path in (root / "sessions").iterdir()}
    for name, summary in found.items():
        check = read_session(straight[name]).check(is_deep=False)
        assert (summary.bytes, summary.duration_s) == (check.bytes, check.duration_s)
        assert (summary.is_whole, summary.lost_s) == (check.is_whole, check.lost_s)
    assert sorted(found) == sorted(straight)
    return checks.opened


def test_a_second_list_opens_no_log(root: Path) -> None:
    assert listed(root) == ["0001-aaaa", "0002-bbbb", "0003-cccc"]
    assert listed(root) == []


def test_only_a_log_that_changed_is_opened_again(root: Path) -> None:
    listed(root)
    log = root / "sessions" / "0002-bbbb" / "log-0001.jsonl"
    log.write_bytes(log.read_bytes()[:-500])
    assert listed(root) == ["0002-bbbb"]
    (root / "sessions" / "0003-cccc" / "log-0002.jsonl").write_bytes(log.read_bytes())
    assert listed(root) == ["0003-cccc"]


@pytest.mark.parametrize("at", [0, 4, 40, -30])
def test_a_damaged_index_is_made_again(root: Path, at: int) -> None:
    listed(root)
    data = bytearray((root / INDEX).read_bytes())
    data[at] ^= 1
    (root / INDEX).write_bytes(data)
    assert len(listed(root)) == 3
    assert listed(root) == []


@pytest.mark.parametrize("text", ["", "\n", "garbage", "00000000\n{}", "[" * 100_000])
def test_a_strange_index_is_made_again(root: Path, text: str) -> None:
    (root / INDEX).write_text(text, encoding="utf-8")
    assert len(listed(root)) == 3


def test_a_session_that_is_gone_leaves_the_index(root: Path) -> None:
    listed(root)
    (root / "sessions" / "0001-aaaa" / "log-0001.jsonl").unlink()
    (root / "sessions" / "0001-aaaa").rmdir()
    assert listed(root) == []
    assert b"0001-aaaa" not in (root / INDEX).read_bytes()


def test_what_was_read_before_an_interruption_is_kept(root: Path) -> None:
    def interrupted(path: Path) -> LogCheck:
        if path.name == "0003-cccc":
            raise KeyboardInterrupt
        return read_session(path).check(is_deep=False)

    with pytest.raises(KeyboardInterrupt):
        summaries(root, Checks().leave_out, interrupted)
    assert listed(root) == ["0003-cccc"]


def test_a_log_that_cannot_be_read_is_named_and_the_others_are_listed(root: Path) -> None:
    checks = Checks(refused="0002-bbbb")
    assert sorted(summaries(root, checks.leave_out, checks)) == ["0001-aaaa", "0003-cccc"]
    assert checks.left_out == ["0002-bbbb: cannot be read"]


def test_where_the_index_cannot_be_written_the_sessions_are_listed(root: Path) -> None:
    (root / INDEX).mkdir()
    assert len(listed(root)) == 3
