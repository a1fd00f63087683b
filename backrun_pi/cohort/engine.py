"""What answers a question: DuckDB in this process, or Spark, with the same SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from backrun_pi.cohort.question import Question, Value, views
from backrun_pi.errors import BackrunError, BadInput, OutputError
from backrun_pi.optional_library import imported
from backrun_pi.review.exports.archive_tables import COLUMNS
from backrun_pi.spark_session import spark_session

EXTRA = "cohort"
_WRITTEN_IN = "duckdb"  # the dialect of our files


class Engine(Protocol):
    """An engine with the tables of an archive in it."""

    dialect: str

    def define(self, name: str, sql: str) -> None:
        """Keep a query under a name, in place of what had it."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""


class DuckDb:
    """DuckDB in this process."""

    dialect = "duckdb"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def define(self, name: str, sql: str) -> None:
        """Keep a query under a name."""
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        found: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
        return found


class Spark:
    """Apache Spark, here or on a cluster."""

    dialect = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session

    def define(self, name: str, sql: str) -> None:
        """Keep a query under a name."""
        self._session.sql(sql).createOrReplaceTempView(name)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        return [tuple(row) for row in self._session.sql(sql).collect()]


@contextmanager
def opened(archive: Path, engine: str, master: str | None = None) -> Iterator[Engine]:
    """Yield an engine that holds the tables of an archive as `all_sessions` and so on.

    Args:
        archive: Folder made by `backrun log export --to parquet`.
        engine: `duckdb` or `spark`.
        master: Of Spark. None: this machine.

    Raises:
        BadInput: The folder is no archive, or one of an older version.
        OutputError: The extra is not installed, or Spark does not start.
    """
    for table in COLUMNS:
        _check(archive, table)
    if engine == Spark.dialect:
        with spark_session(master) as session:
            for table in COLUMNS:
                folder = session.read.option("recursiveFileLookup", "true")
                folder.parquet(str(archive / table)).createOrReplaceTempView(f"all_{table}")
            yield Spark(session)
        return
    duckdb = imported("duckdb", EXTRA)
    with closing(duckdb.connect()) as connection:
        found = DuckDb(connection)
        for table in COLUMNS:
            files = connection.read_parquet(str(archive / table / "**" / "*.parquet"))
            files.create_view(f"all_{table}")
        yield found


def answer(engine: Engine, question: Question, values: Mapping[str, Value]) -> list[list[Any]]:
    """Return the rows of an answer, every number rounded to what is shown.

    Raises:
        OutputError: The engine gave up.
    """
    try:
        for name, sql in views():
            engine.define(name, translated(sql, engine.dialect, values))
        rows = engine.rows(translated(question.sql, engine.dialect, values))
    except BackrunError:
        raise
    except Exception as error:
        first = str(error).strip().splitlines()[0]
        raise OutputError(f"{question.name}: {engine.dialect} gave up: {first}") from error
    digits = [column.digits for column in question.columns]
    return [
        [_shown(value, places) for value, places in zip(row, digits, strict=True)]
        for row in rows
    ]


def translated(sql: str, dialect: str, values: Mapping[str, Value]) -> str:
    """Return SQL of our files in an engine's dialect, with its values as literals."""
    sqlglot = imported("sqlglot", EXTRA)
    tree = sqlglot.parse_one(sql, read=_WRITTEN_IN)
    literals = {name: sqlglot.exp.convert(value) for name, value in values.items()}
    filled = sqlglot.exp.replace_placeholders(tree, **literals)
    written: str = filled.sql(dialect=dialect)
    return written


def _shown(value: Any, digits: int | None) -> Any:
    """Return a value as it is shown: rounded once, here, whatever the engine."""
    if value is None or digits is None:
        return value
    rounded = round(float(value), digits)
    return int(rounded) if digits == 0 else rounded + 0.0  # no negative zero


def _check(archive: Path, table: str) -> None:
    parquet = imported("pyarrow.parquet", EXTRA)
    first = next((archive / table).rglob("*.parquet"), None)
    if first is None:
        raise BadInput(
            f"{archive}: holds no {table}; make an archive by `backrun log export SESSION... "
            f"--to parquet --out {archive}`"
        )
    try:
        there = set(parquet.read_schema(first).names)
    except Exception as error:
        raise BadInput(f"{first}: is not a Parquet file: {error}") from error
    missing = [name for name in COLUMNS[table] if name not in there]
    if missing:
        raise BadInput(
            f"{first}: has no column {missing[0]}: made by an older version; export again"
        )
