"""Print how direction holds up when recordings are made worse than they are.

Takes one recording of each person in `../shared/data/motion` (group `composite`), IMU only, and
adds what captured motion lacks or a wearer does: blows of the heel, a clip that slips, a chip
that clips. Nothing is fitted to the outcome. Prints SKIPPED where the recordings are missing.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from backrun_pi.cli.main import main as backrun

SHARED = Path(__file__).resolve().parents[2] / "shared"
G_MPS2 = 9.81
SEED = 5

Table = npt.NDArray[np.float64]
"""Rows of t_s, three accelerations [m/s2], three rates [rad/s], at 100 Hz."""
Perturb = Callable[[Table, np.random.Generator], Table]


def main() -> int:
    """Print a row for each way to make the recordings worse."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument(
        "names", nargs="*", help="rows to print; all of them when none is given"
    )
    args = parser.parse_args()
    data, scorer = args.shared / "data" / "motion", args.shared / "score" / "score_motion.py"
    if not (data / "truth" / "index.csv").exists() or not scorer.exists():
        print(f"SKIPPED motion, perturbed: no recordings with truth in {data}")
        return 0
    stems = _one_of_each(data / "truth" / "index.csv")
    print(f"IMU only, {len(stems)} people, one recording each")
    print(f"{'':34s}     F1  unknown  onset p95   false s/h  worst")
    for name, perturb in PERTURBATIONS.items():
        if not args.names or name in args.names:
            _print(name, _scored(data, scorer, stems, perturb))
    return 0


def _one_of_each(index: Path) -> list[str]:
    first: dict[str, str] = {}
    with index.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["group"] == "composite":
                first.setdefault(row["subject"], row["stem"])
    return list(first.values())


def _scored(data: Path, scorer: Path, stems: list[str], perturb: Perturb) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("score_motion", scorer)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(scorer)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rng = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as folder:
        box = Path(folder)
        for part in ("in", "truth", "out"):
            (box / part).mkdir()
        (box / "truth" / "index.csv").symlink_to(data / "truth" / "index.csv")
        files = []
        for stem in stems:
            truth = f"{stem}.truth.csv"
            (box / "truth" / truth).symlink_to(data / "truth" / truth)
            source, file = data / "input" / f"{stem}.csv", box / "in" / f"{stem}.csv"
            with source.open(encoding="utf-8") as opened:
                head = opened.readline().strip()
                table = np.loadtxt(opened, delimiter=",")
            worse = perturb(table, rng)
            np.savetxt(file, worse, "%.5f", ",", header=head, comments="")
            files.append(str(file))
        with contextlib.redirect_stderr(io.StringIO()):
            status = backrun(["motion", *files, "--out", str(box / "out")])
        if status != 0:
            raise RuntimeError(f"backrun motion ended with {status}")
        scored: dict[str, Any] = module.score(str(box / "truth"), str(box / "out"))
    return scored


def _print(name: str, scored: dict[str, Any]) -> None:
    whole, worst = scored["all"], scored["worst_subject_false_backward"]
    false, hours = whole["false_backward_s_per_h"], whole["truth_hours"]
    forward_h = hours["walk"] + hours["run"]
    mean = sum(false[gait] * hours[gait] for gait in ("walk", "run")) / forward_h
    print(
        f"{name:34s}  {whole['balanced_f1_backward']:.3f}  {whole['unknown_share']:6.1%}  "
        f"{whole['onset_median_s']:.1f} / {whole['onset_p95_s']:.1f}  {mean:10.0f}  "
        f"{worst['s_per_h_forward']:.0f} ({worst['subject']})",
        flush=True,
    )


def _same(table: Table, rng: np.random.Generator) -> Table:  # noqa: ARG001 - all are called alike
    return table


def _blows(strength: float) -> Perturb:
    """Add a damped burst of 14 to 24 Hz at each footfall, so many times the RMS of the gait.

    Motion captured at 30 frames a second cannot hold such blows; their size here is a guess on
    both sides of what a real back may feel.
    """

    def perturb(table: Table, rng: np.random.Generator) -> Table:
        worse = table.copy()
        smooth = np.hanning(15) / np.hanning(15).sum()
        z = np.convolve(table[:, 3] - G_MPS2, smooth, "same")
        rms = np.sqrt(np.convolve(z * z, np.full(200, 1 / 200), "same"))
        is_peak = (z[1:-1] > z[:-2]) & (z[1:-1] >= z[2:]) & (z[1:-1] > 0.8 * rms[1:-1])
        t = np.arange(12) / 100.0
        last = -100
        for at in (np.flatnonzero(is_peak & (rms[1:-1] > 0.6)) + 1).tolist():
            begin = max(0, at - 4)
            if at - last < 25 or begin + 12 > len(table):
                continue
            last = at
            phase = 2.0 * np.pi * rng.uniform(14.0, 24.0) * t + rng.uniform(-0.5, 0.5)
            burst = strength * rms[at] * np.exp(-t / 0.025)
            span = slice(begin, begin + 12)
            worse[span, 3] += burst * np.sin(phase)
            worse[span, 1] -= 0.5 * burst * np.sin(phase + 0.8)
            worse[span, 2] += 0.3 * burst * np.sin(phase + 1.5) * rng.choice([-1.0, 1.0])
            worse[span, 5] += 0.08 * burst * np.sin(phase)
        return worse

    return perturb


def _turned(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Perturb:
    yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
    turn_z = np.array(
        [[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]]
    )
    turn_y = np.array(
        [[np.cos(pitch), 0, np.sin(pitch)], [0, 1, 0], [-np.sin(pitch), 0, np.cos(pitch)]]
    )
    turn_x = np.array(
        [[1, 0, 0], [0, np.cos(roll), -np.sin(roll)], [0, np.sin(roll), np.cos(roll)]]
    )
    turn = turn_z @ turn_y @ turn_x

    def perturb(table: Table, rng: np.random.Generator) -> Table:  # noqa: ARG001
        return np.hstack([table[:, :1], table[:, 1:4] @ turn.T, table[:, 4:7] @ turn.T])

    return perturb


def _clipped(table: Table, rng: np.random.Generator) -> Table:  # noqa: ARG001
    accel = np.clip(table[:, 1:4], -2.0 * G_MPS2, 2.0 * G_MPS2)
    return np.hstack([table[:, :1], accel, table[:, 4:7]])


def _biased(table: Table, rng: np.random.Generator) -> Table:  # noqa: ARG001
    worse = table.copy()
    worse[:, 4:7] += np.radians([3.0, -3.0, 2.0])
    return worse


def _noisy(table: Table, rng: np.random.Generator) -> Table:
    worse = table.copy()
    worse[:, 1:4] += rng.normal(0.0, 0.3, (len(table), 3))
    worse[:, 4:7] += rng.normal(0.0, 0.01, (len(table), 3))
    return worse


def _softened(table: Table, rng: np.random.Generator) -> Table:  # noqa: ARG001
    """Low-pass at 5 Hz, as through a thick belt."""
    share = 1.0 - np.exp(-2.0 * np.pi * 5.0 / 100.0)
    worse = table.copy()
    for n in range(1, len(table)):
        worse[n, 1:] = worse[n - 1, 1:] + share * (table[n, 1:] - worse[n - 1, 1:])
    return worse


def _scaled(factor: float) -> Perturb:
    """Make the whole movement stronger or weaker."""

    def perturb(table: Table, rng: np.random.Generator) -> Table:  # noqa: ARG001
        rest = np.concatenate([table[:200, 1:4].mean(axis=0), np.zeros(3)])
        return np.hstack([table[:, :1], rest + (table[:, 1:7] - rest) * factor])

    return perturb


def _with_gaps(table: Table, rng: np.random.Generator) -> Table:  # noqa: ARG001
    """Leave out 0.3 s in each 20 s."""
    return table[table[:, 0] % 20.0 > 0.3]


def _jittered(table: Table, rng: np.random.Generator) -> Table:
    worse = table.copy()
    worse[:, 0] += rng.uniform(-0.002, 0.002, len(table))
    return worse


PERTURBATIONS: dict[str, Perturb] = {
    "as recorded": _same,
    "blows of the heel, 3 x RMS": _blows(3.0),
    "blows of the heel, 6 x RMS": _blows(6.0),
    "turned 20 deg more about up": _turned(20.0, 0.0, 0.0),
    "turned -25, tipped 15, -10 deg": _turned(-25.0, 15.0, -10.0),
    "upside down": _turned(180.0, 180.0, 0.0),
    "gyroscope 3 deg/s off": _biased,
    "clipped at 2 g": _clipped,
    "noise 0.3 m/s2, 0.01 rad/s": _noisy,
    "softened, 5 Hz": _softened,
    "movement 1.4 x": _scaled(1.4),
    "movement 0.7 x": _scaled(0.7),
    "0.3 s lost in each 20 s": _with_gaps,
    "times off by 2 ms": _jittered,
}


if __name__ == "__main__":
    sys.exit(main())
