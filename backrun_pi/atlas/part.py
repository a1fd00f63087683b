"""One extract to its part of the atlas: built once, kept by rename, skipped when damaged."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from backrun_pi import __version__
from backrun_pi.atlas.geoparquet import facts_of, row_of, write_part
from backrun_pi.atlas.stretches import stretches
from backrun_pi.errors import MapError
from backrun_pi.files import sync
from backrun_pi.maps.build import build_map
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.terrain.settings import TerrainSettings

PARTS, WORK = "parts", "work"
"""Folders of the atlas: what is done, and what is being done."""
ATTEMPTS = 3
"""[-] A build that fails of the machine and not of the extract is tried this often."""
_SOURCE = "backrun.source"


@dataclass(frozen=True, slots=True)
class ExtractReport:
    """What became of an extract."""

    extract: str
    part: str | None
    """Name of its part. None: skipped."""
    stretches: int
    is_built: bool
    """False when its part was there already."""
    because: str
    """Why it was skipped; empty when it was not."""


def make_part(extract: Path, out: Path) -> ExtractReport:
    """Build the part of one extract, unless it is there.

    A part appears by rename and names what it was made from, so a build that is killed at any
    moment leaves nothing that counts, and two builds of the same extract do not meet.

    Raises:
        OSError: The machine failed: disk full, file server gone. Worth another attempt.
    """
    try:
        facts = {_SOURCE: _identity(extract)}
    except OSError as error:
        return _skipped(extract, f"{extract}: cannot be read: {error.strerror or error}")
    path = out / PARTS / f"{part_name(extract)}.parquet"
    kept = facts_of(path)
    if kept.get(_SOURCE) == facts[_SOURCE]:
        return ExtractReport(str(extract), path.name, int(kept["backrun.stretches"]), False, "")
    (out / WORK).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{path.stem}-", dir=out / WORK) as scratch:
        built = Path(scratch) / "extract.map"
        try:
            build_map([extract], built)
            opened = MapFile.open(built)
            found = stretches(opened, TerrainSettings())
        except MapError as error:
            return _skipped(extract, str(error))
        data_until = opened.header.data_until
        rows = [row_of(one, data_until, extract.name) for one in found]
        new = Path(scratch) / path.name
        write_part(new, rows, {**facts, "backrun.stretches": str(len(rows))})
        sync(new)
        path.parent.mkdir(parents=True, exist_ok=True)
        new.replace(path)
        sync(path.parent)
    return ExtractReport(str(extract), path.name, len(rows), True, "")


def attempted(extract: Path, out: Path, attempt: int) -> ExtractReport:
    """Build a part; the last attempt says why it failed instead of raising.

    Args:
        extract: To be read.
        out: Folder of the atlas.
        attempt: From 1.

    Raises:
        OSError, MemoryError: As `make_part`, before the last attempt.
    """
    try:
        return make_part(extract, out)
    except (OSError, MemoryError) as error:
        if attempt < ATTEMPTS:
            raise
        return _skipped(
            extract, f"{extract}: failed {attempt} times: {str(error) or 'no memory'}"
        )


def part_name(extract: Path) -> str:
    """Return the name of a part: two extracts of one name in two folders stay apart."""
    digest = hashlib.sha256(str(extract.resolve()).encode()).hexdigest()[:8]
    return f"{extract.name.split('.', 1)[0]}-{digest}"


def _identity(extract: Path) -> str:
    """Return what a part depends on; a changed extract or program makes it due again."""
    facts = extract.stat()
    return json.dumps([extract.name, facts.st_size, facts.st_mtime_ns, __version__])


def _skipped(extract: Path, because: str) -> ExtractReport:
    return ExtractReport(str(extract), None, 0, False, because)
