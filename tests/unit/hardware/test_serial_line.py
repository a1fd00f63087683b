"""The receiver's line on a pseudo-terminal, and gpsd on a socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from backrun_pi.errors import StreamLost
from backrun_pi.hardware.gpsd_line import WATCH, GpsdLine
from backrun_pi.hardware.serial_line import SerialLine


@pytest.fixture
def terminal() -> Iterator[tuple[int, SerialLine]]:
    host, port = os.openpty()
    line = SerialLine(os.ttyname(port))
    yield host, line
    line.close()
    for descriptor in (host, port):
        try:
            os.close(descriptor)
        except OSError:
            continue  # the test has closed it


def test_bytes_come_as_they_are_and_silence_is_empty(terminal: tuple[int, SerialLine]) -> None:
    host, line = terminal
    line.open(9600)
    assert line.read() == b""
    os.write(host, b"$GPRMC\r\n\xff\x00")
    assert line.read() == b"$GPRMC\r\n\xff\x00"
    assert line.read() == b""


def test_it_can_be_reopened_at_another_speed(terminal: tuple[int, SerialLine]) -> None:
    host, line = terminal
    line.open(9600)
    line.open(115200)
    line.write(b"$PMTK000*32\r\n")
    assert os.read(host, 100) == b"$PMTK000*32\r\n"


def test_an_unplugged_receiver_is_a_lost_line_and_stays_lost(
    terminal: tuple[int, SerialLine],
) -> None:
    host, line = terminal
    line.open(9600)
    os.close(host)
    with pytest.raises(StreamLost, match=r"unplugged|lost"):
        line.read()
    with pytest.raises(StreamLost, match="not open"):
        line.read()


def test_a_line_that_is_ready_but_gives_nothing_is_unplugged_or_read_by_another(
    terminal: tuple[int, SerialLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, line = terminal
    line.open(9600)
    os.write(host, b"x")
    monkeypatch.setattr(os, "read", lambda *_: b"")
    with pytest.raises(StreamLost, match="unplugged, or another program reads"):
        line.read()


def test_a_port_that_another_program_holds_is_refused(
    terminal: tuple[int, SerialLine],
) -> None:
    _, line = terminal
    line.open(9600)
    with pytest.raises(StreamLost, match="another program uses it"):
        SerialLine(line.name).open(9600)


def test_a_missing_port_says_how_to_fix_it(tmp_path: Path) -> None:
    with pytest.raises(StreamLost, match="enable_uart=1"):
        SerialLine(str(tmp_path / "serial0")).open(9600)


def test_a_file_is_no_serial_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StreamLost, match="cannot be opened"):
        SerialLine(str(tmp_path / "file")).open(9600)


def test_closing_twice_is_allowed(terminal: tuple[int, SerialLine]) -> None:
    _, line = terminal
    line.open(9600)
    line.close()
    line.close()


def test_gpsd_is_asked_for_nmea_and_its_end_is_a_lost_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        line = GpsdLine(f"gpsd://127.0.0.1:{server.getsockname()[1]}")
        line.open(9600)
        peer, _ = server.accept()
        with peer:
            assert peer.recv(100) == WATCH
            assert line.read() == b""
            peer.sendall(b"$GPRMC\r\n")
            peer.shutdown(socket.SHUT_WR)
            data = b""
            while len(data) < 8:
                data += line.read()
            assert data == b"$GPRMC\r\n"
            with pytest.raises(StreamLost, match="closed"):
                _read_until_it_ends(line)
        with pytest.raises(StreamLost, match="not open"):
            line.read()


def test_no_gpsd_is_said_with_its_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(StreamLost, match=f"127.0.0.1:{port}: no gpsd"):
        GpsdLine(f"gpsd://127.0.0.1:{port}").open(9600)


def _read_until_it_ends(line: GpsdLine) -> None:
    while True:
        line.read()
