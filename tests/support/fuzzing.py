"""What every fuzz test shares: how many inputs, and what happens to bytes on cards and lines.

Some seconds for each parser in the test command; BACKRUN_FUZZ multiplies the inputs: the fuzz
tier and `make fuzz` set it.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from backrun_pi.errors import BackrunError

TIMES = int(os.environ.get("BACKRUN_FUZZ", "1"))
SECTOR = 512
LONGEST_REFUSAL = 2000
STRANGE: tuple[Any, ...] = (
    *(None, True, "", "x" * 3000, "../../etc", "\0", "\ud7ff", 0, -1, 1, 10**6, 2**63, 10**30),
    *(-(2**70), 1e308, -1e308, 0.5, [], [[]], {}, {"a": {}}, "nan", 1e-308),
)
"""Values that nobody wrote."""


def fuzz(examples: int) -> settings:
    """Return the settings of a fuzz test: so many inputs, times more in a tier."""
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def refused(error: BackrunError, name: str) -> None:
    """Check a refusal: one line, of a length that helps, which names the file."""
    text = str(error)
    assert name in text
    assert "\n" not in text
    assert len(text) < LONGEST_REFUSAL


@st.composite
def injured(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw a content with one to three injuries that cards, cuts, lines and people leave."""
    for _ in range(draw(st.integers(1, 3))):
        data = draw(st.sampled_from(_KINDS))(draw, data)
    return data


def _cut(draw: st.DrawFn, data: bytes) -> bytes:
    return data[: draw(st.integers(0, len(data)))]


def _flipped(draw: st.DrawFn, data: bytes) -> bytes:
    if not data:
        return data
    at = draw(st.integers(0, len(data) - 1))
    return data[:at] + bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) + data[at + 1 :]


def _zero_sector(draw: st.DrawFn, data: bytes) -> bytes:
    at = draw(st.integers(0, max(0, len(data) - 1))) // SECTOR * SECTOR
    gone = data[at : at + SECTOR]
    return data[:at] + bytes(len(gone)) + data[at + len(gone) :]


def _moved(draw: st.DrawFn, data: bytes) -> bytes:
    """Put a stretch of the content where another one was."""
    first, second = draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))
    length = draw(st.integers(0, 2 * SECTOR))
    return data[:first] + data[second : second + length] + data[first:]


def _spliced(draw: st.DrawFn, data: bytes) -> bytes:
    at = draw(st.integers(0, len(data)))
    over = draw(st.integers(0, 8))
    return data[:at] + draw(st.binary(max_size=60)) + data[at + over :]


def _deep(draw: st.DrawFn, data: bytes) -> bytes:
    return data + draw(st.sampled_from((b"[", b"{", b'{"a":', b"<a>", b"("))) * 20_000 + b"\n"


def _other_line_ends(draw: st.DrawFn, data: bytes) -> bytes:
    return data.replace(b"\n", draw(st.sampled_from((b"\r\n", b"\r", b"\n\n", b""))))


def _other_number(draw: st.DrawFn, data: bytes) -> bytes:
    """Put a number that nobody wrote where a digit stands."""
    at = [n for n, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if not at:
        return data
    where = draw(st.sampled_from(at))
    number = draw(st.sampled_from(_NUMBERS))
    return data[:where] + number + data[where + 1 :]


_NUMBERS = (
    *(b"", b"-", b"-1", b"1e999", b"9" * 25, b"9" * 5000, b"nan", b"inf", b"0.0", b"1e308"),
    *(b"null", b'"', b"\xff", b"\x00", b",", b"-0", b"180.0000001", b"91"),
)
_KINDS = (
    *(_cut, _flipped, _zero_sector, _moved, _spliced, _deep, _other_line_ends),
    *(_other_number, _other_number),
)
