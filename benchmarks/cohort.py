"""Questions about many invented sessions, timed on one engine.

Run: python benchmarks/cohort.py [--sessions N] [--engine duckdb|spark] [--master URL]
Needs the extra `cohort`, and for Spark the extra `spark` and Java. Prints a JSON line per
question, and one of the whole.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402 - the path comes first
from backrun_pi.cohort.engine import answer, opened
from backrun_pi.cohort.question import Asked, questions, values_of
from tests.support.invented_archive import invented_archive


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    parser.add_argument("--master")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = invented_archive(folder, sessions=args.sessions)
        size = sum(file.stat().st_size for file in folder.rglob("*.parquet"))
        took_s = []
        with opened(folder, args.engine, args.master) as engine:
            for one in questions().values():
                began_s, began_cpu_s = time.perf_counter(), time.process_time()
                found = answer(engine, one, values_of(one, Asked()))
                cpu_s = time.process_time() - began_cpu_s
                took_s.append(cpu_s)
                line = {"question": one.name, "rows": len(found), "cpu_s": round(cpu_s, 2)}
                print(json.dumps({**line, "wall_s": round(time.perf_counter() - began_s, 2)}))
    whole = {"sessions": args.sessions, "seconds": rows["seconds"], "mb": round(size / 1e6, 1)}
    print(
        json.dumps({**whole, "cpu_s": round(sum(took_s), 2), "most_s": round(max(took_s), 2)})
    )


if __name__ == "__main__":
    main()
