"""Lists the Python packages below a folder: name, version, licence, one a line."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path


def licence_of(found: Distribution) -> str:
    """Return the licence as the package's own metadata names it."""
    meta = found.metadata
    if expression := meta.get("License-Expression"):
        return str(expression)
    marks = [
        line.rsplit("::", 1)[1].strip()
        for line in meta.get_all("Classifier", [])
        if line.startswith("License ::")
    ]
    words = str(meta.get("License", "not named")).strip().splitlines() or ["not named"]
    return ", ".join(marks) or words[0]


def main(folder: Path) -> None:
    """Print the list of each interpreter's folder."""
    for packages in sorted(folder.glob("python*")):
        print(f"{packages.name}:")
        for info in sorted(packages.glob("*.dist-info")):
            found = PathDistribution(info)
            print(f"  {found.metadata['Name']} {found.version} ({licence_of(found)})")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
