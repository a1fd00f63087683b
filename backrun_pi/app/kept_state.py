"""What was kept across restarts, read so that no content of any file can stop a start.

Parts that a file's own room cannot read are set aside beside it as `NAME.damaged`, and named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from backrun_pi.coach import journal, resume
from backrun_pi.errors import RecordError
from backrun_pi.hardware.ports import Storage
from backrun_pi.lookout import coming
from backrun_pi.lookout.lookout import LOOKOUT_FILE
from backrun_pi.motion import wearer_profile
from backrun_pi.sensors.gnss import autoconfig
from backrun_pi.terrain.scouting import marks
from backrun_pi.terrain.terrain import MARKS_FILE

WEARER = "state/wearer.json"
DAMAGED = ".damaged"
"""Ending of the file that takes what could not be read."""
MOST_BYTES = 8_000_000
"""[B] A kept file longer than this is not ours: ten years of sessions take less than 4 MB."""
_MOST_DAMAGED = 1_000_000  # bytes kept of what could not be read


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file, and how its own room reads it."""

    name: str
    """Relative to the storage root."""
    is_readable: Callable[[bytes], bool]
    """Whether a line, or the whole content, is one of ours."""
    is_lines: bool
    """Each line stands for itself; a bad one costs nothing but itself."""


FILES: tuple[KeptFile, ...] = (
    KeptFile(journal.JOURNAL, journal.is_line, is_lines=True),
    KeptFile(resume.RESUME, resume.is_readable, is_lines=False),
    KeptFile(WEARER, wearer_profile.is_readable, is_lines=False),
    KeptFile(MARKS_FILE, marks.is_line, is_lines=True),
    KeptFile(LOOKOUT_FILE, coming.is_readable, is_lines=False),
    KeptFile(autoconfig.STATE_NAME, autoconfig.is_readable, is_lines=False),
)


@dataclass(frozen=True, slots=True)
class KeptState:
    """The readable content of every kept file, and what was not readable."""

    contents: Mapping[str, bytes]
    """By name; a file that is missing or holds nothing readable is not in it."""
    damages: tuple[str, ...]
    """What could not be read, one line of plain words for each file."""


def read_kept(storage: Storage, files: Sequence[KeptFile] = FILES) -> KeptState:
    """Read every kept file; set aside what cannot be read. Never raises for any content."""
    contents: dict[str, bytes] = {}
    damages: list[str] = []
    for file in files:
        try:
            data = storage.read(file.name, MOST_BYTES)
        except RecordError as error:
            damages.append(str(error))
            continue
        if not data:
            continue
        good, bad = _sifted(file, data)
        if good:
            contents[file.name] = good
        if bad:
            damages.append(_set_aside(storage, file, good, bad))
        elif good != data:  # a line that a power cut left without its end
            _replace(storage, file.name, good)
    return KeptState(contents, tuple(damages))


def _sifted(file: KeptFile, data: bytes) -> tuple[bytes, list[bytes]]:
    """Return what is readable, every line ended, and the pieces that are not."""
    if len(data) > MOST_BYTES:
        return b"", [data[:_MOST_DAMAGED]]
    if not file.is_lines:
        return (data, []) if file.is_readable(data) else (b"", [data])
    good: list[bytes] = []
    bad: list[bytes] = []
    for line in data.split(b"\n"):
        if line.strip():
            (good if file.is_readable(line) else bad).append(line)
    return b"".join(line + b"\n" for line in good), bad


def _set_aside(storage: Storage, file: KeptFile, good: bytes, bad: Sequence[bytes]) -> str:
    """Put bad pieces beside the file, then the file right; return what happened in words."""
    what = f"{len(bad)} lines" if len(bad) > 1 else ("a line" if file.is_lines else "it")
    beside = file.name + DAMAGED
    try:
        before = storage.read(beside, _MOST_DAMAGED) or b""
        pieces = before + b"".join(piece[:_MOST_DAMAGED] + b"\n" for piece in bad)
        storage.replace(beside, pieces[-_MOST_DAMAGED:])
        storage.replace(file.name, good)
    except RecordError as error:
        return f"{file.name}: {what} cannot be read, and not be set aside: {error}"
    return f"{file.name}: {what} could not be read; set aside in {beside}"


def _replace(storage: Storage, name: str, data: bytes) -> bool:
    try:
        storage.replace(name, data)
    except RecordError:
        return False  # the next start tries again; an append begins on a line of its own
    return True
