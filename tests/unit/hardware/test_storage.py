"""The card: append, replace, sync, and its errors in plain words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import RecordError
from backrun_pi.hardware.file_storage import FileStorage


def test_appended_bytes_stand_in_order_in_folders_that_appear_by_themselves(
    tmp_path: Path,
) -> None:
    card = FileStorage(tmp_path)
    card.append("sessions/a/0001.jsonl", b"one\n")
    card.append("sessions/a/0001.jsonl", b"two\n")
    card.sync("sessions/a/0001.jsonl")
    assert card.read("sessions/a/0001.jsonl") == b"one\ntwo\n"
    assert card.names("sessions/a") == ["0001.jsonl"]
    assert card.names("sessions") == ["a"]


def test_what_is_not_there_reads_as_none_and_lists_as_empty(tmp_path: Path) -> None:
    card = FileStorage(tmp_path)
    assert card.read("state/journal.jsonl") is None
    assert card.names("sessions") == []
    card.delete("sessions/none")


def test_a_replaced_file_is_whole_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    card = FileStorage(tmp_path)
    card.replace("state/marks.jsonl", b"old")
    card.replace("state/marks.jsonl", b"new and longer")
    assert card.read("state/marks.jsonl") == b"new and longer"
    assert card.names("state") == ["marks.jsonl"]


def test_the_first_sync_reaches_every_new_folder_and_later_ones_only_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def counting(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", counting)
    card = FileStorage(tmp_path)
    card.append("sessions/a/log", b"1")
    card.sync("sessions/a/log")
    assert set(synced) == {str(tmp_path), f"{tmp_path}/sessions", f"{tmp_path}/sessions/a"}
    synced.clear()
    card.append("sessions/a/log", b"2")
    card.sync("sessions/a/log")
    assert synced == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the card is full"),
        (errno.EROFS, "the card is read-only"),
        (errno.EIO, "the card does not answer"),
    ],
)
def test_what_the_card_refuses_is_said_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    card = FileStorage(tmp_path)

    def refuse(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(RecordError, match=words):
        card.append("log", b"x")
    with pytest.raises(RecordError, match=words):
        card.replace("state", b"x")
    assert not (tmp_path / "state").exists()
    assert not (tmp_path / "state.new").exists()


def test_a_full_device_refuses_and_says_so() -> None:
    with pytest.raises(RecordError, match="the card is full"):
        FileStorage(Path("/dev")).append("full", b"x")


def test_a_write_that_is_taken_in_pieces_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda where, data: real(where, bytes(data)[:3]))
    card = FileStorage(tmp_path)
    card.append("log", b"0123456789")
    assert card.read("log") == b"0123456789"


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "a/../../outside"])
def test_a_name_cannot_leave_the_card(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="relative"):
        FileStorage(tmp_path).append(name, b"x")


def test_deleting_takes_a_folder_with_all_in_it(tmp_path: Path) -> None:
    card = FileStorage(tmp_path)
    card.append("sessions/a/deep/log", b"1")
    card.delete("sessions/a")
    assert card.names("sessions") == []
    card.append("sessions/a/deep/log", b"2")
    card.sync("sessions/a/deep/log")
    assert card.read("sessions/a/deep/log") == b"2"


def test_free_space_is_announced_before_the_folder_exists(tmp_path: Path) -> None:
    assert FileStorage(tmp_path / "later").free_bytes() > 0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.binary(max_size=50)), max_size=30))
def test_a_file_is_the_sum_of_what_was_appended(
    tmp_path_factory: pytest.TempPathFactory, story: list[tuple[str, bytes]]
) -> None:
    card = FileStorage(tmp_path_factory.mktemp("card"))
    expected: dict[str, bytes] = {}
    for name, data in story:
        card.append(name, data)
        expected[name] = expected.get(name, b"") + data
    for name, data in expected.items():
        assert card.read(name) == data
