"""From finished parts to what is handed out: GeoParquet, tiles, tables, survey list, page."""

from __future__ import annotations

import csv
import heapq
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from backrun_pi.atlas import page
from backrun_pi.atlas.geoparquet import NOTICE
from backrun_pi.atlas.merge import doubled, merge
from backrun_pi.atlas.part import PARTS, ExtractReport
from backrun_pi.atlas.tables import Totals, missing
from backrun_pi.atlas.tiles import TileWriter
from backrun_pi.files import named_in_errors, replacing, write_atomic
from backrun_pi.maps.layout import ATTRIBUTION, LICENCE
from backrun_pi.review.report.locale import Locale

ATLAS, TABLES, SURVEY, TILES, INDEX = (
    *("atlas.parquet", "tables.json", "survey.csv", "tiles", "index.html"),
)
_MOST_BEST = 40
"""[-] Stretches listed on the page."""

Row = Mapping[str, Any]
Box = tuple[float, float, float, float]


@dataclass(slots=True)
class _Seen:
    """What one pass over the rows brings."""

    totals: Totals = field(default_factory=Totals)
    best: list[tuple[float, int, Row]] = field(default_factory=list)
    ranked: int = 0
    box: Box | None = None

    def take(self, rows: Iterable[Row]) -> None:
        """Add the rows of a part."""
        for row in rows:
            if row["rank_in_cell"] == 1:
                self.ranked += (
                    1  # of two with one score the first stays; rows are never compared
                )
                item = (row["score"], -self.ranked, row)
                push = heapq.heappush if len(self.best) < _MOST_BEST else heapq.heappushpop
                push(self.best, item)
            lat, lon = row["lat_deg"], row["lon_deg"]
            south, west, north, east = self.box or (lat, lon, lat, lon)
            self.box = min(south, lat), min(west, lon), max(north, lat), max(east, lon)


def publish(reports: Sequence[ExtractReport], out: Path) -> dict[str, Any]:
    """Merge the parts and write everything beside them; each file appears by rename.

    Args:
        reports: Of every extract.
        out: Folder of the atlas.

    Returns:
        The summary that stands in tables.json.

    Raises:
        OutputError: A file cannot be written.
    """
    parts = [out / PARTS / one.part for one in reports if one.part is not None]
    skipped = [one for one in reports if one.part is None]
    seen, fresh = _Seen(), out / f"{TILES}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    tiles = TileWriter(fresh)
    doubles = doubled(parts)
    with (
        named_in_errors(out),
        replacing(out / ATLAS) as atlas,
        replacing(out / SURVEY) as survey,
        survey.open("w", encoding="utf-8", newline="") as stream,
    ):
        lines = _survey(stream)
        for rows in merge(parts, doubles, atlas):
            seen.totals.take(rows)
            seen.take(rows)
            tiles.take(rows)
            lines.writerows(_survey_lines(rows))
        fresh.mkdir(exist_ok=True)
        count = tiles.close()
    summary = _summary(seen.totals, skipped, len(doubles), count)
    best = [row for _, _, row in sorted(seen.best, key=lambda one: -one[0])]
    facts = page.AtlasFacts(
        seen.totals, best, skipped, len(doubles), seen.box or (-60.0, -180.0, 75.0, 180.0)
    )
    with named_in_errors(out):
        write_atomic(out / TABLES, json.dumps(summary, indent=1, ensure_ascii=False).encode())
        write_atomic(out / INDEX, page.render(facts, Locale()).encode())
        shutil.rmtree(out / TILES, ignore_errors=True)
        fresh.replace(out / TILES)
    return summary


def _summary(
    totals: Totals, skipped: Sequence[ExtractReport], doubles: int, tiles: int
) -> dict[str, Any]:
    return {
        "attribution": ATTRIBUTION,
        "licence": LICENCE,
        "data_until": totals.data_until,
        "stretches": totals.stretches,
        "km": {name: round(totals.way_m[name] / 1000.0, 3) for name in page.NAMES},
        "one_tag_from_good_km": {tag: round(km, 3) for tag, km in totals.missing_km()},
        "contacts_per_100_m_km": {
            name: {one: round(km, 3) for one, km in by_name.items()}
            for name, by_name in totals.contact_km()
        },
        "doubles": doubles,
        "tiles": tiles,
        "skipped": [{"extract": one.extract, "because": one.because} for one in skipped],
    }


def _survey(stream: TextIO) -> Any:
    stream.write(f"# {NOTICE}\n")
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(("tag", "way", "length_m", "lat_deg", "lon_deg", "link"))
    return lines


def _survey_lines(rows: Iterable[Row]) -> Iterable[tuple[Any, ...]]:
    for row in rows:
        place = f"{row['lat_deg']:.6f}", f"{row['lon_deg']:.6f}"
        for way, tag, length_m in missing(row):
            link = f"https://www.openstreetmap.org/way/{way}"
            yield tag, way, f"{length_m:.0f}", *place, link
