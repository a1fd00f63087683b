"""The card's history, as the power cuts of the virtual Pi read it."""

from __future__ import annotations

import random
from pathlib import Path

from tests.device.cuts import FLUSH, HEADER, SECTOR, Write, history, keep_some


def entry(sector: int, data: bytes, flags: int = 0) -> bytes:
    head = HEADER.pack(sector, len(data) // SECTOR, flags, 0)
    return head.ljust(SECTOR, b"\0") + data


def test_a_history_is_read_in_its_order_and_a_torn_end_is_left_out(tmp_path: Path) -> None:
    data = b"x" * 2 * SECTOR
    log = tmp_path / "log"
    whole = bytes(SECTOR) + entry(8, data) + entry(0, b"", FLUSH) + entry(9, data)
    log.write_bytes(whole[:-1])
    assert list(history(log)) == [
        Write(8 * SECTOR, data, is_flush=False),
        Write(0, b"", is_flush=True),
    ]


def test_of_what_was_not_flushed_a_cut_keeps_whole_sectors_or_nothing(tmp_path: Path) -> None:
    pending = [Write(0, b"a" * 4 * SECTOR, False), Write(8 * SECTOR, b"b" * SECTOR, False)]
    seen: set[tuple[int, int]] = set()
    for seed in range(40):
        image = tmp_path / "image"
        image.write_bytes(bytes(9 * SECTOR))
        keep_some(image, pending, random.Random(seed))  # noqa: S311 - a die
        data = image.read_bytes()
        seen.add((data.count(b"a"), data.count(b"b")))
    assert {count for count, _ in seen} == {n * SECTOR for n in range(5)}
    assert {count for _, count in seen} == {0, SECTOR}


def test_the_beacon_tells_the_time_of_a_write() -> None:
    page = (b"BEACON  " + (7_000_000_000).to_bytes(8, "little")).ljust(SECTOR, b"\0")
    assert Write(0, page, is_flush=False).beacon_ns == 7_000_000_000
    assert Write(0, bytes(SECTOR), is_flush=False).beacon_ns is None
