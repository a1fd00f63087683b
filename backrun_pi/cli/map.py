"""The command `backrun map`: build, ask, check and mark up map files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backrun_pi.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    build = what.add_parser("build", help="make a map file from OpenStreetMap extracts")
    build.add_argument("extracts", nargs="+", type=Path, metavar="EXTRACT")
    build.add_argument("-o", "--out", type=Path, required=True, metavar="MAP")
    info = what.add_parser("info", help="what a map file holds")
    info.add_argument("map", type=Path)
    near = what.add_parser("near", help="hazards and ways around a place")
    near.add_argument("map", type=Path)
    near.add_argument("lat", type=float)
    near.add_argument("lon", type=float)
    near.add_argument("--radius", type=float, default=60.0, metavar="M")
    for sub in (build, info, near):
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Carry out one sub-command."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "build": _build,
        "info": _info,
        "near": _near,
    }
    return actions[args.what](args)


def _build(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from backrun_pi.terrain.build import build_map

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading")

        def tell(stage: str, count: int) -> None:
            bar.update(task, description=f"{stage}: {count:,}")

        built = build_map(args.extracts, args.out, tell)
    _print(
        {
            "map": str(args.out),
            "nodes": built.nodes,
            "ways": built.ways,
            "capsules": built.capsules,
            "bytes": built.bytes,
            "attribution": _attribution(),
        }
    )
    return 0


def _info(args: argparse.Namespace) -> int:
    from backrun_pi.terrain.mapfile import MapFile

    opened = MapFile.open(args.map)
    counts = {
        f"{rule.tag} ({'line' if at >= opened.first_line_rule else 'point'})": count
        for at, (rule, count) in enumerate(
            zip(opened.rules, opened.header["rule_counts"], strict=True)
        )
        if count
    }
    _print(
        {
            "map": str(args.map),
            "attribution": opened.attribution,
            "licence": opened.header["licence"],
            "box": opened.box,
            "extracts": opened.header["extracts"],
            "ways": len(opened.ways),
            "features": len(opened.features),
            "capsules": len(opened.capsules),
            "rules": counts,
        }
    )
    return 0


def _near(args: argparse.Namespace) -> int:
    from backrun_pi.terrain.listing import things_near
    from backrun_pi.terrain.mapfile import MapFile

    if not (-90 <= args.lat <= 90 and -180 <= args.lon <= 180):
        raise BadInput(f"{args.lat} {args.lon}: not a latitude and a longitude in degrees")
    if not 0 < args.radius <= 5000:
        raise BadInput(f"--radius {args.radius:g}: give metres between 0 and 5000")
    for line in things_near(MapFile.open(args.map), args.lat, args.lon, args.radius):
        _print(line)
    return 0


def _attribution() -> str:
    from backrun_pi.terrain.layout import ATTRIBUTION

    return ATTRIBUTION


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
