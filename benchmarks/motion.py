"""Print the goals of direction against recordings with truth beside the checkout.

Reads `../shared/data/motion` (input, truth) and scores with `../shared/score/score_motion.py`;
prints SKIPPED when they are missing. `--group` picks the recordings. Below the table: each
source and person apart, the seconds of false backward by their cause, and the release latency
without the ends of bouts that are none (the true speed only crosses the label's 0.4 m/s for
some tenths). How far the figures rest on single values: `benchmarks/motion_sensitivity.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import io
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from backrun_pi.cli.main import main as backrun

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
WARM_S = 2.0
"""[s] Start of a recording that the scorer leaves out."""
ROWS = (
    ("balanced F1 backward, walking and running", ("balanced_f1_backward",), 3),
    ("backward bouts of 3 s and more found", ("bout_recall",), 3),
    ("onset latency, median [s]", ("onset_median_s",), 1),
    ("onset latency, p95 [s]", ("onset_p95_s",), 1),
    ("release latency, median [s]", ("release_median_s",), 1),
    ("release latency, p95 [s]", ("release_p95_s",), 1),
    ("false backward in forward walk [s/h]", ("false_backward_s_per_h", "walk"), 0),
    ("false backward in forward run [s/h]", ("false_backward_s_per_h", "run"), 0),
    ("time unknown, share of all", ("unknown_share",), 3),
)


ONE = "{:24s} {:>8s} {:>8s} {:>8s} {:>9s} {:>9s}"


def main() -> int:
    """Run every recording with and without fixes and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", default="composite")
    parser.add_argument("--shared", type=Path, default=SHARED)
    args = parser.parse_args()
    data, scorer = args.shared / "data" / "motion", args.shared / "score" / "score_motion.py"
    if not (data / "truth" / "index.csv").exists() or not scorer.exists():
        print(f"SKIPPED motion: no recordings with truth in {data}")
        return 0
    with (data / "truth" / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["group"] == args.group]
    stems = [row["stem"] for row in rows]
    results = {}
    for name, with_fixes in (("IMU only", False), ("IMU + GPS", True)):
        results[name] = score(data, scorer, stems, with_fixes)
    _print(results)
    return 0


def score(data: Path, scorer: Path, stems: list[str], with_fixes: bool) -> dict[str, Any]:
    """Run recordings through `backrun motion` and return what the scorer says, and more."""
    spec = importlib.util.spec_from_file_location("score_motion", scorer)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(scorer)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with tempfile.TemporaryDirectory() as folder:
        box = Path(folder)
        for part in ("in", "truth", "out"):
            (box / part).mkdir()
        (box / "truth" / "index.csv").symlink_to(data / "truth" / "index.csv")
        for stem in stems:
            (box / "in" / f"{stem}.csv").symlink_to(data / "input" / f"{stem}.csv")
            truth = f"{stem}.truth.csv"
            (box / "truth" / truth).symlink_to(data / "truth" / truth)
            fixes = f"{stem}.gnss.csv"
            if with_fixes and (data / "input" / fixes).exists():
                (box / "in" / fixes).symlink_to(data / "input" / fixes)
        files = [str(box / "in" / f"{stem}.csv") for stem in stems]
        began = time.process_time()
        with contextlib.redirect_stderr(io.StringIO()):
            status = backrun(["motion", *files, "--out", str(box / "out")])
        spent_s = time.process_time() - began
        if status != 0:
            raise RuntimeError(f"backrun motion ended with {status}")
        scored: dict[str, Any] = module.score(str(box / "truth"), str(box / "out"))
        scored["budget"] = _budget(module, box, stems)
    scored["cpu_ms_per_s"] = 1000.0 * spent_s / (3600.0 * scored["all"]["hours"])
    return scored


def _budget(module: Any, box: Path, stems: list[str]) -> dict[str, Any]:
    """Return seconds of false backward by cause, and the releases of true ends of bouts."""
    causes: Counter[str] = Counter()
    releases: list[float] = []
    forward_s = 0.0
    for stem in stems:
        t, label, _ = module.read_truth(box / "truth" / f"{stem}.truth.csv")
        predicted = module.read_pred(box / "out" / f"{stem}.jsonl")
        state = module.align(t, predicted[0], predicted[1], "unknown").astype(str)
        says = np.char.startswith(state, "backward")
        kind = np.array([module.CLASS.get(x, "-") for x in label])
        is_fore = (kind == "F") & (t >= t[0] + WARM_S)
        forward_s += 0.1 * float(is_fore.sum())
        bouts = module.bouts(kind == "B", kind != "-")
        lag = np.zeros(len(t), bool)
        for start, end in bouts:
            last = next((i for i in range(end, len(t)) if not says[i]), len(t))
            lag[end:last] = True
            after = kind[end : end + 20]
            if end - start >= 30 and end < len(t) and says[end - 1] and "B" not in after:
                releases.append(0.1 * (last - end))
        since = np.zeros(len(t), int)
        for i in range(1, len(t)):
            since[i] = since[i - 1] + 1 if kind[i] == "F" else 0
        first = bouts[0][0] if bouts else len(t)
        for i in np.flatnonzero(is_fore & says).tolist():
            if lag[i]:
                cause = "lag after a bout" if since[i] < 30 else "change missed"
            elif i < first:
                cause = "before the first bout"
            elif since[i] < 50:
                cause = "first 5 s of forward"
            else:
                cause = "steady gait misread"
            causes[cause] += 1
    return {
        "s_per_h": {cause: 360.0 * n / forward_s for cause, n in causes.most_common()},
        "release_s": [float(np.percentile(releases, q)) for q in (50, 95)] if releases else [],
        "changes_per_h": 3600.0 * len(releases) / forward_s if forward_s else 0.0,
    }


def _print(results: dict[str, dict[str, Any]]) -> None:
    print(f"{'':46s}" + "".join(f"{name:>12s}" for name in results))
    for label, path, digits in ROWS:
        values = []
        for scored in results.values():
            value: Any = scored["all"]
            for key in path:
                value = value[key]
            values.append("-" if value is None else f"{value:.{digits}f}")
        print(f"{label:46s}" + "".join(f"{value:>12s}" for value in values))
    cost = [f"{scored['cpu_ms_per_s']:.1f}" for scored in results.values()]
    print(
        f"{'CPU with reading and writing files [ms/s]':46s}"
        + "".join(f"{c:>12s}" for c in cost)
    )
    for name, scored in results.items():
        worst, false = scored["worst_subject_f1"], scored["worst_subject_false_backward"]
        print(f"{name}: worst person F1 {worst}, false backward {false}")
        budget = scored["budget"]
        shares = ", ".join(f"{cause} {s:.1f}" for cause, s in budget["s_per_h"].items())
        print(f"{name}: false backward by cause [s/h of forward gait]: {shares}")
        print(
            f"{name}: release of true ends, median and p95 {budget['release_s']} s; "
            f"{budget['changes_per_h']:.0f} ends per hour of forward gait: each 0.1 s of lag "
            f"in forward gait costs {0.1 * budget['changes_per_h']:.0f} s/h"
        )
        _print_apart(name, scored)
        people = scored["subject"].values()
        f1 = [
            p["balanced_f1_backward"] for p in people if p["balanced_f1_backward"] is not None
        ]
        print(f"{name}: median person F1 {np.median(f1):.3f} of {len(f1)}")


def _print_apart(name: str, scored: dict[str, Any]) -> None:
    """Print each source and each person: nothing was fitted to any of them."""
    print(ONE.format(name, "F1", "found", "unknown", "walk s/h", "run s/h"))
    for key in ("source", "subject"):
        for who, one in sorted(scored[key].items()):
            false = one["false_backward_s_per_h"]
            values = (
                (one["balanced_f1_backward"], 3),
                (one["bout_recall"], 3),
                (one["unknown_share"], 3),
                (false["walk"], 0),
                (false["run"], 0),
            )
            cells = ["-" if v is None else f"{v:.{digits}f}" for v, digits in values]
            print(ONE.format(f"{key} {who}"[:24], *cells))


if __name__ == "__main__":
    sys.exit(main())
