"""The edges of the record: nothing to write, nothing that fits, more than any line holds."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from backrun_pi.errors import SessionError
from backrun_pi.messages import Direction, ImuBatch, Phase, StateChange, Tick
from backrun_pi.record import codec, format  # noqa: A004 - the room's own name
from backrun_pi.record.format import LONGEST_LINE, SessionHeader, chunks, tag_of, write_line
from backrun_pi.record.logfile import LogFile
from backrun_pi.record.migrations import migrated
from backrun_pi.record.reader import read_session
from backrun_pi.record.retention import LEAST_REPORTS, prune_reports
from backrun_pi.record.session_index import summaries
from backrun_pi.record.settings import RecordSettings
from tests.support.record_parts import Card, Desk, HandClock, Leg, batch, recorded

SHORT = (Leg(Phase.BACKWARD, 6.0, 1.2, Direction.BACKWARD, 1),)
HEADER = SessionHeader(
    session_id="20260921-1253",
    boot_id="boot-one",
    software_version="0.1.0",
    config={},
    map_id=None,
)


def test_a_message_that_holds_what_json_does_not_know_is_an_error_of_the_program() -> None:
    with pytest.raises(TypeError, match="a object cannot be recorded"):
        codec.encode(Tick(object(), 0.0, None))  # type: ignore[arg-type]


def test_a_numpy_number_in_a_message_is_recorded_as_a_number() -> None:
    data = codec.encode(Tick(np.int64(7), np.float64(1.5), None))  # type: ignore[arg-type]
    assert json.loads(data) == ["Tick", dataclasses.asdict(Tick(7, 1.5, None))]


def test_as_a_line_for_other_programs_samples_are_plain_numbers_in_si_units() -> None:
    samples = batch(10**9)
    line = json.loads(codec.as_line(2, samples))
    assert (line["record"], line["boot"]) == ("ImuBatch", 2)
    assert line["accel_mps2"] == samples.accel_mps2.tolist()
    assert set(line) - {"record", "boot"} == {one.name for one in dataclasses.fields(ImuBatch)}
    change = json.loads(codec.as_line(0, StateChange("state/x", b"\x00", is_append=True)))
    assert (change["record"], change["name"], change["data"]) == (
        "StateChange",
        "state/x",
        "AA==",
    )


def test_a_record_of_an_older_schema_that_is_no_object_is_refused() -> None:
    with pytest.raises(SessionError, match="RunnerState does not fit"):
        migrated("RunnerState", b"[1]", 1)


def test_a_kind_that_has_not_changed_passes_a_migration_as_it_is() -> None:
    assert msgspec.json.decode(migrated("Tick", b'{"t_ns":1}', 1)) == {"t_ns": 1}


def test_writing_nothing_makes_no_file() -> None:
    card = Card()
    file = LogFile(card, HandClock(), RecordSettings(), HEADER)
    file.make_ready()
    file.write([])
    assert card.files == {}


def test_a_line_without_a_message_is_not_written_and_leaves_no_gap(tmp_path: Path) -> None:
    desk = Desk()
    recorder = desk.recorder()
    for second in range(1, 4):
        desk.clock.t_ns += 10**9
        if second != 2:
            recorder.put(Tick(desk.clock.t_ns, 0.0, None))
        recorder.tick(desk.clock.t_ns)
    assert recorder.close("programme")
    check = read_session(desk.card.put_on(tmp_path) / "sessions" / HEADER.session_id).check()
    assert check.is_whole


def test_a_log_that_is_a_folder_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "one" / "log-0001.jsonl").mkdir(parents=True)
    with pytest.raises(SessionError, match="cannot be read"):
        read_session(tmp_path / "one")


@pytest.mark.parametrize("body", [b'{"schema":"x"}', b"[]"])
def test_a_header_whose_schema_is_no_number_costs_itself(body: bytes, tmp_path: Path) -> None:
    log = next(recorded(tmp_path / "card", legs=SHORT).glob("log-*.jsonl"))
    data = log.read_bytes()
    (line,) = [c.line for c in chunks(io.BytesIO(data.split(b"\n", 1)[0])) if c.line]
    others = [b'["%b",%b]' % (kind.encode(), bytes(one)) for kind, one in line.m[1:]]
    crafted = [b'["SessionHeader",%b]' % body, *others]
    first = write_line((line.s, line.b), line.f, line.n, line.t, crafted)
    log.write_bytes(first + data.split(b"\n", 1)[1])
    recording = read_session(log.parent)
    assert recording.header is None or recording.header.session_id
    assert recording.check().records > 50


def test_a_file_that_begins_with_another_record_has_no_header_of_its_own(
    tmp_path: Path,
) -> None:
    tags = tag_of(HEADER.session_id), format.boot_tag_of(HEADER.boot_id)
    folder = tmp_path / HEADER.session_id
    folder.mkdir()
    line = write_line(tags, 1, 0, (0, 1), [codec.encode(Tick(1, 0.0, None))])
    (folder / "log-0001.jsonl").write_bytes(line)
    assert read_session(folder).header is None


@pytest.mark.parametrize("length", [LONGEST_LINE, 2 * LONGEST_LINE + 5])
def test_a_piece_longer_than_any_line_is_passed_over_in_bounded_memory(length: int) -> None:
    tags = tag_of("a"), format.boot_tag_of("b")
    good = write_line(tags, 1, 0, (0, 1), [codec.encode(Tick(1, 0.0, None))])
    found = list(chunks(io.BytesIO(good + b"x" * length + b"\n" + good)))
    assert [chunk.line is not None for chunk in found] == [True, False, True]
    assert sum(chunk.length for chunk in found) >= 2 * (len(good) - 1) + length
    assert max(len(chunk.data) for chunk in found) <= LONGEST_LINE


def test_a_file_of_zeros_as_long_as_the_longest_line_ends_there() -> None:
    (piece,) = chunks(io.BytesIO(bytes(LONGEST_LINE)))
    assert (piece.offset, piece.length, piece.line) == (0, LONGEST_LINE, None)


def test_a_line_behind_spoilt_bytes_is_found_and_they_are_one_place() -> None:
    tags = tag_of("a"), format.boot_tag_of("b")
    good = write_line(tags, 1, 0, (0, 1), [codec.encode(Tick(1, 0.0, None))])
    found = list(chunks(io.BytesIO(good[:20] + good)))
    assert [(chunk.offset, chunk.line is not None) for chunk in found] == [
        (0, False),
        (20, True),
    ]


def test_a_line_of_another_file_of_the_session_is_left_out(tmp_path: Path) -> None:
    log = next(recorded(tmp_path / "card", legs=SHORT).glob("log-*.jsonl"))
    data = log.read_bytes()
    (line,) = [c.line for c in chunks(io.BytesIO(data.split(b"\n", 1)[0])) if c.line]
    stray = write_line(
        (line.s, line.b), line.f + 1, 900, line.t, [codec.encode(Tick(1, 0.0, None))]
    )
    whole = read_session(log.parent).check().records
    log.write_bytes(data + stray)
    check = read_session(log.parent).check()
    assert check.records == whole
    assert [one.kind for one in check.injuries] == ["foreign"]


def test_a_torn_piece_of_another_part_tells_no_loss(tmp_path: Path) -> None:
    log = next(recorded(tmp_path / "card", legs=SHORT).glob("log-*.jsonl"))
    data = log.read_bytes()
    last = data.rstrip(b"\n").rsplit(b"\n", 1)[1]
    torn = last.replace(b'"f":1,', b'"f":7,')[: len(last) // 2]
    log.write_bytes(data + torn)
    (torn_place,) = read_session(log.parent).check().injuries
    assert torn_place.lost_s in {None, 0}


def test_the_index_reads_a_log_by_itself_when_no_reader_is_given(tmp_path: Path) -> None:
    recorded(tmp_path, legs=SHORT)
    (summary,) = summaries(tmp_path, lambda error: pytest.fail(str(error))).values()
    assert summary.is_whole


class FullCard(Card):
    """A card of reports, with a byte free for each that went."""

    def free_bytes(self) -> int:
        return -len(self.names("drive"))


def test_reports_give_way_oldest_first_and_never_the_last_five_hundred() -> None:
    names = [f"{number:04d}-aaaa" for number in range(LEAST_REPORTS + 3)]
    card = FullCard({f"drive/{name}/index.html": b"" for name in names})
    card.files["drive/index.html"] = b""
    card.files[f"sessions/{names[1]}/log-0001.jsonl"] = b""
    assert prune_reports(card, lambda: -10_000) == ()
    one_less = -(LEAST_REPORTS + 3)
    assert prune_reports(card, lambda: one_less) == (names[0],)
    assert prune_reports(card, lambda: 0) == (names[2],)
    assert len(card.names("drive")) == LEAST_REPORTS + 2
