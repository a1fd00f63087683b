"""The head of a map file: what it was made from, the rules, where the sections lie."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec

from backrun_pi.errors import MapError
from backrun_pi.maps import layout, tags
from backrun_pi.maps.paged_file import PagedFile

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
_Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
_Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
_Severity = Annotated[int, msgspec.Meta(ge=1, le=3)]
_Radius = Annotated[float, msgspec.Meta(ge=0.0, le=1000.0)]
_LONGEST = 4_000_000  # bytes; ours has about 30 kB
_EXTRACT_ENDS = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m", ".osm.xml")


class MapHeader(msgspec.Struct, frozen=True):
    """What the head of a map file must hold to be one of ours."""

    attribution: str
    licence: str
    box: tuple[_Latitude, _Longitude, _Latitude, _Longitude] | None
    extracts: list[dict[str, Any]]
    rules: list[tuple[str, str, tags.HazardClass, _Severity, _Radius, bool, str]]
    first_line_rule: _Count
    rule_counts: list[_Count]
    sections: dict[str, tuple[_Count, _Count]]


def read_header(file: PagedFile) -> tuple[MapHeader, dict[str, Any]]:
    """Return the header of a map file: checked, and as plain values.

    Raises:
        MapError: It is not a map, of another version, cut short, damaged, or whole but not
            what a build of this version writes.
    """
    path, size = file.path, file.size_bytes
    if size < layout.PREFIX.size:
        raise MapError(f"{path}: not a map file ({size} bytes)")
    prefix = layout.PREFIX.unpack(file.read(0, layout.PREFIX.size))
    magic, version, length, crc, _, whole = prefix
    if magic != layout.MAGIC:
        is_extract = path.name.endswith(_EXTRACT_ENDS)
        hint = "; it looks like an extract: run `backrun map build` on it" if is_extract else ""
        raise MapError(f"{path}: not a map file{hint}")
    if version != layout.VERSION:
        raise MapError(
            f"{path}: map version {version}, this program reads {layout.VERSION}; "
            "build it again"
        )
    if size != whole:
        raise MapError(f"{path}: cut short: {size} of {whole} bytes; build it again")
    if layout.PREFIX.size + length > min(size, _LONGEST):
        raise MapError(f"{path}: damaged header; build it again")
    text = file.read(layout.PREFIX.size, length)
    if zlib.crc32(text) != crc:
        raise MapError(f"{path}: damaged header; build it again")
    try:
        header = msgspec.json.decode(text, type=MapHeader)
        plain: dict[str, Any] = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MapError(f"{path}: not a map of this program: {error}; build it again") from error
    fault = _fault(header, size)
    if fault is not None:
        raise MapError(f"{path}: not a map of this program: {fault}; build it again")
    return header, plain


def _fault(header: MapHeader, size: int) -> str | None:
    """Return what in a header does not fit its file, None when all does."""
    for name, dtype in layout.SECTIONS.items():
        if name not in header.sections:
            return f"the section {name} is missing"
        offset, count = header.sections[name]
        if offset + count * dtype.itemsize > size:
            return f"the section {name} ends outside of the file"
    for name in ("capsule", "segment"):
        keys, starts = (header.sections[f"{name}_{part}"][1] for part in ("keys", "starts"))
        if keys != starts or not keys:
            return f"the cells of the {name}s are not whole"
    if header.first_line_rule > len(header.rules):
        return "the rules are not whole"
    return None


def head(
    counts: Mapping[str, int],
    box: list[float] | None,
    extracts: Sequence[Path],
    rule_counts: Sequence[int],
) -> bytes:
    """Return prefix and header of a map file, up to the first section.

    Args:
        counts: Records in each section.
        box: South, west, north, east; None of an empty map.
        extracts: What the map was made from; only names, sizes and checksums are kept.
        rule_counts: Features found by each rule.
    """
    facts: dict[str, Any] = {
        "attribution": layout.ATTRIBUTION,
        "licence": layout.LICENCE,
        "box": box,
        "extracts": [
            {"name": path.name, "bytes": path.stat().st_size, "crc32": _crc(path)}
            for path in extracts
        ],
        "rules": [
            [
                r.tag,
                r.kind,
                r.hazard_class.value,
                r.severity,
                r.radius_m,
                r.has_drop_right,
                r.meaning,
            ]
            for r in tags.RULES
        ],
        "first_line_rule": len(tags.POINT_RULES),
        "rule_counts": list(rule_counts),
    }
    room = 0
    while True:  # the offsets stand in the header whose length they depend on
        offset, sections = layout.aligned(layout.PREFIX.size + room), {}
        for name, dtype in layout.SECTIONS.items():
            sections[name] = [offset, counts[name]]
            offset = layout.aligned(offset + dtype.itemsize * counts[name])
        text = json.dumps({**facts, "sections": sections}, ensure_ascii=False).encode()
        if len(text) <= room:
            break
        room = len(text) + layout.ALIGN
    text = text.ljust(room)
    prefix = layout.PREFIX.pack(
        layout.MAGIC, layout.VERSION, len(text), zlib.crc32(text), 0, offset
    )
    head = prefix + text
    return head.ljust(layout.aligned(len(head)), b"\0")


def _crc(path: Path) -> str:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return f"{crc:08x}"
