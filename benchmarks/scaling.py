"""How cost grows with the work, over three decades where that takes minutes and not hours.

Usage: python benchmarks/scaling.py [NAME ...] [--long]

Each line is JSON: what grows, how much of it there is, and what it costs. `--long` adds the
largest size of each. Every size is measured in a process of its own, by CPU time, so that
memory is that of this size alone.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
EXTRACT = ROOT.parent / "shared" / "data" / "map" / "monaco.osm.pbf"
MAP = ROOT / "config" / "maps" / "helsinki.map"
SEED = 11
WALK_S, WALK_MPS, TICK_S = 60.0, 1.5, 0.2
Cost = dict[str, float]


def session_length(seconds: int) -> Cost:
    """Return CPU per second and memory of the twin with the companion over a session."""
    from backrun_pi.app.loading import map_in_force, plan_in_force
    from backrun_pi.app.resources import shipped
    from backrun_pi.app.runtime import Companion
    from backrun_pi.app.settings import Settings, with_tables
    from backrun_pi.sim.board import TwinBoard
    from backrun_pi.sim.scenario import load

    scenario = load(shipped("scenarios/park.toml"))
    settings = with_tables(Settings(), scenario.settings, "park.toml")
    with tempfile.TemporaryDirectory() as card:
        board = TwinBoard(scenario, Path(card))
        installed_map = map_in_force(str(scenario.map_path or ""))
        companion = Companion(board, settings, installed_map, plan_in_force(settings))
        companion.tick()
        before_mb = _anonymous_mb()
        began_s = time.process_time()
        next_ns = board.clock.now_ns()
        for _ in range(seconds * 20):
            next_ns += 50_000_000
            board.clock.sleep_until_ns(next_ns)
            companion.tick()
        spent_s = time.process_time() - began_s
        grown_mb = _anonymous_mb() - before_mb
    return {"cpu_ms_per_s": 1000.0 * spent_s / seconds, "grown_mb": grown_mb}


def sessions_on_card(count: int) -> Cost:
    """Return what the index, first and again, and the search for due reviews take."""
    from backrun_pi.record.session_index import summaries
    from backrun_pi.review.drive.stale import due
    from backrun_pi.review.settings import ReviewSettings
    from tests.support.record_parts import LEGS, recorded

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "card"
        one = recorded(Path(folder) / "one", legs=LEGS[:2], has_imu=False)
        for number in range(count):
            shutil.copytree(one, root / "sessions" / f"{number + 1:04d}-bench")
        cost = {}
        for name, work in (
            ("index_first_s", lambda: summaries(root, lambda _error: None)),
            ("index_again_s", lambda: summaries(root, lambda _error: None)),
            ("due_s", lambda: due(root, ReviewSettings())),
        ):
            began_s = time.process_time()
            work()
            cost[name] = time.process_time() - began_s
    return cost


def marks(count: int) -> Cost:
    """Return the start and the mean look of the look-behind with so many marks on the card."""
    from backrun_pi.terrain.scouting.marks import Mark, encode

    lat, lon = _place()
    rng = random.Random(SEED)
    span_deg = 0.01
    lines = [
        encode(
            Mark(
                f"m{n}",
                lat + rng.uniform(-span_deg, span_deg),
                lon + rng.uniform(-span_deg, span_deg),
                3.0,
            )
        )
        for n in range(count)
    ]
    return _walked(b"".join(lines))


def hazards_within_reach(count: int) -> Cost:
    """Return the same with so many marks within 60 m of the start."""
    from backrun_pi.terrain.scouting.marks import Mark, encode

    lat, lon = _place()
    rng = random.Random(SEED)
    span_deg = 60.0 / 111_200.0
    lines = []
    for n in range(count):
        north, east = rng.uniform(-span_deg, span_deg), rng.uniform(-span_deg, span_deg)
        east /= math.cos(math.radians(lat))
        lines.append(encode(Mark(f"m{n}", lat + north, lon + east, 3.0)))
    return _walked(b"".join(lines))


def gnss_rate(hertz: int) -> Cost:
    """Return the CPU of the receiver's reader for a second of sentences at a rate."""
    import gnss

    from backrun_pi.sensors.gnss.reader import GnssReader
    from backrun_pi.sensors.gnss.settings import GnssSettings

    gnss.RATE_HZ = hertz
    seconds = 60
    cycles = [b"".join(gnss.cycle(k)) for k in range(seconds * hertz)]
    reader = GnssReader(GnssSettings(rate_hz=min(10, hertz)))
    began_s = time.process_time()
    for k, data in enumerate(cycles):
        reader.feed(data, round((1 + k / hertz) * 1e9))
    return {"cpu_ms_per_s": 1000.0 * (time.process_time() - began_s) / seconds}


def extract_size(copies: int) -> Cost:
    """Return the build of a map from shifted copies of an extract, and its queries."""
    import numpy as np
    import terrain_large

    from backrun_pi.maps.build import build_map
    from backrun_pi.maps.mapfile import MapFile

    if not EXTRACT.exists():
        raise FileNotFoundError("the extract is not beside the checkout")
    with tempfile.TemporaryDirectory() as folder:
        large, out = Path(folder) / "large.osm.pbf", Path(folder) / "large.map"
        terrain_large.multiply(EXTRACT, copies, large)
        began_s = time.process_time()
        build_map([large], out, lambda _stage, _count: None)
        built_s = time.process_time() - began_s
        opened = MapFile.open(out)
        south, west, north, east = opened.coverage.boxes[0]
        rng = np.random.default_rng(SEED)
        lats = (rng.uniform(south, north, 300) * 1e7).astype(int).tolist()
        lons = (rng.uniform(west, east, 300) * 1e7).astype(int).tolist()
        began_s = time.process_time()
        for lat, lon in zip(lats, lons, strict=True):
            opened.capsules_near(lat, lon, 60.0)
        query_ms = (time.process_time() - began_s) / len(lats) * 1000.0
        size_mb = large.stat().st_size / 1e6
    return {"extract_mb": size_mb, "build_s_per_mb": built_s / size_mb, "query_ms": query_ms}


@dataclass(frozen=True)
class Growth:
    """What grows."""

    cost: Callable[[int], Cost]
    """Measures one size."""
    sizes: tuple[int, ...]
    """From small to large."""
    largest: int
    """With --long."""


GROWTHS = {
    "session_length": Growth(session_length, (10, 100, 1000), 36_000),
    "sessions_on_card": Growth(sessions_on_card, (1, 10, 100, 1000), 10_000),
    "marks": Growth(marks, (10, 100, 1000), 10_000),
    "extract_size": Growth(extract_size, (1, 10), 1000),
    "gnss_rate": Growth(gnss_rate, (1, 5, 10), 25),
    "hazards_within_reach": Growth(hazards_within_reach, (1, 10, 100), 1000),
}


def _place() -> tuple[float, float]:
    from backrun_pi.maps.mapfile import MapFile

    south, west, north, east = MapFile.open(MAP).coverage.boxes[0]
    return (south + north) / 2.0, (west + east) / 2.0


def _walked(notes: bytes) -> Cost:
    """Walk backward to the north over the middle of a map that carries these notes."""
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.messages import Direction, Gait, MountState, RunnerState
    from backrun_pi.terrain.settings import TerrainSettings
    from backrun_pi.terrain.terrain import Terrain

    lat, lon = _place()
    began_s = time.process_time()
    terrain = Terrain(MapFile.open(MAP), notes, TerrainSettings())
    looks_ms = []
    start_ms = 0.0
    for n in range(round(WALK_S / TICK_S)):
        state = RunnerState(
            t_ns=round((1.0 + n * TICK_S) * 1e9),
            direction=Direction.BACKWARD,
            gait=Gait.WALK,
            p_backward=0.99,
            because=(),
            cadence_spm=110.0,
            speed_mps=WALK_MPS,
            course_rad=0.0,
            facing_rad=math.pi,
            lat_deg=lat + n * TICK_S * WALK_MPS / 111_200.0,
            lon_deg=lon,
            sigma_m=2.5,
            position_age_s=0.1,
            distance_m=n * TICK_S * WALK_MPS,
            mount=MountState.CALIBRATED,
            turn_rps=0.0,
            impact_mps2=None,
        )
        before_s = time.process_time()
        terrain.step(state)
        if n == 0:
            start_ms = 1000.0 * (time.process_time() - began_s)
        else:
            looks_ms.append(1000.0 * (time.process_time() - before_s))
    return {"start_ms": start_ms, "step_ms": sum(looks_ms) / len(looks_ms)}


def _anonymous_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024.0


def _measured(name: str, size: int) -> dict[str, Any]:
    try:
        cost = GROWTHS[name].cost(size)
    except FileNotFoundError as error:
        return {"skipped": str(error)}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    return {key: float(f"{value:.4g}") for key, value in {**cost, "peak_mb": peak_mb}.items()}


def main() -> int:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", help=f"of {', '.join(GROWTHS)}")
    parser.add_argument("--long", action="store_true", help="the largest sizes too: hours")
    args = parser.parse_args()
    fresh = multiprocessing.get_context("spawn")
    for name in args.name or GROWTHS:
        growth = GROWTHS[name]
        for size in (*growth.sizes, growth.largest) if args.long else growth.sizes:
            with fresh.Pool(1) as pool:
                cost = pool.apply(_measured, (name, size))
            if "skipped" in cost:
                print(f"SKIPPED {name} {size}: {cost['skipped']}", flush=True)
                continue
            print(json.dumps({"what": name, "size": size, **cost}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
