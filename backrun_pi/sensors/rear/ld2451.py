"""Reports, commands and answers of the HLK-LD2451 radar.

Source: the maker's serial protocol V1.03 (2024-07-01). Little endian, no checksum: a report
counts only when its length, its tail and every target in it are possible.
"""

from __future__ import annotations

from dataclasses import dataclass

BAUDS = (115_200, 256_000, 9_600, 19_200, 38_400, 57_600, 230_400, 460_800)
"""[baud] To be tried in this order; some units come with the second."""
TARGET = 5
"""[B] Of a target: bearing + 0x80 [deg], range [m], direction, speed [km/h], SNR."""
MOST_TARGETS = 8
MOST_BEARING_DEG, MOST_RANGE_M, MOST_SPEED_KMH = 90, 100, 120

_REPORT, _REPORT_END = b"\xf4\xf3\xf2\xf1", b"\xf8\xf7\xf6\xf5"
_COMMAND, _COMMAND_END = b"\xfd\xfc\xfb\xfa", b"\x04\x03\x02\x01"
_MOST_KEPT = 128
_MOST_ANSWER = 64


def command(word: int, value: bytes = b"") -> bytes:
    """Return a command frame."""
    length = (len(value) + 2).to_bytes(2, "little")
    return _COMMAND + length + word.to_bytes(2, "little") + value + _COMMAND_END


ENABLE, END = 0xFF, 0xFE
DETECTION, SENSITIVITY = 0x02, 0x03
WISHES: tuple[tuple[int, bytes], ...] = (
    (ENABLE, b"\x01\x00"),
    (DETECTION, b"\x3c\x02\x00\x00"),
    (SENSITIVITY, b"\x01\x04\x00\x00"),
    (END, b""),
)
"""Up to 60 m, both directions, any speed, no hold; one hit, SNR level 4. The factory's settings
(approach only, from 5 km/h on, 2 s hold) are of no use here."""


@dataclass(frozen=True, slots=True)
class RadarNews:
    """What the last bytes completed."""

    reports: bytes
    """Each report as its number of targets and five bytes a target."""
    answered: tuple[int, ...]
    """Commands that were answered with done."""


class RadarFramer:
    """Finds reports and answers in the bytes of a line."""

    def __init__(self) -> None:
        self._kept = b""

    def feed(self, data: bytes) -> RadarNews:
        """Take bytes cut anywhere; resynchronise on heads and tails, not on lengths alone."""
        data = self._kept + data
        reports = bytearray()
        answered: list[int] = []
        at = 0
        while True:
            heads = [i for i in (data.find(_REPORT, at), data.find(_COMMAND, at)) if i >= 0]
            if not heads:
                self._kept = data[max(at, len(data) - 3) :]
                break
            at = min(heads)
            end = self._end(data, at)
            if end is None:
                self._kept = data[at:][:_MOST_KEPT]
                break
            if end < 0:
                at += 1
                continue
            payload = data[at + 6 : end - 4]
            if data.startswith(_REPORT, at):
                reports += _checked(payload)
            elif len(payload) >= 4 and payload[1] == 1 and payload[2:4] == b"\0\0":
                answered.append(payload[0])
            at = end
        return RadarNews(bytes(reports), tuple(answered))

    def forget(self) -> None:
        """Drop what is left of a line that was opened again."""
        self._kept = b""

    @staticmethod
    def _end(data: bytes, at: int) -> int | None:
        """Return where the frame at a place ends; -1 for none, None when it is not complete."""
        if len(data) < at + 6:
            return None
        length = int.from_bytes(data[at + 4 : at + 6], "little")
        is_report = data.startswith(_REPORT, at)
        most = 2 + TARGET * MOST_TARGETS if is_report else _MOST_ANSWER
        if length > most or (is_report and length and (length < 2 or (length - 2) % TARGET)):
            return -1
        end = at + 6 + length + 4
        if len(data) < end:
            return None
        tail = _REPORT_END if is_report else _COMMAND_END
        if not data.startswith(tail, end - 4):
            return -1
        return end


def _checked(payload: bytes) -> bytes:
    """Return a report as it is recorded, nothing when one of its targets is impossible.

    The two bytes before the targets are exchanged by some units: their number follows from the
    length.
    """
    targets = payload[2:]
    for at in range(0, len(targets), TARGET):
        bearing, range_m, direction, speed_kmh, _ = targets[at : at + TARGET]
        if (
            abs(bearing - 0x80) > MOST_BEARING_DEG
            or range_m > MOST_RANGE_M
            or direction > 1
            or speed_kmh > MOST_SPEED_KMH
        ):
            return b""
    return bytes((len(targets) // TARGET,)) + targets
