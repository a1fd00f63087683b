"""What all tests share: one Hypothesis profile, and a list of the skips that are expected.

No clock decides whether a property holds. A skip is a check that was not made: with
BACKRUN_EXPECTED_SKIPS (a file of patterns, one a line) any other skip fails the run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("house")

_skipped: list[str] = []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The long ones first, so that no core waits for one that began last.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        _skipped.append(f"{report.nodeid}: {report.longrepr[2]}")


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    listed = os.environ.get("BACKRUN_EXPECTED_SKIPS")
    if listed is None or hasattr(session.config, "workerinput"):
        return
    lines = Path(listed).read_text(encoding="utf-8").splitlines()
    patterns = [re.compile(line) for line in lines if line and not line.startswith("#")]
    unexpected = [text for text in _skipped if not any(one.search(text) for one in patterns)]
    if unexpected:
        print("\nskipped, and not expected:", *unexpected, sep="\n  ")  # noqa: T201
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
