"""Writes sessions as Parquet tables, partitioned by year and month. An optional extra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backrun_pi.files import named_in_errors, replacing
from backrun_pi.optional_library import imported
from backrun_pi.record.reader import read_session
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.exports.archive_tables import (
    COLUMNS,
    ArchiveNames,
    Moments,
    Row,
    Subject,
    rows_of,
)
from backrun_pi.review.settings import ReviewSettings


def to_parquet(session: Path, out: Path, subject: Subject) -> list[Path]:
    """Write the tables of a session.

    `OUT/seconds/year=2026/month=9/ID.parquet` holds one row a second, `OUT/sessions/...` one
    row; `bouts`, `alerts`, `hazards` and `places` are partitioned in the same way. A session
    that is written again takes the place of what was there.

    Raises:
        SessionError: The session cannot be read, or holds nothing.
        OutputError: The extra is not installed, or a file cannot be written.
    """
    imported("pyarrow.parquet", "parquet")  # before the session is read
    recording = read_session(session)
    review = review_session(recording, ReviewSettings())
    tables = rows_of(review, Moments.of(recording), subject)
    name = f"{ArchiveNames.of(review.facts.session_id, subject).session}.parquet"
    partition = _partition(tables["sessions"][0])
    return [
        write_rows(out / table / partition / name, table, rows)
        for table, rows in tables.items()
    ]


def write_rows(path: Path, table: str, rows: Sequence[Row]) -> Path:
    """Write rows of a table as one Parquet file, whole or not at all. Raises OutputError."""
    arrow = imported("pyarrow", "parquet")
    parquet = imported("pyarrow.parquet", "parquet")
    made = arrow.Table.from_pylist(list(rows), schema=schema(table))
    with named_in_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as new:
            parquet.write_table(made, new, compression="zstd")
    return path


def schema(table: str) -> Any:
    """Return the columns of a table, in Arrow's types. Raises OutputError."""
    arrow = imported("pyarrow", "parquet")
    own = {
        "time": arrow.timestamp("us", tz="UTC"),
        "date": arrow.date32(),
        "bool": arrow.bool_(),
    }
    return arrow.schema(
        [
            (name, own[kind] if kind in own else getattr(arrow, kind)())
            for name, kind in COLUMNS[table].items()
        ]
    )


def _partition(session: Mapping[str, Any]) -> str:
    day = session["start_utc"]
    if day is None:
        return "year=0/month=0"  # no trusted date: kept apart, never guessed
    return f"year={day.year}/month={day.month}"
