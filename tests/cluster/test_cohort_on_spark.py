"""The same answers from DuckDB and from a Spark whose worker is killed in the middle."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from backrun_pi.cohort.answer_files import Answer, as_csv
from backrun_pi.cohort.engine import Engine, answer, opened
from backrun_pi.cohort.question import Asked, questions, values_of

if TYPE_CHECKING:
    from tests.support.spark_cluster import Cluster

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
SESSIONS, LEAST_SECONDS = 10_000, 5_000_000


def _answers(engine: Engine) -> dict[str, str]:
    """Return every answer as it is shown."""
    found = {}
    for one in questions().values():
        values = values_of(one, Asked())
        found[one.name] = as_csv(Answer(one, values, answer(engine, one, values)))
        sys.stderr.write(f"{engine.dialect} answered {one.name}\n")
    return found


def _kill_when_busy(spark: Any, cluster: Cluster, killed: threading.Event) -> None:
    """Kill a worker as soon as a stage has done a part of its tasks."""
    tracker = spark.sparkContext.statusTracker()
    while not killed.wait(0.02):
        for stage in tracker.getActiveStageIds():
            info = tracker.getStageInfo(stage)
            if info is not None and 0 < info.numCompletedTasks < info.numTasks:
                cluster.kill_worker()
                killed.set()


@pytest.mark.slow
def test_a_killed_worker_changes_no_digit_of_any_answer(
    tmp_path: Path, spark_cluster: Cluster
) -> None:
    pytest.importorskip("duckdb", reason="duckdb is an extra")
    from tests.support.invented_archive import invented_archive

    rows = invented_archive(tmp_path, sessions=SESSIONS)
    assert rows["seconds"] >= LEAST_SECONDS
    with opened(tmp_path, "duckdb") as engine:
        expected = _answers(engine)
    killed = threading.Event()
    with opened(tmp_path, "spark", spark_cluster.url) as engine:
        spark = engine._session  # type: ignore[attr-defined]
        killer = threading.Thread(target=_kill_when_busy, args=(spark, spark_cluster, killed))
        killer.start()
        try:
            found = _answers(engine)
        finally:
            was_killed = killed.is_set()
            killed.set()
            killer.join()
    assert was_killed
    assert found == expected
