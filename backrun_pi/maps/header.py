"""The head of a map file: what it was made from, the rules, where the sections lie."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from backrun_pi.errors import MapError
from backrun_pi.maps import layout, tags
from backrun_pi.maps.coverage import Coverage
from backrun_pi.maps.paged_file import PagedFile
from backrun_pi.maps.tags import HazardClass, Rule

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**40)]
_Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
_Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
_Severity = Annotated[int, msgspec.Meta(ge=1, le=3)]
_Radius = Annotated[float, msgspec.Meta(ge=0.0, le=600.0)]
_Ring = Annotated[tuple[tuple[_Latitude, _Longitude], ...], msgspec.Meta(min_length=3)]
_LONGEST = 16_000_000  # bytes; without the border of a cut about 30 kB
_EXTRACT_ENDS = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".o5m", ".osm.xml")


@dataclass(frozen=True, slots=True)
class MapSource:
    """An extract that a map was made from."""

    path: Path
    newest_object: str | None
    """Time of the newest object, ISO 8601; None when the extract has none."""
    data_until: str | None
    """Time up to which the extract's data go, when it says so."""


class SourceFacts(msgspec.Struct, frozen=True):
    """What a map keeps of an extract."""

    name: str
    bytes: _Count
    crc32: str
    newest_object: str | None
    data_until: str | None


class _Facts(msgspec.Struct, frozen=True):
    """What the header of a map file must hold to be one of ours."""

    attribution: str
    licence: str
    boxes: tuple[tuple[_Latitude, _Longitude, _Latitude, _Longitude], ...]
    rings: tuple[_Ring, ...]
    holes: tuple[_Ring, ...]
    coverage_source: str
    extracts: tuple[SourceFacts, ...]
    rules: tuple[tuple[str, str, HazardClass, _Severity, _Radius, bool], ...]
    first_line_rule: _Count
    rule_counts: tuple[_Count, ...]
    left_out: dict[str, _Count]
    sections: dict[str, tuple[_Count, _Count]]


@dataclass(frozen=True, slots=True)
class MapHeader:
    """What the head of a map file says."""

    attribution: str
    licence: str
    coverage: Coverage
    extracts: tuple[SourceFacts, ...]
    rules: tuple[Rule, ...]
    first_line_rule: int
    """[-] Place of the first rule for lines; those before are for nodes."""
    rule_counts: tuple[int, ...]
    """[-] Features found by each rule."""
    left_out: Mapping[str, int]
    """What of the extracts could not be used, and how often."""
    sections: Mapping[str, tuple[int, int]]
    """Offset and number of records of each section."""

    @property
    def data_until(self) -> str | None:
        """Return how far the data go: as the extracts say, else by their newest object."""
        dates = [one.data_until or one.newest_object for one in self.extracts]
        return min((date for date in dates if date), default=None)


def head(
    counts: Mapping[str, int],
    coverage: Coverage,
    extracts: Sequence[MapSource],
    rule_counts: Sequence[int],
    left_out: Mapping[str, int],
) -> bytes:
    """Return prefix and header of a map file, up to the first section.

    Args:
        counts: Records in each section.
        coverage: Where the map can warn.
        extracts: What the map was made from; only names, sizes, dates and checksums are kept.
        rule_counts: Features found by each rule.
        left_out: What could not be used.
    """
    import json  # noqa: PLC0415 - the companion only reads maps

    facts: dict[str, Any] = {
        "attribution": layout.ATTRIBUTION,
        "licence": layout.LICENCE,
        "boxes": coverage.boxes,
        "rings": coverage.rings,
        "holes": coverage.holes,
        "coverage_source": coverage.source,
        "extracts": [
            {
                "name": one.path.name,
                "bytes": one.path.stat().st_size,
                "crc32": _crc(one.path),
                "newest_object": one.newest_object,
                "data_until": one.data_until,
            }
            for one in extracts
        ],
        "rules": [
            [r.tag, r.kind, r.hazard_class.value, r.severity, r.radius_m, r.has_drop_right]
            for r in tags.RULES
        ],
        "first_line_rule": len(tags.POINT_RULES),
        "rule_counts": list(rule_counts),
        "left_out": dict(left_out),
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


def read_header(file: PagedFile) -> MapHeader:
    """Return the header of a map file.

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
            f"{path}: map version {version}, this program reads {layout.VERSION}; build it "
            f"again: backrun map build EXTRACT.osm.pbf -o {path.name}"
        )
    if size != whole:
        raise MapError(f"{path}: cut short: {size} of {whole} bytes; build it again")
    if layout.PREFIX.size + length > min(size, _LONGEST):
        raise MapError(f"{path}: damaged header; build it again")
    text = file.read(layout.PREFIX.size, length)
    if zlib.crc32(text) != crc:
        raise MapError(f"{path}: damaged header; build it again")
    try:
        facts = msgspec.json.decode(text, type=_Facts)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MapError(f"{path}: not a map of this program: {error}; build it again") from error
    fault = _fault(facts, size)
    if fault is not None:
        raise MapError(f"{path}: not a map of this program: {fault}; build it again")
    return MapHeader(
        attribution=facts.attribution,
        licence=facts.licence,
        coverage=Coverage(facts.boxes, facts.rings, facts.holes, facts.coverage_source),
        extracts=facts.extracts,
        rules=tuple(Rule(*row, meaning="") for row in facts.rules),
        first_line_rule=facts.first_line_rule,
        rule_counts=facts.rule_counts,
        left_out=facts.left_out,
        sections=facts.sections,
    )


def _fault(facts: _Facts, size: int) -> str | None:
    """Return what in a header does not fit its file, None when all does."""
    for name, dtype in layout.SECTIONS.items():
        if name not in facts.sections:
            return f"the section {name} is missing"
        offset, count = facts.sections[name]
        if offset + count * dtype.itemsize > size:
            return f"the section {name} ends outside of the file"
    for name in ("capsule", "segment"):
        if not facts.sections[f"{name}_rows"][1]:
            return f"the rows of the {name}s are not whole"
    if not facts.first_line_rule <= len(facts.rules) == len(facts.rule_counts):
        return "the rules are not whole"
    return None


def _crc(path: Path) -> str:
    crc = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return f"{crc:08x}"
