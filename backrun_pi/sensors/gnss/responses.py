"""What comes from a receiver during set-up: is it readable, what is it, what does it answer."""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import itemgetter

from backrun_pi.sensors.gnss.commands import UBX_SYNC, Family, fletcher

_VALSET_PROTOCOL = 27.0  # u-blox protocol version from which CFG-VALSET replaces CFG-*
_PROTVER = re.compile(rb"PROTVER[ =](\d+\.\d+)")
_UBX_MAX = 1024  # longer frames are not part of an answer
_WARNINGS = frozenset((b"00", b"01"))  # severity of a TXT sentence: error, warning
_GARBAGE_BYTES = 48
_GARBAGE_SHARE = 0.3
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\r\n\t"


class Responses:
    """Reads beside the reader: sentences, UBX frames, answers, epochs."""

    def __init__(self) -> None:
        self.family: Family | None = None
        self.answers: dict[str, bool] = {}
        """Key of a command -> whether it was accepted."""
        self.notice = ""
        """The last warning or error that it sent as text."""
        self.last_good_ns: int | None = None
        self._epochs: list[tuple[int, bytes]] = []
        self.clear()

    def clear(self) -> None:
        """Forget the bytes of another speed; what the receiver is stays known."""
        self._good = 0
        self._ubx = b""
        self._frames = 0
        self._is_named = False
        self._bytes = 0
        self._strange = 0
        self.answers = {}
        self._epochs = []

    @property
    def is_readable(self) -> bool:
        """Return whether the line's speed is right."""
        return self._good >= 2 or self._frames >= 1 or self._is_named

    @property
    def is_garbage(self) -> bool:
        """Return whether the bytes can only be those of another speed."""
        is_in_frame = self._ubx.startswith(UBX_SYNC)
        if self.is_readable or is_in_frame or self._bytes < _GARBAGE_BYTES:
            return False
        return self._strange > _GARBAGE_SHARE * self._bytes

    def feed(self, data: bytes, sentences: list[bytes], now_ns: int) -> None:
        """Take bytes, and the bodies of the good sentences that the reader found in them."""
        if not data:
            return
        self._bytes += len(data)
        self._strange += len(data.translate(None, _PRINTABLE))
        self._good += len(sentences)
        for body in sentences:
            self.last_good_ns = now_ns
            self._sentence(body, now_ns)
        self._ubx = self._frames_of(self._ubx + data)

    def rate_hz(self, since_ns: int) -> float | None:
        """Return epochs per second since a moment; None when there were fewer than two."""
        first = bisect_left(self._epochs, since_ns, key=itemgetter(0))
        if len(self._epochs) - first < 2:
            return None
        span_ns = self._epochs[-1][0] - self._epochs[first][0]
        return (len(self._epochs) - first - 1) * 1e9 / span_ns if span_ns else None

    def _sentence(self, body: bytes, now_ns: int) -> None:
        fields = body.split(b",")
        name = fields[0]
        if name[2:] == b"RMC" and len(fields) > 1:
            self._epoch(fields[1], now_ns)
        elif name[2:] == b"TXT" and len(fields) > 4 and fields[3] in _WARNINGS:
            self.notice = b",".join(fields[4:]).decode("ascii", "replace")
        elif name in {b"PMTK001", b"PAIR001"} and len(fields) > 2 and len(fields[1]) <= 3:
            key = name[:4].decode() + fields[1].decode("ascii", "replace").zfill(3)
            # 3 means done for PMTK, 0 for PAIR
            self.answers[key] = fields[2] == (b"3" if name == b"PMTK001" else b"0")
            self._is_family(Family.MTK if name == b"PMTK001" else Family.AIROHA)
        elif name == b"PMTK705":
            self._is_family(Family.MTK)
        elif name == b"PAIR020":
            self._is_family(Family.AIROHA)

    def _epoch(self, time: bytes, now_ns: int) -> None:
        if time and self._epochs and self._epochs[-1][1] == time:
            return  # the same epoch of another constellation, or a repeated fix
        self._epochs.append((now_ns, time))
        del self._epochs[:-50]

    def _is_family(self, family: Family) -> None:
        self._is_named = True
        if self.family is None:
            self.family = family

    def _frames_of(self, data: bytes) -> bytes:
        """Take whole UBX frames; return the rest."""
        at = data.find(UBX_SYNC)
        while at >= 0:
            size = int.from_bytes(data[at + 4 : at + 6], "little")
            if len(data) < at + 6 or (size <= _UBX_MAX and len(data) < at + 8 + size):
                return data[at:]
            end = at + 6 + size
            if size <= _UBX_MAX and data[end : end + 2] == fletcher(data[at + 2 : end]):
                self._frame(data[at + 2], data[at + 3], data[at + 6 : end])
                at = data.find(UBX_SYNC, end + 2)
            else:
                at = data.find(UBX_SYNC, at + 2)
        return data[-1:] if data[-1:] == UBX_SYNC[:1] else b""

    def _frame(self, message_class: int, message_id: int, payload: bytes) -> None:
        self._frames += 1
        if message_class == 0x05 and len(payload) >= 2:  # ACK-ACK (1) or ACK-NAK (0)
            self.answers[f"ubx-{payload[0]:02x}-{payload[1]:02x}"] = message_id == 1
        elif (message_class, message_id) == (0x0A, 0x04):  # MON-VER
            version = _PROTVER.search(payload)
            is_new = version is not None and float(version[1]) >= _VALSET_PROTOCOL
            self.family = Family.UBLOX if is_new else Family.UBLOX_LEGACY
