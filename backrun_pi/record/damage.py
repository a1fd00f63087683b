"""What a log has lost: which lines to accept, in which order, and what is missing between."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backrun_pi.record.format import Chunk, Record, RecordGap, SessionEnd
from backrun_pi.units import NS_PER_S

_TORN_SPAN = re.compile(rb'"f":(\d{1,9}),"n":(\d{1,9}),"t":\[(\d{1,19}),(\d{1,19})\]')
_LINE_END = 2  # bytes between two pieces: CR LF
_LONGEST_LINE_NS = 10 * NS_PER_S  # a torn line that claims more than this is rejected


@dataclass(frozen=True, slots=True)
class Injury:
    """A place where a log is not whole."""

    file: str
    """Name of the file."""
    offset: int
    """[B] Where it begins."""
    length: int
    """[B] How long it is; 0 where bytes are missing."""
    kind: str
    """`torn end`, `zeros`, `spoilt`, `doubled`, `foreign`, `missing`, `unreadable`, `cut` or
    `left out`."""
    lost_s: float | None
    """[s] Recording that is lost by it. None where it costs nothing or nothing tells it."""
    text: str
    """The same in plain words."""


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What is whole and what is not."""

    session_id: str
    """Name of the session."""
    files: int
    """[-] Log files."""
    bytes: int
    """[B] All together."""
    lines: int
    """[-] Whole lines."""
    records: int
    """[-] Records in them."""
    boots: int
    """[-] Boots that recorded it."""
    duration_s: float
    """[s] From the first to the last whole line, summed over boots."""
    lost_s: float
    """[s] Recording that is lost, as far as neighbours or torn lines tell it."""
    is_closed: bool
    """It came to its end mark. If not, up to a second before the cut is missing as well."""
    is_whole: bool
    """Nothing at all is missing."""
    injuries: tuple[Injury, ...]
    """Every place that is not whole."""


class Examination:
    """One pass over a log's files: orders the lines, and collects what is wrong."""

    def __init__(self, session_id: str) -> None:
        self._session_id = session_id
        self._files = self._bytes = self._lines = self._records = 0
        self._span_ns = 0
        self._is_closed = False
        self._injuries: list[Injury] = []
        self._boots: list[str] = []
        self._last: Record | None = None
        self._file = ""
        self._size = 0
        self._found: dict[int, tuple[Chunk, Record]] = {}
        self._pieces: list[Chunk] = []
        self._torn: Injury | None = None  # what it costs is known when the next line is

    @property
    def boot(self) -> int:
        """Return the number of the boot that wrote the present line, from 0."""
        return len(self._boots) - 1

    def begin_file(self, name: str, size: int) -> None:
        """Begin the next file."""
        self._file, self._size = name, size
        self._files += 1
        self._bytes += size
        self._found, self._pieces = {}, []

    def whole(self, chunk: Chunk, line: Record) -> None:
        """Take a line with a right checksum and the session's tag."""
        _, first = next(iter(self._found.values()), (chunk, line))
        if first.f != line.f:
            self.foreign(chunk)
        elif line.n in self._found:
            self._note(chunk, "doubled", f"line {line.n} a second time, left out")
        else:
            self._found[line.n] = chunk, line

    def foreign(self, chunk: Chunk) -> None:
        """Take a line that belongs to another session or file."""
        self._note(chunk, "foreign", "a line of another session or file, left out")

    def spoilt(self, chunk: Chunk) -> None:
        """Take bytes that are no line; those that follow each other are one place.

        The last piece stays apart: it may be a torn line, which tells what it cost.
        """
        if len(self._pieces) > 1 and _follows(self._pieces[-2], self._pieces[-1]):
            first, last = self._pieces[-2:]
            length = last.offset + last.length - first.offset
            self._pieces[-2:] = [Chunk(first.offset, length, first.data, None)]
        self._pieces.append(chunk)

    def lines(self) -> Iterator[Record]:
        """Yield the file's lines in order, and note what lies between them."""
        number = end = -1
        for _, (chunk, line) in sorted(self._found.items()):
            self._follow(chunk, line, number)
            number, end = line.n, max(end, chunk.offset)
            yield line
        for piece in self._pieces:
            if piece.offset < end:
                self._note(piece, _kind(piece.data, "spoilt"), "bytes that are no line")
        self._settle([piece for piece in self._pieces if piece.offset >= end], number)

    def record(self, message: Any) -> None:
        """Take a decoded SessionEnd or RecordGap; other records say nothing here."""
        if isinstance(message, SessionEnd):
            self._is_closed = True
        elif isinstance(message, RecordGap):
            lost_s = (message.until_ns - message.since_ns) / NS_PER_S
            what = ", ".join(f"{count} {kind}" for kind, count in message.dropped.items())
            text = f"the recorder left out {what} within {lost_s:.1f} s: {message.because}"
            self._injuries.append(
                Injury(
                    file=self._file,
                    offset=0,
                    length=0,
                    kind="left out",
                    lost_s=lost_s,
                    text=text,
                )
            )

    def unreadable(self, line: Record, fault: str) -> None:
        """Take a record of a whole line that this program cannot decode."""
        self._records -= 1
        text = f"line {line.n}: {fault}"
        self._injuries.append(
            Injury(
                file=self._file, offset=0, length=0, kind="unreadable", lost_s=None, text=text
            )
        )

    def result(self) -> LogCheck:
        """Return what is whole and what is not."""
        self._close_torn(is_reported=False)
        return LogCheck(
            session_id=self._session_id,
            files=self._files,
            bytes=self._bytes,
            lines=self._lines,
            records=self._records,
            boots=len(self._boots),
            duration_s=self._span_ns / NS_PER_S,
            lost_s=sum(one.lost_s for one in self._injuries if one.lost_s is not None),
            is_closed=self._is_closed,
            is_whole=self._is_closed and not self._injuries,
            injuries=tuple(self._injuries),
        )

    def _follow(self, chunk: Chunk, line: Record, number: int) -> None:
        """Take the next line in order; `number` is that of the line before it in the file."""
        before = self._last if line.b in self._boots else None
        self._close_torn(is_reported=before is not None)
        gap_ns = line.t[0] - before.t[1] if before else 0
        missing = line.n - number - 1
        if missing or gap_ns > 0:
            lost_s = gap_ns / NS_PER_S if before else None
            lines = f"{missing} lines are missing" if missing else "nothing was recorded"
            text = lines if lost_s is None else f"{lines}: {lost_s:.2f} s"
            place = Injury(
                file=self._file,
                offset=chunk.offset,
                length=0,
                kind="missing",
                lost_s=lost_s,
                text=text,
            )
            self._injuries.append(place)
        if line.b not in self._boots:
            if self._boots and not self._is_closed:
                text = "the power was cut before this; up to its last second is missing"
                self._injuries.append(
                    Injury(
                        file=self._file,
                        offset=chunk.offset,
                        length=0,
                        kind="cut",
                        lost_s=None,
                        text=text,
                    )
                )
            self._boots.append(line.b)
        self._span_ns += max(0, gap_ns) + line.t[1] - line.t[0]
        self._last = line
        self._is_closed = False  # whatever follows an end mark is not closed yet
        self._records += len(line.m)
        self._lines += 1

    def _settle(self, pieces: list[Chunk], number: int) -> None:
        """Note what follows the last whole line of a file."""
        for piece in pieces[:-1]:
            self._note(piece, _kind(piece.data, "spoilt"), "bytes that are no line")
        if not pieces:
            return
        lost_ns = max((_torn_ns(piece.data, self._last, number) for piece in pieces), default=0)
        last = pieces[-1]
        lost_s = lost_ns / NS_PER_S if lost_ns else None
        kind = _kind(last.data, "torn end")
        text = "the file breaks off" if kind == "torn end" else "the file ends in zeros"
        self._torn = Injury(
            file=self._file,
            offset=last.offset,
            length=last.length,
            kind=kind,
            lost_s=lost_s,
            text=text,
        )

    def _close_torn(self, *, is_reported: bool) -> None:
        """Note a torn end; the line that follows shows what it cost, if one does."""
        if self._torn is not None:
            lost_s = None if is_reported else self._torn.lost_s
            self._injuries.append(dataclasses.replace(self._torn, lost_s=lost_s))
            self._torn = None

    def _note(self, chunk: Chunk, kind: str, text: str) -> None:
        place = chunk.offset, chunk.length
        self._injuries.append(Injury(self._file, *place, kind, None, text))


def _follows(one: Chunk, other: Chunk) -> bool:
    return other.offset - one.offset - one.length <= _LINE_END


def _kind(data: bytes, else_kind: str) -> str:
    return "zeros" if not data.strip(b"\0\r\n") else else_kind


def _torn_ns(data: bytes, last: Record | None, number: int) -> int:
    """Return how long after the last whole line a torn one says it ends; 0 if not at all."""
    found = 0
    for match in _TORN_SPAN.finditer(data):
        part, line, from_ns, to_ns = map(int, match.groups())
        if last is not None and (part != last.f or line <= number):
            continue
        begin_ns = from_ns if last is None else last.t[1]
        if 0 < to_ns - begin_ns <= (line - number) * _LONGEST_LINE_NS:
            found = max(found, to_ns - begin_ns)
    return found
