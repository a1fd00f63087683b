"""What is sent to each family: quiet sentences, baud, 5 Hz, pedestrian, no static hold.

Sources: u-blox 8 / M8 receiver description (UBX-13003221), chapter UBX-CFG; u-blox M10
interface description (UBX-21035062), chapter configuration items; MTK NMEA packet user manual
(PMTK); Quectel LC29H and L76K protocol specifications (PAIR, CASIC).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from backrun_pi.sensors.gnss.nmea_framing import sentence

UBX_SYNC = b"\xb5\x62"
SLOW_BAUD = 38400
"""[baud] Below this, five epochs a second do not fit: 482 bytes each fill 9600 to 251 %."""


class Family(Enum):
    """Receivers that take the same commands."""

    UBLOX_LEGACY = "u-blox 6 to 8"
    UBLOX = "u-blox M9, M10, F9"
    MTK = "MTK, Quectel L70 to L80"
    AIROHA = "Quectel LC29H, LC76G"
    UNKNOWN = "unknown (set up as CASIC: L76K, ATGM336H)"


@dataclass(frozen=True, slots=True)
class Command:
    """One command, in one write, and the answer that belongs to it."""

    name: str
    """For the report."""
    data: bytes
    """What is sent."""
    key: str | None
    """Key of the acknowledgement; None when the receiver never answers."""


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """The commands of a family, in this order: quiet, baud, settings."""

    quiet: Callable[[int], tuple[Command, ...]]
    """At the speed found, which is given: NMEA on, long sentences off, so that answers get
    through."""
    baud: Callable[[int], Command]
    """The line's new speed; answered at the old one at best, so not waited for."""
    settings: Callable[[int], tuple[Command, ...]]
    """The rest, given the rate in Hz."""
    restart: tuple[Command, ...] = ()
    """What makes a new speed take effect where that needs a restart of the receiver."""


def ubx(message_class: int, message_id: int, payload: bytes) -> bytes:
    """Return a UBX frame with its Fletcher checksum."""
    body = bytes((message_class, message_id)) + len(payload).to_bytes(2, "little") + payload
    return UBX_SYNC + body + fletcher(body)


def fletcher(body: bytes) -> bytes:
    """Return the two checksum bytes over class, id, length and payload (RFC 1145)."""
    first = second = 0
    for byte in body:
        first = (first + byte) & 0xFF
        second = (second + first) & 0xFF
    return bytes((first, second))


def polls() -> tuple[bytes, ...]:
    """Return questions, one per family, that make a receiver name itself."""
    return (ubx(0x0A, 0x04, b""), sentence(b"PMTK605"), sentence(b"PAIR020"))


def plan(family: Family) -> SetupPlan:
    """Return the commands of a family."""
    return _PLANS[family]


def _ubx_command(name: str, message_class: int, message_id: int, payload: bytes) -> Command:
    key = f"ubx-{message_class:02x}-{message_id:02x}"
    return Command(name, ubx(message_class, message_id, payload), key)


# --- u-blox 6 to 8: UBX-CFG -------------------------------------------------------------

_NMEA_IDS = {"GGA": 0, "GLL": 1, "GSA": 2, "GSV": 3, "RMC": 4, "VTG": 5, "GST": 7, "ZDA": 8}


def _cfg_msg(name: str, is_on: bool) -> Command:
    # class, id, then the rate on each of six ports: I2C, UART 1, UART 2, USB, SPI, reserved
    payload = bytes((0xF0, _NMEA_IDS[name], 0, is_on, 0, is_on, 0, 0))
    return _ubx_command(f"CFG-MSG {name} {int(is_on)}", 0x06, 0x01, payload)


def _cfg_prt(baud: int) -> Command:
    # Every field is set: an input mask of 0 would lock us out. 8N1, UBX + NMEA both ways.
    payload = (
        bytes((1, 0, 0, 0))
        + (0x08C0).to_bytes(4, "little")
        + baud.to_bytes(4, "little")
        + bytes((3, 0, 3, 0, 0, 0, 0, 0))
    )
    return _ubx_command(f"CFG-PRT {baud}", 0x06, 0x00, payload)


def _cfg_nav5(name: str, mask: int, dynamic_model: int) -> Command:
    payload = mask.to_bytes(2, "little") + bytes((dynamic_model, 0)) + bytes(32)
    return _ubx_command(name, 0x06, 0x24, payload)


def _legacy_settings(rate_hz: int) -> tuple[Command, ...]:
    period_ms = (1000 // rate_hz).to_bytes(2, "little")
    return (
        *(_cfg_msg(name, True) for name in ("RMC", "GGA", "GSA", "VTG", "GST")),
        _cfg_msg("ZDA", False),
        _cfg_nav5("CFG-NAV5 pedestrian", 0x0001, 3),
        _cfg_nav5("CFG-NAV5 static hold off", 0x0040, 0),
        # every solution is sent; aligned to GPS time
        _ubx_command(f"CFG-RATE {rate_hz} Hz", 0x06, 0x08, period_ms + bytes((1, 0, 1, 0))),
    )


# --- u-blox M9, M10, F9: CFG-VALSET into RAM --------------------------------------------

_RATE_MEAS, _RATE_NAV, _DYNMODEL = 0x30210001, 0x30210002, 0x20110021
_SPEED_THRESHOLD, _UART1_BAUD = 0x20250038, 0x40520001
_ODO_KEYS = (0x10220002, 0x10220004, 0x10220003)  # USE_COG, OUTLPCOG, OUTLPVEL
_MSGOUT = {
    "RMC": 0x209100AC,
    "GGA": 0x209100BB,
    "GSA": 0x209100C0,
    "VTG": 0x209100B1,
    "GST": 0x209100D4,
    "GSV": 0x209100C5,
    "GLL": 0x209100CA,
}
# Other programs switch NMEA off as a protocol; then the rates of its sentences change nothing.
_NMEA_IN, _NMEA_OUT, _UBX_OUT = 0x10730002, 0x10740002, 0x10740001  # CFG-UART1*PROT
_VALUE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4}  # size code in bits 28 to 30 of a key


def _valset(name: str, values: dict[int, int]) -> Command:
    pairs = b"".join(
        key.to_bytes(4, "little") + value.to_bytes(_VALUE_BYTES[key >> 28 & 7], "little")
        for key, value in values.items()
    )
    # version 0, layer RAM: whatever we set is gone with the power
    return _ubx_command(f"CFG-VALSET {name}", 0x06, 0x8A, bytes((0, 1, 0, 0)) + pairs)


def _valset_settings(rate_hz: int) -> tuple[Command, ...]:
    on = {_MSGOUT[name]: 1 for name in ("RMC", "GGA", "GSA", "VTG", "GST")}
    hold_off = {_SPEED_THRESHOLD: 0} | dict.fromkeys(_ODO_KEYS, 0)
    return (
        _valset("sentences", on),
        _valset("pedestrian", {_DYNMODEL: 3}),
        _valset("static hold and course filters off", hold_off),
        _valset(f"{rate_hz} Hz", {_RATE_MEAS: 1000 // rate_hz, _RATE_NAV: 1}),
    )


# --- NMEA dialects ----------------------------------------------------------------------


def _pmtk(number: int, values: str = "", *, is_answered: bool = True) -> Command:
    body = f"PMTK{number:03d}" + (f",{values}" if values else "")
    return Command(body, sentence(body.encode()), f"PMTK{number:03d}" if is_answered else None)


def _mtk_settings(rate_hz: int) -> tuple[Command, ...]:
    period_ms = 1000 // rate_hz
    return (
        _pmtk(386, "0"),  # static navigation off; some firmware calls it 397
        _pmtk(397, "0"),
        _pmtk(886, "1"),  # fitness mode
        # Without 300, old firmware repeats each fix five times.
        _pmtk(300, f"{period_ms},0,0,0,0"),
        _pmtk(220, f"{period_ms}"),
    )


def _pair(number: int, values: str = "", *, is_answered: bool = True) -> Command:
    body = f"PAIR{number:03d}" + (f",{values}" if values else "")
    return Command(body, sentence(body.encode()), f"PAIR{number:03d}" if is_answered else None)


def _pair_settings(rate_hz: int) -> tuple[Command, ...]:
    sentences = tuple(_pair(62, f"{number},1") for number in (0, 2, 4, 5))  # GGA GSA RMC VTG
    return (*sentences, _pair(80, "1"), _pair(50, f"{1000 // rate_hz}"))


_CASIC_BAUDS = {4800: 0, 9600: 1, 19200: 2, 38400: 3, 57600: 4, 115200: 5}


def _pcas(body: str) -> Command:
    return Command(body, sentence(body.encode()), None)


def _casic_settings(rate_hz: int) -> tuple[Command, ...]:
    return (_pcas(f"PCAS02,{1000 // rate_hz}"),)


_PLANS = {
    Family.UBLOX_LEGACY: SetupPlan(
        # CFG-PRT at the same speed switches NMEA on as a protocol.
        lambda baud: (_cfg_prt(baud), _cfg_msg("GSV", False), _cfg_msg("GLL", False)),
        _cfg_prt,
        _legacy_settings,
    ),
    Family.UBLOX: SetupPlan(
        lambda _: (
            _valset("NMEA on", {_NMEA_OUT: 1, _NMEA_IN: 1, _UBX_OUT: 1}),
            _valset("long sentences off", {_MSGOUT["GSV"]: 0, _MSGOUT["GLL"]: 0}),
        ),
        lambda baud: _valset(f"{baud} baud", {_UART1_BAUD: baud}),
        _valset_settings,
    ),
    Family.MTK: SetupPlan(
        lambda _: (_pmtk(314, "0,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0"),),  # RMC VTG GGA GSA
        lambda baud: _pmtk(251, f"{baud}", is_answered=False),
        _mtk_settings,
    ),
    Family.AIROHA: SetupPlan(
        lambda _: (_pair(62, "3,0"), _pair(62, "1,0")),  # GSV, GLL
        lambda baud: _pair(864, f"0,0,{baud}"),
        _pair_settings,
        restart=(_pair(513, is_answered=False), _pair(23, is_answered=False)),  # save, reboot
    ),
    Family.UNKNOWN: SetupPlan(
        lambda _: (_pcas("PCAS03,1,0,1,0,1,1,0,0,0,0,,,0,0"),),  # GGA GSA RMC VTG
        lambda baud: _pcas(f"PCAS01,{_CASIC_BAUDS.get(baud, 5)}"),
        _casic_settings,
    ),
}
