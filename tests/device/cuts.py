"""Cuts the power at any moment of a card's history, and looks what the card then holds.

QEMU's `blklogwrites` keeps every write and flush of the card in the order in which the card
took them. A card promises only what it was asked to flush: of the writes after the last flush a
cut keeps any, and of each only a part. So each cut is made from the history with dice, worse
than any single real one. The beacon gives the time of a cut, ten times a second, at the
end of the card.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backrun_pi.record.reader import find_sessions, read_session

SECTOR = 512
HEADER = struct.Struct("<QQQQ")  # sector, sectors, flags, bytes of data
FLUSH, DISCARD, MARK = 1, 4, 8
BEACON = b"BEACON  "


@dataclass(frozen=True, slots=True)
class Write:
    """One entry of the history: data for a place, or none for a flush."""

    place: int
    data: bytes
    is_flush: bool

    @property
    def beacon_ns(self) -> int | None:
        """Return the time that it tells, if it is the beacon."""
        if not self.data.startswith(BEACON):
            return None
        return int.from_bytes(self.data[8:16], "little")


@dataclass(frozen=True, slots=True)
class Survivor:
    """What a cut left."""

    cut_s: float
    """[s] When the power went, since the start of the machine."""
    lost_s: float
    """[s] From the end of the last whole line to the cut."""
    repairs: int
    """Exit status of e2fsck -p: 0 clean, 1 journal replayed."""


def history(log: Path) -> Iterator[Write]:
    """Yield every entry of a dm-log-writes log."""
    with log.open("rb") as file:
        file.seek(SECTOR)
        while len(head := file.read(SECTOR)) == SECTOR:
            sector, sectors, flags, _ = HEADER.unpack_from(head)
            has_data = sectors and not flags & (DISCARD | MARK)
            data = file.read(sectors * SECTOR) if has_data else b""
            if has_data and len(data) < sectors * SECTOR:
                return
            yield Write(sector * SECTOR, data, bool(flags & FLUSH))


def cut_many(card: Path, log: Path, count: int, since_s: float, seed: int) -> list[Survivor]:
    """Cut the power `count` times.

    Args:
        card: As it was before the machine began.
        log: Its history.
        count: How many cuts.
        since_s: [s] Not before this moment: a session is recording by then.
        seed: Of the dice.

    Returns:
        What each cut left, in order of time.
    """
    dice = random.Random(seed)  # noqa: S311 - a seeded die
    writes = list(history(log))
    times = _times(writes)
    moments = [index for index, t_ns in enumerate(times) if t_ns > since_s * 1e9]
    chosen = set(dice.sample(moments, count))
    held = card.with_suffix(".held")
    _copy(card, held)
    survivors: list[Survivor] = []
    pending: list[Write] = []
    with held.open("r+b", buffering=0) as medium:
        for index, write in enumerate(writes):
            if write.is_flush:
                for one in pending:
                    os.pwrite(medium.fileno(), one.data, one.place)
                pending.clear()
            if write.data:
                pending.append(write)
            if index in chosen:
                survivors.append(_survive(held, pending, times[index], dice))
    return survivors


def keep_some(image: Path, pending: list[Write], dice: random.Random) -> None:
    """Write what a cut kept of the writes that were not flushed."""
    with image.open("r+b", buffering=0) as medium:
        for write in pending:
            if dice.random() < 0.5:
                kept = dice.randint(1, len(write.data) // SECTOR) * SECTOR
                os.pwrite(medium.fileno(), write.data[:kept], write.place)


def _times(writes: list[Write]) -> list[int]:
    """Return for each entry the time of the last beacon before it."""
    times, now_ns = [], 0
    for write in writes:
        now_ns = write.beacon_ns or now_ns
        times.append(now_ns)
    return times


def _survive(held: Path, pending: list[Write], cut_ns: int, dice: random.Random) -> Survivor:
    image = held.with_suffix(".cut")
    folder = held.with_suffix(".files")
    _copy(held, image)
    keep_some(image, pending, dice)
    check = subprocess.run(
        ["/sbin/e2fsck", "-fp", str(image)], capture_output=True, check=False
    )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    subprocess.run(
        ["/sbin/debugfs", "-R", f"rdump /sessions {folder}", str(image)],
        capture_output=True,
        check=True,
    )
    lines = [one.line_ns for path in find_sessions(folder) for one in read_session(path)]
    lost_s = (cut_ns - max(lines, default=0)) * 1e-9
    return Survivor(cut_ns * 1e-9, lost_s, check.returncode)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--sparse=always", str(source), str(target)], check=True)
