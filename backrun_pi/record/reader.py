"""Reads a session's log, whatever happened to it: every record that is whole, and no other.

Only lines with a right checksum, the right session and a number not seen before are accepted.
`check` reports what else was found (see `damage.py`).
"""

from __future__ import annotations

import io
import os
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from backrun_pi.errors import SessionError
from backrun_pi.messages import is_session_id
from backrun_pi.record import codec
from backrun_pi.record.damage import Examination, LogCheck
from backrun_pi.record.format import (
    LONGEST_LINE,
    RecordGap,
    SessionEnd,
    SessionHeader,
    chunks,
    tag_of,
)
from backrun_pi.record.format import Record as Line
from backrun_pi.record.migrations import SCHEMA

LOG_GLOB = "log-*.jsonl"
_OF_THE_LOG = {SessionEnd.__name__, RecordGap.__name__}  # records that tell of the log itself


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """One message of the flow, as it was recorded."""

    boot: int
    """[-] Which boot of the session recorded it, from 0; times of two boots do not compare."""
    line_ns: int
    """[ns] When its line was closed: not earlier than the message was put."""
    message: Any
    """The message itself, of a kind in `codec.KINDS`."""


class Recording:
    """A session's log. Iterating reads it from the card again, file by file."""

    def __init__(self, path: Path, files: tuple[Path, ...]) -> None:
        self.path = path
        """What was asked for: a session folder or one log file."""
        self.files = files
        """Its log files, in order."""
        headers = [_first_header(file) for file in files]
        self.header = next(filter(None, headers), None)
        """Header of the first file that has a whole one. None when all are spoilt."""
        first = SCHEMA if self.header is None else self.header.schema
        self._schemas = tuple(first if one is None else max(1, one.schema) for one in headers)
        own = "" if self.header is None else self.header.session_id
        folder = path if path.is_dir() else path.parent
        self.session_id = own if is_session_id(own) else folder.resolve().name
        """Name of the session: it names folders, so a header with another kind of name is
        not asked."""

    def __iter__(self) -> Iterator[ReadRecord]:
        """Yield every whole record in the order it was put."""
        return self._read(Examination(self.session_id), None)

    def only(self, *kinds: type) -> Iterator[ReadRecord]:
        """Yield the whole records of some kinds, without decoding the others."""
        return self._read(Examination(self.session_id), {kind.__name__ for kind in kinds})

    def examine(
        self, examination: Examination, kinds: Sequence[type], first_of_line: type
    ) -> Iterator[ReadRecord]:
        """Yield the whole records of some kinds while the log is checked: one reading for both.

        Args:
            examination: Collects what is missing; its `result` is whole after the last record.
            kinds: What is yielded.
            first_of_line: A frequent kind of which the first in each line is enough.
        """
        names = {kind.__name__ for kind in kinds} | _OF_THE_LOG
        return self._read(examination, names, first_of_line.__name__)

    def check(self, *, is_deep: bool = True) -> LogCheck:
        """Read everything and say what is whole, what is not, and how much is lost.

        Args:
            is_deep: Decode every record. Otherwise only the lines are checked; a record that
                this program does not know is then not noticed.
        """
        examination = Examination(self.session_id)
        for _ in self._read(examination, None if is_deep else _OF_THE_LOG):
            pass
        return examination.result()

    def _read(
        self, examination: Examination, kinds: Container[str] | None, first_of_line: str = ""
    ) -> Iterator[ReadRecord]:
        tag = tag_of(self.header.session_id) if self.header else None
        for file, schema in zip(self.files, self._schemas, strict=True):
            with _opened(file) as stream:
                examination.begin_file(file.name, os.fstat(stream.fileno()).st_size)
                for chunk in chunks(stream):
                    if chunk.line is None:
                        examination.spoilt(chunk)
                        continue
                    tag = tag or chunk.line.s
                    if chunk.line.s == tag:
                        examination.whole(chunk, chunk.line)
                    else:
                        examination.foreign(chunk)
            for line in examination.lines():
                for kind, body in _chosen(line, kinds, first_of_line):
                    try:
                        message = codec.decode(kind, body, schema)
                    except SessionError as error:
                        examination.unreadable(line, str(error))
                        continue
                    examination.record(message)
                    yield ReadRecord(examination.boot, line.t[1], message)


def _chosen(
    line: Line, kinds: Container[str] | None, first_of_line: str
) -> Iterator[tuple[str, msgspec.Raw]]:
    """Yield the messages of a line that are asked for, not decoded."""
    is_first = True
    for kind, body in line.m:
        if kind == first_of_line:
            if is_first:
                yield kind, body
            is_first = False
        elif kinds is None or kind in kinds:
            yield kind, body


def read_session(path: Path) -> Recording:
    """Open a recorded session.

    Args:
        path: The folder `sessions/ID`, or one log file of it.

    Raises:
        SessionError: There is no such folder, it cannot be read, or it is no session.
    """
    if path.is_dir():
        files = tuple(sorted(path.glob(LOG_GLOB)))
        if not files:
            raise SessionError(f"{path}: not a session: there is no {LOG_GLOB} in it")
        return Recording(path, files)
    is_named = path.match(LOG_GLOB)
    with _opened(path) as stream:
        if not is_named and not any(chunk.line for chunk in chunks(stream)):
            raise SessionError(f"{path}: not a session's log: no line of it is whole")
    return Recording(path, (path,))


def find_sessions(root: Path) -> list[Path]:
    """Return the session folders below a storage root, oldest name first.

    Args:
        root: What holds `sessions/`, or that folder itself.

    Raises:
        SessionError: There is no such folder.
    """
    if not root.is_dir():
        raise SessionError(f"{root}: there is no such folder")
    inner = root / "sessions"
    folder = inner if inner.is_dir() else root
    return sorted({file.parent for file in folder.glob(f"*/{LOG_GLOB}")})


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as stream:
            yield stream
    except FileNotFoundError:
        raise SessionError(f"{file}: there is no such session or log") from None
    except OSError as error:
        raise SessionError(f"{file}: cannot be read: {error.strerror}") from error


class _Version(msgspec.Struct):
    schema: int = 1


def _first_header(file: Path) -> SessionHeader | None:
    """Return the header of a file, None when it is spoilt.

    Raises:
        SessionError: A newer program wrote it.
    """
    with _opened(file) as stream:
        first = stream.readline(LONGEST_LINE)
    for chunk in chunks(io.BytesIO(first)):
        for kind, body in () if chunk.line is None else chunk.line.m:
            if kind == SessionHeader.__name__:
                return _header(file, body)
    return None


def _header(file: Path, body: msgspec.Raw) -> SessionHeader | None:
    try:
        schema = msgspec.json.decode(body, type=_Version).schema
    except msgspec.DecodeError:
        return None
    if schema > SCHEMA:
        raise SessionError(
            f"{file}: recorded by a newer backrun: log schema {schema}, this one reads "
            f"up to {SCHEMA}"
        )
    try:
        header: SessionHeader = codec.decode(SessionHeader.__name__, body, max(1, schema))
    except SessionError:
        return None  # spoilt, and named as unreadable where the records are read
    return header
