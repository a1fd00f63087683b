"""A receiver behind gpsd is read as the NMEA that gpsd passes on."""

from __future__ import annotations

import math
import os
import pty
import socket
import subprocess
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from backrun_pi.errors import StreamLost
from backrun_pi.hardware.gpsd_line import GpsdLine
from backrun_pi.messages import FixMode
from backrun_pi.sensors.gnss.reader import GnssReader
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sim import nmea_out
from tests.support.gnss_talk import gga, gsa, rmc

GPSD = "/usr/sbin/gpsd"
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


@pytest.fixture
def daemon() -> Iterator[tuple[GpsdLine, int]]:
    """Run the real gpsd on a pseudo-terminal; give the line to it and the receiver's end."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    host, device = pty.openpty()
    tty.setraw(device)
    Path(os.ttyname(device)).chmod(0o666)  # gpsd gives up its rights before it opens
    command = [GPSD, "-N", "-n", "-D", "3", "-S", str(port), os.ttyname(device)]
    line = GpsdLine(f"gpsd://127.0.0.1:{port}")
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            next(said for said in process.stderr if b"listening" in said)
            line.open(9600)
            yield line, host
        finally:
            line.close()
            process.terminate()
            os.close(host)
            os.close(device)


@pytest.mark.slow
@pytest.mark.skipif(not Path(GPSD).exists(), reason="gpsd is not installed")
def test_the_real_gpsd_passes_on_what_the_twin_says(daemon: tuple[GpsdLine, int]) -> None:
    line, host = daemon
    data = b""
    for k in range(5000):
        # The first epochs are gpsd's own: it listens for what the receiver is. A full
        # pseudo-terminal makes the write wait for it.
        os.write(host, twin_epoch(k))
        data += line.read()
        if data.count(b"$GNGST") > 12:
            break
    reader = GnssReader(GnssSettings())
    # Epochs that came in part, where gpsd began and where we stopped, are not compared.
    fixes = reader.feed(data, 1_000_000_000)[1:-1]
    assert len(fixes) >= 10
    for fix in fixes:
        assert fix.mode is FixMode.THREE_D
        assert fix.lat_deg == pytest.approx(60.17)
        assert fix.speed_mps == pytest.approx(2.0, abs=0.001)
        assert fix.sigma_m == pytest.approx(1.5)
    assert reader.quality.damaged == 0


def twin_epoch(k: int) -> bytes:
    """Return epoch k of a runner going east at 2 m/s, as the twin's receiver sends it."""
    epoch = nmea_out.Epoch(
        utc_s=1_780_315_200 + k / 5,
        has_fix=True,
        lat_deg=60.17,
        lon_deg=24.94 + k * 0.4 / 55_424.0,
        altitude_m=12.0,
        speed_mps=2.0,
        course_rad=math.pi / 2,
        hdop=0.9,
        sigma_m=1.5,
        satellites=10,
    )
    names = ("RMC", "VTG", "GGA", "GSA", "GST")
    return b"".join(nmea_out.SENTENCES[name](epoch) for name in names)
