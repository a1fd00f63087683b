"""`backrun gnss decode FILE|-`: the fixes in a receiver's bytes, epoch by epoch."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from backrun_pi.errors import BadInput
from backrun_pi.sensors.gnss.epoch import Epoch
from backrun_pi.sensors.gnss.nmea_framing import Framer, LineQuality
from backrun_pi.sensors.gnss.plausibility import Trust
from backrun_pi.sensors.gnss.settings import GnssSettings
from backrun_pi.sensors.gnss.stream import EpochStream

BLOCK_BYTES = 65536
_START = datetime(1970, 1, 1, tzinfo=UTC)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's own arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    decode = actions.add_parser(
        "decode",
        help="JSON lines {time, lat, lon, speed, track, mode} as in gpsd's TPV",
    )
    decode.add_argument("file", metavar="FILE", help="bytes of a receiver; - reads stdin")
    decode.add_argument("--json", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Decode and print; the tally goes to stderr."""
    stream = EpochStream(GnssSettings(), is_live=False, trust=_trust(args.file))
    epochs = fixes = 0
    for epoch in _epochs(stream, args.file):
        print(json.dumps(as_tpv(epoch)))
        epochs += 1
        fixes += epoch.is_fix
    quality = stream.quality
    print(
        f"{args.file}: {epochs} epochs, {fixes} with a fix; sentences {quality.good} good, "
        f"{quality.bad_checksum} with a bad checksum, {quality.resyncs} torn, "
        f"{stream.gate.count.implausible} epochs refused",
        file=sys.stderr,
    )
    return 0


def as_tpv(epoch: Epoch) -> dict[str, str | float | int | None]:
    """Return an epoch in the names and units of gpsd's TPV."""
    lat, lon = epoch.places[0] if epoch.places else (None, None)
    return {
        "time": _iso(epoch.utc_ms),
        "lat": None if lat is None else round(lat, 9),
        "lon": None if lon is None else round(lon, 9),
        "speed": None if epoch.speed_mps is None else round(epoch.speed_mps, 3),
        "track": epoch.course_deg,
        "mode": epoch.mode.value,
    }


def _trust(name: str) -> Trust:
    """Return what an epoch needs: its checksums, when none in the whole file is wrong.

    A file can be read twice; standard input may be a line that never ends.
    """
    if name == "-" or not Path(name).is_file():
        return Trust.CONFIRMED
    quality = LineQuality()
    framer = Framer(quality)
    for block in _blocks(name):
        framer.feed(block)
    return Trust.CONFIRMED if quality.damaged else Trust.CHECKSUM


def _iso(utc_ms: int | None) -> str | None:
    if utc_ms is None:
        return None
    moment = _START + timedelta(milliseconds=utc_ms)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc_ms % 1000:03d}Z"


def _epochs(stream: EpochStream, name: str) -> Iterator[Epoch]:
    newest_ms = 0
    for epoch in _decoded(stream, name):
        is_past = epoch.utc_ms is not None and epoch.utc_ms < newest_ms
        # Without a fix a receiver's clock is only a guess: one that falls back is left out.
        yield replace(epoch, day=None) if is_past and not epoch.is_fix else epoch
        newest_ms = newest_ms if epoch.utc_ms is None or is_past else epoch.utc_ms


def _decoded(stream: EpochStream, name: str) -> Iterator[Epoch]:
    for block in _blocks(name):
        yield from stream.feed(block, 0)
    yield from stream.end()


def _blocks(name: str) -> Iterator[bytes]:
    if name == "-":
        yield from _read(sys.stdin.buffer)
        return
    try:
        with Path(name).open("rb") as file:
            yield from _read(file)
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror}") from error


def _read(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        yield block
