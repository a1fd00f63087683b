"""The command `backrun motion`: what it reads, writes and refuses."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pytest

from backrun_pi.cli.main import BAD_USE, DONE, main
from backrun_pi.cli.motion import read_fixes
from backrun_pi.cli.warn_track import read_track
from backrun_pi.errors import RouteError

HEADER = "t_s,ax_mps2,ay_mps2,az_mps2,gx_rps,gy_rps,gz_rps"
STATES = {
    "unknown",
    "still",
    "forward_walk",
    "forward_run",
    "backward_walk",
    "backward_run",
    "turning",
}


def recording(path: Path, seconds: float = 12.0) -> Path:
    """Write a recording: 4 s standing, then a forward walk of two steps a second."""
    rows = [HEADER]
    for i in range(round(seconds * 100.0)):
        t = i / 100.0
        a = 2.0 * math.pi * 2.0 * t
        walk = 1.0 if t > 4.0 else 0.0
        x = -walk * (1.5 * math.sin(a) + 0.5 * math.sin(2.0 * a))
        y = walk * math.sin(a / 2.0)
        z = 9.81 + walk * 2.0 * math.cos(a)
        rows.append(f"{t:.2f},{x:.4f},{y:.4f},{z:.4f},0.0,0.0,0.0")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_every_line_has_the_promised_keys_at_10_hz_and_never_looks_into_the_future(
    tmp_path: Path,
) -> None:
    whole = recording(tmp_path / "whole.csv")
    cut = tmp_path / "cut.csv"
    cut.write_text("\n".join(whole.read_text(encoding="utf-8").split("\n")[:801]) + "\n")
    assert main(["motion", str(whole), str(cut), "--out", str(tmp_path / "out")]) == DONE
    lines = [json.loads(x) for x in (tmp_path / "out/whole.jsonl").read_text().splitlines()]
    early = [json.loads(x) for x in (tmp_path / "out/cut.jsonl").read_text().splitlines()]
    assert {key for line in lines for key in line} >= {
        "t_s",
        "state",
        "p_backward",
        "cadence_spm",
        "speed_mps",
    }
    assert {line["state"] for line in lines} <= STATES
    steps = [b["t_s"] - a["t_s"] for a, b in itertools.pairwise(lines)]
    assert max(steps) == pytest.approx(0.1, abs=1e-6)
    assert early == lines[: len(early)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: no column"),
        ("t_s,ax_mps2\n0,1\n", "line 1: no column"),
        (HEADER + "\n", "no samples"),
        (HEADER + "\n0,1,2,3,4,5,6\n0.01,1,2,x,4,5,6\n", "line 3: not a number: 'x'"),
        (HEADER + "\n0,1,2,3,4,5,6\n0.01,1,2,nan,4,5,6\n", "line 3: not a finite number"),
        (HEADER + "\n0.5,1,2,3,4,5,6\n0.1,1,2,3,4,5,6\n", "line 3: time does not rise"),
    ],
)
def test_a_faulty_recording_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    (tmp_path / "bad.csv").write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    assert main(["motion", str(tmp_path / "bad.csv"), "--out", str(out)]) == BAD_USE
    assert says in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("phases", "is_contradicted"),
    [("0,forward", False), ("0,backward", True), ("0,recover\n4,backward", True)],
)
def test_what_was_asked_for_is_read_and_a_walk_against_it_is_unknown(
    tmp_path: Path, phases: str, is_contradicted: bool
) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text(f"t_s,phase\n{phases}\n", encoding="utf-8")
    walk, out = recording(tmp_path / "walk.csv"), tmp_path / "out"
    assert main(["motion", str(walk), "--phases", str(asked), "--out", str(out)]) == DONE
    last = json.loads((out / "walk.jsonl").read_text().splitlines()[-1])
    assert last["state"] == ("unknown" if is_contradicted else "forward_walk")


@pytest.mark.parametrize(
    "text", ["t_s,label\n0,forward\n", "t_s,phase\nsoon,forward\n", "t_s,phase\n0,sideways\n"]
)
def test_a_table_of_phases_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    asked = tmp_path / "asked.csv"
    asked.write_text(text, encoding="utf-8")
    walk = recording(tmp_path / "walk.csv", 1.0)
    args = ["motion", str(walk), "--phases", str(asked), "--out", str(tmp_path / "out")]
    assert main(args) == BAD_USE


@pytest.mark.parametrize("column", ["speed_mps", "sigma_m"])
def test_a_size_below_zero_is_refused_with_its_place(tmp_path: Path, column: str) -> None:
    columns = ("t_s", "lat_deg", "lon_deg", "speed_mps", "course_deg", "sigma_m")
    rows = [dict.fromkeys(columns, "1.0"), dict.fromkeys(columns, "2.0") | {column: "-0.2"}]
    text = "\n".join([",".join(columns), *(",".join(row.values()) for row in rows)])
    path = tmp_path / "walk.gnss.csv"
    path.write_text(text + "\n", encoding="utf-8")
    with pytest.raises(RouteError, match=r"line 3: out of range: '?-0\.2"):
        read_fixes(path)


@pytest.mark.parametrize("column", ["speed_mps", "sigma_m"])
def test_a_track_with_a_size_below_zero_is_refused_with_its_place(
    tmp_path: Path, column: str
) -> None:
    row = dict.fromkeys(
        ("t_s", "lat_deg", "lon_deg", "speed_mps", "course_deg", "sigma_m"), "1.0"
    ) | {column: "-0.2", "direction": "backward"}
    path = tmp_path / "track.csv"
    path.write_text("\n".join([",".join(row), ",".join(row.values())]) + "\n")
    with pytest.raises(RouteError, match=f"line 2: {column} is out of range"):
        list(read_track(path))
