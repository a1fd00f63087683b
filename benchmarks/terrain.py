"""Tables of the terrain room: store, build, counts, and how well it warns.

Run: python benchmarks/terrain.py EXTRACT... [--scorer DIR] [--runs 40] [--seed 1] [--curve]

Store, build and counts need only extracts. The warnings need the scorer's folder (with
terrain_runs.py and score_warn.py): it makes runs on the extracts and judges the alerts.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import osmium

from backrun_pi.cli.warn_track import onsets, read_presses, read_track
from backrun_pi.maps import tags
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.terrain.settings import TerrainSettings
from backrun_pi.terrain.terrain import Terrain

MODES = {
    "": [],
    "wide paths, 1.2 m": ["--lateral", "1.2"],
    "map error 2 m": ["--map-error", "2.0"],
    "slow GNSS error": ["--gps", "gm2"],
    "every foot way": ["--network", "all"],
}
CURVE = (0.03, 0.06, 0.1, 0.14, 0.2, 0.3, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extracts", nargs="+", type=Path)
    parser.add_argument("--scorer", type=Path)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modes", nargs="*", default=[""], choices=list(MODES))
    parser.add_argument("--curve", action="store_true", help="over the cost of a false alarm")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for extract in args.extracts:
            store_and_build(extract, folder)
            counts(extract, folder)
        if args.scorer is not None:
            for mode in args.modes:
                warnings(args, folder, mode)


def store_and_build(extract: Path, folder: Path) -> None:
    out = folder / f"{extract.name}.map"
    code = (
        "import resource,sys,time;from pathlib import Path;"
        "from backrun_pi.maps.build import build_map;"
        "b=build_map([Path(sys.argv[1])],Path(sys.argv[2]));"
        "u=resource.getrusage(resource.RUSAGE_SELF);"
        "print(b.capsules,b.ways,b.bytes,u.ru_utime+u.ru_stime,u.ru_maxrss/1024)"
    )
    fields = subprocess.run(
        [sys.executable, "-c", code, str(extract), str(out)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    print(
        f"{extract.name}: build {float(fields[3]):.2f} s CPU, {float(fields[4]):.0f} MB peak; "
        f"{fields[0]} capsules, {fields[1]} ways, {int(fields[2]) / 1e6:.2f} MB"
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    opened = MapFile.open(out)
    cold_ms = (time.perf_counter() - began) * 1e3
    rng = np.random.default_rng(1)
    picks = rng.integers(0, max(1, len(opened.segments)), 2000)
    spots = [
        (int(opened.segments[at]["lat1"]), int(opened.segments[at]["lon1"])) for at in picks
    ]
    took = []
    for lat, lon in spots:
        began = time.thread_time()  # what it costs, not what others take away
        opened.capsules_near(lat, lon, 60.0)
        opened.segments_near(lat, lon, 60.0)
        took.append((time.thread_time() - began) * 1e6)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    p50, p95, p99 = np.percentile(took, [50, 95, 99])
    print(
        f"  open {cold_ms:.1f} ms; everything within 60 m: p50 {p50:.0f}, p95 {p95:.0f}, "
        f"p99 {p99:.0f} us CPU; {(after - before) / 1024:.1f} MB added"
    )


def counts(extract: Path, folder: Path) -> None:
    """Compare the features of each rule with a reading by osmium's own tag filters."""
    opened = MapFile.open(folder / f"{extract.name}.map")
    wanted: dict[int, int] = defaultdict(int)
    matched: dict[int, set[int]] = defaultdict(set)
    for at, rule in enumerate(tags.POINT_RULES):
        for node in tagged(extract, rule.tag, "n"):
            matched[node].add(at)
    for rules in matched.values():
        wanted[min(rules, key=lambda at: (-tags.RULES[at].severity, at))] += 1
    first = len(tags.POINT_RULES)
    own: dict[int, int] = defaultdict(int)
    of_areas = opened.features.between(0, len(opened.features))["relation"] > 0
    for rule_at in opened.features.between(0, len(opened.features))["rule"][~of_areas].tolist():
        own[rule_at] += 1
    lines = (*tags.LINE_RULES, *tags.ROAD_RULES)
    for at, rule in enumerate(lines, first):
        wanted[at] = len(tagged(extract, rule.tag, "w"))
    last = first + len(lines)
    differ = [
        f"{tags.RULES[at].tag} {own[at]} of {wanted[at]}"
        for at in range(last)
        if own[at] != wanted[at]
    ]
    used = sum(1 for at in range(last) if wanted[at])
    print(f"  counts: {used - len(differ)} of {used} rules in use equal; {', '.join(differ)}")


def tagged(extract: Path, tag: str, letter: str) -> list[int]:
    """Return the ids of objects with a tag that stand where a person can meet them."""
    key, _, value = tag.partition("=")
    pick: Any = (
        osmium.filter.KeyFilter(key) if value == "*" else osmium.filter.TagFilter((key, value))
    )
    reader: Any = osmium.FileProcessor(str(extract)).with_locations().with_filter(pick)
    ids = []
    for found in reader:
        if found.type_str() != letter or (letter == "w" and not has_place(found)):
            continue  # a way whose nodes the extract does not hold has no place
        table = {one.k: one.v for one in found.tags}
        hidden = table.get("location") in {"underground", "indoor"} or (
            table.get("indoor") == "yes" or table.get("level") not in {None, "0", ""}
        )
        tunnel = table.get("tunnel") in {"yes", "culvert", "building_passage"}
        covered = found.is_way() and "highway" not in table and tunnel
        flat = "kerb" in tag and table.get("kerb") in {"lowered", "flush", "no", "ramp"}
        kind = table.get("kerb") if letter == "w" and table.get("barrier") == "kerb" else None
        other_kerb = letter == "w" and "kerb" in tag and (kind == "rolled") != ("rolled" in tag)
        if not (hidden or covered or flat or other_kerb):
            ids.append(int(found.id))
    return ids


def has_place(way: Any) -> bool:
    places = {(node.location.x, node.location.y) for node in way.nodes if node.location.valid()}
    return len(places) > 1


def warnings(args: argparse.Namespace, folder: Path, mode: str) -> None:
    sys.path.insert(0, str(args.scorer))
    scorer = importlib.import_module("score_warn")
    print(f"\nwarnings, seed {args.seed}, {args.runs} runs each; {mode or 'park paths'}")
    print("  place, marks | km | events | >= 3 s | >= 5 s | false/km | pulses/km | unmapped")
    made = []
    for extract in args.extracts:
        runs = folder / f"runs {extract.name} {mode}"
        tool = [sys.executable, str(args.scorer / "terrain_runs.py"), str(extract)]
        size = ["--runs", str(args.runs), "--seed", str(args.seed)]
        command = [*tool, "--out", str(runs), *size, *MODES[mode]]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            print(f"  {extract.name}: no runs: {done.stderr.strip().splitlines()[-1]}")
            continue
        made.append((extract, runs))
    for has_marks in (False, True):
        judged = []
        for extract, runs in made:
            opened = MapFile.open(folder / f"{extract.name}.map")
            own = judge(scorer, opened, runs, has_marks, TerrainSettings())
            show(f"{extract.name}, {'marks' if has_marks else 'map alone'}", scorer, own)
            judged += own
        show(f"all, {'marks' if has_marks else 'map alone'}", scorer, judged)
    for cost in CURVE if args.curve else ():
        for has_marks in (False, True):
            settings = msgspec.structs.replace(TerrainSettings(), false_cost=cost)
            judged = []
            for extract, runs in made:
                opened = MapFile.open(folder / f"{extract.name}.map")
                judged += judge(scorer, opened, runs, has_marks, settings)
            show(
                f"false_cost {cost:g}, {'marks' if has_marks else 'map alone'}", scorer, judged
            )


def judge(
    scorer: Any, opened: MapFile, runs: Path, has_marks: bool, settings: TerrainSettings
) -> list[Any]:
    judged = []
    for truth in sorted(runs.glob("*.truth.json")):
        stem = truth.name.removesuffix(".truth.json")
        marks = read_presses([runs / f"{stem}.marks.csv"], settings) if has_marks else None
        began = time.process_time()
        terrain = Terrain(opened, marks, settings)
        alerts = [
            {
                "t": onset.t_s,
                "id": scorer.norm(onset.hazard.osm_id),
                "stop": onset.hazard.stage.value == "stop",
                "kind": onset.hazard.kind,
                "contact": onset.hazard.contact_s,
                "ok": True,
            }
            for onset in onsets(terrain, read_track(runs / f"{stem}.track.csv"))
            if onset.hazard.kind != "bend"
        ]
        took = time.process_time() - began
        facts = json.loads(truth.read_text(encoding="utf-8"))
        one = scorer.score_run(facts, sorted(alerts, key=lambda alert: alert["t"]))
        judged.append({**one, "cpu_ms_per_s": 1e3 * took / facts["seconds"]})
    return judged


def show(name: str, scorer: Any, judged: list[Any]) -> None:
    facts = scorer.summarise(judged)
    mapped, unmapped = facts["mapped"], facts["unmapped"]
    exact = mapped["exact"]
    cpu = float(np.median([one["cpu_ms_per_s"] for one in judged]))
    print(
        f"  {name} | {facts['km']} | {mapped['events']} | {exact['warned_3s_pct']} "
        f"{exact['ci95']} | {exact['warned_5s_pct']} | {facts['false_per_km']['exact']} | "
        f"{facts['pulses_per_km']} | {unmapped['exact']['warned_3s_pct']} (any "
        f"{unmapped['any']['warned_3s_pct']}) of {unmapped['events']} | {cpu:.2f} ms CPU/s",
        flush=True,
    )


if __name__ == "__main__":
    main()
