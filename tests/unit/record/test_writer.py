"""The recorder never stalls the loop, never loses an alert, and says what it left out."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from backrun_pi.errors import RecordError, SessionError
from backrun_pi.hardware.file_storage import FileStorage
from backrun_pi.hardware.thread_worker import ThreadWorker
from backrun_pi.messages import (
    Alert,
    Condition,
    Direction,
    ImuBatch,
    Phase,
    Priority,
    RunnerState,
    Tick,
)
from backrun_pi.record.format import RecordGap, SessionEnd, SessionHeader
from backrun_pi.record.reader import read_session
from backrun_pi.record.retention import forget, prune
from backrun_pi.record.settings import RecordSettings
from backrun_pi.record.writer import Recorder
from backrun_pi.units import NS_PER_S
from tests.support.record_parts import Card, Desk, HandClock, Leg, alert, batch, session

SESSION = "20260921-1253"
SHORT = (Leg(Phase.BACKWARD, 20.0, 1.2, Direction.BACKWARD, 1),)


def read(desk: Desk, folder: Path) -> list[object]:
    """Return all messages on the card."""
    path = desk.card.put_on(folder) / "sessions" / SESSION
    return [record.message for record in read_session(path)]


def kinds(messages: list[object], kind: type) -> int:
    """Count messages of a kind."""
    return sum(isinstance(message, kind) for message in messages)


def test_data_are_on_the_medium_within_a_second(tmp_path: Path) -> None:
    desk = Desk()
    recorder = desk.recorder()
    worst_ns = 0
    for number, (t_ns, messages) in enumerate(session(legs=SHORT)):
        desk.clock.t_ns = t_ns
        for message in messages:
            recorder.put(message)
        on_card = [] if number % 9 else read_session_if_any(desk, tmp_path)
        ticks = [one for one in on_card if isinstance(one, Tick)]
        recorder.tick(t_ns)
        if ticks:
            worst_ns = max(worst_ns, t_ns - ticks[-1].t_ns)
    assert 0 < worst_ns <= 0.8 * NS_PER_S


def read_session_if_any(desk: Desk, folder: Path) -> list[object]:
    """Return what is synced so far."""
    return read(desk, folder) if desk.card.files else []


def test_put_and_tick_touch_no_file_by_themselves() -> None:
    desk = Desk()
    recorder = desk.recorder()
    desk.workers[0].is_held = True
    desk.play(recorder, session(legs=SHORT))
    assert desk.card.appends == 0


def test_everything_is_synced_when_it_is_closed() -> None:
    desk = Desk()
    recorder = desk.recorder()
    desk.play(recorder, session(legs=SHORT))
    assert recorder.close("programme")
    for name, data in desk.card.files.items():
        assert desk.card.synced[name] == len(data)


def test_what_cannot_be_recorded_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="dict"):
        Desk().recorder().put({"t_ns": 1})


def test_a_full_card_is_reported_with_the_cards_own_words() -> None:
    desk = Desk()
    recorder = desk.recorder()
    assert recorder.health().error is None
    desk.card.is_full = True
    desk.play(recorder, session(legs=SHORT))
    error = recorder.health().error
    assert error is not None
    assert "the card is full" in error


def test_a_full_card_is_not_stormed_with_retries() -> None:
    desk = Desk()
    recorder = desk.recorder()
    desk.card.is_full = True
    desk.play(recorder, session(legs=(Leg(Phase.BACKWARD, 120.0, 1.0, Direction.BACKWARD),)))
    assert desk.card.appends <= 9  # 1, 2, 4, 8, 16, 30, 30 ... s


def test_a_stalled_card_is_reported_within_two_seconds() -> None:
    desk = Desk()
    recorder = desk.recorder()
    ticks = session(legs=SHORT)
    for t_ns, messages in ticks:
        desk.play(recorder, iter([(t_ns, messages)]))
        if t_ns >= 30 * NS_PER_S:
            break
    desk.workers[0].is_held = True
    stalled_ns = desk.clock.t_ns
    for t_ns, messages in ticks:
        desk.play(recorder, iter([(t_ns, messages)]))
        if recorder.health().error is not None:
            break
    assert desk.clock.t_ns - stalled_ns <= 2 * NS_PER_S
    desk.workers[0].is_held = False
    desk.workers[0].step()
    assert recorder.health().error is None


def test_a_full_queue_gives_up_samples_never_alerts_and_says_so(tmp_path: Path) -> None:
    desk = Desk()
    recorder = desk.recorder(RecordSettings(queue_messages=400))
    desk.card.is_full = True
    reported: list[Alert] = []
    for t_ns, messages in session(legs=SHORT, has_imu=True):
        reported.append(alert(t_ns, Condition.LOOK_LEFT, Priority.COACH, key=str(t_ns)))
        desk.play(recorder, iter([(t_ns, [*messages, reported[-1]])]))
    assert recorder.health().is_queue_full
    desk.card.is_full = False
    desk.clock.t_ns += 60 * NS_PER_S
    recorder.tick(desk.clock.t_ns)
    assert not recorder.health().is_queue_full
    assert recorder.close("programme")
    messages = read(desk, tmp_path)
    keys = {one.key for one in messages if isinstance(one, Alert)}
    assert {one.key for one in reported} <= keys
    (gap,) = [one for one in messages if isinstance(one, RecordGap)]
    assert gap.dropped["ImuBatch"] + kinds(messages, ImuBatch) == 399
    assert gap.dropped.get("RunnerState", 0) + kinds(messages, RunnerState) == 100
    assert "the card is full" in gap.because


def test_samples_are_given_up_before_states() -> None:
    desk = Desk()
    recorder = desk.recorder(RecordSettings(queue_messages=600))
    desk.workers[0].is_held = True
    for t_ns, messages in session(legs=SHORT, has_imu=True):
        desk.play(recorder, iter([(t_ns, [*messages, batch(t_ns)])]))
    desk.workers[0].step()
    text = b"".join(desk.card.files.values())
    assert b'"RunnerState"' not in text[text.index(b'"dropped"') :]
    assert text.count(b'["RunnerState"') > 90  # the last ones are not in a line yet
    assert text.count(b'["ImuBatch"') < 400


@pytest.mark.parametrize("is_sync", [True, False])
@pytest.mark.parametrize("kept", [0, 1, 40, 900, 5000])
def test_a_card_that_breaks_off_and_comes_back_loses_and_doubles_nothing(
    kept: int, is_sync: bool, tmp_path: Path
) -> None:
    desk = Desk()
    recorder = desk.recorder()
    whole = session(legs=SHORT, has_imu=True)
    put: list[object] = []
    for t_ns, messages in whole:
        put += messages
        bad = 25 * NS_PER_S <= t_ns < 28 * NS_PER_S
        desk.card.breaks_off_after = kept if bad and not is_sync else None
        desk.card.refuses_sync = bad and is_sync
        desk.play(recorder, iter([(t_ns, messages)]))
    assert recorder.close("programme")
    messages = read(desk, tmp_path)
    assert kinds(messages, Tick) == kinds(put, Tick)
    assert kinds(messages, ImuBatch) == kinds(put, ImuBatch)
    path = tmp_path / "sessions" / SESSION
    check = read_session(path).check()
    assert check.lost_s == 0
    assert {one.kind for one in check.injuries} <= {"spoilt", "doubled"}


def test_what_is_written_again_begins_on_a_line_of_its_own() -> None:
    desk = Desk()
    recorder = desk.recorder()
    for t_ns, messages in session(legs=SHORT):
        desk.card.breaks_off_after = 40 if 25 * NS_PER_S <= t_ns < 26 * NS_PER_S else None
        desk.play(recorder, iter([(t_ns, messages)]))
    recorder.close("programme")
    (data,) = desk.card.files.values()
    torn = [line for line in data.splitlines() if line and not line.endswith(b"}")]
    assert [len(line) for line in torn] == [40] * len(torn)
    assert torn


def test_a_worker_that_hangs_is_reported_when_closing() -> None:
    desk = Desk()
    recorder = desk.recorder()
    recorder.put(alert(1, Condition.READY, Priority.INFO))
    desk.workers[0].hangs = True
    assert not recorder.close("programme")


def test_a_resumed_session_goes_on_in_a_new_file() -> None:
    desk = Desk()
    first = desk.recorder()
    desk.play(first, session(legs=SHORT))
    second = desk.recorder(boot_id="boot-two")
    desk.play(second, session(start_ns=50 * NS_PER_S, legs=SHORT))
    second.close("programme")
    assert sorted(desk.card.files) == [
        f"sessions/{SESSION}/log-0001.jsonl",
        f"sessions/{SESSION}/log-0002.jsonl",
    ]


def test_files_are_begun_again_by_age() -> None:
    desk = Desk()
    recorder = desk.recorder(RecordSettings(rotate_s=10.0))
    desk.play(recorder, session(legs=SHORT))
    recorder.close("programme")
    assert len(desk.card.files) == 2


def test_the_header_says_what_the_session_stands_on(tmp_path: Path) -> None:
    desk = Desk()
    recorder = desk.recorder()
    desk.play(recorder, session(legs=SHORT))
    recorder.close("programme")
    header, *_, end = read(desk, tmp_path)
    assert isinstance(header, SessionHeader)
    assert (header.schema, header.boot_id, header.map_id) == (2, "boot-one", "map-1")
    assert header.config == {"record": {"line_s": 0.25}}
    assert isinstance(end, SessionEnd)
    assert end.because == "programme"


def test_a_thread_and_a_real_card_keep_every_message(tmp_path: Path) -> None:
    clock = HandClock()
    header = SessionHeader(SESSION, "boot-one", "0.1.0", {})
    storage = FileStorage(tmp_path)
    recorder = Recorder(storage, ThreadWorker, clock, RecordSettings(), header)
    count = 0
    for t_ns, messages in session(legs=SHORT, has_imu=True):
        clock.t_ns = t_ns
        for message in messages:
            recorder.put(message)
            count += 1
        recorder.tick(t_ns)
    assert threading.active_count() > 1
    assert recorder.close("programme", timeout_s=60.0)
    recording = read_session(tmp_path / "sessions" / SESSION)
    assert recording.check().is_whole
    assert sum(1 for _ in recording) == count + 2


def card_with(*names: str, reports: tuple[str, ...] = ()) -> Card:
    """Return a card with logs of 200 kB each."""
    card = Card()
    for name in names:
        card.files[f"sessions/{name}/log-0001.jsonl"] = bytes(200_000)
    for name in reports:
        card.files[f"drive/{name}/index.html"] = b"report"
    return card


def test_the_oldest_raw_logs_give_way_before_any_report() -> None:
    names = ("20260101-0900", "20260201-0900", "20260301-0900")
    card = card_with(*names, reports=names)
    assert prune(card, 700_000, keep="20260301-0900") == names[:2]
    assert all(f"drive/{name}/index.html" in card.files for name in names)
    assert card.names("sessions") == ["20260301-0900"]


def test_a_log_without_a_report_and_the_open_session_are_kept() -> None:
    card = card_with("a", "b", reports=("b",))
    assert prune(card, 999_999, keep="b") == ()
    assert card.names("sessions") == ["a", "b"]


def test_nothing_is_deleted_while_there_is_room() -> None:
    card = card_with("a", reports=("a",))
    assert prune(card, 500_000) == ()


def test_a_forgotten_session_leaves_nothing_behind() -> None:
    card = card_with("a", "b", reports=("a", "b"))
    forget(card, "a")
    assert not [name for name in card.files if "/a/" in name]
    assert card.names("sessions") == ["b"]


@pytest.mark.parametrize("name", ["gone", "", "..", "../x", ".hidden"])
def test_only_a_session_can_be_forgotten(name: str) -> None:
    card = card_with("a", reports=("a",))
    with pytest.raises(SessionError):
        forget(card, name)
    assert len(card.files) == 2


def test_a_refusal_while_the_first_file_is_looked_for_is_a_fault_not_the_end() -> None:
    class Deaf(Card):
        """A card that cannot even be listed."""

        def names(self, folder: str) -> list[str]:
            """Refuse."""
            raise RecordError(f"{folder}: the card does not answer")

    desk = Desk(card=Deaf())
    recorder = desk.recorder()
    desk.play(recorder, session(legs=SHORT))
    assert recorder.health().error == f"sessions/{SESSION}: the card does not answer"
