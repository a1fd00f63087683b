"""Frames and commands of Benewake's serial range sensors.

TF-Luna, TFmini-S, TFmini Plus and TF02-Pro send `59 59 | range u16 cm | amplitude u16 |
temperature u16 | sum8`, little endian (manuals TFmini-S A00, TF-Luna A05, TFmini Plus A05).
"""

from __future__ import annotations

BAUDS = (115_200, 921_600, 460_800, 256_000, 57_600, 9_600)
"""[baud] To be tried in this order; the first is the factory's."""
_HEADER = b"\x59\x59"
_FRAME = 9
_MOST_KEPT = 64  # bytes of a frame that is not complete, and of noise


def command(number: int, payload: bytes = b"") -> bytes:
    """Return a command: `5A length id payload sum8`."""
    body = bytes((0x5A, len(payload) + 4, number)) + payload
    return body + bytes((sum(body) & 0xFF,))


OUTPUT_ON = command(0x07, b"\x01")
FORMAT_CM = command(0x05, b"\x01")


def rate(rate_hz: int) -> bytes:
    """Return the command for so many frames a second."""
    return command(0x03, rate_hz.to_bytes(2, "little"))


class LidarFramer:
    """Finds the frames in the bytes of a line that may lose, gain and change some."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> bytes:
        """Return range and amplitude of every whole frame, four bytes each.

        The header occurs inside frames as well: where the sum fails, the search goes on with
        the next byte. Answers to commands are passed over in the same way.
        """
        data = self._kept + data
        words = bytearray()
        at = data.find(_HEADER)
        while 0 <= at <= len(data) - _FRAME:
            if sum(data[at : at + 8]) & 0xFF == data[at + 8]:
                words += data[at + 2 : at + 6]
                at = data.find(_HEADER, at + _FRAME)
            else:
                at = data.find(_HEADER, at + 1)
        # Half a header may be all that has arrived of the next frame.
        rest = data[at:] if at >= 0 else data[-1:]
        self._kept = rest[-_MOST_KEPT:]
        return bytes(words)

    def forget(self) -> None:
        """Drop what is left of a line that was opened again."""
        self._kept = b""
