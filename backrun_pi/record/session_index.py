"""What is known of each session on a card, so that a list of them opens no log twice.

A log never changes once its session is over: its check is kept beside the sessions, with the
name, length and time of each of its files. Where one of them differs the log is read again;
where the index is missing, damaged or of another version, all are.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from backrun_pi.errors import SessionError
from backrun_pi.files import write_atomic
from backrun_pi.record.damage import LogCheck
from backrun_pi.record.reader import LOG_GLOB, find_sessions, read_session

INDEX = ".sessions-index.json"
"""Below the storage root. Nothing is lost with it."""
_VERSION = 1


class Stamp(msgspec.Struct, frozen=True, array_like=True):
    """By what a file of a log is recognised as unchanged."""

    name: str
    """Of the file."""
    bytes: int
    """[B] Its length."""
    mtime_ns: int
    """[ns] When it was last written, by the clock of then."""


class LogSummary(msgspec.Struct, frozen=True):
    """The check of one session's log."""

    files: tuple[Stamp, ...]
    """Of which it was made."""
    bytes: int
    """[B] Length of the log."""
    duration_s: float
    """[s] Span of its records."""
    is_whole: bool
    """Nothing of it is missing."""
    lost_s: float
    """[s] What is missing."""


class _Index(msgspec.Struct, frozen=True):
    version: int
    sessions: dict[str, LogSummary]


def _check(session: Path) -> LogCheck:
    return read_session(session).check(is_deep=False)


def summaries(
    root: Path,
    unreadable: Callable[[SessionError], None],
    check: Callable[[Path], LogCheck] = _check,
) -> dict[str, LogSummary]:
    """Return what is known of every session below a storage root, by its name.

    Args:
        root: What holds `sessions/`.
        unreadable: Called for a log that cannot be read; the others go on.
        check: Reads a log; called for those only that are new or changed.

    Raises:
        SessionError: There is no such folder.
    """
    path = root / INDEX
    before = _read(path)
    now: dict[str, LogSummary] = {}
    try:
        for session in find_sessions(root):
            stamps = _stamps(session)
            known = before.get(session.name)
            if known is None or known.files != stamps:
                try:
                    known = _summary(check(session), stamps)
                except SessionError as error:
                    unreadable(error)
                    continue
            now[session.name] = known
    finally:  # what was read so far is kept, also when somebody does not wait for the rest
        here = {path.name for path in find_sessions(root)}
        kept = {name: one for name, one in (before | now).items() if name in here}
        if kept != before:
            _write(path, kept)
    return now


def _stamps(session: Path) -> tuple[Stamp, ...]:
    found = ((file.name, file.stat()) for file in sorted(session.glob(LOG_GLOB)))
    return tuple(Stamp(name, stat.st_size, stat.st_mtime_ns) for name, stat in found)


def _summary(check: LogCheck, stamps: tuple[Stamp, ...]) -> LogSummary:
    return LogSummary(
        files=stamps,
        bytes=check.bytes,
        duration_s=check.duration_s,
        is_whole=check.is_whole,
        lost_s=check.lost_s,
    )


def _read(path: Path) -> dict[str, LogSummary]:
    try:
        number, _, body = path.read_bytes().partition(b"\n")
        if number != _number(body):
            return {}
        index = msgspec.json.decode(body, type=_Index)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return index.sessions if index.version == _VERSION else {}


def _write(path: Path, sessions: dict[str, LogSummary]) -> None:
    body = msgspec.json.encode(_Index(_VERSION, sessions))
    try:
        write_atomic(path, _number(body) + b"\n" + body)
    except OSError:
        return  # a card that is full or read-only is listed all the same, only slower


def _number(body: bytes) -> bytes:
    return f"{zlib.crc32(body):08x}".encode()
