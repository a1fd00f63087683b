"""Compares the scorers' figures with floors a little below those last measured.

Usage: python .ci/floors.py FOLDER (with gnss.json, motion.json, warn.json)

The goals stand in the docs of each room; a floor only says that nothing got worse unnoticed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> int:
    """Print every figure with its floor; 1 when one is below."""
    folder = Path(sys.argv[1])
    gnss = json.loads((folder / "gnss.json").read_text())["summary"]
    motion = json.loads((folder / "motion.json").read_text())["group"]["composite"]
    warn = json.loads((folder / "warn.json").read_text())["summary"]
    rows = [
        ("GNSS strict F1, micro", gnss["micro_f1"], 0.995),
        ("GNSS strict F1, macro", gnss["macro_f1"], 0.99),
        ("GNSS no crash", -len(gnss["crashed"]), 0),
        ("GNSS at most one false fix", -gnss["false_fixes"], -1),
        ("motion, IMU only, F1 backward", motion["balanced_f1_backward"], 0.975),
        (
            "motion, IMU only, false backward walking, s/h",
            -motion["false_backward_s_per_h"]["walk"],
            -30,
        ),
        ("motion, IMU only, bouts found", motion["bout_recall"], 0.97),
        (
            "terrain, scouted, >= 3 s, Helsinki seed 7",
            warn["mapped"]["exact"]["warned_3s_pct"],
            88,
        ),
        ("terrain, false per km at most 2.0", -warn["false_per_km"]["exact"], -2.0),
    ]
    is_worse = False
    for name, figure, floor in rows:
        is_below = figure < floor
        is_worse = is_worse or is_below
        print(f"{'BELOW' if is_below else 'ok   '} {name:<45}{figure:>9} floor {floor}")
    return int(is_worse)


if __name__ == "__main__":
    sys.exit(main())
