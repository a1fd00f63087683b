"""From any state to 5 Hz in ten seconds, and back after the module lost its power."""

from __future__ import annotations

import os
import pty
import tty
from dataclasses import dataclass, field

import pytest

from backrun_pi.hardware.serial_line import SerialLine
from backrun_pi.messages import SetupReport
from backrun_pi.sensors.gnss.autoconfig import GnssSetup, Keep, OpenLine, SendBytes
from backrun_pi.sensors.gnss.commands import Family, plan, polls
from backrun_pi.sensors.gnss.nmea_framing import Framer, LineQuality
from backrun_pi.sensors.gnss.settings import GnssSettings
from tests.support.gnss_module import Line, Module

SETTINGS = GnssSettings()
TICK_MS = 50


@dataclass
class Desk:
    """Setup, line and module under one clock."""

    module: Module
    remembered: bytes | None = None
    now_ms: int = 0
    line: Line = field(init=False)
    setup: GnssSetup = field(init=False)
    reports: list[tuple[int, SetupReport]] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    framer: Framer = field(default_factory=lambda: Framer(LineQuality()))

    def __post_init__(self) -> None:
        self.line = Line(self.module)
        self.setup = GnssSetup(SETTINGS, self.remembered)

    def run(self, seconds: float) -> None:
        for _ in range(int(seconds * 1000 / TICK_MS)):
            self.now_ms += TICK_MS
            received = self.line.heard(self.now_ms, TICK_MS)
            sentences = self.framer.feed(received)
            for action in self.setup.step(self.now_ms * 1_000_000, received, sentences):
                match action:
                    case OpenLine(baud):
                        self.line.open(baud)
                    case SendBytes(data):
                        self.line.write(data)
                    case Keep(change):
                        self.kept.append(change.data)
                    case SetupReport():
                        self.reports.append((self.now_ms, action))

    @property
    def report(self) -> SetupReport:
        assert self.reports, "no report"
        return self.reports[-1][1]


FAMILIES = {
    "ublox8": Family.UBLOX_LEGACY,
    "ublox10": Family.UBLOX,
    "mtk": Family.MTK,
    "airoha": Family.AIROHA,
    "casic": Family.UNKNOWN,
}

UNUSUAL_BAUDS = (4800, 19200, 57600, 230400)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("baud", [9600, 38400, 115200])
def test_every_family_runs_at_five_hertz_within_ten_seconds(family: str, baud: int) -> None:
    desk = Desk(Module(family, baud, has_fix=baud != 38400))
    desk.run(10.0)
    assert desk.report.is_as_wished
    assert desk.report.baud == desk.module.baud == 115200
    assert desk.report.family == FAMILIES[family].value
    assert desk.module.period_ms == 200
    assert "GSV" not in desk.module.sentences
    assert desk.report.refused == ()


@pytest.mark.parametrize(
    ("family", "baud"),
    # CASIC ends at 115200.
    [(f, b) for f in FAMILIES for b in UNUSUAL_BAUDS if (f, b) != ("casic", 230400)],
)
def test_unusual_speeds_are_found_within_ten_seconds(family: str, baud: int) -> None:
    desk = Desk(Module(family, baud))
    desk.run(10.0)
    assert desk.report.is_as_wished


@pytest.mark.parametrize("family", ["ublox8", "ublox10"])
def test_a_pedestrian_is_never_held_still(family: str) -> None:
    desk = Desk(Module(family))
    desk.run(10.0)
    assert desk.module.settings == {"dynamic model": 3, "static hold": 0}


def test_static_navigation_of_mtk_is_off() -> None:
    desk = Desk(Module("mtk"))
    desk.run(10.0)
    assert desk.module.settings == {"static hold": 0}


def test_a_receiver_that_answers_nothing_is_read_as_it_is_and_said_to_be_slow() -> None:
    desk = Desk(Module("mute", 9600))
    desk.run(14.0)
    assert not desk.report.is_as_wished
    assert desk.report.baud == 9600
    assert desk.report.rate_hz == pytest.approx(1.0, rel=0.1)


def test_a_refused_baud_leaves_the_line_readable_at_a_rate_it_can_carry() -> None:
    desk = Desk(Module("ublox8", 9600, refuses=frozenset({"ubx-00"})))
    desk.run(12.0)
    assert desk.report.baud == 9600
    assert desk.report.rate_hz == pytest.approx(1.0, rel=0.1)
    assert "CFG-PRT 115200" in desk.report.refused
    assert desk.module.settings["dynamic model"] == 3


def test_a_refused_rate_is_reported_as_measured() -> None:
    desk = Desk(Module("mtk", refuses=frozenset({"PMTK220"})))
    desk.run(12.0)
    assert not desk.report.is_as_wished
    assert desk.report.rate_hz == pytest.approx(1.0, rel=0.15)
    assert desk.report.refused == ("PMTK220,200",)


def test_the_speed_that_worked_is_kept_and_tried_first() -> None:
    first = Desk(Module("ublox10"))
    first.run(10.0)
    assert first.kept == [b'{"baud":115200}']
    again = Desk(Module("ublox10", 115200), remembered=first.kept[0])
    again.run(4.0)
    assert again.report.is_as_wished
    assert again.kept == []


@pytest.mark.parametrize("remembered", [b"", b"{", b'{"baud":"x"}', b'{"baud":7}', b"\xff"])
def test_a_torn_memory_costs_only_the_hunt(remembered: bytes) -> None:
    desk = Desk(Module("ublox8"), remembered=remembered)
    desk.run(10.0)
    assert desk.report.is_as_wished


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("saved_baud", [None, 115200])
def test_a_module_that_loses_its_power_is_set_up_again(
    family: str, saved_baud: int | None
) -> None:
    desk = Desk(Module(family, 9600, saved_baud=saved_baud))
    desk.run(10.0)
    desk.module.power_off()
    desk.run(2.0)
    desk.module.power_on()
    count = len(desk.reports)
    desk.run(13.0)
    assert len(desk.reports) == count + 1
    assert desk.report.is_as_wished
    assert desk.module.period_ms == 200


def test_silence_is_hunted_without_end_and_ends_when_a_module_appears() -> None:
    module = Module("ublox8")
    module.power_off()
    desk = Desk(module)
    desk.run(60.0)
    assert desk.reports == []
    module.power_on()
    desk.run(18.0)
    assert desk.report.is_as_wished


def test_a_running_receiver_is_left_alone() -> None:
    desk = Desk(Module("ublox10"))
    desk.run(60.0)
    assert len(desk.reports) == 1


@pytest.mark.parametrize("family", ["ublox8", "ublox10"])
@pytest.mark.parametrize("baud", [9600, 38400, 115200])
def test_a_receiver_whose_nmea_was_switched_off_talks_again(family: str, baud: int) -> None:
    desk = Desk(Module(family, saved_baud=baud, has_nmea=False))
    desk.run(10.0)
    assert desk.report.is_as_wished
    assert desk.module.has_nmea
    assert desk.report.refused == ()


@pytest.mark.parametrize("baud", [460800, 921600])
@pytest.mark.parametrize("family", ["ublox10", "airoha", "casic"])
def test_a_receiver_that_is_fast_as_shipped_is_found(family: str, baud: int) -> None:
    desk = Desk(Module(family, saved_baud=baud))
    desk.run(20.0 if family == "casic" else 10.0)
    assert desk.report.is_as_wished


def test_a_receiver_that_takes_its_speed_at_a_restart_is_set_up_after_it() -> None:
    desk = Desk(Module("airoha", saved_baud=9600))
    desk.run(10.0)
    assert desk.module.restarts == 1
    assert desk.module.baud == 115200
    assert "GSV" not in desk.module.sentences
    assert desk.report.is_as_wished


def test_a_receiver_that_refuses_its_speed_even_so_stays_readable() -> None:
    desk = Desk(Module("airoha", saved_baud=9600, refuses=frozenset({"PAIR864"})))
    desk.run(20.0)
    assert desk.report.baud == desk.module.baud == 9600
    assert desk.report.rate_hz == pytest.approx(1.0, abs=0.1)
    assert "PAIR864,0,0,115200" in desk.report.refused


def test_a_receiver_that_does_not_hear_us_is_reported_with_its_own_words() -> None:
    warning = "More than 100 frame errors, UART RX was disabled"
    desk = Desk(Module("ublox8", saved_baud=9600, warning=warning))
    desk.line.write = lambda data: None  # type: ignore[method-assign]
    desk.run(20.0)
    assert desk.report.rate_hz == pytest.approx(1.0, abs=0.1)
    assert not desk.report.is_as_wished
    assert desk.report.notice == warning
    assert desk.report.family == Family.UNKNOWN.value


def test_a_lost_line_begins_again() -> None:
    desk = Desk(Module("ublox8"))
    desk.run(10.0)
    desk.setup.lost()
    desk.run(5.0)
    assert len(desk.reports) == 2


def test_a_receiver_that_another_program_owns_is_opened_and_never_sent_anything() -> None:
    setup = GnssSetup(SETTINGS, None, is_ours=False)
    actions = [action for k in range(400) for action in setup.step(k * 50_000_000, b"", [])]
    assert actions == [OpenLine(115200)]
    setup.lost()
    assert setup.step(30_000_000_000, b"", []) == (OpenLine(115200),)


# --- the bytes, against the vendors' own frames ---

LEGACY_BYTES = {
    "CFG-RATE 5 Hz": "b5 62 06 08 06 00 c8 00 01 00 01 00 de 6a",
    "CFG-MSG GGA 1": "b5 62 06 01 08 00 f0 00 00 01 00 01 00 00 01 2b",
    "CFG-MSG GSA 1": "b5 62 06 01 08 00 f0 02 00 01 00 01 00 00 03 39",
    "CFG-MSG RMC 1": "b5 62 06 01 08 00 f0 04 00 01 00 01 00 00 05 47",
    "CFG-MSG VTG 1": "b5 62 06 01 08 00 f0 05 00 01 00 01 00 00 06 4e",
    "CFG-MSG GST 1": "b5 62 06 01 08 00 f0 07 00 01 00 01 00 00 08 5c",
    "CFG-MSG ZDA 0": "b5 62 06 01 08 00 f0 08 00 00 00 00 00 00 07 5b",
    "CFG-MSG GSV 0": "b5 62 06 01 08 00 f0 03 00 00 00 00 00 00 02 38",
    "CFG-MSG GLL 0": "b5 62 06 01 08 00 f0 01 00 00 00 00 00 00 00 2a",
    "CFG-NAV5 pedestrian": "b5 62 06 24 24 00 01 00 03" + " 00" * 33 + " 52 4e",
    "CFG-NAV5 static hold off": "b5 62 06 24 24 00 40 00 00" + " 00" * 33 + " 8e c4",
    "CFG-PRT 115200": (
        "b5 62 06 00 14 00 01 00 00 00 c0 08 00 00 00 c2 01 00 03 00 03 00 00 00 00 00 ac 5e"
    ),
}


def test_the_legacy_frames_are_the_ones_of_the_protocol_description() -> None:
    reported = plan(Family.UBLOX_LEGACY)
    commands = (*reported.quiet(115200), reported.baud(115200), *reported.settings(5))
    assert {c.name: c.data for c in commands} == {
        name: bytes.fromhex(text) for name, text in LEGACY_BYTES.items()
    }
    assert polls()[0] == bytes.fromhex("b5 62 0a 04 00 00 0e 34")


def test_the_valset_frames_say_what_pyubx2_reads_in_them() -> None:
    pyubx2 = pytest.importorskip("pyubx2")
    reported = plan(Family.UBLOX)
    read: dict[str, int] = {}
    for command in (*reported.quiet(115200), reported.baud(115200), *reported.settings(5)):
        message = pyubx2.UBXReader.parse(command.data, msgmode=pyubx2.SET)
        assert message.identity == "CFG-VALSET"
        read |= {
            name: value for name, value in vars(message).items() if name.startswith("CFG_")
        }
    assert read == {
        "CFG_MSGOUT_NMEA_ID_GSV_UART1": 0,
        "CFG_MSGOUT_NMEA_ID_GLL_UART1": 0,
        "CFG_MSGOUT_NMEA_ID_RMC_UART1": 1,
        "CFG_MSGOUT_NMEA_ID_GGA_UART1": 1,
        "CFG_MSGOUT_NMEA_ID_GSA_UART1": 1,
        "CFG_MSGOUT_NMEA_ID_VTG_UART1": 1,
        "CFG_MSGOUT_NMEA_ID_GST_UART1": 1,
        "CFG_UART1_BAUDRATE": 115200,
        "CFG_NAVSPG_DYNMODEL": 3,
        "CFG_MOT_GNSSSPEED_THRS": 0,
        "CFG_ODO_USE_COG": 0,
        "CFG_ODO_OUTLPCOG": 0,
        "CFG_ODO_OUTLPVEL": 0,
        "CFG_RATE_MEAS": 200,
        "CFG_RATE_NAV": 1,
        "CFG_UART1OUTPROT_NMEA": 1,
        "CFG_UART1INPROT_NMEA": 1,
        "CFG_UART1OUTPROT_UBX": 1,
    }


@pytest.mark.parametrize(
    ("family", "lines"),
    [
        (
            Family.MTK,
            {
                b"$PMTK314,0,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0*28",
                b"$PMTK251,115200*1F",
                b"$PMTK220,200*2C",
                b"$PMTK300,200,0,0,0,0*2F",
                b"$PMTK386,0*23",
                b"$PMTK886,1*29",
            },
        ),
        (
            Family.AIROHA,
            {
                b"$PAIR062,3,0*3D",
                b"$PAIR864,0,0,115200*1B",
                b"$PAIR050,200*21",
                b"$PAIR080,1*2F",
                b"$PAIR062,0,1*3F",
            },
        ),
        (
            Family.UNKNOWN,
            {
                b"$PCAS01,5*19",
                b"$PCAS02,200*1D",
                b"$PCAS03,1,0,1,0,1,1,0,0,0,0,,,0,0*02",
            },
        ),
    ],
)
def test_the_sentences_sent_are_the_ones_of_the_vendors(
    family: Family, lines: set[bytes]
) -> None:
    reported = plan(family)
    sent = {
        c.data.rstrip()
        for c in (*reported.quiet(115200), reported.baud(115200), *reported.settings(5))
    }
    assert lines <= sent


def test_set_up_works_over_a_real_tty() -> None:
    host, device = pty.openpty()
    tty.setraw(host)
    tty.setraw(device)
    os.set_blocking(host, False)
    line = SerialLine(os.ttyname(device))
    module = Module("ublox8", 9600)
    setup, baud, now_ms = GnssSetup(SETTINGS, None), 0, 0
    framer = Framer(LineQuality())
    reports: list[SetupReport] = []
    try:
        while now_ms < 10_000 and not reports:
            now_ms += TICK_MS
            data = module.tick(now_ms, TICK_MS)
            if baud == module.baud and data:  # a pty has no speed: only the right one is heard
                os.write(host, data)
            received = line.read() if baud else b""
            sentences = framer.feed(received)
            for action in setup.step(now_ms * 1_000_000, received, sentences):
                match action:
                    case OpenLine(new_baud):
                        line.open(new_baud)
                        baud = new_baud
                    case SendBytes(data):
                        line.write(data)
                    case SetupReport():
                        reports.append(action)
                    case Keep():
                        pass
            try:
                reported = os.read(host, 4096)
            except BlockingIOError:
                reported = b""
            if baud == module.baud:
                module.hear(reported)
    finally:
        line.close()
        os.close(host)
        os.close(device)
    assert reports[0].is_as_wished
    assert reports[0].family == Family.UBLOX_LEGACY.value
