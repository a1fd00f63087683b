"""What libosmium does not read of an OSM XML file: several bounds, and JOSM's deletions."""

from __future__ import annotations

import bz2
import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from backrun_pi.maps.coverage import Box

_ELEMENT = re.compile(rb"<(bounds|node|way|relation)\b([^<>]*)>")
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_BLOCK_BYTES = 1 << 22
_OVERLAP_BYTES = 1 << 12  # longer than any element's head
_SIDES = (b"minlat", b"minlon", b"maxlat", b"maxlon")


@dataclass(frozen=True, slots=True)
class XmlNotes:
    """What the text of an extract says besides its objects."""

    boxes: tuple[Box, ...]
    deleted: frozenset[str]
    """Objects that an editor has marked for deletion: `n1`, `w1`, `r1`."""


EMPTY = XmlNotes((), frozenset())


def scan(path: Path) -> XmlNotes:
    """Return the bounds and the deleted objects of an XML file, nothing of another kind.

    Raises:
        RuntimeError: It cannot be unpacked.
    """
    name = path.name.lower()
    if not name.endswith((".osm", ".xml", ".osm.gz", ".osm.bz2", ".xml.gz", ".xml.bz2")):
        return EMPTY
    try:
        with _opened(path) as file:
            return _scan(file)
    except (OSError, EOFError) as error:
        raise RuntimeError(str(error)) from error


def _opened(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path))
    return cast(BinaryIO, bz2.open(path)) if path.suffix == ".bz2" else path.open("rb")


def _scan(file: BinaryIO) -> XmlNotes:
    boxes: list[Box] = []
    deleted = set()
    tail = b""
    while block := file.read(_BLOCK_BYTES):
        text = tail + block
        if b"<bounds" in text or b"action=" in text:
            for match in _ELEMENT.finditer(text):
                found = {key: one or other for key, one, other in _ATTRIBUTE.findall(match[2])}
                if match[1] == b"bounds":
                    box = _box(found)
                    boxes += [box] if box is not None and box not in boxes else []
                elif found.get(b"action") == b"delete" and found.get(b"id"):
                    deleted.add(f"{chr(match[1][0])}{found[b'id'].decode('ascii', 'replace')}")
        tail = text[-_OVERLAP_BYTES:]
    return XmlNotes(tuple(boxes), frozenset(deleted))


def _box(found: dict[bytes, bytes]) -> Box | None:
    try:
        south, west, north, east = (float(found[side]) for side in _SIDES)
    except (KeyError, ValueError):
        return None
    return south, west, north, east
