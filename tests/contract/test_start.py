"""What the companion does not load at its start: each costs a part of a second on a Pi."""

from __future__ import annotations

import subprocess
import sys

import pytest

START = """
import sys
import backrun_pi.cli.main
import backrun_pi.cli.run
import backrun_pi.app.installation
import backrun_pi.app.loading
import backrun_pi.app.runtime
import backrun_pi.hardware.raspberry
print(*sorted(sys.modules))
"""
UNWANTED = {
    "bz2": "loaded by shutil",
    "difflib": "only a mistake in a file needs it",
    "fractions": "loaded by statistics",
    "gpxpy": "of the review and of routes",
    "jinja2": "of the report",
    "json": "msgspec reads what the companion reads",
    "lzma": "loaded by shutil",
    "osmium": "of the map builder",
    "random": "loaded by statistics",
    "rich": "of the command line",
    "shutil": "loads every packer",
    "statistics": "loads fractions, random numbers and hashes",
    "subprocess": "the companion starts nothing",
    "tomlkit": "writes settings; they are read by tomllib",
    "zoneinfo": "loads the build's configuration; a zone is asked for once a session",
    "backrun_pi.review.analysis": "of the drive",
    "backrun_pi.review.report": "of the drive",
    "backrun_pi.sim": "the twin",
}


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Return every module that a start of the companion loads."""
    done = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=True
    )
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("name", sorted(UNWANTED))
def test_the_companion_starts_without(name: str, loaded: frozenset[str]) -> None:
    assert name not in loaded, UNWANTED[name]


def test_the_start_loads_the_companion(loaded: frozenset[str]) -> None:
    assert {"backrun_pi.app.runtime", "backrun_pi.hardware.raspberry", "numpy"} <= loaded
