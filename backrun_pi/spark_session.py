"""Opens Apache Spark with what our answers rest on: UTC, this Python, no window of its own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backrun_pi.errors import OutputError
from backrun_pi.optional_library import imported

LOCAL = "local[*]"
"""Master that runs everything in this process."""


@contextmanager
def spark_session(master: str | None) -> Iterator[Any]:
    """Yield a session that is stopped at the end.

    Args:
        master: `spark://HOST:7077`, `yarn`, ...; None for all cores of this machine.

    Raises:
        OutputError: PySpark or Java is missing, or Spark does not start.
    """
    pyspark = imported("pyspark.sql", "spark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise OutputError("Spark needs Java 17 or newer: apt install openjdk-17-jre-headless")
    where = master or LOCAL
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # of the workers: ours is in it
    builder = (
        pyspark.SparkSession.builder.appName("backrun")
        .master(where)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
    )
    if where.startswith("local"):
        builder = builder.config("spark.driver.host", "127.0.0.1")
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
    try:
        session = builder.getOrCreate()
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise OutputError(f"Spark does not start on {where}: {first}") from error
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()
