"""Every extract of a list, one after the other here, or as tasks of Spark."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from backrun_pi.atlas.part import ATTEMPTS, WORK, ExtractReport, attempted
from backrun_pi.spark_session import spark_session


def make_parts(
    extracts: Sequence[Path], out: Path, engine: str, master: str | None
) -> Iterator[ExtractReport]:
    """Yield what became of each extract, as soon as it is known.

    Args:
        extracts: In any order; each is one task.
        out: Folder of the atlas; with Spark one that every worker sees.
        engine: `local` or `spark`.
        master: Of Spark. None: this machine.
    """
    shutil.rmtree(out / WORK, ignore_errors=True)  # of a run that was killed
    make = _by_spark(master) if engine == "spark" else _here
    yield from make(extracts, out)
    shutil.rmtree(out / WORK, ignore_errors=True)


def _here(extracts: Sequence[Path], out: Path) -> Iterator[ExtractReport]:
    for extract in extracts:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                yield attempted(extract, out, attempt)
            except (OSError, MemoryError):
                continue
            break


def _by_spark(
    master: str | None,
) -> Callable[[Sequence[Path], Path], Iterator[ExtractReport]]:
    def make(extracts: Sequence[Path], out: Path) -> Iterator[ExtractReport]:
        with spark_session(master) as session:
            tasks = session.sparkContext.parallelize(
                [str(one.resolve()) for one in extracts], max(1, len(extracts))
            )
            folder = str(out.resolve())
            yield from tasks.map(lambda extract: _task(extract, folder)).collect()

    return make


def _task(extract: str, out: str) -> ExtractReport:
    """Build a part on a worker; an attempt that fails is given to another by Spark."""
    return attempted(Path(extract), Path(out), _attempt())


def _attempt() -> int:
    from pyspark import TaskContext  # noqa: PLC0415 - is there on a worker only

    context: Any = TaskContext.get()
    return int(context.attemptNumber()) + 1
