"""A Spark cluster of two workers for the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.spark_cluster import Cluster


@pytest.fixture
def spark_cluster(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    """Start a master and two workers, or skip."""
    pytest.importorskip("pyspark", reason="PySpark is an extra")
    if shutil.which("java") is None:
        pytest.skip("Java, which Spark needs, is an extra")
    from tests.support.spark_cluster import cluster

    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    with cluster(tmp_path_factory.mktemp("spark")) as running:
        yield running
