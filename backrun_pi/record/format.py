"""The lines of a log file: JSON, a checksum each, so that any editor reads them.

    {"c":"1f0e5d3a","d":{"s":"9b3c01d2","b":"77e0","f":1,"n":17,"t":[from_ns,to_ns],
                         "m":[["Kind",{...}],...]}}   (on one line)

`c` is the CRC-32 of the bytes of `d`. Its seed is not zero: a power cut leaves runs of zero
bytes, and zero is the CRC of nothing. `s` is the session's tag, so that an old sector of
another session cannot pass, `b` that of the boot, whose times compare with no other's. `f` and
`n` count files and lines, so that a missing or a doubled line is seen. `t` is the time the line
spans, without a gap from line to line and from file to file. The first line of each file holds
the SessionHeader, the last of a session that was closed holds SessionEnd.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO

import msgspec

from backrun_pi.record import codec
from backrun_pi.record.migrations import SCHEMA

FOLDER = "sessions"
_SEED = 0x6261636B
_OPEN, _MIDDLE, _CLOSE = b'{"c":"', b'","d":', b"}"
_BODY_AT = len(_OPEN) + 8 + len(_MIDDLE)
_BEGIN = re.compile(re.escape(_OPEN) + rb"[0-9a-f]{8}" + re.escape(_MIDDLE))
_BOM = b"\xef\xbb\xbf"
LONGEST_LINE = 4_000_000
"""[B] No line is as long: a second of everything takes 20 kB."""
KEPT_BYTES = 65_536
"""[B] Kept of either end of a piece that is no line: what tells what it was."""


@dataclass(frozen=True, slots=True)
class SessionHeader:
    """What must be known to understand, replay and trust a log. First line of each file."""

    session_id: str
    """Name of the session's folder."""
    boot_id: str
    """Boot that recorded this file; times of two boots cannot be compared."""
    software_version: str
    """Version of backrun_pi."""
    config: Mapping[str, Any]
    """Settings in force, table by table."""
    map_id: str | None = None
    """Identity of the map file. None without a map."""
    plan: Mapping[str, Any] | None = None
    """The plan in force, as its file says it."""
    schema: int = SCHEMA
    """Version of this format."""
    part: int = 1
    """[-] Number of this file, from 1. Filled in by the recorder."""
    t_ns: int = 0
    """[ns] When the file was begun. Filled in by the recorder."""
    wall_utc_s: float | None = None
    """[s] UTC by the operating system's clock. Untrusted. Filled in by the recorder."""


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """Last record of a session that was closed and not cut."""

    t_ns: int
    """[ns] When."""
    because: str
    """Why it ended."""


@dataclass(frozen=True, slots=True)
class RecordGap:
    """What the recorder had to leave out, written as soon as the card takes data again."""

    t_ns: int
    """[ns] When recording was whole again."""
    since_ns: int
    """[ns] Begin of the first line of which something is missing."""
    until_ns: int
    """[ns] End of the last line of which something is missing."""
    dropped: Mapping[str, int]
    """[-] How many messages of each kind are missing. Never alerts."""
    because: str
    """The fault's own text."""


for _kind in (SessionHeader, SessionEnd, RecordGap):
    codec.register(_kind)


class Record(msgspec.Struct):
    """The content of one line."""

    s: str
    b: str
    f: int
    n: int
    t: tuple[int, int]
    m: list[tuple[str, msgspec.Raw]]


_lines = msgspec.json.Decoder(Record)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file between two line feeds, or a whole line found inside one."""

    offset: int
    """[B] From the begin of the file."""
    length: int
    """[B] In the file."""
    data: bytes
    """The bytes; of a piece that is no line, no more than tell what it was."""
    line: Record | None
    """The line, None when the bytes are not a whole, unspoilt one."""


def tag_of(session_id: str) -> str:
    """Return the short tag that each line of a session carries."""
    return f"{zlib.crc32(session_id.encode(), _SEED):08x}"


def boot_tag_of(boot_id: str) -> str:
    """Return the short tag of a boot that each line carries."""
    return f"{zlib.crc32(boot_id.encode(), _SEED) & 0xFFFF:04x}"


def file_name(session_id: str, part: int) -> str:
    """Return the name of a log file below the storage root."""
    return f"{FOLDER}/{session_id}/log-{part:04d}.jsonl"


def write_line(
    tags: tuple[str, str],
    part: int,
    number: int,
    span_ns: tuple[int, int],
    messages: Sequence[bytes],
) -> bytes:
    """Return one line, line feed included.

    Args:
        tags: Of the session and of the boot.
        part: Number of the file.
        number: Of the line in its file, from 0.
        span_ns: Time the line spans.
        messages: As `codec.encode` gives them.
    """
    body = b'{"s":"%b","b":"%b","f":%d,"n":%d,"t":[%d,%d],"m":[%b]}' % (
        tags[0].encode(),
        tags[1].encode(),
        part,
        number,
        *span_ns,
        b",".join(messages),
    )
    return b"%b%08x%b%b%b\n" % (_OPEN, zlib.crc32(body, _SEED), _MIDDLE, body, _CLOSE)


def read_line(data: bytes) -> Record | None:
    """Return the content of a line (no line feed), None when it is not whole and unspoilt."""
    if not (data.startswith(_OPEN) and data.endswith(_CLOSE) and len(data) > _BODY_AT):
        return None
    body = data[_BODY_AT:-1]
    if data[len(_OPEN) : _BODY_AT] != b"%08x%b" % (zlib.crc32(body, _SEED), _MIDDLE):
        return None
    try:
        return _lines.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # a right checksum over what no recorder wrote


def chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """Cut a file into lines and spoilt pieces, in order; every byte but line ends is in one.

    A spoilt line feed joins two lines; each is found by its first bytes. Line ends that a
    program changed (CR LF, CR) cost nothing. Memory and time stay bounded whatever the file
    holds: a piece longer than any line is passed over, and each byte is looked at twice.
    """
    offset = 0
    while piece := stream.readline(LONGEST_LINE):
        length = len(piece)
        while length % LONGEST_LINE == 0 and not piece.endswith(b"\n"):
            more = stream.readline(LONGEST_LINE)
            if not more:
                break
            length += len(more)
            piece = piece[:KEPT_BYTES] + more[-KEPT_BYTES:]
        yield from _in_piece(offset, piece, length)
        offset += length


def _in_piece(offset: int, piece: bytes, length: int) -> Iterator[Chunk]:
    content = piece.rstrip(b"\r\n") if length == len(piece) else piece
    if content.startswith(_BOM):
        offset, content = offset + len(_BOM), content[len(_BOM) :]
    if not content:
        return
    line = read_line(content) if length == len(piece) else None
    if line is not None:
        yield Chunk(offset, len(content), content, line)
    elif length == len(piece):
        yield from _search(offset, content)
    else:
        yield Chunk(offset, length, content, None)


def _search(offset: int, content: bytes) -> Iterator[Chunk]:
    """Find lines inside a piece that is none: it is cut where a line may begin."""
    begins = [match.start() for match in _BEGIN.finditer(content)]
    edges = [0, *(begin for begin in begins if begin), len(content)]
    spoilt: int | None = None
    for begin, end in pairwise(edges):
        part = content[begin:end]
        whole = (
            part if part.endswith(_CLOSE) else part[:-1]
        )  # the end of line, or what it became
        line = read_line(whole)
        if line is None:
            spoilt = begin if spoilt is None else spoilt
            continue
        if spoilt is not None:
            yield _spoilt(offset, content, spoilt, begin)
            spoilt = None
        yield Chunk(offset + begin, len(whole), whole, line)
    if spoilt is not None:
        yield _spoilt(offset, content, spoilt, len(content))


def _spoilt(offset: int, content: bytes, begin: int, end: int) -> Chunk:
    data = content[begin:end]
    kept = data if len(data) <= 2 * KEPT_BYTES else data[:KEPT_BYTES] + data[-KEPT_BYTES:]
    return Chunk(offset + begin, end - begin, kept, None)
