"""THE TABLE of stretches as GeoParquet 1.1: columns, geometry as WKB, notice of the data.

Source: opengeospatial/geoparquet, format-specs/geoparquet.md, 1.1.0; without a `crs` the
coordinates are WGS 84, longitude first. Written with pyarrow alone: the libraries for it bring
GDAL or Arrow extensions for what is a line of `struct` and a JSON object.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backrun_pi.atlas.stretches import Found
from backrun_pi.maps.layout import ATTRIBUTION, LICENCE
from backrun_pi.optional_library import imported

EXTRA = "atlas"
NOTICE = f"{ATTRIBUTION}. {LICENCE}"
_LITTLE_ENDIAN, _LINE = 1, 2

COLUMNS: Mapping[str, str] = {
    "geometry": "binary",
    "suitability": "string",
    "length_m": "float64",
    "score": "float64",
    "contacts_per_100_m": "float64",
    "doubts": "texts",
    "junctions": "int64",
    "ends_before": "texts",
    "way_ids": "numbers",
    "way_lengths_m": "floats",
    "way_missing_tags": "texts",
    "is_whole": "bool",
    "lat_deg": "float64",
    "lon_deg": "float64",
    "data_until": "string",
    "extract": "string",
}
"""Column -> type; `lat_deg`, `lon_deg` is the middle, `way_missing_tags` is empty for a way
that no single tag would make good."""
RANKED: Mapping[str, str] = {**COLUMNS, "cell": "string", "rank_in_cell": "int64"}
"""Columns of the merged atlas: the H3 cell of the middle, and the place among its stretches."""


def row_of(found: Found, data_until: str | None, extract: str) -> dict[str, Any]:
    """Return a stretch as a row."""
    one = found.stretch
    lat_deg, lon_deg = one.places_deg[len(one.places_deg) // 2]
    return {
        "geometry": line(one.places_deg),
        "suitability": one.verdict.value,
        "length_m": round(one.length_m, 1),
        "score": round(one.score, 3),
        "contacts_per_100_m": round(one.contacts_per_100_m, 3),
        "doubts": list(one.doubts),
        "junctions": one.junctions,
        "ends_before": list(one.ends_before),
        "way_ids": [int(part.osm_id[1:]) for part in one.parts],
        "way_lengths_m": [round(part.length_m, 1) for part in one.parts],
        "way_missing_tags": [part.missing_tag or "" for part in one.parts],
        "is_whole": found.is_whole,
        "lat_deg": lat_deg,
        "lon_deg": lon_deg,
        "data_until": data_until,
        "extract": extract,
    }


def line(places_deg: Sequence[tuple[float, float]]) -> bytes:
    """Return a line through (lat, lon) as well-known binary."""
    flat = [value for lat, lon in places_deg for value in (round(lon, 7), round(lat, 7))]
    return struct.pack(f"<BII{len(flat)}d", _LITTLE_ENDIAN, _LINE, len(places_deg), *flat)


def points_of(wkb: bytes) -> list[tuple[float, float]]:
    """Return the (lon, lat) of a line that `line` wrote."""
    _, _, count = struct.unpack_from("<BII", wkb)
    flat = struct.unpack_from(f"<{2 * count}d", wkb, 9)
    return list(zip(flat[::2], flat[1::2], strict=True))


def schema(columns: Mapping[str, str], facts: Mapping[str, str]) -> Any:
    """Return Arrow's schema with GeoParquet's metadata, the notice and some facts."""
    arrow = imported("pyarrow", EXTRA)
    own = {
        "texts": arrow.list_(arrow.string()),
        "numbers": arrow.list_(arrow.int64()),
        "floats": arrow.list_(arrow.float64()),
        "bool": arrow.bool_(),
    }
    geometry = {"encoding": "WKB", "geometry_types": ["LineString"]}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
    return arrow.schema(
        [
            (name, own[kind] if kind in own else getattr(arrow, kind)())
            for name, kind in columns.items()
        ],
        metadata={
            "geo": json.dumps(geo),
            "attribution": ATTRIBUTION,
            "licence": LICENCE,
            **facts,
        },
    )


def write_part(path: Path, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, str]) -> None:
    """Write the stretches of one extract; the caller renames. Raises OSError."""
    arrow = imported("pyarrow", EXTRA)
    parquet = imported("pyarrow.parquet", EXTRA)
    made = arrow.Table.from_pylist([dict(row) for row in rows], schema=schema(COLUMNS, facts))
    parquet.write_table(made, path, compression="zstd")


def facts_of(path: Path) -> dict[str, str]:
    """Return the facts a part was written with; empty when it is none."""
    parquet = imported("pyarrow.parquet", EXTRA)
    arrow = imported("pyarrow", EXTRA)
    try:
        kept = parquet.read_schema(path).metadata or {}
    except (OSError, arrow.ArrowInvalid):
        return {}
    return {key.decode(): value.decode() for key, value in kept.items()}


def read(path: Path, columns: Sequence[str]) -> dict[str, list[Any]]:
    """Return some columns of a part. Raises OSError, ArrowInvalid."""
    parquet = imported("pyarrow.parquet", EXTRA)
    with parquet.ParquetFile(path) as file:
        found: dict[str, list[Any]] = file.read(list(columns)).to_pydict()
    return found


@contextmanager
def ranked_writer(path: Path) -> Iterator[Any]:
    """Yield a writer of the merged atlas, one row group a part."""
    parquet = imported("pyarrow.parquet", EXTRA)
    with parquet.ParquetWriter(path, schema(RANKED, {}), compression="zstd") as writer:
        yield writer


def write_group(writer: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append rows to a merged atlas."""
    arrow = imported("pyarrow", EXTRA)
    writer.write_table(
        arrow.Table.from_pylist([dict(row) for row in rows], schema=schema(RANKED, {}))
    )
