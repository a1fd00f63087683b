"""Bytes -> the bodies of whole NMEA sentences, whatever lies between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import xor

# Up to 150 characters: 82 is the standard's limit; u-blox high precision, Quectel and Furuno
# exceed it.
_BODY = rb'[ "#%-)+-~]'  # 0x20-0x7E without $ * !
_FRAME = re.compile(rb"\$(" + _BODY + rb"{6,150})\*([0-9A-Fa-f]{2})(?=[\r\n\0 $])")
_BEGUN = re.compile(rb"\$" + _BODY + rb"{0,150}(?:\*[0-9A-Fa-f]{0,2})?")
_ADDRESS = re.compile(rb"\$[A-OQ-Z][A-Z0-9]{4},")  # proprietary ones may carry anything


@dataclass(slots=True)
class LineQuality:
    """What came over the line."""

    good: int = 0
    """[-] Sentences with a right checksum."""
    bad_checksum: int = 0
    """[-] Whole sentences with a wrong checksum."""
    resyncs: int = 0
    """[-] Sentences that began and were torn."""
    good_in_a_row: int = 0
    """[-] Sentences with a right checksum since the last damaged one."""

    @property
    def damaged(self) -> int:
        """Return how many sentences were lost to the line."""
        return self.bad_checksum + self.resyncs


class Framer:
    """Finds sentences: `$`, body, `*hh`, then CR, LF, NUL, space or the next `$`.

    A new `$` always starts again, so a sentence behind binary data, garbage or a torn line is
    never lost. Binary frames are not skipped by their length field: a damaged length would
    hide whole sentences, and a sentence inside a binary frame still has to pass the checksum
    and every plausibility rule. The outcome does not depend on how the bytes are cut.
    """

    def __init__(self, quality: LineQuality) -> None:
        self._quality = quality
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the bodies, without `$` and `*hh`, that these bytes complete."""
        buffer = self._rest + data
        self._rest = b""
        bodies: list[bytes] = []
        start = buffer.find(b"$")
        while start >= 0:
            following = buffer.find(b"$", start + 1)
            frame = _FRAME.match(buffer, start)
            if frame is not None:
                self._check(frame[1], frame[2], bodies)
            elif following < 0 and _BEGUN.fullmatch(buffer, start):
                self._rest = buffer[start:]
            elif _ADDRESS.match(buffer, start):
                self._quality.resyncs += 1
                self._quality.good_in_a_row = 0
            start = following
        return bodies

    def end(self) -> list[bytes]:
        """Return the last sentence of a file that ends without a line end."""
        return self.feed(b"\n") if self._rest else []

    def _check(self, body: bytes, digits: bytes, bodies: list[bytes]) -> None:
        if checksum(body) == int(digits, 16):
            self._quality.good += 1
            self._quality.good_in_a_row += 1
            bodies.append(body)
        else:
            self._quality.bad_checksum += 1
            self._quality.good_in_a_row = 0


def checksum(body: bytes) -> int:
    """Return the exclusive or of all bytes between `$` and `*`."""
    return reduce(xor, body, 0)


def sentence(body: bytes) -> bytes:
    """Return a body as it goes over the line, with checksum and line end."""
    return b"$%s*%02X\r\n" % (body, checksum(body))
