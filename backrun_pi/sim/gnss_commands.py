"""What a receiver understands: UBX configuration messages, or PMTK sentences."""

from __future__ import annotations

import struct
from typing import Protocol

from backrun_pi.sim.nmea_out import sentence

_SYNC = b"\xb5\x62"
_MSG_IDS = {0: "GGA", 1: "GLL", 2: "GSA", 3: "GSV", 4: "RMC", 5: "VTG", 7: "GST"}
_KEYS_MSG = {
    0x209100AC: "RMC",
    0x209100BB: "GGA",
    0x209100C0: "GSA",
    0x209100B1: "VTG",
    0x209100D4: "GST",
    0x209100C5: "GSV",
    0x209100CA: "GLL",
}
_KEY_RATE_MEAS, _KEY_BAUD = 0x30210001, 0x40520001
_PMTK_ORDER = ("GLL", "RMC", "VTG", "GGA", "GSA", "GSV")
_LONGEST = 1024


class Tunable(Protocol):
    """What commands change in a receiver."""

    baud: int
    period_s: float
    sentences: set[str]

    def set_period(self, period_s: float) -> None:
        """Change the epoch rate."""


class Commands:
    """Finds commands in the bytes from the host, carries them out, returns the replies."""

    def __init__(self, chip: str) -> None:
        self._chip = chip
        self._rest = b""

    def feed(self, data: bytes, receiver: Tunable) -> list[bytes]:
        """Take bytes; return replies in order."""
        self._rest = (self._rest + data)[-_LONGEST:]
        replies: list[bytes] = []
        while True:
            found = self._next()
            if found is None:
                return replies
            if found[:2] == _SYNC:
                if self._chip.startswith("ublox"):
                    replies += self._ubx(found[2], found[3], found[6:-2], receiver)
            elif self._chip == "mt3339":
                replies += _pmtk(found.decode("ascii"), receiver)
            elif found.startswith(b"PUBX,"):
                _pubx(found.decode("ascii").split(","), receiver)

    def _next(self) -> bytes | None:
        """Cut the next whole, checked command off the buffer: a UBX frame or an NMEA body."""
        while self._rest:
            if self._rest.startswith(_SYNC):
                if len(self._rest) < 8:
                    return None
                size = 8 + int.from_bytes(self._rest[4:6], "little")
                if len(self._rest) < size:
                    return None
                frame, self._rest = self._rest[:size], self._rest[size:]
                if _fletcher(frame[2:-2]) == frame[-2:]:
                    return frame
            elif self._rest.startswith(b"$"):
                end = self._rest.find(b"\r\n")
                if end < 0:
                    return None
                line, self._rest = self._rest[:end], self._rest[end + 2 :]
                body = line[1:-3]
                if body.isascii() and sentence(body.decode("ascii")) == line + b"\r\n":
                    return body
            else:
                self._rest = self._rest[1:]
        return None

    def _ubx(self, kind: int, number: int, body: bytes, receiver: Tunable) -> list[bytes]:
        if (kind, number) == (0x0A, 0x04):
            return [_mon_ver(self._chip)]
        if kind != 0x06:
            return []
        is_new = self._chip == "ublox-m10"
        if number == 0x8A and is_new:
            return [_ack(kind, number, _valset(body, receiver))]
        if number == 0x08 and not body:
            return [_ubx_frame(6, 8, struct.pack("<HHH", round(receiver.period_s * 1e3), 1, 1))]
        return [_ack(kind, number, not is_new and _legacy(number, body, receiver))]


def _legacy(number: int, body: bytes, receiver: Tunable) -> bool:
    """Carry out UBX-CFG-PRT, MSG, RATE, NAV5, CFG of generations 6 to 8."""
    if number == 0x00 and len(body) == 20:
        mode, baud, in_mask = struct.unpack_from("<IIH", body, 4)
        if body[0] != 1 or not mode or not in_mask & 1 or not 4800 <= baud <= 921600:
            return False
        receiver.baud = baud
    elif number == 0x01 and len(body) in (3, 8) and body[0] == 0xF0:
        rate = body[3] if len(body) == 8 else body[2]
        _switch(receiver, _MSG_IDS.get(body[1]), rate > 0)
    elif number == 0x08 and len(body) == 6:
        period_ms = int.from_bytes(body[:2], "little")
        if not 100 <= period_ms <= 10_000:
            return False
        receiver.set_period(period_ms / 1e3)
    else:
        return (number, len(body)) in {(0x24, 36), (0x09, 12), (0x09, 13), (0x3E, 4)}
    return True


def _valset(body: bytes, receiver: Tunable) -> bool:
    """Carry out UBX-CFG-VALSET: version, layers, two reserved bytes, key-value pairs."""
    at = 4
    while at + 4 < len(body):
        key = int.from_bytes(body[at : at + 4], "little")
        size = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8}.get(key >> 28 & 7)
        if size is None or at + 4 + size > len(body):
            return False
        value = int.from_bytes(body[at + 4 : at + 4 + size], "little")
        at += 4 + size
        if key in _KEYS_MSG:
            _switch(receiver, _KEYS_MSG[key], value > 0)
        elif key == _KEY_RATE_MEAS:
            receiver.set_period(max(0.1, value / 1e3))
        elif key == _KEY_BAUD:
            receiver.baud = value
    return True


def _pubx(fields: list[str], receiver: Tunable) -> None:
    if fields[1] == "40" and len(fields) >= 5:
        _switch(receiver, fields[2], fields[4] != "0")
    elif fields[1] == "41" and len(fields) >= 6:
        receiver.baud = int(fields[5])


def _pmtk(body: str, receiver: Tunable) -> list[bytes]:
    """Carry out PMTK sentences of the MT33xx family."""
    name, *fields = body.split(",")
    if not name.startswith("PMTK") or not name[4:].isdigit():
        return []
    command = int(name[4:])
    if command == 605:
        return [sentence("PMTK705,AXN_5.1.6_3333_18041700,0000,,1.0")]
    if command == 0:
        return []
    done = 3
    if command == 220:
        receiver.set_period(max(0.1, int(fields[0]) / 1e3))
    elif command == 251:
        receiver.baud = int(fields[0]) or 9600
        return []
    elif command == 314:
        wanted = fields if fields[0] != "-1" else ["1"] * 6
        for name, on in zip(_PMTK_ORDER, wanted, strict=False):
            _switch(receiver, name, on != "0")
    elif command not in (300, 301, 313, 386, 397, 886, 101, 102, 104):
        done = 1
    return [sentence(f"PMTK001,{command},{done}")]


def _switch(receiver: Tunable, name: str | None, is_on: bool) -> None:
    if name is None:
        return
    if is_on:
        receiver.sentences.add(name)
    else:
        receiver.sentences.discard(name)


def _fletcher(data: bytes) -> bytes:
    a = b = 0
    for byte in data:
        a = (a + byte) & 0xFF
        b = (b + a) & 0xFF
    return bytes((a, b))


def _ubx_frame(kind: int, number: int, body: bytes) -> bytes:
    inner = bytes((kind, number)) + len(body).to_bytes(2, "little") + body
    return _SYNC + inner + _fletcher(inner)


def _ack(kind: int, number: int, is_done: bool) -> bytes:
    return _ubx_frame(0x05, int(is_done), bytes((kind, number)))


def _mon_ver(chip: str) -> bytes:
    new = chip == "ublox-m10"
    software = b"ROM SPG 5.10 (7b202e)" if new else b"ROM CORE 3.01 (107888)"
    hardware = b"000A0000" if new else b"00080000"
    protocol = b"PROTVER=34.10" if new else b"PROTVER=18.00"
    model = b"MOD=MAX-M10S" if new else b"FWVER=SPG 3.01"
    body = software.ljust(30, b"\0") + hardware.ljust(10, b"\0")
    return _ubx_frame(0x0A, 0x04, body + model.ljust(30, b"\0") + protocol.ljust(30, b"\0"))
