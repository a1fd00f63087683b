"""What the receiver's set-up found reaches the service status, the record and the wearer."""

from __future__ import annotations

from pathlib import Path

from backrun_pi.app.input_reader import Senses, described
from backrun_pi.app.settings import Settings
from backrun_pi.messages import SetupReport, Source
from backrun_pi.sim.board import TwinBoard
from tests.support.twin import board

HEAD = "duration_s = 60\n[gnss]\nttff_s = 0\n"


def read(twin: TwinBoard, seconds: float) -> Senses:
    senses = Senses(twin, Settings(), None)
    for _ in range(round(seconds * 20)):
        senses.read()
        twin.clock.sleep_until_ns(twin.clock.now_ns() + 50_000_000)
    return senses


def test_the_report_of_the_set_up_is_an_input_and_the_status_of_the_service(
    tmp_path: Path,
) -> None:
    twin = board(tmp_path, HEAD)
    report = read(twin, 15.0).read().receiver
    assert report is not None
    assert report.is_as_wished
    states = [text for _, text in twin.notifications if text.startswith("STATUS=GPS")]
    assert states == [f"STATUS=GPS: {described(report)}"]


def test_a_report_names_what_was_refused_and_what_the_receiver_sent() -> None:
    report = SetupReport(
        1, "u-blox 6 to 8", 9600, 1.0, False, ("CFG-RATE 5 Hz",), "RX disabled"
    )
    assert described(report) == (
        "u-blox 6 to 8 at 9600 baud, 1.0 fixes a second; refused: CFG-RATE 5 Hz; "
        "it sent: RX disabled"
    )


def test_a_receiver_at_one_hertz_is_a_degraded_source(tmp_path: Path) -> None:
    twin = board(tmp_path, HEAD)
    twin.gnss.write = lambda data: None  # type: ignore[method-assign] # it does not hear us
    health = read(twin, 25.0).read().health
    assert health.degraded[Source.GNSS] == "1 fixes a second instead of 5"
