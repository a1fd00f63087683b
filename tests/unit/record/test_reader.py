"""Whatever happens to a log, the reader gives what is whole, and never anything else."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from backrun_pi.errors import SessionError
from backrun_pi.messages import Direction, ImuBatch, Phase, Tick
from backrun_pi.record import codec
from backrun_pi.record.damage import Examination
from backrun_pi.record.format import (
    SessionEnd,
    boot_tag_of,
    chunks,
    tag_of,
    write_line,
)
from backrun_pi.record.reader import Recording, find_sessions, read_session
from backrun_pi.record.settings import RecordSettings
from backrun_pi.units import NS_PER_S
from tests.support.fuzzing import TIMES
from tests.support.record_parts import Desk, HandClock, Leg, recorded, session

SESSION = "20260921-1253"
SHORT = (Leg(Phase.BACKWARD, 20.0, 1.2, Direction.BACKWARD, 1),)
SHORTER = (Leg(Phase.BACKWARD, 6.0, 1.2, Direction.BACKWARD, 1),)
SHORTEST = (Leg(Phase.BACKWARD, 1.0, 1.2, Direction.BACKWARD, 1),)
"""Five lines and two pages: every injury meets a line. The fuzz tier makes 10,500 of them."""
PAGE = 4096
INJURIES = 250  # benchmarks/record.py makes 10,000


class Nobody:
    """A kind that no line holds."""


def short_log(
    settings: RecordSettings | None = None, legs: tuple[Leg, ...] = SHORT
) -> dict[str, bytes]:
    """Record some seconds and return the files."""
    desk = Desk()
    recorder = desk.recorder(settings)
    desk.play(recorder, session(legs=legs, has_imu=True))
    recorder.close("programme")
    return desk.card.files


@pytest.fixture(scope="module")
def log() -> bytes:
    """Return the one file of a session of 6 s."""
    (data,) = short_log(legs=SHORTER).values()
    return data


def read_bytes(data: bytes, folder: Path) -> Recording:
    """Read one file as a session."""
    path = folder / SESSION
    path.mkdir(exist_ok=True)
    (path / "log-0001.jsonl").write_bytes(data)
    return read_session(path)


def keys(recording: Recording) -> list[bytes]:
    """Return all records in a form that compares bit for bit."""
    return [codec.encode(record.message) for record in recording]


def end_ns(recording: Recording) -> int:
    """Return the time of the last whole line."""
    return max((record.line_ns for record in recording), default=0)


def test_a_whole_log_gives_every_record_in_order(tmp_path: Path) -> None:
    desk = Desk()
    recorder = desk.recorder()
    put: list[object] = []
    for t_ns, messages in session(legs=SHORT, has_imu=True):
        desk.clock.t_ns = t_ns
        for message in messages:
            recorder.put(message)
            put.append(message)
        recorder.tick(t_ns)
    assert recorder.close("programme")
    read = keys(read_session(desk.card.put_on(tmp_path) / "sessions" / SESSION))
    assert read[1:-1] == [codec.encode(message) for message in put]


def test_a_header_that_does_not_fit_costs_itself_and_not_the_session(
    log: bytes, tmp_path: Path
) -> None:
    tags = tag_of(SESSION), boot_tag_of("boot-one")
    crafted = write_line(tags, 2, 0, (0, 0), [b'["SessionHeader",{}]'])
    read_bytes(log, tmp_path)
    (tmp_path / SESSION / "log-0002.jsonl").write_bytes(crafted)
    recording = read_session(tmp_path / SESSION)
    assert recording.header is not None
    assert len(keys(recording)) > 100
    assert any("does not fit" in one.text for one in recording.check().injuries)


def test_a_whole_log_says_that_nothing_is_missing(log: bytes, tmp_path: Path) -> None:
    check = read_bytes(log, tmp_path).check()
    assert check.is_whole
    assert check.is_closed
    assert (check.lost_s, check.injuries) == (0, ())
    assert check.duration_s == pytest.approx(5.95)


def test_each_line_is_json_and_says_what_it_holds(log: bytes) -> None:
    for line in log.splitlines():
        content = json.loads(line)
        assert set(content) == {"c", "d"}
        assert all(kind in codec.KINDS for kind, _ in content["d"]["m"])


def test_a_cut_anywhere_loses_at_most_a_line_and_invents_nothing(
    log: bytes, tmp_path: Path
) -> None:
    whole = keys(read_bytes(log, tmp_path))
    rng = random.Random(11)  # noqa: S311 - repeatable injuries
    for cut in [0, 1, 13, len(log) - 2, *(rng.randrange(len(log) - 1) for _ in range(40))]:
        recording = read_bytes(log[:cut], tmp_path)
        read = keys(recording)
        assert read == whole[: len(read)]
        written_ns = 0
        for chunk in chunks(io.BytesIO(log)):
            assert chunk.line is not None
            if chunk.offset < cut:
                written_ns = chunk.line.t[1]
        if read:
            assert written_ns - end_ns(recording) <= 0.3 * NS_PER_S
        assert not recording.check().is_closed


def injuries(data: bytes, rng: random.Random) -> bytes:
    """Injure a log as cards do: cut, zero tail, zeroed page, garbage, doubled or moved part."""
    at, length = rng.randrange(len(data)), rng.randrange(1, 3 * PAGE)
    page = at - at % PAGE
    part = data[at : at + length]
    other = rng.randrange(len(data))
    kinds: list[Callable[[], bytes]] = [
        lambda: data[:at],
        lambda: data[:at] + bytes(length),
        lambda: data[:page] + bytes(PAGE) + data[page + PAGE :],
        lambda: data[:at] + rng.randbytes(length) + data[at + length :],
        lambda: data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :],
        lambda: data[:at] + part + data[at:],
        lambda: data[:other] + part + data[other + length :],
        lambda: data[:at] + data[at + length :],
    ]
    return rng.choice(kinds)()


@pytest.mark.parametrize(
    ("seed", "count", "legs"),
    [(5, INJURIES, SHORTER), (6, 1_500 * TIMES, SHORTEST)],
)
def test_no_injury_crashes_the_reader_or_invents_a_record(
    tmp_path: Path, seed: int, count: int, legs: tuple[Leg, ...]
) -> None:
    (log,) = short_log(legs=legs).values()
    whole = keys(read_bytes(log, tmp_path))
    rng = random.Random(seed)  # noqa: S311 - repeatable injuries
    for _ in range(count):
        recording = read_bytes(injuries(log, rng), tmp_path)
        examination = Examination(recording.session_id)
        records = recording.examine(examination, list(codec.KINDS.values()), Nobody)
        read = [codec.encode(record.message) for record in records]
        places = iter(whole)
        assert all(record in places for record in read)  # a subsequence: order, no doubles
        check = examination.result()
        assert check.records == len(read)
        assert len(read) == len(whole) or not check.is_whole


def test_a_zeroed_page_costs_its_time_and_that_is_reported(log: bytes, tmp_path: Path) -> None:
    lost_lines = [
        chunk.line
        for chunk in chunks(io.BytesIO(log))
        if chunk.line and chunk.offset < 3 * PAGE and chunk.offset + len(chunk.data) > 2 * PAGE
    ]
    check = read_bytes(log[: 2 * PAGE] + bytes(PAGE) + log[3 * PAGE :], tmp_path).check()
    lost_s = (lost_lines[-1].t[1] - lost_lines[0].t[0]) / NS_PER_S
    assert check.lost_s == pytest.approx(lost_s)
    assert check.lost_s < 1.0
    assert {one.kind for one in check.injuries} == {"spoilt", "missing"}


def test_a_spoilt_line_feed_costs_no_line(log: bytes, tmp_path: Path) -> None:
    at = log.index(b"\n", 2 * PAGE)
    check = read_bytes(log[:at] + b"?" + log[at + 1 :], tmp_path).check()
    assert check.lines == log.count(b"\n")
    assert check.lost_s == 0.0


def test_a_tail_of_zeros_is_named_so(log: bytes, tmp_path: Path) -> None:
    cut = log.index(b"\n", 2 * PAGE) + 1
    (injury,) = read_bytes(log[:cut] + bytes(PAGE), tmp_path).check().injuries
    assert (injury.kind, injury.offset, injury.length) == ("zeros", cut, PAGE)


def test_a_torn_last_line_tells_what_it_cost(log: bytes, tmp_path: Path) -> None:
    begin = log.index(b"\n", 2 * PAGE) + 1
    (injury,) = read_bytes(log[: begin + 300], tmp_path).check().injuries
    assert injury.kind == "torn end"
    assert injury.lost_s == pytest.approx(0.25)


def test_a_line_of_another_session_is_left_out(log: bytes, tmp_path: Path) -> None:
    tags = tag_of("20250101-0000"), boot_tag_of("boot-one")
    alien = write_line(tags, 1, 9999, (1, 2), [codec.encode(Tick(1, 1.0, None))])
    recording = read_bytes(log + alien, tmp_path)
    (injury,) = recording.check().injuries
    assert injury.kind == "foreign"
    assert keys(recording) == keys(read_bytes(log, tmp_path))


def test_a_doubled_part_is_reported_and_counted_once(log: bytes, tmp_path: Path) -> None:
    begin = log.index(b"\n", PAGE) + 1
    end = log.index(b"\n", begin) + 1
    recording = read_bytes(log[:end] + log[begin:], tmp_path)
    (injury,) = recording.check().injuries
    assert (injury.kind, injury.offset, injury.lost_s) == ("doubled", end, None)
    assert keys(recording) == keys(read_bytes(log, tmp_path))


def test_a_log_without_its_header_is_still_read(log: bytes, tmp_path: Path) -> None:
    headless = read_bytes(log[log.index(b"\n") :], tmp_path)
    found = headless.header, headless.session_id, len(keys(headless))
    assert found[:2] == (None, SESSION)
    assert found[2] == len(keys(read_bytes(log, tmp_path))) - 1


def test_an_empty_line_of_zero_bytes_is_no_record(tmp_path: Path) -> None:
    assert keys(read_bytes(bytes(64), tmp_path)) == []


def test_files_are_begun_again_by_size_and_read_as_one(tmp_path: Path) -> None:
    files = short_log(RecordSettings(rotate_bytes=20_000))
    assert len(files) > 3
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    recording = read_session(tmp_path / "sessions" / SESSION)
    assert recording.check().is_whole
    ticks = [record for record in recording if isinstance(record.message, Tick)]
    assert len(ticks) == 400


def test_a_missing_file_in_the_middle_is_reported_in_seconds(tmp_path: Path) -> None:
    files = short_log(RecordSettings(rotate_bytes=20_000))
    names = sorted(files)
    for name in names:
        if name != names[1]:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(files[name])
    check = read_session(tmp_path / "sessions" / SESSION).check()
    lines = [chunk.line for chunk in chunks(io.BytesIO(files[names[1]])) if chunk.line]
    assert check.lost_s == pytest.approx((lines[-1].t[1] - lines[0].t[0]) / NS_PER_S)


def test_two_boots_are_distinguished_and_the_cut_between_them_is_seen(tmp_path: Path) -> None:
    desk = Desk()
    first = desk.recorder()
    desk.play(first, session(legs=SHORT))
    desk.clock = HandClock(t_ns=15 * NS_PER_S, utc_s=desk.clock.utc_s)
    second = desk.recorder(boot_id="boot-two")
    desk.play(second, session(start_ns=15 * NS_PER_S, legs=SHORT))
    second.close("programme")
    recording = read_session(desk.card.put_on(tmp_path) / "sessions" / SESSION)
    boots = {record.boot for record in recording}
    check = recording.check()
    assert boots == {0, 1}
    assert (check.boots, check.is_closed, check.is_whole) == (2, True, False)
    assert [one.kind for one in check.injuries] == ["cut"]
    assert check.duration_s == pytest.approx(2 * 19.95, abs=0.6)


def test_only_the_kinds_that_are_asked_for_are_decoded(log: bytes, tmp_path: Path) -> None:
    recording = read_bytes(log, tmp_path)
    kinds = {type(record.message) for record in recording.only(ImuBatch, SessionEnd)}
    assert kinds == {ImuBatch, SessionEnd}


def test_a_record_of_a_later_version_is_reported_and_the_rest_is_read(
    log: bytes, tmp_path: Path
) -> None:
    tags = tag_of(SESSION), boot_tag_of("boot-one")
    last = [chunk.line for chunk in chunks(io.BytesIO(log)) if chunk.line][-1]
    span = last.t[1], last.t[1]
    end = codec.encode(SessionEnd(1, "x"))
    later = write_line(tags, 1, last.n + 1, span, [b'["Telepathy",{"t_ns":1}]', end])
    recording = read_bytes(log + later, tmp_path)
    (injury,) = recording.check().injuries
    assert injury.kind == "unreadable"
    assert "Telepathy" in injury.text
    assert isinstance(list(recording)[-1].message, SessionEnd)


def test_a_log_file_alone_can_be_read(tmp_path: Path) -> None:
    folder = recorded(tmp_path, legs=SHORT)
    (file,) = folder.glob("log-*.jsonl")
    assert keys(read_session(file)) == keys(read_session(folder))
    copy = tmp_path / "copy.txt"
    copy.write_bytes(file.read_bytes())
    assert keys(read_session(copy)) == keys(read_session(folder))


def test_what_is_no_session_is_refused_by_name(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("hello\n")
    for path, words in ((tmp_path, "not a session"), (note, "not a session's log")):
        with pytest.raises(SessionError, match=words):
            read_session(path)
    with pytest.raises(SessionError, match="there is no such"):
        read_session(tmp_path / "gone")


def test_sessions_are_found_below_a_root(tmp_path: Path) -> None:
    folder = recorded(tmp_path, legs=SHORT)
    assert find_sessions(tmp_path) == [folder]
    assert find_sessions(tmp_path / "sessions") == [folder]
    with pytest.raises(SessionError, match="no such folder"):
        find_sessions(tmp_path / "gone")
