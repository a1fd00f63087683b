"""Whatever a log holds, it is read to its end, and no record is made up."""

from __future__ import annotations

import contextlib
import functools
import math
import os
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backrun_pi.errors import SessionError
from backrun_pi.messages import Direction, Phase
from backrun_pi.record import codec, session_index
from backrun_pi.record.format import boot_tag_of, read_line, tag_of, write_line
from backrun_pi.record.reader import read_session
from backrun_pi.record.settings import RecordSettings
from tests.support.fuzzing import STRANGE, fuzz, injured
from tests.support.record_parts import Desk, Leg, session

SESSION = "20260921-1253"
SHORT = (Leg(Phase.BACKWARD, 3.0, 1.2, Direction.BACKWARD, 1),)
JSON = st.recursive(
    st.one_of(st.sampled_from(STRANGE), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@functools.cache
def whole() -> tuple[bytes, ...]:
    """Return the two files of a session of some seconds."""
    desk = Desk()
    recorder = desk.recorder(RecordSettings(rotate_bytes=20_000))
    desk.play(recorder, session(legs=SHORT, has_imu=True))
    recorder.close("programme")
    return tuple(data for _, data in sorted(desk.card.files.items()))


@functools.cache
def written() -> frozenset[bytes]:
    """Return every record that the recorder wrote, bit for bit."""
    records = map(read_line, b"".join(whole()).splitlines())
    return frozenset(
        codec.encode(codec.decode(kind, body))
        for record in records
        if record is not None
        for kind, body in record.m
    )


def put(root: Path, files: tuple[bytes, ...]) -> Path:
    folder = root / "sessions" / SESSION
    folder.mkdir(parents=True)
    for number, data in enumerate(files, 1):
        file = folder / f"log-{number:04d}.jsonl"
        file.write_bytes(data)
        os.utime(
            file, ns=(number, number)
        )  # what is drawn from the index is the same each time
    return folder


@fuzz(60)
@given(data=st.data())
def test_an_injured_log_gives_what_was_written_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    files = list(whole())
    for at in data.draw(st.sets(st.integers(0, len(files) - 1), min_size=1, max_size=2)):
        files[at] = data.draw(injured(files[at]))
    root = tmp_path_factory.mktemp("card")
    folder = put(root, tuple(files))
    recording = read_session(folder)
    last = (-1, -1)
    for record in recording:
        assert codec.encode(record.message) in written()
        assert (record.boot, record.line_ns) >= last
        last = record.boot, record.line_ns
    check = recording.check()
    assert math.isfinite(check.lost_s)
    assert check.lost_s >= 0.0
    assert check.duration_s <= 10.0
    assert check.bytes == sum(map(len, files))
    errors: list[SessionError] = []
    (summary,) = session_index.summaries(root, errors.append).values()
    assert summary.lost_s == pytest.approx(recording.check(is_deep=False).lost_s)


@fuzz(60)
@given(
    entries=st.lists(st.tuples(st.sampled_from(sorted(codec.KINDS)), JSON), max_size=4),
    spans=st.lists(
        st.tuples(st.integers(-(2**63), 2**64), st.integers(-(2**63), 2**64)), max_size=3
    ),
)
def test_lines_with_a_right_checksum_over_what_nobody_wrote_end_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    entries: list[tuple[str, object]],
    spans: list[tuple[int, int]],
) -> None:
    messages = []
    for kind, value in entries:
        with contextlib.suppress(UnicodeEncodeError, OverflowError, ValueError):
            messages.append(msgspec.json.encode([kind, value]))
    tags = tag_of(SESSION), boot_tag_of("boot-one")
    crafted = b"".join(
        write_line(tags, 1, number, span, messages) for number, span in enumerate(spans)
    )
    folder = put(tmp_path_factory.mktemp("card"), (whole()[0] + crafted, crafted))
    recording = read_session(folder)
    with contextlib.suppress(SessionError):
        for record in recording:
            assert record.boot >= 0
    assert math.isfinite(recording.check().lost_s)


@fuzz(40)
@given(data=st.data())
def test_an_index_with_any_content_lists_the_sessions_that_are_there(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("card")
    put(root, whole())
    index = root / session_index.INDEX

    def unreadable(error: SessionError) -> None:
        raise AssertionError(str(error))

    right = session_index.summaries(root, unreadable)
    index.write_bytes(data.draw(injured(index.read_bytes())))
    assert session_index.summaries(root, unreadable) == right
