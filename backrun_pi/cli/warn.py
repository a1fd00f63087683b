"""The command `backrun warn`: the look-behind alone, on a track."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("map", type=Path)
    parser.add_argument("track", type=Path, metavar="TRACK.csv")
    parser.add_argument(
        "--marks",
        type=Path,
        metavar="MARKS.csv",
        action="append",
        help="presses of a scouting walk; once for each walk",
    )
    parser.add_argument("--bends", action="store_true", help="list bends of the way too")


def run(args: argparse.Namespace) -> int:
    """Print one JSON line for each obstacle when it is first announced."""
    from backrun_pi.cli.warn_track import onsets, read_presses, read_track
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.terrain.settings import TerrainSettings
    from backrun_pi.terrain.terrain import Terrain

    settings = TerrainSettings()
    marks = None if args.marks is None else read_presses(args.marks, settings)
    terrain = Terrain(MapFile.open(args.map), marks, settings)
    for onset in onsets(terrain, read_track(args.track), has_bends=args.bends):
        hazard = onset.hazard
        line = {
            "t_s": round(onset.t_s, 2),
            "priority": hazard.stage.value,
            "kind": hazard.kind,
            "osm_id": hazard.osm_id,
            "contact_s": hazard.contact_s,
            "distance_m": hazard.distance_m,
            "because": "; ".join(hazard.because),
        }
        sys.stdout.write(json.dumps(line) + "\n")
    return 0
