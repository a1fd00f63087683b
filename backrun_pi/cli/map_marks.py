"""`backrun map marks`: list, name, move, delete and export scouting marks."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

from backrun_pi.cli.map_plan import read_bytes
from backrun_pi.errors import BadInput
from backrun_pi.files import named_in_errors, write_atomic

_FARTHEST_NUDGE_M = 1000.0  # further is another place, and a slip of the hand
_BESIDE_M = 8.0  # three sigma of a receiver


def add_parser(what: Any) -> argparse.ArgumentParser:
    """Declare the sub-command."""
    marks: argparse.ArgumentParser = what.add_parser(
        "marks", help="list, name, move, delete or export scouting marks"
    )
    marks.add_argument("file", type=Path, metavar="MARKS", help="state/marks.jsonl of a device")
    marks.add_argument("--map", type=Path, help="say what on this map each mark lies beside")
    marks.add_argument("--delete", metavar="ID", help="take a mark back")
    marks.add_argument(
        "--nudge", nargs=3, metavar=("ID", "EAST_M", "NORTH_M"), help="move a mark"
    )
    marks.add_argument("--name", nargs=2, metavar=("ID", "NAME"), help="name a mark")
    marks.add_argument("--kind", nargs=2, metavar=("ID", "KIND"), help="say what it is: bench")
    marks.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="write them as .gpx, .geojson or .osm (new nodes for an editor, never uploaded)",
    )
    return marks


def run(args: argparse.Namespace) -> int:
    """Change the marks as asked, then list them."""
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.maps.query import offset_of_mark
    from backrun_pi.terrain.scouting.marks import read_notes

    data, name = read_bytes(args.file), str(args.file)
    changed = _changed(args, data, name)
    if changed != data:
        _write(args.file, changed)
    marks = read_notes(changed, name).marks
    if args.export is not None:
        _export(args.export, marks)
    opened = None if args.map is None else MapFile.open(args.map)
    for mark in marks:
        line: dict[str, Any] = {
            "id": mark.id,
            "lat": mark.lat_deg,
            "lon": mark.lon_deg,
            "sigma_m": round(mark.sigma_m, 1),
            "name": mark.name,
            "kind": mark.kind,
        }
        if opened is not None:
            line["beside"] = offset_of_mark(opened, mark.lat_deg, mark.lon_deg, _BESIDE_M)
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    return 0


def _changed(args: argparse.Namespace, data: bytes, name: str) -> bytes:
    from backrun_pi.terrain.scouting.marks import delete_mark, label_mark, nudge_mark

    if args.delete is not None:
        data = delete_mark(data, args.delete, name)
    if args.nudge is not None:
        data = nudge_mark(data, args.nudge[0], _metres(args.nudge), name)
    if args.name is not None:
        data = label_mark(data, args.name[0], name, called=args.name[1])
    if args.kind is not None:
        data = label_mark(data, args.kind[0], name, kind=args.kind[1])
    return data


def _export(path: Path, marks: list[Any]) -> None:
    from backrun_pi.terrain.scouting.mark_export import FORMATS

    encode = FORMATS.get(path.suffix.lower())
    if encode is None:
        raise BadInput(f"--export {path}: its name must end in {', '.join(FORMATS)}")
    _write(path, encode(marks).encode())


def _metres(nudge: list[str]) -> tuple[float, float]:
    try:
        east_m, north_m = float(nudge[1]), float(nudge[2])
    except ValueError:
        east_m = north_m = math.nan
    if not math.hypot(east_m, north_m) <= _FARTHEST_NUDGE_M:  # also when it is no number
        most = f"{_FARTHEST_NUDGE_M:g}"
        raise BadInput(f"--nudge {' '.join(nudge)}: give an id and metres, at most {most}")
    return east_m, north_m


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, in a folder that is made. Raises OutputError."""
    with named_in_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
