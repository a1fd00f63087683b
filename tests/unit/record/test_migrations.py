"""Sessions of an older schema open; one of a newer schema is refused in one line."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import zlib
from pathlib import Path

import pytest

from backrun_pi.app.kept_state import FILES, read_kept
from backrun_pi.cli.main import BAD_USE, main
from backrun_pi.coach.journal import JOURNAL, Journal
from backrun_pi.coach.resume import RESUME, read_saved
from backrun_pi.errors import SessionError
from backrun_pi.hardware.file_storage import FileStorage
from backrun_pi.messages import Alert, CoachState, Phase, RunnerState, Tick
from backrun_pi.record import codec
from backrun_pi.record.format import chunks, write_line
from backrun_pi.record.migrations import SCHEMA, STEPS
from backrun_pi.record.reader import read_session
from backrun_pi.terrain.scouting.marks import read_notes

OLD = Path(__file__).parents[2] / "data" / "session_schema_1"
CONDITIONS = ["ready", "map_off", "walk_forward", "press_tick"]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    folder = tmp_path / "sessions" / "0001-3b58"
    folder.mkdir(parents=True)
    data = gzip.decompress((OLD / "log-0001.jsonl.gz").read_bytes())
    (folder / "log-0001.jsonl").write_bytes(data)
    return folder


def test_a_session_of_the_first_schema_is_whole(session: Path) -> None:
    recording = read_session(session)
    assert recording.header is not None
    assert recording.header.schema == 1
    assert recording.check().is_whole


def test_every_record_of_the_first_schema_has_todays_names(session: Path) -> None:
    recording = read_session(session)
    states = [record.message for record in recording.only(RunnerState)]
    assert any(state.roughness_mps2 for state in states)
    coach = [record.message for record in recording.only(CoachState)]
    assert {state.bouts for state in coach} - {0}
    alerts = [record.message.condition.value for record in recording.only(Alert)]
    assert alerts[: len(CONDITIONS)] == CONDITIONS


def test_an_old_session_is_checked_reviewed_and_replayed_by_the_command_line(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["log", "check", str(session)]) == 0
    assert '"is_whole": true' in capsys.readouterr().out
    assert main(["review", str(session), "--out", str(tmp_path / "drive")]) == 0
    assert (tmp_path / "drive" / "0001-3b58" / "index.html").exists()
    assert main(["replay", str(session)]) == 0
    said = capsys.readouterr()
    assert '"ticks": ' in said.out
    assert "recorded by version 0.1.0" in said.err


@pytest.fixture
def crossroads(tmp_path: Path) -> Path:
    folder = tmp_path / "sessions" / "0001-5a00"
    folder.mkdir(parents=True)
    data = gzip.decompress((OLD / "crossroads" / "log-0001.jsonl.gz").read_bytes())
    (folder / "log-0001.jsonl").write_bytes(data)
    return folder


def recorded_alerts() -> list[object]:
    lines = (OLD / "crossroads" / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_the_report_of_an_old_session_lists_its_alerts_as_its_own_version_did(
    crossroads: Path, tmp_path: Path
) -> None:
    out = tmp_path / "drive"
    assert main(["review", str(crossroads), "--out", str(out)]) == 0
    summary = json.loads((out / "0001-5a00" / "summary.json").read_text(encoding="utf-8"))
    assert summary["alerts"] == recorded_alerts()
    page = (out / "0001-5a00" / "index.html").read_text(encoding="utf-8")
    assert "bollard on the map in 2 m" in page


def test_nothing_of_an_old_session_is_lost_and_every_tick_is_replayed(
    crossroads: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = read_session(crossroads)
    check = recording.check()
    assert check.is_whole
    assert (check.records, check.lost_s) == (3026, 0)
    states = sum(1 for _ in recording.only(RunnerState))
    ticks = sum(1 for _ in recording.only(Tick))
    assert main(["replay", str(crossroads)]) == 0
    totals = json.loads(capsys.readouterr().out.splitlines()[-1])
    # Not compared: the 3 s before the start, which rooms decided that had run for longer.
    assert (totals["ticks"], totals["states_compared"]) == (ticks - 59, states - 1)
    # Each recorded alert is accounted for: decided again, or gone.
    accounted = totals["same"] + totals["moved"] + totals["gone"]
    assert accounted == len(recorded_alerts())


def test_a_map_of_the_first_layout_is_refused_in_one_line_that_names_the_remedy(
    crossroads: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.map"
    old.write_bytes(gzip.decompress((OLD / "crossroads" / "crossroads.map.gz").read_bytes()))
    assert main(["map", "info", str(old)]) == BAD_USE
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "map version 2" in line
    assert "backrun map build EXTRACT.osm.pbf" in line
    assert main(["replay", str(crossroads), "--map", str(old)]) == 0
    assert "map version 2" in capsys.readouterr().err


def test_kept_files_of_the_first_schema_are_read(tmp_path: Path) -> None:
    for file in FILES:
        written = OLD / Path(file.name).name
        if written.exists():
            (tmp_path / file.name).parent.mkdir(exist_ok=True)
            shutil.copy(written, tmp_path / file.name)
    kept = read_kept(FileStorage(tmp_path))
    assert kept.damages == ()
    old = {f"state/{path.name}" for path in OLD.iterdir()} & {file.name for file in FILES}
    assert set(kept.contents) == old
    assert len(old) == 5
    saved = read_saved(kept.contents[RESUME])
    assert saved is not None
    assert (saved.id, saved.phase) == ("0001-5a00", Phase.BACKWARD)
    assert Journal(kept.contents[JOURNAL], "boot").sessions()
    notes = read_notes(kept.contents["state/marks.jsonl"], "marks")
    assert all(point.roughness_mps2 is not None for point in notes.walked)


def with_schema(data: bytes, schema: int) -> bytes:
    """Return a log whose header says another schema, its line with a right checksum."""
    first, rest = data.split(b"\n", 1)
    (line,) = [chunk.line for chunk in chunks(io.BytesIO(first)) if chunk.line]
    bodies = [b'["%b",%b]' % (kind.encode(), bytes(body)) for kind, body in line.m]
    bodies[0] = re.sub(rb'"schema":1\b', b'"schema":%d' % schema, bodies[0])
    return write_line((line.s, line.b), line.f, line.n, line.t, bodies) + rest


def test_a_newer_schema_is_refused_in_one_line(
    session: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = session / "log-0001.jsonl"
    log.write_bytes(with_schema(log.read_bytes(), SCHEMA + 1))
    with pytest.raises(SessionError, match="recorded by a newer backrun"):
        read_session(session)
    assert main(["log", "check", str(session)]) == BAD_USE
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_there_is_one_step_for_every_schema_before_this_one() -> None:
    assert sorted(STEPS) == list(range(1, SCHEMA))
    assert all(kind in codec.KINDS for kinds in STEPS.values() for kind in kinds)


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n\n"])
def test_a_log_whose_line_ends_were_changed_is_whole(end: bytes, session: Path) -> None:
    log = session / "log-0001.jsonl"
    log.write_bytes(log.read_bytes().replace(b"\n", end))
    check = read_session(session).check()
    assert check.is_whole
    assert check.lines > 50


def test_a_byte_order_mark_costs_nothing(session: Path) -> None:
    log = session / "log-0001.jsonl"
    log.write_bytes(b"\xef\xbb\xbf" + log.read_bytes())
    assert read_session(session).check().is_whole


def hostile(tag: tuple[str, str]) -> dict[str, bytes]:
    span = (10**18, 10**18 + 5)
    deep = b"[" * 5000 + b"]" * 5000
    return {
        "deep": write_line(tag, 1, 9000, span, [b'["Tick",%b]' % deep]),
        "samples": write_line(
            tag, 1, 9001, span,
            [b'["ImuBatch",{"t":1,"dt":1,"n":%d,"al":1,"gl":1,"a":[],"g":[]}]' % 10**25],
        ),
        "steps": write_line(
            tag, 1, 9002, span,
            [b'["ImuBatch",{"t":1,"dt":[],"n":90000,"al":1,"gl":1,"a":[],"g":[]}]'],
        ),
        "no message": write_line(tag, 1, 9003, span, [b'"x"']),
        "many begins": b'{"c":"00000000","d":' * 50_000 + b"\n",
        "half begins": b'{"c":"' * 200_000 + b"\n",
        "zeros": bytes(3_000_000),
        "lines of nothing": b"x\n" * 60_000,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(hostile(("", ""))))
def test_what_no_recorder_wrote_costs_itself_alone_and_no_time(
    name: str, session: Path
) -> None:
    log = session / "log-0001.jsonl"
    data = log.read_bytes()
    (first, *_) = [c.line for c in chunks(io.BytesIO(data[:40_000])) if c.line]
    whole = read_session(session).check()
    log.write_bytes(data + hostile((first.s, first.b))[name])
    check = read_session(session).check()
    assert check.records >= whole.records
    assert not check.is_whole
    assert len(check.injuries) < 10


@pytest.mark.parametrize("name", ["../../etc", "", "/", "a/b", "x" * 300, ".."])
def test_a_header_with_a_name_that_is_no_session_names_no_folder(
    name: str, session: Path
) -> None:
    log = session / "log-0001.jsonl"
    data = log.read_bytes()
    first, rest = data.split(b"\n", 1)
    (line,) = [chunk.line for chunk in chunks(io.BytesIO(first)) if chunk.line]
    body = bytes(line.m[0][1]).replace(b'"0001-3b58"', b'"%b"' % name.encode())
    tag = f"{zlib.crc32(name.encode(), 0x6261636B):08x}"
    log.write_bytes(
        write_line((tag, line.b), 1, 0, line.t, [b'["SessionHeader",%b]' % body]) + rest
    )
    assert read_session(session).session_id == "0001-3b58"
