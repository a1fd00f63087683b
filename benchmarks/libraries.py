"""The same work by this project and by the libraries that people know, side by side, as ratios.

Usage: python benchmarks/libraries.py [NAME ...]

Each line is JSON: the work, the library, seconds of CPU of both, and the ratio (ours over
theirs: below 1 we are faster). Both run in one process, one after the other, on the same input.
What is not installed is printed as SKIPPED. The libraries do less or more than we need; `note`
says what.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
EXTRACT = ROOT.parent / "shared" / "data" / "map" / "monaco.osm.pbf"
MAP = ROOT / "config" / "maps" / "helsinki.map"
EPOCHS, SAMPLES, QUERIES = 2000, 6000, 500
RATE_HZ, RADIUS_M = 100.0, 60.0
SEED = 5

Row = tuple[str, float, float, str]
"""Library, seconds of ours, seconds of theirs, note."""


class Missing(Exception):
    """A library or a file that is not on this machine."""


def wanted(name: str) -> Any:
    """Return a module. Raises Missing."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Missing(f"{name} is not installed") from error


def took_s(work: Callable[[], object]) -> float:
    """Return the seconds of CPU of some work, the best of three."""
    best = float("inf")
    for _ in range(3):
        began_s = time.process_time()
        work()
        best = min(best, time.process_time() - began_s)
    return best


def nmea() -> Iterator[Callable[[], Row]]:
    """Decode a receiver's sentences into checked epochs."""
    import gnss

    from backrun_pi.sensors.gnss.settings import GnssSettings
    from backrun_pi.sensors.gnss.stream import EpochStream

    data = b"".join(line for k in range(EPOCHS) for line in gnss.cycle(k))

    def ours() -> None:
        stream = EpochStream(GnssSettings(), is_live=False)
        if len(stream.feed(data, 0)) + len(stream.end()) < EPOCHS - 1:
            raise ValueError("epochs are missing")

    our_s = took_s(ours)
    note = "ours groups sentences into epochs and checks them against each other"

    def pynmea2() -> Row:
        return "pynmea2", our_s, took_s(lambda: gnss.plain_pynmea2(data)), note

    def pynmeagps() -> Row:
        library = wanted("pynmeagps")
        return (
            "pynmeagps",
            our_s,
            took_s(lambda: sum(1 for _ in library.NMEAReader(io.BytesIO(data)))),
            note,
        )

    yield from (pynmea2, pynmeagps)


def attitude() -> Iterator[Callable[[], Row]]:
    """Follow the orientation of a swaying body, sample by sample."""
    from backrun_pi.motion.attitude import Attitude

    t_s = np.arange(SAMPLES) / RATE_HZ
    sway = np.sin(2.0 * np.pi * 1.3 * t_s)
    gyro = np.column_stack((1.5 * sway, 0.8 * sway, 0.6 * sway + 0.2))
    accel = np.column_stack((2.0 * sway, sway, 9.81 + 3.0 * sway))
    rows = np.column_stack((t_s, accel, gyro)).tolist()

    def ours() -> None:
        followed = Attitude(1.0 / RATE_HZ)
        for row in rows:
            followed.level([row], (0.0, 0.0, 0.0), (1.0, 0.0, 0.0))

    our_s = took_s(ours)

    def vqf() -> Row:
        library = wanted("vqf")
        accels, gyros = np.ascontiguousarray(accel), np.ascontiguousarray(gyro)
        batch_s = took_s(lambda: library.VQF(1.0 / RATE_HZ).updateBatch(gyros, accels))
        return "vqf", our_s, batch_s, "the same filter compiled, all samples at once"

    def plain_vqf() -> Row:
        library = wanted("vqf")

        def theirs() -> None:
            followed = library.PyVQF(1.0 / RATE_HZ)
            for gyr, acc in zip(gyro, accel, strict=True):
                followed.update(gyr, acc)

        return "vqf.PyVQF", our_s, took_s(theirs), "the same filter in Python, by numpy"

    def imufusion() -> Row:
        library = wanted("imufusion")

        def theirs() -> None:
            followed = library.Ahrs()
            followed.set_sample_period(1.0 / RATE_HZ)
            for gyr, acc in zip(np.degrees(gyro), accel / 9.81, strict=True):
                followed.update_no_magnetometer(gyr, acc)

        return "imufusion", our_s, took_s(theirs), "another filter, compiled"

    yield from (vqf, plain_vqf, imufusion)


def queries() -> Iterator[Callable[[], Row]]:
    """Find everything within 60 m of places of a map."""
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.maps.query import distances_m

    opened = MapFile.open(MAP)
    south, west, north, east = opened.coverage.boxes[0]
    pieces = opened.capsules.within(*_units(south, west), *_units(north, east))
    chosen = np.random.default_rng(SEED).choice(len(pieces), QUERIES)
    places = [(int(pieces["lat1"][n]), int(pieces["lon1"][n])) for n in chosen]
    east_m = 0.0111 * float(np.cos(np.radians((south + north) / 2.0)))
    ends = {
        "y1": pieces["lat1"] * 0.0111,
        "x1": pieces["lon1"] * east_m,
        "y2": pieces["lat2"] * 0.0111,
        "x2": pieces["lon2"] * east_m,
    }

    def ours() -> None:
        for lat, lon in places:
            found = opened.capsules_near(lat, lon, RADIUS_M)
            _ = np.flatnonzero(distances_m(found, lat, lon) <= RADIUS_M)

    our_s = took_s(ours)

    def shapely() -> Row:
        library = wanted("shapely")
        corners = np.stack(
            (
                np.column_stack((ends["x1"], ends["y1"])),
                np.column_stack((ends["x2"], ends["y2"])),
            ),
            axis=1,
        )
        tree = library.STRtree(library.linestrings(corners))

        def theirs() -> None:
            for lat, lon in places:
                point = library.Point(lon * east_m, lat * 0.0111)
                tree.query(point, predicate="dwithin", distance=RADIUS_M)

        note = f"{len(pieces)} pieces, all of them in memory; ours are read from the file"
        return "shapely STRtree", our_s, took_s(theirs), note

    def sqlite() -> Row:
        table = sqlite3.connect(":memory:")
        try:
            table.execute("CREATE VIRTUAL TABLE piece USING rtree(id, x0, x1, y0, y1)")
        except sqlite3.OperationalError as error:
            raise Missing(f"SQLite: {error}") from error
        left, right = np.minimum(ends["x1"], ends["x2"]), np.maximum(ends["x1"], ends["x2"])
        low, high = np.minimum(ends["y1"], ends["y2"]), np.maximum(ends["y1"], ends["y2"])
        rows = zip(
            range(len(pieces)),
            left.tolist(),
            right.tolist(),
            low.tolist(),
            high.tolist(),
            strict=True,
        )
        table.executemany("INSERT INTO piece VALUES (?, ?, ?, ?, ?)", rows)
        query = "SELECT id FROM piece WHERE x1 >= ? AND x0 <= ? AND y1 >= ? AND y0 <= ?"

        def theirs() -> None:
            for lat, lon in places:
                x, y = lon * east_m, lat * 0.0111
                box = (x - RADIUS_M, x + RADIUS_M, y - RADIUS_M, y + RADIUS_M)
                table.execute(query, box).fetchall()

        return "SQLite R-tree", our_s, took_s(theirs), "boxes only, no distances; in memory"

    yield from (shapely, sqlite)


def build() -> Iterator[Callable[[], Row]]:
    """Make a map from an extract; what the tools do is the first step of it."""
    from backrun_pi.maps.build import build_map

    if not EXTRACT.exists():
        raise Missing("the extract is not beside the checkout")

    def run_s(*words: str) -> float:
        if shutil.which(words[0]) is None:
            raise Missing(f"{words[0]} is not installed")
        began_s = time.perf_counter()
        subprocess.run(words, check=True, capture_output=True)
        return time.perf_counter() - began_s

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        began_s = time.perf_counter()
        build_map([EXTRACT], out / "our.map", lambda _stage, _count: None)
        our_s = time.perf_counter() - began_s

        def osmium() -> Row:
            keys = ("nwr/highway", "nwr/barrier", "nwr/natural")
            target = ("-o", str(out / "filtered.osm.pbf"))
            spent_s = run_s("osmium", "tags-filter", str(EXTRACT), *keys, *target)
            return "osmium tags-filter", our_s, spent_s, "filters tags only; wall clock"

        def ogr2ogr() -> Row:
            words = ("-f", "GPKG", str(out / "lines.gpkg"), str(EXTRACT), "lines")
            return "ogr2ogr", our_s, run_s("ogr2ogr", *words), "lines only; wall clock"

        yield from (osmium, ogr2ogr)


def fit() -> Iterator[Callable[[], Row]]:
    """Encode half an hour of session as FIT."""
    import review

    wanted("fit_tool")
    with tempfile.TemporaryDirectory() as folder:
        session = review.make(30, Path(folder))

        def fit_tool() -> Row:
            took = review.with_fit_tool(session)
            seconds = float(str(took["own_cpu_s"])), float(str(took["fit_tool_cpu_s"]))
            return "fit-tool", *seconds, "records only; ours writes laps, events and fields too"

        yield fit_tool


def _units(lat_deg: float, lon_deg: float) -> tuple[int, int]:
    return round(lat_deg * 1e7), round(lon_deg * 1e7)


WORKS: dict[str, Callable[[], Iterator[Callable[[], Row]]]] = {
    "nmea": nmea,
    "attitude": attitude,
    "queries": queries,
    "build": build,
    "fit": fit,
}


def main() -> int:
    """Print a line for each pair."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", nargs="*", choices=[[], *WORKS], default=[])
    args = parser.parse_args()
    for name in args.work or WORKS:
        try:
            for pair in WORKS[name]():
                try:
                    library, our_s, their_s, note = pair()
                except Missing as error:
                    print(f"SKIPPED {name}: {error}", flush=True)
                    continue
                row = {"work": name, "library": library, "ours_s": round(our_s, 4)}
                row |= {"theirs_s": round(their_s, 4), "ratio": round(our_s / their_s, 3)}
                print(json.dumps(row | {"note": note}), flush=True)
        except Missing as error:
            print(f"SKIPPED {name}: {error}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
