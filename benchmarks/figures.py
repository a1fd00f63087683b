"""Measures the figures that README and docs quote, and keeps them in docs/figures.json.

Usage: python benchmarks/figures.py [--only NAME ...] [--render]

Each figure has a key, a value, a unit, the command that measured it and the day. A page quotes
one as `<!--fig KEY FORMAT-->0.98<!--/fig-->`; `--render` writes the kept values into the pages,
and a test compares them (tests/contract/test_figures.py). What needs the evaluation data beside
the checkout is SKIPPED without them, and the figures kept before stay.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
KEPT = ROOT / "docs" / "figures.json"
QUOTE = re.compile(r"<!--fig (\S+) ([^\s>-]+)-->(.*?)<!--/fig-->")
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
Figures = dict[str, tuple[float, str]]


class Skipped(Exception):
    """A measurement that this machine cannot make; the text says why."""


def backrun(*words: str | Path) -> str:
    """Run the product's command line and return what it prints."""
    return _run(ROOT / ".venv" / "bin" / "backrun", *words)


def program(name: str, *words: str | Path) -> str:
    """Run another benchmark and return what it prints."""
    return _run(sys.executable, ROOT / "benchmarks" / name, *words)


def _run(*words: str | Path) -> str:
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PATH": path},
    )
    if done.returncode:
        raise Skipped(f"{Path(str(words[0])).name} ended with {done.stderr.strip()[-300:]}")
    return done.stdout


def _scorer(name: str, *words: str | Path) -> str:
    if not (SHARED / "score" / name).exists():
        raise Skipped("the evaluation data are not beside the checkout")
    return _run(sys.executable, SHARED / "score" / name, *words)


def gnss_logs(folder: Path) -> Figures:
    """Return how the receivers' logs are read, against their reference."""
    _scorer("score_gnss.py", "--core", "--json", folder / "gnss.json")
    summary = json.loads((folder / "gnss.json").read_text())["summary"]
    return {
        "gnss.logs.f1_micro": (summary["micro_f1"], "-"),
        "gnss.logs.f1_macro": (summary["macro_f1"], "-"),
        "gnss.logs.false_fixes": (summary["false_fixes"], "fixes"),
    }


def gnss_harm(_folder: Path) -> Figures:
    """Return the wrong positions accepted from a million damaged sentences."""
    lines = program("gnss.py", "--corrupt", "1000000").splitlines()
    harm = next(json.loads(line)["harm"] for line in lines if '"harm"' in line)
    return {"gnss.damaged.wrong_positions": (harm["wrong"], "of 1,000,000 damaged sentences")}


def motion(folder: Path) -> Figures:
    """Return direction on the composite recordings, with and without a receiver."""
    data = SHARED / "data" / "motion"
    if not data.exists():
        raise Skipped("the evaluation data are not beside the checkout")
    found: Figures = {}
    stems = [path.stem for path in sorted((data / "input").glob("comp_*.csv"))]
    stems = [name for name in stems if not name.endswith(".gnss") and "proxy" not in name]
    for name, suffixes in (("imu", (".csv",)), ("gnss", (".csv", ".gnss.csv"))):
        inputs = folder / name
        inputs.mkdir()
        for stem in stems:
            for suffix in suffixes:
                (inputs / f"{stem}{suffix}").symlink_to(data / "input" / f"{stem}{suffix}")
        files = [inputs / f"{stem}.csv" for stem in stems]
        backrun("motion", *files, "--out", folder / f"{name}-out")
        words = (
            "--truth",
            data / "truth",
            "--pred",
            folder / f"{name}-out",
            "--only",
            "comp_*",
        )
        _scorer("score_motion.py", *words, "--json", folder / f"{name}.json")
        scored = json.loads((folder / f"{name}.json").read_text())
        found |= _directions(f"motion.{name}", scored["group"]["composite"])
        people = {
            person: one
            for person, one in scored["subject"].items()
            if one["balanced_f1_backward"] is not None
        }
        for gait in ("walk", "run"):
            rates = [one["false_backward_s_per_h"][gait] for one in people.values()]
            worst = max(rate for rate in rates if rate is not None)
            found[f"motion.{name}.worst_{gait}"] = (worst, "s/h")
        if name == "imu":
            for person, one in people.items():
                found |= _person(f"motion.person.{person.removeprefix('bandai1-')}", one)
    return found


def _directions(key: str, group: dict[str, Any]) -> Figures:
    """Return what a group of recordings shows of the direction."""
    found: Figures = {
        f"{key}.f1": (group["balanced_f1_backward"], "-"),
        f"{key}.bouts_found": (100.0 * group["bout_recall"], "%"),
        f"{key}.onset_median": (group["onset_median_s"], "s"),
        f"{key}.onset_p95": (group["onset_p95_s"], "s"),
        f"{key}.release_median": (group["release_median_s"], "s"),
        f"{key}.release_p95": (group["release_p95_s"], "s"),
        f"{key}.unknown": (100.0 * group["unknown_share"], "%"),
    }
    for gait in ("walk", "run"):
        found[f"{key}.false_{gait}"] = (group["false_backward_s_per_h"][gait], "s/h")
    return found


def _person(key: str, one: dict[str, Any]) -> Figures:
    rates = one["false_backward_s_per_h"]
    found: Figures = {f"{key}.f1": (one["balanced_f1_backward"], "-")}
    for gait in ("walk", "run"):
        if rates[gait] is not None:
            found[f"{key}.false_{gait}"] = (rates[gait], "s/h")
    return found


TERRAIN_SEED = "41"
TERRAIN_RUNS = {"helsinki": "40", "monaco": "30", "andorra": "30", "malta": "20"}
"""Beginning of an extract's name -> runs there: 70 km in all."""


def terrain(folder: Path) -> Figures:
    """Return warnings of mapped obstacles, with and without scouting, over four places."""
    if not (SHARED / "data" / "map").exists():
        raise Skipped("the evaluation data are not beside the checkout")
    found: Figures = {}
    for name, words in (("scouted", ()), ("alone", ("--no-marks",))):
        warned = {"3s": 0.0, "5s": 0.0}
        events = false = km = 0.0
        for place, count_runs in TERRAIN_RUNS.items():
            (extract,) = (SHARED / "data" / "map").glob(f"{place}*.osm.pbf")
            runs, built = folder / f"runs-{place}", folder / f"{place}.map"
            if not built.exists():
                backrun("map", "build", extract, "-o", built)
                options = ("--out", runs, "--runs", count_runs, "--seed", TERRAIN_SEED)
                _scorer("terrain_runs.py", extract, *options)
            out = folder / f"{place}-{name}.json"
            _scorer("score_warn.py", "--runs", runs, "--map", built, "--json", out, *words)
            summary = json.loads(out.read_text())["summary"]
            exact, count = summary["mapped"]["exact"], summary["mapped"]["events"]
            events += count
            km += summary["km"]
            false += summary["false_per_km"]["exact"] * summary["km"]
            for key in warned:
                warned[key] += exact[f"warned_{key}_pct"] * count / 100.0
        found[f"terrain.{name}.events"] = (events, "contacts")
        found[f"terrain.{name}.warned_3s"] = (100.0 * warned["3s"] / events, "%")
        found[f"terrain.{name}.warned_5s"] = (100.0 * warned["5s"] / events, "%")
        found[f"terrain.{name}.false_per_km"] = (false / km, "1/km")
    return found


CORE_MHZ = 1000.0  # Cortex-A53 of the Zero 2 W


def instructions(_folder: Path) -> Figures:
    """Return what a second of session and a start cost, counted by valgrind."""
    text = program("instructions.py")
    second = re.search(r"second of session\s+([\d.]+) million", text)
    start = re.search(r"of the start\s+([\d.]+) million", text)
    if second is None or start is None:
        raise Skipped("valgrind counted nothing")
    found: Figures = {
        "cost.second": (float(second[1]), "million instructions"),
        "cost.start": (float(start[1]), "million instructions"),
    }
    for name, per_cycle in (("assumed", 0.5), ("pessimistic", 0.25)):
        per_s = per_cycle * CORE_MHZ
        found[f"cost.share_{name}"] = (100.0 * float(second[1]) / per_s, "% of one core")
        found[f"cost.start_{name}"] = (float(start[1]) / per_s, "s")
    return found


def twin(folder: Path) -> Figures:
    """Return how fast the park session is simulated and replayed, and what its log weighs."""
    out = folder / "park"
    began_s = time.perf_counter()
    summary = json.loads(backrun("simulate", "config/scenarios/park.toml", "--out", out))
    simulated_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    backrun("replay", summary["session"])
    replayed_s = time.perf_counter() - began_s
    size = sum(f.stat().st_size for f in Path(summary["session"]).rglob("*") if f.is_file())
    return {
        "twin.simulate": (summary["duration_s"] / simulated_s, "x real time"),
        "twin.replay": (summary["duration_s"] / replayed_s, "x real time"),
        "log.per_hour": (size / 1e6 * 3600.0 / summary["duration_s"], "MB/h"),
    }


def libraries(_folder: Path) -> Figures:
    """Return our CPU time over that of the libraries that do the same work."""
    found: Figures = {}
    for line in program("libraries.py").splitlines():
        if not line.startswith("{"):
            print(line)
            continue
        row = json.loads(line)
        name = re.sub(r"\W+", "_", row["library"].lower())
        found[f"beside.{row['work']}.{name}"] = (row["ratio"], "x their CPU time")
    return found


def scaling(_folder: Path) -> Figures:
    """Return what each size of each kind of work costs."""
    found: Figures = {}
    for line in program("scaling.py").splitlines():
        if not line.startswith("{"):
            print(line)
            continue
        row = json.loads(line)
        what, size = row.pop("what"), row.pop("size")
        for key, value in row.items():
            quantity, _, unit = key.rpartition("_")
            unit = "ms/s" if key.endswith("ms_per_s") else unit
            found[f"scaling.{what}.{size}.{key}"] = (value, unit if quantity else key)
    return found


PLANET_MB = 85_000.0
"""[MB] A planet file of OpenStreetMap, late 2026."""
COPIES = 200
CORE_HOUR_USD = 0.04
"""[USD] A core of a rented machine for an hour, about."""


def _extracts() -> list[Path]:
    extracts = sorted((SHARED / "data" / "map").glob("*.osm.pbf"))
    if not extracts:
        raise Skipped("the evaluation data are not beside the checkout")
    return extracts


def atlas(_folder: Path) -> Figures:
    """Return what an atlas costs per MB of real extracts, and what that makes of a planet."""
    real = json.loads(program("atlas.py", *_extracts()).splitlines()[-1])
    per_mb = real["built_cpu_s"] / real["mb"]
    publish_ms = 1000.0 * real["published_cpu_s"] / real["stretches"]
    stretches = PLANET_MB * real["stretches"] / real["mb"]
    core_hours = PLANET_MB * per_mb / 3600.0
    return {
        "atlas.mb": (real["mb"], "MB of extracts"),
        "atlas.cpu_per_mb": (per_mb, "s/MB"),
        "atlas.peak": (real["peak_mb"], "MB"),
        "atlas.stretches_per_mb": (real["stretches"] / real["mb"], "1/MB"),
        "atlas.parquet_per_mb": (1000.0 * real["parquet_mb"] / real["mb"], "kB/MB"),
        "atlas.tiles_per_mb": (1000.0 * real["tiles_mb"] / real["mb"], "kB/MB"),
        "atlas.publish": (publish_ms, "ms per stretch"),
        "atlas.planet.core_hours": (core_hours, "h"),
        "atlas.planet.cost": (core_hours * CORE_HOUR_USD, "USD"),
        "atlas.planet.stretches": (stretches / 1e6, "million"),
        "atlas.planet.publish_hours": (stretches * publish_ms / 3.6e6, "h"),
        "atlas.planet.parquet": (PLANET_MB * real["parquet_mb"] / real["mb"] / 1e3, "GB"),
        "atlas.planet.tiles": (PLANET_MB * real["tiles_mb"] / real["mb"] / 1e3, "GB"),
    }


def atlas_copies(_folder: Path) -> Figures:
    """Return how time and memory grow over hundreds of extracts in one process."""
    small = [one for one in _extracts() if one.stat().st_size < 1e6]
    lines = program("atlas.py", *small, "--copies", str(COPIES), "--share", "0.25").splitlines()
    *steps, whole = (json.loads(line) for line in lines)
    first, last = steps[0], steps[-1]
    return {
        "atlas.copies": (whole["extracts"], "copies"),
        "atlas.copies.first_cpu": (first["cpu_s"] / first["done"], "s each, first tenth"),
        "atlas.copies.last_cpu": (last["cpu_s"] / last["done"], "s each, all"),
        "atlas.copies.first_peak": (first["peak_mb"], "MB after a tenth"),
        "atlas.copies.last_peak": (last["peak_mb"], "MB after all"),
    }


def cohort(_folder: Path) -> Figures:
    """Return what the questions cost over 10,000 invented sessions, with DuckDB."""
    whole = json.loads(program("cohort.py").splitlines()[-1])
    return {
        "cohort.sessions": (whole["sessions"], "sessions"),
        "cohort.seconds": (whole["seconds"] / 1e6, "million rows"),
        "cohort.archive": (whole["mb"], "MB"),
        "cohort.all": (whole["cpu_s"], "s of CPU, every question"),
        "cohort.slowest": (whole["most_s"], "s of CPU, the slowest question"),
    }


MEASUREMENTS: dict[str, tuple[Callable[[Path], Figures], str]] = {
    "gnss.logs": (gnss_logs, "score_gnss.py --core"),
    "gnss.damaged": (gnss_harm, "benchmarks/gnss.py --corrupt 1000000"),
    "motion": (motion, "score_motion.py --only 'comp_*'"),
    "terrain": (terrain, "score_warn.py, four places, 70 km, seed 41"),
    "cost": (instructions, "benchmarks/instructions.py"),
    "beside": (libraries, "benchmarks/libraries.py"),
    "scaling": (scaling, "benchmarks/scaling.py"),
    "atlas": (atlas, "benchmarks/atlas.py, four places"),
    "atlas.copies": (atlas_copies, "benchmarks/atlas.py, 200 shifted copies of cuts of three"),
    "cohort": (cohort, "benchmarks/cohort.py"),
    "twin": (twin, "backrun simulate, replay of config/scenarios/park.toml"),
}


def kept() -> dict[str, dict[str, Any]]:
    """Return the figures as they were last measured."""
    figures: dict[str, dict[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return figures


def rendered(text: str, figures: dict[str, dict[str, Any]]) -> str:
    """Return a page with every quoted figure as it is kept.

    Raises:
        KeyError: The page quotes a figure that is not kept.
    """

    def quote(match: re.Match[str]) -> str:
        key, form = match[1], match[2]
        return f"<!--fig {key} {form}-->{figures[key]['value']:{form}}<!--/fig-->"

    return QUOTE.sub(quote, text)


def render() -> None:
    """Write the kept figures into the pages."""
    figures = kept()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        page.write_text(rendered(text, figures), encoding="utf-8")


def main() -> int:
    """Measure, keep, render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(MEASUREMENTS), choices=MEASUREMENTS)
    parser.add_argument(
        "--render", action="store_true", help="only write kept figures into pages"
    )
    args = parser.parse_args()
    figures = kept() if KEPT.exists() else {}
    for name in [] if args.render else args.only:
        measure, command = MEASUREMENTS[name]
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = measure(Path(folder))
            except Skipped as error:
                print(f"SKIPPED {name}: {error}")
                continue
        day = time.strftime("%Y-%m-%d")
        for key, (measured, unit) in found.items():
            value = float(f"{measured:.4g}")
            figures[key] = {"value": value, "unit": unit, "command": command, "day": day}
            print(f"{key:<36}{value:>12g} {unit}", flush=True)
    KEPT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    render()
    return 0


if __name__ == "__main__":
    sys.exit(main())
