"""The command `backrun map build`, and the making of a map that `map get` shares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backrun_pi.errors import BadInput

if TYPE_CHECKING:
    from backrun_pi.maps.coverage import Coverage


def add_parser(what: Any) -> argparse.ArgumentParser:
    """Declare the command and return its parser."""
    parser: argparse.ArgumentParser = what.add_parser(
        "build", help="make a map file from OpenStreetMap extracts"
    )
    parser.add_argument("extracts", nargs="+", type=Path, metavar="EXTRACT")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="MAP")
    parser.add_argument("--box", metavar="W,S,E,N", help="where the map may warn, in degrees")
    parser.add_argument(
        "--polygon", type=Path, metavar="FILE", help="the .poly or GeoJSON of the cut"
    )
    return parser


def build(args: argparse.Namespace) -> dict[str, Any]:
    """Make a map file and return what is in it."""
    return make_map(args.extracts, args.out, _asked(args))


def make_map(extracts: Sequence[Path], out: Path, asked: Coverage | None) -> dict[str, Any]:
    """Make a map file with progress on stderr; return what is in it."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from backrun_pi.maps.build import build_map
    from backrun_pi.maps.layout import ATTRIBUTION

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("reading")

        def show(stage: str, count: int) -> None:
            bar.update(task, description=f"{stage}: {count:,}")

        built = build_map(extracts, out, show, asked)
    if not built.ways:
        text = "no way a person can be on: where you are on the ways cannot be followed"
        print(f"backrun: {out}: {text}; was the extract cut without them?", file=sys.stderr)
    for what, count in built.left_out.items():
        print(f"backrun: {out}: left out: {count} {what}", file=sys.stderr)
    return {
        "map": str(out),
        "nodes": built.nodes,
        "ways": built.ways,
        "capsules": built.capsules,
        "bytes": built.bytes,
        "left_out": dict(built.left_out),
        "attribution": ATTRIBUTION,
    }


def _asked(args: argparse.Namespace) -> Coverage | None:
    """Return where the map may warn, None when the extracts are to say it."""
    from backrun_pi.maps.coverage import ASKED, Coverage, split_at_date_line
    from backrun_pi.maps.polygon_file import read_polygon

    if args.box is not None and args.polygon is not None:
        raise BadInput("--box and --polygon: give one of them")
    if args.polygon is not None:
        return read_polygon(args.polygon)
    if args.box is None:
        return None
    try:
        west, south, east, north = (float(value) for value in args.box.split(","))
    except ValueError:
        raise BadInput(f"--box {args.box}: give west,south,east,north in degrees") from None
    if not (-90 <= south < north <= 90 and abs(west) <= 180 and abs(east) <= 180):
        raise BadInput(f"--box {args.box}: give west,south,east,north in degrees")
    return Coverage(split_at_date_line((south, west, north, east)), source=ASKED)
