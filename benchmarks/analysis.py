"""The query of docs/analysis.md over many invented sessions, timed.

Run: python benchmarks/analysis.py [--sessions N]   (needs the extra `parquet` and duckdb)
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402 - the path comes first
from backrun_pi.record.reader import read_session
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.exports import archive
from backrun_pi.review.model import SessionReview
from backrun_pi.review.settings import ReviewSettings
from tests.support.record_parts import LEGS, UTC_S, recorded

DAY_S = 86400.0


def another(pattern: SessionReview, number: int, rng: random.Random) -> SessionReview:
    """Return an invented session: another day, another speed."""
    pace = rng.uniform(0.7, 1.5)
    facts = pattern.facts
    return replace(
        pattern,
        facts=replace(
            facts,
            session_id=f"s{number:05d}",
            start_utc_s=UTC_S + number * DAY_S * 1.1,
            distance_m=facts.distance_m * pace,
            backward_m=facts.backward_m * pace,
        ),
        track=tuple(
            replace(
                point,
                speed_mps=None if point.speed_mps is None else point.speed_mps * pace,
                distance_m=point.distance_m * pace,
            )
            for point in pattern.track
        ),
    )


def main() -> None:
    import duckdb

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1000)
    args = parser.parse_args()
    text = (ROOT / "docs/analysis.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pattern = review_session(
            read_session(recorded(folder / "made", legs=LEGS)), ReviewSettings()
        )
        began_s = time.perf_counter()
        for number in range(args.sessions):
            review = another(pattern, number, rng)
            archive.write_rows(folder / "archive/seconds", review, archive.seconds(review))
            archive.write_rows(folder / "archive/sessions", review, [archive.totals(review)])
        files = list((folder / "archive").rglob("*.parquet"))
        made = {
            "sessions": args.sessions,
            "rows": args.sessions * len(pattern.track),
            "write_s": round(time.perf_counter() - began_s, 2),
            "mb": round(sum(file.stat().st_size for file in files) / 1e6, 1),
        }
        print(json.dumps(made))
        for query in queries:
            began_s = time.perf_counter()
            answer = duckdb.sql(query.replace("archive/", f"{folder}/archive/"))
            rows = answer.fetchall() if answer is not None else []
            took_s = round(time.perf_counter() - began_s, 3)
            print(json.dumps({"query_s": took_s, "rows": len(rows), "first": str(rows[0])}))


if __name__ == "__main__":
    main()
