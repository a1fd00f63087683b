"""The one atomic writer: a file is replaced whole or not at all, also when the power goes.

The new content lies beside the file as `.NAME.new` until it is on the medium. A cut leaves at
most that one left-over; nothing ever reads it, and the next write of the same file takes its
place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backrun_pi.errors import OutputError

FILE_MODE = 0o644
"""Permissions of an output, before the umask."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Let the caller write a file beside `path`, which then takes its place.

    Yields:
        Where to write. The file is synced and renamed when the block ends, and deleted when
        the block raises.

    Raises:
        OSError: The card refused; `path` is as it was.
    """
    new = beside(path)
    try:
        yield new
        sync(new)
        new.replace(path)
        sync(path.parent)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def write_atomic(path: Path, data: bytes, mode: int = FILE_MODE) -> None:
    """Replace a file whole or not at all; its folder exists.

    Raises:
        OSError: The card refused; the file is as it was.
    """
    with replacing(path) as new:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        descriptor = os.open(new, flags, mode)
        try:
            write_whole(descriptor, data)
        finally:
            os.close(descriptor)


@contextmanager
def named_in_errors(path: Path) -> Iterator[None]:
    """Raise OutputError with the name of an output for every refusal of the file system."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def beside(path: Path) -> Path:
    """Return where the next content of a file is written."""
    return path.with_name(f".{path.name}.new")


def write_whole(descriptor: int, data: bytes) -> None:
    """Write all bytes, however few of them the system takes at once. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def sync(path: Path) -> None:
    """Return when a file's bytes or a folder's entries are on the medium. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
