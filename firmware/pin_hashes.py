"""Write which files of which packages the Debian package is made from, each with its hash.

    .venv/bin/python firmware/pin_hashes.py

pip resolves the packages for each Python and each machine within `constraints.txt`, as it does
for an installation, and says which file it would take; one requirements file is written for
each pair, and one for the build backend. `build-deb.sh` installs nothing that is not in them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
OUT = TOP / "firmware" / "requirements"
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
PYTHONS = ("3.11", "3.13")
GLIBC = ("2_36", "2_34", "2_31", "2_28", "2_27", "2_26", "2_24", "2_17")
LGPIO = {
    ("3.11", "amd64"): "lgpio==0.2.2.0",
    ("3.11", "arm64"): "lgpio==0.2.2.0",
    ("3.13", "arm64"): "adafruit-lgpio==0.2.2.0",
}
"""gpiozero's lgpio, which Debian 12 does not have: its author's wheels end before 3.13, where
an unpinned lgpio is an empty 0.0.0.2; Adafruit builds the same source for Arm from 3.13 on."""
HEAD = (
    "# Written by firmware/pin_hashes.py: the only files that the package may be made from.\n"
)


def main() -> int:
    """Resolve every pair and the build backend; write the files."""
    with (TOP / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)
    wanted = project["project"]["dependencies"]
    OUT.mkdir(exist_ok=True)
    for python in PYTHONS:
        for machine in MACHINES:
            more = [LGPIO[python, machine]] if (python, machine) in LGPIO else []
            lines = resolved([*wanted, *more], platform_options(python, machine))
            write(OUT / f"python{python}-{machine}.txt", lines)
    write(OUT / "build.txt", resolved(project["build-system"]["requires"], ()))
    return 0


def platform_options(python: str, machine: str) -> list[str]:
    """Return what tells pip for which Python and machine it resolves."""
    name = MACHINES[machine]
    platforms = [f"manylinux_{glibc}_{name}" for glibc in GLIBC]
    platforms += [f"manylinux2014_{name}", "any"]
    abis = [f"cp{python.replace('.', '')}", "abi3", "none"]
    options = ["--implementation=cp", f"--python-version={python}"]
    options += [f"--abi={abi}" for abi in abis]
    return options + [f"--platform={platform}" for platform in platforms]


def resolved(wanted: Sequence[str], options: Sequence[str]) -> list[str]:
    """Return a line for each file that pip would install, with its hash."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    command += ["--dry-run", "--ignore-installed", "--report=-", "--only-binary=:all:"]
    command += ["--target=unused", f"--constraint={TOP / 'constraints.txt'}", *options, *wanted]
    done = subprocess.run(command, capture_output=True, check=True, cwd=TOP)
    files: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    return sorted(line(file) for file in files)


def line(file: dict[str, Any]) -> str:
    """Return the requirement of one file."""
    about, archive = file["metadata"], file["download_info"]["archive_info"]
    number = archive["hashes"]["sha256"]
    return f"{about['name'].lower()}=={about['version']} --hash=sha256:{number}"


def write(path: Path, lines: Sequence[str]) -> None:
    """Write one file."""
    path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.relative_to(TOP)}: {len(lines)} files")


if __name__ == "__main__":
    raise SystemExit(main())
