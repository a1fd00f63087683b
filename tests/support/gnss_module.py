"""A receiver at the other end of a serial line: it knows its baud, answers, and forgets."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from backrun_pi.errors import StreamLost
from backrun_pi.sensors.gnss.commands import UBX_SYNC, fletcher, ubx
from backrun_pi.sensors.gnss.nmea_framing import checksum, sentence
from tests.support.gnss_talk import gga, gsa, rmc

GSV = sentence(b"GPGSV,3,1,11,01,19,045,31,06,16,156,29,12,05,272,,14,44,084,24,0") * 4
GLL = sentence(b"GPGLL,6010.20000,N,02456.40000,E,120000.00,A,A")


@dataclass
class Module:
    """One receiver. Families: ublox8, ublox10, mtk, airoha, casic, mute (never answers)."""

    family: str
    factory_baud: int = 9600
    saved_baud: int | None = None
    refuses: frozenset[str] = frozenset()
    has_fix: bool = True
    has_nmea: bool = True
    warning: str = ""
    baud: int = 0
    restarts: int = 0
    period_ms: int = 1000
    sentences: set[str] = field(default_factory=set)
    settings: dict[str, int] = field(default_factory=dict)
    is_powered: bool = True
    _out: bytes = b""
    _in: bytes = b""
    _next_baud: int = 0
    _next_ms: int = 0
    _credit: float = 0.0
    _tod_ms: int = 43_200_000

    def __post_init__(self) -> None:
        self.power_on()

    def power_on(self) -> None:
        """Start with what the module remembers: nothing but, maybe, its baud."""
        self.is_powered = True
        self.baud = self.saved_baud or self.factory_baud
        self.period_ms = 1000
        self.sentences = {"RMC", "GGA", "GSA", "GSV", "GLL"}
        self.settings = {}
        self._out = self._in = b""

    def power_off(self) -> None:
        """Fall silent."""
        self.is_powered = False

    def tick(self, now_ms: int, step_ms: int) -> bytes:
        """Let time pass; return what left the line at the module's own speed."""
        if not self.is_powered:
            return b""
        while self._next_ms <= now_ms:
            if self._next_ms > now_ms - self.period_ms:
                self._epoch()
            self._next_ms += self.period_ms
        self._credit = min(self._credit + self.baud * step_ms / 10_000, self.baud / 10)
        count = min(int(self._credit), len(self._out))
        self._credit -= count
        sent, self._out = self._out[:count], self._out[count:]
        if not self._out:
            self._credit = 0.0
        return sent

    def _epoch(self) -> None:
        self._tod_ms += self.period_ms
        tod_s = self._tod_ms / 1000
        status = "A" if self.has_fix else "V"
        parts = {
            "RMC": rmc(tod_s, status=status),
            "GGA": gga(tod_s, quality=int(self.has_fix)),
            "GSA": gsa(3 if self.has_fix else 1),
            "GSV": GSV,
            "GLL": GLL,
        }
        if self.warning:
            self._say(f"GNTXT,01,01,01,{self.warning}")
        if self.has_nmea and len(self._out) < 3000:
            self._out += b"".join(parts[name] for name in parts if name in self.sentences)

    def hear(self, data: bytes) -> None:
        """Take bytes sent at the right speed."""
        if not self.is_powered:
            return
        self._in = (self._in + data)[-2000:]
        while self._in:
            if self._in.startswith(UBX_SYNC):
                size = 8 + int.from_bytes(self._in[4:6], "little")
                if len(self._in) < size:
                    return
                frame, self._in = self._in[:size], self._in[size:]
                if fletcher(frame[2:-2]) == frame[-2:] and self.family.startswith("ublox"):
                    self._ubx(frame[2], frame[3], frame[6:-2])
            elif self._in.startswith(b"$") and b"\r\n" in self._in:
                line, self._in = self._in.split(b"\r\n", 1)
                body = line[1:-3]
                if b"*%02X" % checksum(body) == line[-3:]:
                    self._text(body.decode())
            elif self._in.startswith((b"$", UBX_SYNC[:1])) and len(self._in) < 200:
                return
            else:
                self._in = self._in[1:]

    def _ubx(self, kind: int, number: int, body: bytes) -> None:
        is_new = self.family == "ublox10"
        if (kind, number) == (0x0A, 0x04):
            version = b"PROTVER=34.10" if is_new else b"PROTVER=18.00"
            self._out = (
                ubx(0x0A, 0x04, bytes(40) + version + bytes(30 - len(version))) + self._out
            )
            return
        is_done = f"ubx-{number:02x}" not in self.refuses
        if number == 0x8A:
            is_done = is_done and is_new
        elif is_new:
            is_done = False
        old_baud = self.baud
        if is_done:
            self._configure(number, body)
        if self.baud == old_baud:
            self._out = ubx(0x05, int(is_done), bytes((kind, number))) + self._out

    def _configure(self, number: int, body: bytes) -> None:
        names = {0: "GGA", 1: "GLL", 2: "GSA", 3: "GSV", 4: "RMC"}
        keys = {0x209100C5: "GSV", 0x209100CA: "GLL"}
        if number == 0x01:
            name = names.get(body[1])
            if name and not body[3]:
                self.sentences.discard(name)
        elif number == 0x00:
            self.has_nmea = bool(struct.unpack_from("<H", body, 14)[0] & 2)
            self._speed(struct.unpack_from("<I", body, 8)[0])
        elif number == 0x08:
            self.period_ms = struct.unpack_from("<H", body)[0]
        elif number == 0x24:
            if body[0] & 1:
                self.settings["dynamic model"] = body[2]
            if body[0] & 0x40:
                self.settings["static hold"] = body[26]
        elif number == 0x8A:
            at = 4
            while at < len(body):
                key = struct.unpack_from("<I", body, at)[0]
                size = {1: 1, 2: 1, 3: 2, 4: 4}[key >> 28]
                value = int.from_bytes(body[at + 4 : at + 4 + size], "little")
                at += 4 + size
                if key in keys and not value:
                    self.sentences.discard(keys[key])
                elif key == 0x30210001:
                    self.period_ms = value
                elif key == 0x10740002:
                    self.has_nmea = bool(value)
                elif key == 0x40520001:
                    self._speed(value)
                elif key == 0x20110021:
                    self.settings["dynamic model"] = value
                elif key == 0x20250038:
                    self.settings["static hold"] = value

    def _text(self, body: str) -> None:
        name, *values = body.split(",")
        number = int(name[4:]) if name[4:].isdigit() else 0
        if self.family == "mtk" and name.startswith("PMTK"):
            if number == 605:
                self._say("PMTK705,AXN_2.31_3339_13101700,5632,PA6H,1.0")
            else:
                is_done = name not in self.refuses
                if is_done:
                    self._mtk(number, values)
                if number != 251:
                    self._say(f"PMTK001,{number},{3 if is_done else 1}")
        elif self.family == "airoha" and name.startswith("PAIR"):
            is_done = name not in self.refuses
            self._say(f"PAIR001,{number:03d},{0 if is_done else 1}")
            if number == 20:
                self._say("PAIR020,LC29HDANR11A03S_RSA,0,0,0")
            elif is_done:
                self._pair(number, values)
        elif self.family == "casic" and name.startswith("PCAS"):
            if name == "PCAS01":
                self._speed([4800, 9600, 19200, 38400, 57600, 115200][int(values[0])])
            elif name == "PCAS02":
                self.period_ms = int(values[0])
            elif name == "PCAS03":
                self.sentences -= {"GSV", "GLL"}

    def _mtk(self, number: int, values: list[str]) -> None:
        if number == 314:
            self.sentences -= {"GSV", "GLL"}
        elif number == 251:
            self._speed(int(values[0]))
        elif number == 220:
            self.period_ms = int(values[0])
        elif number == 386:
            self.settings["static hold"] = int(values[0])

    def _pair(self, number: int, values: list[str]) -> None:
        if number == 62 and values in (["3", "0"], ["1", "0"]):
            self.sentences.discard("GSV" if values[0] == "3" else "GLL")
        elif number == 864:
            self._next_baud = int(values[2])  # taken at the next restart
        elif number == 23:
            self.restarts += 1
            self.saved_baud = self._next_baud or self.baud
            self.power_on()
        elif number == 50:
            self.period_ms = int(values[0])

    def _speed(self, baud: int) -> None:
        self.baud = baud
        self._out = b""

    def _say(self, body: str) -> None:
        self._out += sentence(body.encode())


@dataclass
class Line:
    """The host's end: another speed turns every byte into garbage."""

    module: Module
    baud: int = 0
    is_open: bool = False

    @property
    def name(self) -> str:
        """Return its name."""
        return "/dev/ttyTEST"

    @property
    def is_configurable(self) -> bool:
        """Return True."""
        return True

    def open(self, baud: int) -> None:
        """Open."""
        self.baud, self.is_open = baud, True

    def heard(self, now_ms: int, step_ms: int) -> bytes:
        """Return what arrives in a step."""
        data = self.module.tick(now_ms, step_ms)
        if self.baud == self.module.baud:
            return data
        return bytes((byte * 197 + 131) & 0xFF | 0x80 for byte in data[::2])

    def write(self, data: bytes) -> None:
        """Send."""
        if not self.is_open:
            raise StreamLost("not open")
        if self.baud == self.module.baud and self.module.family != "mute":
            self.module.hear(data)
