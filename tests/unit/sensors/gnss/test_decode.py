"""`backrun gnss decode` prints what a receiver says in the names and units of gpsd's TPV."""

from __future__ import annotations

import io
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from backrun_pi.cli.main import main
from tests.support.gnss_talk import gga, gsa, rmc

SHARED_LOGS = Path(__file__).parents[5] / "shared/data/gnss/logs"
STREAM = b"".join(rmc(43200.0 + k, speed_mps=0.5) + gga(43200.0 + k) + gsa() for k in range(5))


def test_a_log_becomes_json_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "a.nmea"
    log.write_bytes(STREAM)
    assert main(["gnss", "decode", str(log)]) == 0
    printed = capsys.readouterr()
    lines = [json.loads(line) for line in printed.out.splitlines()]
    assert len(lines) == 5
    assert lines[0] == {
        "time": "2026-06-01T12:00:00.000Z",
        "lat": 60.17,
        "lon": 24.94,
        "speed": 0.5,
        "track": 90.0,
        "mode": 3,
    }
    assert "15 good" in printed.err


def test_standard_input_is_read_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STREAM)))
    assert main(["gnss", "decode", "-", "--json"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_a_missing_file_is_one_line_and_status_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gnss", "decode", "/nowhere/a.nmea"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "backrun: /nowhere/a.nmea: No such file or directory\n"


def test_a_clock_that_falls_back_without_a_fix_is_not_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "a.nmea"
    restarted = [
        rmc(10.0 + k, status="V", day="060180") + gga(10.0 + k, quality=0) for k in range(3)
    ]
    log.write_bytes(STREAM + b"".join(restarted))
    main(["gnss", "decode", str(log)])
    times = [json.loads(line)["time"] for line in capsys.readouterr().out.splitlines()]
    reported = [time for time in times if time is not None]
    assert len(times) == 8
    assert reported == sorted(reported)


def test_random_bytes_make_no_fix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "noise"
    log.write_bytes(random.Random(3).randbytes(300_000))  # noqa: S311 (seeded noise)
    assert main(["gnss", "decode", str(log)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.shared
@pytest.mark.skipif(not SHARED_LOGS.is_dir(), reason="../shared/data/gnss is not there")
@pytest.mark.parametrize(
    ("name", "fixes"), [("GPSmap-76S", 0), ("tn200", 0), ("ublox-8", 72), ("telit-pls83-w", 10)]
)
def test_logs_of_real_receivers_give_their_fixes(name: str, fixes: int) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "backrun_pi.cli.main",
            "gnss",
            "decode",
            f"{SHARED_LOGS}/{name}.log",
        ],
        capture_output=True,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(line["mode"] >= 2 for line in lines) == fixes
