"""A receiver behind gpsd is read as the NMEA that gpsd passes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from backrun_pi.errors import StreamLost
from backrun_pi.hardware.gpsd_line import GpsdLine
from backrun_pi.sensors.gnss import GnssReader
from backrun_pi.sensors.gnss_settings import GnssSettings
from tests.unit.gnss_talk import gga, gsa, rmc

BANNER = b'{"class":"VERSION","release":"3.25","proto_major":3,"proto_minor":15}\r\n'


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5.0)
        yield listening


def connected(server: socket.socket) -> tuple[GpsdLine, socket.socket]:
    line = GpsdLine(f"gpsd://127.0.0.1:{server.getsockname()[1]}")
    line.open(9600)
    peer, _ = server.accept()
    peer.settimeout(5.0)
    return line, peer


def read_until(line: GpsdLine, end: bytes) -> bytes:
    """Read until the last bytes sent have come; loopback delivers them in the end."""
    data = b""
    while not data.endswith(end):
        data += line.read()
    return data


def test_gpsd_is_asked_for_nmea_and_its_sentences_become_fixes(server: socket.socket) -> None:
    line, peer = connected(server)
    with peer:
        assert peer.recv(200) == b'?WATCH={"enable":true,"nmea":true};\n'
        sent = [rmc(43200.0 + k) + gga(43200.0 + k) + gsa() for k in range(3)]
        peer.sendall(BANNER + b"".join(sent))
        data = read_until(line, sent[-1])
        line.close()
    reader = GnssReader(GnssSettings())
    fixes = reader.feed(data, 1_000_000_000) + reader.poll(2_000_000_000)
    assert len(fixes) == 3
    assert reader.quality.damaged == 0


def test_no_bytes_are_no_error(server: socket.socket) -> None:
    line, peer = connected(server)
    with peer:
        assert line.read() == b""
        line.close()


def test_a_gpsd_that_goes_away_is_a_lost_stream(server: socket.socket) -> None:
    line, peer = connected(server)
    peer.close()
    with pytest.raises(StreamLost, match=r"gpsd closed|lost"):
        read_until(line, b"a byte that never comes")


def test_nothing_is_sent_to_a_receiver_that_gpsd_owns(server: socket.socket) -> None:
    line, peer = connected(server)
    with peer, pytest.raises(StreamLost, match="gpsd sets up the receiver"):
        line.write(b"$PMTK605*31\r\n")
    line.close()


def test_no_gpsd_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(StreamLost, match=rf"gpsd://127\.0\.0\.1:{port}: no gpsd"):
        GpsdLine(f"gpsd://127.0.0.1:{port}").open(9600)


def test_a_closed_line_says_so() -> None:
    with pytest.raises(StreamLost, match="not open"):
        GpsdLine("gpsd://localhost").read()
