"""The card: files that survive a power cut, below one folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from backrun_pi.errors import RecordError
from backrun_pi.files import sync, write_atomic, write_whole

WORDS = {
    errno.ENOSPC: "the card is full",
    errno.EDQUOT: "the card is full (quota)",
    errno.EROFS: "the card is read-only",
    errno.EIO: "the card does not answer (input/output error)",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
}
"""What the errors of a card mean."""
FILE_MODE = 0o640
"""Nobody but us and our group reads what was recorded."""


class FileStorage:
    """Append-only files and files that are replaced whole, below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._unsynced: set[Path] = set()

    def append(self, name: str, data: bytes) -> None:
        """Append bytes, creating the file and its folders when missing. Raises RecordError."""
        path = self._path(name)
        with _said(name):
            descriptor = self._open_to_append(path)
            try:
                write_whole(descriptor, data)
            finally:
                os.close(descriptor)

    def sync(self, name: str) -> None:
        """Return when bytes and directory entry are on the medium. Raises RecordError."""
        path = self._path(name)
        with _said(name):
            _sync_data(path)
            self._sync_folders(path)

    def read(self, name: str, most_bytes: int | None = None) -> bytes | None:
        """Return a file, at most one byte beyond `most_bytes`. Raises RecordError."""
        with _said(name):
            try:
                with self._path(name).open("rb") as file:
                    return file.read(-1 if most_bytes is None else most_bytes + 1)
            except FileNotFoundError:
                return None

    def replace(self, name: str, data: bytes) -> None:
        """Replace the file whole or not at all. Raises RecordError."""
        path = self._path(name)
        with _said(name):
            self._make_folder(path.parent)
            write_atomic(path, data, FILE_MODE)
            self._unsynced.discard(path.parent)
            self._sync_folders(path)

    def names(self, folder: str) -> Sequence[str]:
        """Return the names directly in a folder, sorted; empty when there is none."""
        with _said(folder):
            try:
                return sorted(os.listdir(self._path(folder)))  # noqa: PTH208 - names, not paths
            except (FileNotFoundError, NotADirectoryError):
                return []

    def delete(self, name: str) -> None:
        """Delete a file or a whole folder; what is not there is fine. Raises RecordError."""
        path = self._path(name)
        with _said(name):
            try:
                if path.is_dir() and not path.is_symlink():
                    import shutil  # noqa: PLC0415 - it loads every packer, for a folder a month

                    shutil.rmtree(path)
                else:
                    path.unlink()
            except FileNotFoundError:
                return
            self._unsynced = {left for left in self._unsynced if not left.is_relative_to(path)}
            sync(path.parent)

    def free_bytes(self) -> int:
        """Return the space left for us on the medium. Raises RecordError."""
        with _said(str(self._root)):
            folder = self._root
            while not folder.exists():
                folder = folder.parent
            state = os.statvfs(folder)
            return state.f_bavail * state.f_frsize

    def _path(self, name: str) -> Path:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            raise ValueError(f"{name}: a name on the card is relative and has no ..")
        return self._root / pure

    def _open_to_append(self, path: Path) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            self._make_folder(path.parent)
            self._unsynced.add(path.parent)
            return os.open(path, flags | os.O_CREAT, FILE_MODE)

    def _make_folder(self, folder: Path) -> None:
        missing = [f for f in (folder, *folder.parents) if not f.exists()]
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._unsynced.update(made.parent for made in missing)

    def _sync_folders(self, path: Path) -> None:
        """Sync every folder above `path` that has an entry the medium may not know."""
        for folder in [f for f in path.parents if f in self._unsynced]:
            sync(folder)
            self._unsynced.discard(folder)


@contextmanager
def _said(name: str) -> Iterator[None]:
    try:
        yield
    except RecordError:
        raise
    except OSError as error:
        words = WORDS.get(error.errno or 0, error.strerror or str(error))
        raise RecordError(f"{name}: {words}") from error


def _sync_data(path: Path) -> None:
    """Sync what an append changed, not the times of the file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
