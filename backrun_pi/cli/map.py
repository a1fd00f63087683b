"""The command `backrun map`: get, build, ask, check and mark up map files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backrun_pi.cli import map_build, map_get, map_marks, map_plan
from backrun_pi.cli.places_given import PlaceParser, place
from backrun_pi.errors import BadInput, MapError

FARTHEST_M = 5000
"""[m] Largest radius that is looked through."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    what = parser.add_subparsers(
        dest="what", metavar="WHAT", required=True, parser_class=PlaceParser
    )
    build = map_build.add_parser(what)
    get = map_get.add_parser(what)
    info = what.add_parser("info", help="what a map file holds, and how old its data are")
    info.add_argument("map", type=Path)
    near = what.add_parser("near", help="hazards and ways around a place")
    near.add_argument("map", type=Path)
    near.add_argument("place", nargs="+", metavar="LAT LON")
    near.add_argument("--radius", type=float, default=60.0, metavar="M")
    plans = map_plan.add_parsers(what)
    marks = map_marks.add_parser(what)
    for sub in (build, get, info, near, *plans, marks):
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Carry out one sub-command."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "build": _build,
        "get": _get,
        "info": _info,
        "near": _near,
        "check": map_plan.check,
        "suggest": map_plan.suggest,
        "marks": map_marks.run,
    }
    return actions[args.what](args)


def _build(args: argparse.Namespace) -> int:
    _print(map_build.build(args))
    return 0


def _get(args: argparse.Namespace) -> int:
    _print(map_get.get(args))
    return 0


def _info(args: argparse.Namespace) -> int:
    import msgspec

    from backrun_pi.hardware.clock import LinuxClock
    from backrun_pi.maps.mapfile import MapFile

    opened = MapFile.open(args.map)
    header = opened.header
    counts = {
        f"{rule.tag} ({'line' if at >= header.first_line_rule else 'point'})": count
        for at, (rule, count) in enumerate(zip(opened.rules, header.rule_counts, strict=True))
        if count
    }
    newest = header.data_until
    _print(
        {
            "map": str(args.map),
            "attribution": header.attribution,
            "licence": header.licence,
            "box": list(header.coverage.box or ()) or None,
            "boxes": header.coverage.boxes,
            "box_from": header.coverage.source,
            "has_polygon": bool(header.coverage.rings),
            "data_until": newest,
            "age_days": _age_days(newest, LinuxClock().wall_utc_s()),
            "extracts": [msgspec.structs.asdict(one) for one in header.extracts],
            "left_out": dict(header.left_out),
            "ways": len(opened.ways),
            "features": len(opened.features),
            "capsules": len(opened.capsules),
            "rules": counts,
        }
    )
    return 0


def _age_days(date: str | None, now_utc_s: float) -> int | None:
    try:
        then = datetime.fromisoformat(date) if date else None
    except ValueError:
        return None
    if then is None:
        return None
    now = datetime.fromtimestamp(now_utc_s, UTC)
    return (now - then.replace(tzinfo=then.tzinfo or UTC)).days


def _near(args: argparse.Namespace) -> int:
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.maps.query import features_near

    lat, lon = place(args.place)
    if not 0 < args.radius <= FARTHEST_M:
        raise BadInput(f"--radius {args.radius:g}: give metres between 0 and {FARTHEST_M}")
    opened = MapFile.open(args.map)
    if not opened.holds(lat, lon, 0.0):
        text = f"{lat} {lon} lies outside of {args.map}"
        raise MapError(f"{text}; `backrun map info` shows its box")
    for line in features_near(opened, lat, lon, args.radius):
        _print(line)
    print(opened.attribution, file=sys.stderr)
    return 0


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
