"""Print what direction becomes when each value that it rests on is a fifth smaller or larger.

One recording of each person in `../shared/data/motion` (group `composite`), IMU only; the two
ways to change direction in turn. A value near a cliff would show as a jump. Prints SKIPPED
where the recordings are missing.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from motion import SHARED, score

from backrun_pi.cli import motion as command
from backrun_pi.motion import direction_classifier, evidence, kinematics, wearer_profile
from backrun_pi.motion.settings import MotionSettings

Scale = Callable[[Any, float], Any]


def _times(value: Any, by: float) -> Any:
    return value * by


def _means(people: wearer_profile.Population, by: float) -> wearer_profile.Population:
    return replace(people, forward=people.forward * by, backward=people.backward * by)


def _spreads(people: wearer_profile.Population, by: float) -> wearer_profile.Population:
    return replace(
        people, forward_sd=people.forward_sd * by, backward_sd=people.backward_sd * by
    )


def _one(name: str) -> Scale:
    def scaled(_: Any, by: float) -> Any:
        return partial(MotionSettings, **{name: by * getattr(MotionSettings(), name)})

    return scaled


VALUES: dict[str, tuple[ModuleType, str, Scale]] = {
    "asymmetry in walking, means": (evidence, "WALK_ASYMMETRY", _means),
    "asymmetry in walking, spreads": (evidence, "WALK_ASYMMETRY", _spreads),
    "phase in walking, means": (evidence, "WALK_PHASE", _means),
    "phase in walking, spreads": (evidence, "WALK_PHASE", _spreads),
    "phase in running, means": (evidence, "RUN_PHASE", _means),
    "phase in running, spreads": (evidence, "RUN_PHASE", _spreads),
    "flight where walk meets run": (evidence, "FLIGHT_SHARE", _times),
    "steps/s where walk meets run": (evidence, "STEP_HZ", _times),
    "mirror of the own cycle": (wearer_profile, "MIRROR", _times),
    "share of the own cycle": (evidence, "OWN", _times),
    "power of one window": (direction_classifier, "TEMPER", _times),
    "what comes back of a change": (kinematics, "REBOUND", _times),
    "sigma of a change, walking": (command, "MotionSettings", _one("walk_change_sigma_mps")),
    "sigma of a change, running": (command, "MotionSettings", _one("run_change_sigma_mps")),
}


def main() -> int:
    """Print a row for each value."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    args = parser.parse_args()
    data, scorer = args.shared / "data" / "motion", args.shared / "score" / "score_motion.py"
    if not (data / "truth" / "index.csv").exists() or not scorer.exists():
        print(f"SKIPPED motion, sensitivity: no recordings with truth in {data}")
        return 0
    stems = _one_of_each(data / "truth" / "index.csv")
    print(f"IMU only, {len(stems)} people, one recording each: F1, false s/h (worst), unknown")
    print(f"{'as shipped':32s} {_row(score(data, scorer, stems, with_fixes=False))}")
    for name, (module, value, scale) in VALUES.items():
        cells = []
        for by in (0.8, 1.2):
            with _changed(module, value, scale, by):
                cells.append(_row(score(data, scorer, stems, with_fixes=False)))
        print(f"{name:32s} -20 %: {cells[0]}   +20 %: {cells[1]}", flush=True)
    return 0


def _one_of_each(index: Path) -> list[str]:
    of: dict[str, list[str]] = {}
    with index.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["group"] == "composite":
                of.setdefault(row["subject"], []).append(row["stem"])
    return [stems[i % len(stems)] for i, stems in enumerate(of.values())]


@contextmanager
def _changed(module: ModuleType, name: str, scale: Scale, by: float) -> Iterator[None]:
    shipped = getattr(module, name)
    setattr(module, name, scale(shipped, by))
    try:
        yield
    finally:
        setattr(module, name, shipped)


def _row(scored: dict[str, Any]) -> str:
    """Return F1, false backward per hour of forward gait, the worst person's, and unknown."""
    everybody = scored["all"]
    hours, false = everybody["truth_hours"], everybody["false_backward_s_per_h"]
    gaits = [gait for gait in ("walk", "run") if hours[gait]]
    total = sum(false[g] * hours[g] for g in gaits) / sum(hours[g] for g in gaits)
    worst = scored["worst_subject_false_backward"]["s_per_h_forward"]
    unknown = everybody["unknown_share"]
    return f"{everybody['balanced_f1_backward']:.3f} {total:3.0f} ({worst:3.0f}) {unknown:.3f}"


if __name__ == "__main__":
    sys.exit(main())
