"""The FIT file format: header, definitions, data records, checksum. Knows no running.

Written from the public protocol description, protocol 2.0. Why not a library: see
docs/decisions/0008-fit-encoder.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

EPOCH_UTC_S = 631065600
"""[s] 1989-12-31 00:00 UTC, the begin of FIT time, seconds since 1970."""
PROTOCOL = 0x20
PROFILE = 21194  # the field numbers used here are older than this profile
_LOCALS = 16  # definitions that can be in force at one time
_DEFINITION, _HAS_DEVELOPER = 0x40, 0x20

Value = int | float | str | bytes | None


@dataclass(frozen=True, slots=True)
class BaseType:
    """How a value lies in the file."""

    code: int
    """Number in definitions."""
    form: str
    """Letter of the struct module."""
    size: int
    """[B]"""
    invalid: int
    """Stands for "unknown"."""


ENUM = BaseType(0x00, "B", 1, 0xFF)
U8 = BaseType(0x02, "B", 1, 0xFF)
U16 = BaseType(0x84, "H", 2, 0xFFFF)
S32 = BaseType(0x85, "i", 4, 0x7FFFFFFF)
U32 = BaseType(0x86, "I", 4, 0xFFFFFFFF)
U32Z = BaseType(0x8C, "I", 4, 0)


def text(size: int) -> BaseType:
    """Return a text of a fixed size, zero byte included."""
    return BaseType(0x07, f"{size}s", size, 0)


def raw(size: int) -> BaseType:
    """Return a field of bytes."""
    return BaseType(0x0D, f"{size}s", size, 0)


@dataclass(frozen=True, slots=True)
class Layout:
    """The fields of one kind of message."""

    number: int
    """Global message number."""
    fields: tuple[tuple[int, BaseType], ...]
    """(field number, type), in the order of the values."""
    developer: tuple[tuple[int, BaseType], ...] = ()
    """Developer fields of developer 0, after the others."""

    def types(self) -> tuple[BaseType, ...]:
        """Return the types of all values, in order."""
        return tuple(base for _, base in (*self.fields, *self.developer))


class FitFile:
    """A FIT file under construction."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._locals: dict[Layout, int] = {}
        self._next = 0

    def add(self, layout: Layout, *values: Value) -> None:
        """Append a message; its definition goes before the first of its kind.

        Raises:
            ValueError: The number of values is not that of the layout.
        """
        local = self._locals.get(layout)
        if local is None:
            local = self._define(layout)
        types = layout.types()
        packed = [_packed(base, value) for base, value in zip(types, values, strict=True)]
        self._body.append(local)
        self._body += struct.pack("<" + "".join(base.form for base in types), *packed)

    def to_bytes(self) -> bytes:
        """Return the whole file."""
        head = struct.pack("<BBHI4s", 14, PROTOCOL, PROFILE, len(self._body), b".FIT")
        head += struct.pack("<H", crc16(head))
        data = head + bytes(self._body)
        return data + struct.pack("<H", crc16(data))

    def _define(self, layout: Layout) -> int:
        local, self._next = self._next, (self._next + 1) % _LOCALS
        for known, number in list(self._locals.items()):
            if number == local:
                del self._locals[known]
        self._locals[layout] = local
        kind = _DEFINITION | local | (_HAS_DEVELOPER if layout.developer else 0)
        little_endian = 0
        self._body += struct.pack(
            "<BBBHB", kind, 0, little_endian, layout.number, len(layout.fields)
        )
        for number, base in layout.fields:
            self._body += bytes((number, base.size, base.code))
        if layout.developer:
            self._body.append(len(layout.developer))
            developer_index = 0
            for number, base in layout.developer:
                self._body += bytes((number, base.size, developer_index))
        return local


def _packed(base: BaseType, value: Value) -> int | bytes:
    """Return a value as `struct` takes it; what does not fit is unknown, never wrapped."""
    if base.form.endswith("s"):
        data = value.encode()[: base.size - 1] if isinstance(value, str) else value
        return data if isinstance(data, bytes) else b""
    if not isinstance(value, int | float):
        return base.invalid
    whole = round(value)
    bits = 8 * base.size
    least = -(1 << (bits - 1)) if base.form == "i" else 0
    most = (1 << (bits - 1)) - 1 if base.form == "i" else (1 << bits) - 1
    return whole if least <= whole <= most else base.invalid


def _crc_table() -> tuple[int, ...]:
    polynomial = 0xA001  # CRC-16/ARC, reflected
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ (polynomial if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_CRC = _crc_table()


def crc16(data: bytes) -> int:
    """Return the checksum of a FIT file."""
    crc, table = 0, _CRC
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc
