"""Changes the code in one place at a time, and asks whether the tests of its room notice.

Usage: python .ci/mutation.py [--seed N] [--each N] [--room ROOM ...] [--least PERCENT]

A seeded sample of the mutants that cosmic-ray finds in the rooms that decide what is felt and
what is kept. Tables are left out (they are data, and contract tests walk them), and so are
changes without a meaning at run time: unions of types, identity for equality. Survivors are
printed with their change; docs/mutation.md explains those of the seed in use. Status 1 when
fewer than --least percent are noticed.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {
    "alerts": "tests/unit/alerts tests/contract/test_alert_table.py",
    "haptics": "tests/unit/haptics tests/contract/test_alert_table.py",
    # the thousand injuries are left out: they take a minute
    "record": "tests/unit/record -k 'not injur and not no_recorder_wrote'",
    "coach": "tests/unit/coach",
    "terrain/hazards": "tests/unit/terrain",
}
DATA = {"table.py", "patterns.py", "settings.py", "drawing.py", "__init__.py"}
COPIED = ("backrun_pi", "tests", "config", "docs", "pyproject.toml", "README.md", "LICENSE")
# Unions of types; identity of numbers and enums, which is equality.
MEANINGLESS = re.compile(r"BinaryOperator_BitOr|_(?:Is|IsNot)$|_Is_Eq$|_IsNot_NotEq$")
CONFIG = """[cosmic-ray]
module-path = [{modules}]
timeout = 120.0
excluded-modules = []
test-command = "{python} -m pytest -q -x -p no:randomly -m 'not slow' {tests}"
[cosmic-ray.distributor]
name = "local"
"""


def main() -> int:
    """Sample, run, print the survivors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=12, help="mutants of each room")
    parser.add_argument("--room", nargs="*", default=list(ROOMS), choices=ROOMS)
    parser.add_argument(
        "--least", type=float, default=75.0, help="percent that must be noticed"
    )
    args = parser.parse_args()
    noticed = tried = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each thread waits for a process
        found = pool.map(lambda room: _sampled(room, args.seed, args.each), args.room)
    for room, results in zip(args.room, found, strict=True):
        survivors = [diff for is_killed, diff in results if not is_killed]
        tried += len(results)
        noticed += len(results) - len(survivors)
        print(
            f"== {room}: {len(results) - len(survivors)} of {len(results)} noticed", flush=True
        )
        for diff in survivors:
            print(diff, flush=True)
    share = 100.0 * noticed / max(1, tried)
    print(
        f"mutants noticed: {noticed} of {tried}, {share:.0f} %, at least {args.least:g} % asked"
    )
    return int(share < args.least)


def _sampled(room: str, seed: int, count: int) -> list[tuple[bool, str]]:
    """Return of a sample of a room's mutants whether each was noticed, and its change."""
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder), room, random.Random(f"{seed} {room}"), count)


def _run(folder: Path, room: str, chance: random.Random, count: int) -> list[tuple[bool, str]]:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    modules = [
        path.relative_to(folder).as_posix()
        for path in sorted((folder / "backrun_pi" / room).glob("*.py"))
        if path.name not in DATA
    ]
    (folder / "mutants.toml").write_text(
        CONFIG.format(
            modules=", ".join(f'"{name}"' for name in modules),
            python=sys.executable,
            tests=ROOMS[room],
        )
    )
    _cosmic_ray(folder, "baseline", "mutants.toml")
    _cosmic_ray(folder, "init", "mutants.toml", "mutants.sqlite")
    with use_db(str(folder / "mutants.sqlite"), WorkDB.Mode.open) as db:
        _choose(db, chance, count)
    _cosmic_ray(folder, "exec", "mutants.toml", "mutants.sqlite")
    with use_db(str(folder / "mutants.sqlite"), WorkDB.Mode.open) as db:
        return [
            (result.test_outcome != TestOutcome.SURVIVED, result.diff or "")
            for _, result in db.completed_work_items
            if result.worker_outcome is not WorkerOutcome.SKIPPED
        ]


def _choose(db: WorkDB, chance: random.Random, count: int) -> None:
    """Leave all but the sample out, as the tool's own filters do."""
    items = sorted(db.work_items, key=lambda item: str(item.mutations))
    sensible = [
        item for item in items if not MEANINGLESS.search(item.mutations[0].operator_name)
    ]
    chosen = {item.job_id for item in chance.sample(sensible, min(count, len(sensible)))}
    for item in items:
        if item.job_id not in chosen:
            db.set_result(item.job_id, WorkResult(WorkerOutcome.SKIPPED))


def _cosmic_ray(folder: Path, *words: str) -> None:
    tool = Path(sys.executable).parent / "cosmic-ray"
    env = {**os.environ, "CI": "true", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [tool, *words], check=False, cwd=folder, env=env, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(
            f"cosmic-ray {words[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}"
        )


if __name__ == "__main__":
    sys.exit(main())
