"""What the package is made from: every file is pinned by its hash."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parents[3]
FILES = sorted((TOP / "firmware" / "requirements").glob("*.txt"))
TARGETS = [file for file in FILES if file.stem != "build"]
LINE = re.compile(r"([a-z0-9._-]+)==([0-9a-z.]+) --hash=sha256:[0-9a-f]{64}")
UNLISTED = {"setuptools", "lgpio", "adafruit-lgpio"}
"""Not in a developer's environment: what gpiozero brings, and what it needs on the Pi."""


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: Path) -> dict[str, str]:
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    return {plain(match[1]): match[2] for match in matches if match}


def constraints() -> dict[str, str]:
    lines = (TOP / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if "==" in line)
    return {plain(name): version for name, version in pairs}


def asked(*keys: str) -> set[str]:
    table = tomllib.loads((TOP / "pyproject.toml").read_text())
    for key in keys[:-1]:
        table = table[key]
    return {plain(re.split(r"[<>=!~;\[ ]", one)[0]) for one in table[keys[-1]]}


def test_each_python_and_machine_of_the_package_has_its_files() -> None:
    names = {file.name for file in TARGETS}
    assert names == {f"python{p}-{m}.txt" for p in ("3.11", "3.13") for m in ("arm64", "amd64")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_has_a_hash_and_the_version_that_was_tested(file: Path) -> None:
    tested = constraints()
    for name, version in pins(file).items():
        assert name in UNLISTED or tested[name] == version


@pytest.mark.parametrize("file", TARGETS, ids=lambda file: file.stem)
def test_all_that_the_project_asks_for_is_pinned(file: Path) -> None:
    assert asked("project", "dependencies") <= set(pins(file))


def test_the_build_backend_is_pinned() -> None:
    assert asked("build-system", "requires") <= set(
        pins(TOP / "firmware/requirements/build.txt")
    )


def test_the_package_takes_nothing_without_a_hash() -> None:
    script = (TOP / "firmware" / "build-deb.sh").read_text()
    fetching = [
        line for line in script.splitlines() if re.search(r"\bpip (install|wheel)", line)
    ]
    for line in fetching:
        assert any(safe in line for safe in ("--require-hashes", "--no-deps")), line
    assert "--no-build-isolation" in script
