"""What an extra brings is imported late; without it one clear line names the extra."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import pytest

from backrun_pi import spark_session
from backrun_pi.errors import OutputError
from backrun_pi.optional_library import imported


def test_a_missing_library_names_its_extra() -> None:
    with pytest.raises(OutputError, match=r"pip install 'backrun-pi\[cohort\]'"):
        imported("no_such_library_at_all", "cohort")


class Builder:
    """Spark's builder, as far as we use it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.settings: dict[str, str] = {}
        self.error = error
        self.is_stopped = False
        self.sparkContext = SimpleNamespace(setLogLevel=lambda _level: None)

    def appName(self, name: str) -> Builder:  # noqa: N802 - Spark's own name
        self.settings["name"] = name
        return self

    def master(self, where: str) -> Builder:
        self.settings["master"] = where
        return self

    def config(self, key: str, value: str) -> Builder:
        self.settings[key] = value
        return self

    def getOrCreate(self) -> Builder:  # noqa: N802 - Spark's own name
        if self.error is not None:
            raise self.error
        return self

    def stop(self) -> None:
        self.is_stopped = True


def _with(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> Builder:
    module: Any = SimpleNamespace(SparkSession=SimpleNamespace(builder=builder))
    monkeypatch.setattr(importlib, "import_module", lambda _name: module)
    monkeypatch.setenv("JAVA_HOME", "/somewhere")
    return builder


def test_spark_counts_in_utc_and_is_stopped_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    builder = _with(Builder(), monkeypatch)
    with spark_session.spark_session(None) as session:
        assert session is builder
        assert builder.settings["spark.sql.session.timeZone"] == "UTC"
        assert builder.settings["master"] == spark_session.LOCAL
        assert not builder.is_stopped
    assert builder.is_stopped


def test_a_cluster_is_asked_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = _with(Builder(), monkeypatch)
    with spark_session.spark_session("spark://there:7077"):
        assert builder.settings["master"] == "spark://there:7077"
        assert "spark.driver.host" not in builder.settings


def test_a_spark_that_does_not_start_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(Builder(RuntimeError("no master\nat line 1\nat line 2")), monkeypatch)
    with (
        pytest.raises(OutputError, match=r"does not start on local\[\*\]: no master$"),
        spark_session.spark_session(None),
    ):
        pass


def test_a_missing_java_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(Builder(), monkeypatch)
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", "/nowhere")
    with (
        pytest.raises(OutputError, match="apt install openjdk"),
        spark_session.spark_session(None),
    ):
        pass
