"""The command `backrun map`: build, ask, check and mark up map files."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backrun_pi.errors import BadInput, RouteError

if TYPE_CHECKING:
    from backrun_pi.maps.mapfile import MapFile

_FARTHEST_M = 5000
_FARTHEST_NUDGE_M = 1000.0  # further is another place, and a slip of the hand
_BESIDE_M = 8.0  # three sigma of a receiver


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
    check = what.add_parser("check", help="where a route is good, bad or unknown, and why")
    check.add_argument("map", type=Path)
    check.add_argument("route", type=Path, metavar="ROUTE.gpx")
    check.add_argument("--marks", type=Path, metavar="MARKS", help="marks file of a scouting")
    suggest = what.add_parser("suggest", help="stretches nearby that suit backward running")
    suggest.add_argument("map", type=Path)
    suggest.add_argument("lat", type=float)
    suggest.add_argument("lon", type=float)
    suggest.add_argument("--radius", type=float, default=1500.0, metavar="M")
    suggest.add_argument("--most", type=int, default=5, help="how many to list")
    suggest.add_argument("--out", type=Path, metavar="DIR", help="write a GPX of each here")
    marks = what.add_parser("marks", help="list, nudge or delete scouting marks")
    marks.add_argument("file", type=Path, metavar="MARKS", help="state/marks.jsonl of a device")
    marks.add_argument("--map", type=Path, help="say what on this map each mark lies beside")
    marks.add_argument("--delete", metavar="ID", help="take a mark back")
    marks.add_argument(
        "--nudge", nargs=3, metavar=("ID", "EAST_M", "NORTH_M"), help="move a mark"
    )
    for sub in (build, info, near, check, suggest, marks):
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Carry out one sub-command."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {
        "build": _build,
        "info": _info,
        "near": _near,
        "check": _check,
        "suggest": _suggest,
        "marks": _marks,
    }
    return actions[args.what](args)


def _build(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from backrun_pi.maps.build import build_map

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("reading")

        def tell(stage: str, count: int) -> None:
            bar.update(task, description=f"{stage}: {count:,}")

        built = build_map(args.extracts, args.out, tell)
    if not built.ways:
        text = "no way a person can be on: where you are on the ways cannot be followed"
        print(
            f"backrun: {args.out}: {text}; was the extract cut without them?",
            file=sys.stderr,
        )
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
    import msgspec

    from backrun_pi.maps.mapfile import MapFile

    opened = MapFile.open(args.map)
    counts = {
        f"{rule.tag} ({'line' if at >= opened.first_line_rule else 'point'})": count
        for at, (rule, count) in enumerate(
            zip(opened.rules, opened.header.rule_counts, strict=True)
        )
        if count
    }
    _print(
        {
            "map": str(args.map),
            "attribution": opened.attribution,
            "licence": opened.header.licence,
            "box": list(opened.coverage.box or ()) or None,
            "extracts": [msgspec.structs.asdict(one) for one in opened.header.extracts],
            "ways": len(opened.ways),
            "features": len(opened.features),
            "capsules": len(opened.capsules),
            "rules": counts,
        }
    )
    return 0


def _near(args: argparse.Namespace) -> int:
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.maps.query import things_near

    _need_place(args)
    opened = MapFile.open(args.map)
    _say_outside(opened, args)
    for line in things_near(opened, args.lat, args.lon, args.radius):
        _print(line)
    print(opened.attribution, file=sys.stderr)
    return 0


def _say_outside(opened: MapFile, args: argparse.Namespace) -> None:
    """Tell an empty answer from a map of another place."""
    if not opened.holds(args.lat, args.lon, 0.0):
        text = f"backrun: {args.lat} {args.lon} lies outside of {args.map}"
        print(f"{text}; `backrun map info` shows its box", file=sys.stderr)


def _need_place(args: argparse.Namespace) -> None:
    if not (-90 <= args.lat <= 90 and -180 <= args.lon <= 180):
        raise BadInput(f"{args.lat} {args.lon}: not a latitude and a longitude in degrees")
    if not 0 < args.radius <= _FARTHEST_M:
        raise BadInput(f"--radius {args.radius:g}: give metres between 0 and {_FARTHEST_M}")


def _check(args: argparse.Namespace) -> int:
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.terrain.places.gpx_route import read_gpx
    from backrun_pi.terrain.places.route_check import check_route
    from backrun_pi.terrain.scouting.marks import Notes, read_notes
    from backrun_pi.terrain.settings import TerrainSettings

    opened = MapFile.open(args.map)
    notes = Notes() if args.marks is None else read_notes(_bytes(args.marks), str(args.marks))
    places = read_gpx(args.route)
    off = sum(not opened.holds(lat, lon, 0.0) for lat, lon in places)
    if off:
        where = f"{args.map}; `backrun map info` shows its box"
        text = f"{args.route}: {off} of {len(places)} places lie outside of"
        print(f"backrun: {text} {where}", file=sys.stderr)
    for stretch in check_route(opened, places, notes, TerrainSettings()):
        _print(
            {
                "from_m": round(stretch.from_m, 1),
                "to_m": round(stretch.to_m, 1),
                "verdict": stretch.verdict.value,
                "because": list(stretch.because),
                "tagged_share": round(stretch.tagged_share, 2),
            }
        )
    print(opened.attribution, file=sys.stderr)
    return 0


def _suggest(args: argparse.Namespace) -> int:
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.terrain.places.suggest import as_gpx, suggestions
    from backrun_pi.terrain.settings import TerrainSettings

    _need_place(args)
    if args.most < 1:
        raise BadInput(f"--most {args.most}: give how many to list, 1 or more")
    opened = MapFile.open(args.map)
    _say_outside(opened, args)
    found = suggestions(opened, args.lat, args.lon, args.radius, TerrainSettings())
    if not found:
        text = f"no stretch of 100 m within {args.radius:g} m that is not bad"
        print(f"backrun: {text}; try a larger --radius", file=sys.stderr)
    for number, one in enumerate(found[: args.most], 1):
        line: dict[str, Any] = {
            "number": number,
            "length_m": round(one.length_m),
            "away_m": round(one.away_m),
            "score": round(one.score, 2),
            "verdict": one.verdict.value,
            "because": list(one.because),
            "ways": list(one.way_ids),
            "from": [round(value, 7) for value in one.places_deg[0]],
            "to": [round(value, 7) for value in one.places_deg[-1]],
        }
        if args.out is not None:
            path = args.out / f"stretch_{number}.gpx"
            _replace(path, as_gpx(one, f"stretch {number}").encode())
            line["gpx"] = str(path)
        _print(line)
    print(opened.attribution, file=sys.stderr)
    return 0


def _marks(args: argparse.Namespace) -> int:
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.maps.query import offset_of_mark
    from backrun_pi.terrain.scouting.marks import delete_mark, nudge_mark, read_notes

    data, name = _bytes(args.file), str(args.file)
    if args.delete is not None:
        data = delete_mark(data, args.delete, name)
        _replace(args.file, data)
    if args.nudge is not None:
        data = nudge_mark(data, args.nudge[0], _metres(args.nudge), name)
        _replace(args.file, data)
    opened = None if args.map is None else MapFile.open(args.map)
    for mark in read_notes(data, name).marks:
        line: dict[str, Any] = {
            "id": mark.id,
            "lat": mark.lat_deg,
            "lon": mark.lon_deg,
            "sigma_m": round(mark.sigma_m, 1),
        }
        if opened is not None:
            line["beside"] = offset_of_mark(opened, mark.lat_deg, mark.lon_deg, _BESIDE_M)
        _print(line)
    return 0


def _metres(nudge: list[str]) -> tuple[float, float]:
    try:
        east_m, north_m = float(nudge[1]), float(nudge[2])
    except ValueError:
        east_m = north_m = math.nan
    if not math.hypot(east_m, north_m) <= _FARTHEST_NUDGE_M:  # also when it is no number
        most = f"{_FARTHEST_NUDGE_M:g}"
        raise BadInput(f"--nudge {' '.join(nudge)}: give an id and metres, at most {most}")
    return east_m, north_m


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RouteError(f"{path}: cannot be read: {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, in a folder that is made. Raises OutputError."""
    from backrun_pi.files import named_in_errors, write_atomic

    with named_in_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)


def _attribution() -> str:
    from backrun_pi.maps.layout import ATTRIBUTION

    return ATTRIBUTION


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
