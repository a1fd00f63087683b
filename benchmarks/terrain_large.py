"""Memory and time of building a map from a large extract: shifted copies of a small one.

Run: python benchmarks/terrain_large.py EXTRACT [--copies 24] [--keep FILE]

Each copy lies 0.4 degrees further west and has ids of its own, nodes before ways, as in any
extract. Anonymous memory is what cannot be given back under pressure; the rest is file cache.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import osmium

ID_STEP = 2**34  # above every id in use
WEST_DEG = 0.4

BUILD = """
import re, resource, sys
from pathlib import Path
from backrun_pi.maps.build import build_map
most = 0
def look(stage, count):
    global most
    status = Path("/proc/self/status").read_text()
    most = max(most, int(re.search(r"RssAnon:\\s+(\\d+)", status)[1]))
built = build_map([Path(sys.argv[1])], Path(sys.argv[2]), look)
used = resource.getrusage(resource.RUSAGE_SELF)
print(built.capsules, built.bytes, used.ru_utime + used.ru_stime, used.ru_maxrss, most)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extract", type=Path)
    parser.add_argument("--copies", type=int, default=24)
    parser.add_argument("--keep", type=Path, help="write the large extract here, or use it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        large = args.keep or Path(scratch) / "large.osm.pbf"
        if not large.exists():
            multiply(args.extract, args.copies, large)
        out = Path(scratch) / "large.map"
        command = [sys.executable, "-c", BUILD, str(large), str(out)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        capsules, size, cpu_s, peak_kb, anonymous_kb = done.stdout.split()
        print(
            f"{large.stat().st_size / 1e6:.0f} MB extract: {float(cpu_s):.1f} s CPU, peak "
            f"{int(peak_kb) / 1024:.0f} MB resident, {int(anonymous_kb) / 1024:.0f} MB of it "
            f"anonymous; {capsules} pieces, map of {int(size) / 1e6:.0f} MB"
        )


def multiply(extract: Path, copies: int, large: Path) -> None:
    """Write copies of an extract side by side: all nodes, then all ways."""
    with osmium.SimpleWriter(str(large)) as writer:
        for copy in range(copies):
            shift, west = copy * ID_STEP, copy * WEST_DEG
            for node in read(extract, osmium.osm.NODE):
                place = (node.location.lon - west, node.location.lat)
                writer.add_node(node.replace(id=node.id + shift, location=place))
        for copy in range(copies):
            shift = copy * ID_STEP
            for way in read(extract, osmium.osm.WAY):
                refs = [node.ref + shift for node in way.nodes]
                writer.add_way(way.replace(id=way.id + shift, nodes=refs))


def read(extract: Path, kind: Any) -> Any:
    return osmium.FileProcessor(str(extract), kind)


if __name__ == "__main__":
    main()
