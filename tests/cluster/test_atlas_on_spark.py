"""An atlas of a Spark whose worker is killed in the middle is that of one process."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backrun_pi.atlas.job import make_parts
from backrun_pi.atlas.part import PARTS
from backrun_pi.atlas.publish import publish
from tests.support.extracts import GOOD, LIKELY, Line, invented

if TYPE_CHECKING:
    from tests.support.spark_cluster import Cluster

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
EXTRACTS, BEFORE_THE_KILL = 24, 3


def _kill_when_begun(parts: Path, cluster: Cluster, done: threading.Event) -> None:
    while not done.wait(0.02):
        if parts.exists() and len(list(parts.glob("*.parquet"))) >= BEFORE_THE_KILL:
            cluster.kill_worker()
            done.set()


def _hilly(path: Path, number: int) -> Path:
    """Return an extract of twenty ways, none of which stands in another."""
    lines = [
        Line(1000 * number + at, 150.0 * at, 9000.0 * number, 9000.0 * number + 300.0, tags)
        for at, tags in enumerate([GOOD, LIKELY] * 10, 1)
    ]
    return invented(path, lines)


@pytest.mark.slow
def test_a_killed_worker_loses_nothing_and_a_damaged_extract_is_skipped(
    tmp_path: Path, spark_cluster: Cluster
) -> None:
    pytest.importorskip("h3", reason="h3 is an extra")
    extracts = [_hilly(tmp_path / f"e{number:02d}.osm", number) for number in range(EXTRACTS)]
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(b"no extract at all")
    extracts.insert(EXTRACTS // 2, bad)
    done = threading.Event()
    words = (tmp_path / "spark" / PARTS, spark_cluster, done)
    killer = threading.Thread(target=_kill_when_begun, args=words)
    killer.start()
    try:
        reports = list(make_parts(extracts, tmp_path / "spark", "spark", spark_cluster.url))
    finally:
        was_killed = done.is_set()
        done.set()
        killer.join()
    assert was_killed
    assert [Path(one.extract).name for one in reports if one.part is None] == ["bad.osm.pbf"]
    here = list(make_parts(extracts, tmp_path / "here", "local", None))
    by_spark = publish(reports, tmp_path / "spark")
    assert by_spark == publish(here, tmp_path / "here")
    assert by_spark["stretches"] == 20 * EXTRACTS
    assert json.loads((tmp_path / "spark/tables.json").read_text()) == by_spark
    atlas = (tmp_path / "spark/atlas.parquet").read_bytes()
    assert atlas == (tmp_path / "here/atlas.parquet").read_bytes()
    again = list(make_parts(extracts, tmp_path / "spark", "local", None))
    assert not any(one.is_built for one in again)
