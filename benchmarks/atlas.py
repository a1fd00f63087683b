"""What an atlas costs per MB of extract, over many shifted copies of real extracts.

Run: python benchmarks/atlas.py EXTRACT... [--copies N] [--engine spark --workers N [--kill]]
Needs the extra `atlas`, and for Spark the extra `spark` and Java. Each copy is a cut of one of
the extracts, moved by 0.2 degrees a turn, with ids of its own. Prints a JSON line per tenth of
the copies and one of the whole; with `--kill` a Spark worker is killed while it builds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402 - the path comes first
import osmium

from backrun_pi.atlas.job import make_parts
from backrun_pi.atlas.part import PARTS, ExtractReport
from backrun_pi.atlas.publish import publish
from tests.support.extracts import Box, copied

if TYPE_CHECKING:
    from tests.support.spark_cluster import Cluster

STEP_DEG = 0.2
ID_STEP = 100_000_000_000


def shifted(extracts: Sequence[Path], folder: Path, copies: int, share: float) -> list[Path]:
    """Return copies of a share of each extract, in turn."""
    boxes = {extract: _middle(extract, share) for extract in extracts}
    made = []
    for number, extract in zip(range(copies), itertools.cycle(extracts), strict=False):
        place = {"east_deg": number * STEP_DEG, "id_step": number * ID_STEP}
        path = folder / f"copy{number:04d}.osm.pbf"
        made.append(copied(extract, path, box=boxes[extract], **place))
    return made


def _middle(extract: Path, share: float) -> Box:
    """Return the box around the middle of the ways that is a share as wide as they are."""
    lats, lons = [], []
    for item in osmium.FileProcessor(str(extract), osmium.osm.NODE):
        if isinstance(item, osmium.osm.Node):
            lats.append(item.location.lat)
            lons.append(item.location.lon)
    lats.sort()
    lons.sort()
    low, high = 0.5 - share / 2.0, 0.5 + share / 2.0
    at = [round(part * (len(lats) - 1)) for part in (low, high)]
    return lats[at[0]], lons[at[0]], lats[at[1]], lons[at[1]]


@contextmanager
def running(workers: int, folder: Path) -> Iterator[Cluster | None]:
    """Yield a Spark cluster, or None for the local engine."""
    if not workers:
        yield None
        return
    from tests.support.spark_cluster import cluster

    with cluster(folder, workers) as found:
        yield found


def kill_when_busy(parts: Path, found: Cluster, done: threading.Event) -> None:
    """Kill a worker when the first parts are there and others are being built."""
    while not done.wait(0.2):
        if parts.exists() and len(list(parts.glob("*.parquet"))) >= 4:
            found.kill_worker()
            print(json.dumps({"killed": "a worker"}), flush=True)
            return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extracts", nargs="+", type=Path)
    parser.add_argument("--copies", type=int, default=0, help="0: the extracts themselves")
    parser.add_argument("--share", type=float, default=0.4, help="of each extract, by width")
    parser.add_argument("--workers", type=int, default=0, help="of Spark; 0: the local engine")
    parser.add_argument("--kill", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extracts = args.extracts
        if args.copies:
            extracts = shifted(args.extracts, folder, args.copies, args.share)
        mb = sum(one.stat().st_size for one in extracts) / 1e6
        with running(args.workers, folder) as found:
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            done = threading.Event()
            if args.kill and found is not None:
                words = (folder / "out" / PARTS, found, done)
                threading.Thread(target=kill_when_busy, args=words).start()
            reports = built(extracts, folder / "out", None if found is None else found.url)
            done.set()
            built_s, built_cpu_s = (
                time.perf_counter() - began_s,
                time.process_time() - began_cpu_s,
            )
        began_cpu_s = time.process_time()
        summary = publish(reports, folder / "out")
        sizes = {
            part: sum(f.stat().st_size for f in (folder / "out").rglob(part) if f.is_file())
            for part in ("*.parquet", "*.json")
        }
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(
            json.dumps(
                {
                    "extracts": len(extracts),
                    "mb": round(mb, 3),
                    "skipped": len(summary["skipped"]),
                    "stretches": summary["stretches"],
                    "doubles": summary["doubles"],
                    "built_wall_s": round(built_s, 1),
                    "built_cpu_s": round(built_cpu_s, 1),
                    "published_cpu_s": round(time.process_time() - began_cpu_s, 2),
                    "peak_mb": round(usage.ru_maxrss / 1024.0, 1),
                    "parquet_mb": round(sizes["*.parquet"] / 1e6, 3),
                    "tiles_mb": round(sizes["*.json"] / 1e6, 3),
                }
            )
        )


def built(extracts: Sequence[Path], out: Path, master: str | None) -> list[ExtractReport]:
    """Build every part, with a line per tenth of the work."""
    reports = []
    began_cpu_s = time.process_time()
    engine = "local" if master is None else "spark"
    for report in make_parts(extracts, out, engine, master):
        reports.append(report)
        if len(reports) % max(1, len(extracts) // 10) == 0:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            line = {"done": len(reports), "cpu_s": round(time.process_time() - began_cpu_s, 1)}
            print(
                json.dumps({**line, "peak_mb": round(usage.ru_maxrss / 1024.0, 1)}), flush=True
            )
    return reports


if __name__ == "__main__":
    main()
