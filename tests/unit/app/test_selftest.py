"""The self-test on the twin: each part is named, and the wearer says what was felt."""

from __future__ import annotations

import io
import random
from pathlib import Path

import msgspec
import pytest

from backrun_pi.app.quiz import CUES
from backrun_pi.app.selftest import RESULT, PartReport, keep, selftest
from backrun_pi.app.settings import Settings
from backrun_pi.cli.patterns import play_slowly
from backrun_pi.cli.selftest import Terminal, show, wearer
from backrun_pi.haptics.patterns import PATTERNS
from backrun_pi.hardware.ports import Issue
from backrun_pi.sim.board import TwinBoard
from tests.support.twin import board

STANDS = """
duration_s = 400
[gnss]
is_configured = true
ttff_s = 1
{more}
[[script]]
do = "stand"
at_s = 0
[[press]]
at_s = 20
"""
# What a wearer was taught: S short, M medium, L long.
TAUGHT = {
    shape: number
    for number, shape in enumerate(
        ("LLL", "MM", "MSM", "LSL", "SLS", "SSS", "SSSSS", "SSLSSM"), 1
    )
}


def twin(folder: Path, more: str = "") -> TwinBoard:
    return board(folder, STANDS.format(more=more))


class Feels:
    """Answers from what the motor did since the last answer, never from the program's names."""

    def __init__(self, twin: TwinBoard, *, is_numb: bool = False) -> None:
        self._twin, self._is_numb = twin, is_numb
        self._seen = 0
        self.shown: list[str] = []

    def show(self, text: str) -> None:
        self.shown.append(text)
        self._seen = len(self._twin.motor.history)

    def ask(self, question: str) -> str | None:
        lengths = [p.off_s - p.on_s for p in self._twin.motor.history[self._seen :]]
        self._seen = len(self._twin.motor.history)
        if self._is_numb:
            return "0" if "Which" in question else "n"
        if "Which" not in question:
            return ""
        shape = "".join("S" if s < 0.25 else "M" if s < 0.45 else "L" for s in lengths)
        return str(TAUGHT[shape])


def reports(
    twin: TwinBoard, person: Terminal | Feels | None, map_fault: str | None = None
) -> dict[str, PartReport]:
    rng = random.Random(3)  # noqa: S311 - an order that repeats
    found = selftest(twin, Settings(), map_fault, person, rng)
    return {report.part: report for report in found}


def test_a_whole_device_works_in_every_part_and_every_cue_is_understood(
    tmp_path: Path,
) -> None:
    device = twin(tmp_path)
    found = reports(device, Feels(device))
    assert [name for name, report in found.items() if not report.is_working] == []
    assert found["cues"].found == f"{len(PATTERNS)} of {len(PATTERNS)} cues understood"
    assert "MPU-6050" in found["IMU"].found
    assert found["motor"].found == "transistor on GPIO18: felt"
    assert found["supply"].found.startswith("MAX17048: 90 %") or "90%" in found["supply"].found


def test_two_motors_are_both_named(tmp_path: Path) -> None:
    device = twin(tmp_path, "[motor]\nhas_right = true")
    found = reports(device, None)
    assert "GPIO18 and transistor on GPIO13" in found["motor"].found
    sides = [pulse.is_right for pulse in device.motor.history]
    assert sides == [False, True] * 3 + [False] * 3 + [True] * 5


def test_what_is_missing_is_named_with_how_to_fix_it(tmp_path: Path) -> None:
    device = twin(
        tmp_path,
        '[imu]\nchip = "none"\n[battery]\nhas_gauge = false\n'
        '[[fault]]\nwhat = "motor_fault"\nfrom_s = 0',
    )
    found = reports(device, Feels(device), map_fault="there is no map")
    broken = {name for name, report in found.items() if not report.is_working}
    assert broken == {"IMU", "motor", "cues", "map"}
    assert all(found[name].remedy for name in broken)
    assert "no battery gauge" in found["supply"].found


def test_a_wearer_who_feels_nothing_makes_the_test_fail_and_learns_how_to_fix_it(
    tmp_path: Path,
) -> None:
    device = twin(tmp_path)
    found = reports(device, Feels(device, is_numb=True))
    assert not found["motor"].is_working
    assert "nothing was felt" in found["motor"].found
    assert "stop was not felt" in found["cues"].found
    assert "spine" in found["cues"].remedy


def test_a_cue_taken_for_another_is_said(tmp_path: Path) -> None:
    found = reports(twin(tmp_path), Terminal(io.StringIO("\n" + "1\n" * len(CUES) + "q\n")))
    assert "caution was taken for stop" in found["cues"].found
    assert not found["cues"].is_working


@pytest.mark.parametrize("text", ["", "\n", "\nx\nagain\n", "\nq\n"])
def test_the_end_of_the_answers_ends_the_questions_and_nothing_else(
    tmp_path: Path, text: str
) -> None:
    found = reports(twin(tmp_path), Terminal(io.StringIO(text)))
    assert found["cues"].found == "nobody answered"
    assert found["map"].is_working


def test_nobody_is_asked_where_nobody_types() -> None:
    assert wearer(io.StringIO("yes\n"), is_quiet=False) is None


def test_a_cue_may_be_felt_again_before_it_is_answered(tmp_path: Path) -> None:
    device = twin(tmp_path)
    answers = "\n" + "a\na\n1\n" + "q\n"
    reports(device, Terminal(io.StringIO(answers)))
    taught = sum(len(PATTERNS[name].shown()) for name in ("good", *CUES))
    assert len(device.motor.history) > taught + 2


def test_the_result_is_kept_beside_the_sessions(tmp_path: Path) -> None:
    device = twin(tmp_path)
    found = list(reports(device, None).values())
    keep(device, found)
    data = device.storage.read(RESULT)
    assert data is not None
    kept = msgspec.json.decode(data)
    assert [part["part"] for part in kept["parts"]] == [report.part for report in found]
    assert set(device.storage.names("state")) == {"selftest.json"}


def test_a_part_is_shown_in_words_or_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    report = PartReport("IMU", is_working=False, found="silent", remedy="check SDA")
    show(report, is_json=False)
    show(report, is_json=True)
    words, fix, row = capsys.readouterr().out.splitlines()
    assert words.split() == ["MISSING", "IMU", "silent"]
    assert fix.split() == ["to", "fix", "it:", "check", "SDA"]
    assert msgspec.json.decode(row) == {
        "part": "IMU", "is_working": False, "found": "silent", "remedy": "check SDA",
    }  # fmt: skip


def test_a_cue_is_played_slowly_with_its_meaning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    device = twin(tmp_path)
    play_slowly(device, Settings(), ["stop", "look_right"])
    lengths = [round(p.off_s - p.on_s, 3) for p in device.motor.history]
    assert lengths == [1.0] * 3 + [0.3] * 5
    gaps = [
        round(two.on_s - one.off_s, 3)
        for one, two in zip(device.motor.history, device.motor.history[1:], strict=False)
    ]
    assert gaps == [0.4, 0.4, 1.8, 0.4, 0.4, 0.4, 0.4]
    err = capsys.readouterr().err
    assert "stop: Stop now." in err
    assert "on transistor on GPIO18" in err


def test_what_answers_on_the_bus_is_listed_with_its_address(tmp_path: Path) -> None:
    device = twin(tmp_path, '[motor]\ndriver = "drv2605l"\n[battery]\ngauge = "ina219"')
    assert reports(device, None)["bus"].found == (
        "INA219 at 0x40, DRV2605L at 0x5a, motion sensor at 0x68"
    )


def test_a_stuck_bus_is_distinguished_from_an_empty_one(tmp_path: Path) -> None:
    fault = '[[fault]]\nwhat = "i2c_stuck"\nfrom_s = 0\n'
    report = reports(twin(tmp_path / "stuck", fault), None)["bus"]
    assert not report.is_working
    assert "holds a line low" in report.remedy
    bare = '[imu]\nchip = "none"\n[battery]\nhas_gauge = false'
    report = reports(twin(tmp_path / "bare", bare), None)["bus"]
    assert report.is_working
    assert report.found == "no part that is known answers"


def test_what_is_wrong_with_the_setup_is_said_first_and_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = twin(tmp_path)
    monkeypatch.setattr(device, "issues", lambda: (Issue("a console", "take it out"),))
    rng = random.Random(3)  # noqa: S311 - an order that repeats
    first = next(selftest(device, Settings(), None, None, rng))
    assert first == PartReport(
        "setup", is_working=False, found="a console", remedy="take it out"
    )
