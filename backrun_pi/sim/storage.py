"""The card: real files below one folder, and what a power cut takes from them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import numpy as np

from backrun_pi.errors import RecordError
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook


@contextmanager
def _refusal(name: str) -> Iterator[None]:
    """Let a disk below the card that is really full refuse as a card does."""
    try:
        yield
    except OSError as error:
        raise RecordError(f"{name}: {error.strerror}") from error


class SimStorage:
    """Implements hardware.ports.Storage."""

    def __init__(
        self,
        root: Path,
        clock: SimClock,
        faults: FaultBook,
        free_bytes: int,
        rng: np.random.Generator,
    ) -> None:
        self.root = root
        self._clock, self._faults, self._rng = clock, faults, rng
        self._free = free_bytes
        self._safe: dict[Path, int] = {}  # length on the medium of files with unsynced bytes
        with _refusal(str(root)):
            root.mkdir(parents=True, exist_ok=True)

    def append(self, name: str, data: bytes) -> None:
        """Append bytes; they are safe only after sync."""
        path = self._writable(name, len(data))
        length = path.stat().st_size if path.exists() else 0
        with _refusal(name):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                file.write(data)
        self._safe.setdefault(path, length)
        self._free -= len(data)

    def sync(self, name: str) -> None:
        """Put everything of a file on the medium."""
        path = self._writable(name, 0)
        if not path.exists():
            raise RecordError(f"{name}: there is no such file on the card")
        self._safe.pop(path, None)

    def read(self, name: str, most_bytes: int | None = None) -> bytes | None:
        """Return a file, at most one byte beyond `most_bytes`."""
        path = self._path(name)
        self._wait()
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(-1 if most_bytes is None else most_bytes + 1)

    def replace(self, name: str, data: bytes) -> None:
        """Replace a file whole."""
        path = self._writable(name, len(data))
        fresh = path.with_name(f".{path.name}.new")
        with _refusal(name):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(data)
            fresh.replace(path)
        self._safe.pop(path, None)
        self._free -= len(data)

    def names(self, folder: str) -> Sequence[str]:
        """Return the names in a folder."""
        path = self._path(folder)
        self._wait()
        return sorted(child.name for child in path.iterdir()) if path.is_dir() else []

    def delete(self, name: str) -> None:
        """Delete a file or folder."""
        path = self._writable(name, 0)
        gone = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
        self._free += sum(p.stat().st_size for p in gone)
        for file in gone:
            self._safe.pop(file, None)
        with _refusal(name):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def free_bytes(self) -> int:
        """Return the space left."""
        if self._faults.holds("card_full", self._clock.elapsed_s):
            return 0
        return max(0, self._free)

    def set_free(self, free_bytes: float) -> None:
        """Let somebody else fill the card."""
        self._free = int(free_bytes)

    def cut_power(self) -> None:
        """Lose what was not synced: all of it, a part, or a part and a tail of zeros."""
        for path, safe in self._safe.items():
            if not path.exists():
                continue
            data = path.read_bytes()
            kept = int(self._rng.integers(safe, len(data) + 1))
            zeros = int(self._rng.integers(0, 200)) if self._rng.random() < 0.5 else 0
            if kept == 0 and zeros == 0:
                path.unlink()
            else:
                path.write_bytes(data[:kept] + bytes(min(zeros, len(data) - kept)))
        self._safe.clear()

    def _writable(self, name: str, size: int) -> Path:
        path = self._path(name)
        self._wait()
        t_s = self._clock.elapsed_s
        if self._faults.holds("card_read_only", t_s):
            raise RecordError(f"{name}: the card is read-only")
        if size and (self._faults.holds("card_full", t_s) or size > self._free):
            raise RecordError(f"{name}: no space left on the card")
        return path

    def _wait(self) -> None:
        """Let the caller wait for a stalled card, the main loop included."""
        t_s = self._clock.elapsed_s
        if self._faults.holds("card_stalled", t_s):
            self._clock.pass_s(self._faults.end_s("card_stalled", t_s) - t_s)

    def _path(self, name: str) -> Path:
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            raise RecordError(f"{name!r} is not a name on the card")
        return self.root / pure
