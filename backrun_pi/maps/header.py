"""The head of a map file: what it was made from, the rules, where the sections lie."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backrun_pi.maps import layout, tags


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
