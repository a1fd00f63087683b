"""Print what direction is worth on each source when its structure is chosen without it.

Some choices of structure (which cues, how far they count, whether windows that are not full of
steps count) were made while looking at recordings. Here each choice is made again: every
variant is scored on every source, IMU only, one recording of each person; for each source the
variant that is best on the *other* sources is picked, and its figure on the source left out is
printed beside that of the variant as shipped. Where both are equal, looking at that source
decided nothing. Prints SKIPPED where the recordings are missing.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from motion import SHARED, score

from backrun_pi.motion import evidence, wearer_profile

SETS = (("motion", "composite"), ("people", "kfall_rev"))
Change = tuple[ModuleType, str, Any]
VARIANTS: dict[str, tuple[Change, ...]] = {
    "as shipped": (),
    "without the pivot": (
        (evidence, "WALK_PIVOT", replace(wearer_profile.WALK_PIVOT, flat=1.0)),
    ),
    "without the phase in walking": (
        (evidence, "WALK_PHASE", replace(wearer_profile.WALK_PHASE, flat=1.0)),
    ),
    "without the asymmetry": (
        (evidence, "WALK_ASYMMETRY", replace(wearer_profile.WALK_ASYMMETRY, flat=1.0)),
    ),
    "empty windows count": ((evidence, "EMPTY", -1.0), (evidence, "FULL", -0.5)),
}


def main() -> int:
    """Print each variant on each source, and the choice made without it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    args = parser.parse_args()
    scorer = args.shared / "score" / "score_motion.py"
    folders = [args.shared / "data" / folder for folder, _ in SETS]
    if not scorer.exists() or not all((f / "truth" / "index.csv").exists() for f in folders):
        print(f"SKIPPED motion by source: no recordings with truth in {args.shared}")
        return 0
    found: dict[str, dict[str, tuple[float, float]]] = {}
    for name, changes in VARIANTS.items():
        with changed(changes):
            found[name] = _sources(args.shared, scorer)
        cells = [f"{s} F1 {f1:.3f}, {lost:4.0f} s/h" for s, (f1, lost) in found[name].items()]
        print(f"{name:32s} " + "   ".join(cells), flush=True)
    for source in found["as shipped"]:
        best = max(found, key=lambda name: _elsewhere(found[name], source))
        f1, shipped = found[best][source][0], found["as shipped"][source][0]
        print(f"{source}: best without it is {best!r}, F1 {f1:.3f}; as shipped {shipped:.3f}")
    return 0


@contextmanager
def changed(changes: tuple[Change, ...]) -> Iterator[None]:
    """Put other values into the modules for a while."""
    shipped = [(module, name, getattr(module, name)) for module, name, _ in changes]
    for module, name, value in changes:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in shipped:
            setattr(module, name, value)


def _sources(shared: Path, scorer: Path) -> dict[str, tuple[float, float]]:
    """Return for each source F1 and the false backward in s per hour of forward walking."""
    found = {}
    for folder, group in SETS:
        data = shared / "data" / folder
        scored = score(data, scorer, _one_of_each(data, group), with_fixes=False)
        for source, one in scored["source"].items():
            f1, walk = one["balanced_f1_backward"], one["false_backward_s_per_h"]["walk"]
            found[source] = (f1 or 0.0, walk or 0.0)
    return found


def _one_of_each(data: Path, group: str) -> list[str]:
    of: dict[str, str] = {}
    with (data / "truth" / "index.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["group"] == group:
                of.setdefault(row["subject"], row["stem"])
    return list(of.values())


def _elsewhere(scored: dict[str, tuple[float, float]], left_out: str) -> float:
    rest = [f1 for source, (f1, _) in scored.items() if source != left_out]
    return sum(rest) / len(rest)


if __name__ == "__main__":
    sys.exit(main())
