"""`backrun log`: read, check and export what was recorded."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backrun_pi.record.damage import LogCheck


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    cat = actions.add_parser("cat", help="every whole record as a JSON line")
    cat.add_argument("session", type=Path, metavar="SESSION", help="a folder or a log file")
    cat.add_argument("--kind", action="append", metavar="KIND", help="only these (Alert, ...)")
    check = actions.add_parser("check", help="what is whole, what is torn, what is lost")
    check.add_argument("session", type=Path, metavar="SESSION", help="a folder or a log file")
    export = actions.add_parser("export", help="for Foxglove (mcap) or data bases (parquet)")
    export.add_argument("sessions", nargs="+", type=Path, metavar="SESSION")
    export.add_argument("--to", choices=("mcap", "parquet"), required=True)
    export.add_argument("--out", type=Path, required=True, metavar="DIR")


def run(args: argparse.Namespace) -> int:
    """Do the action; what `check` finds missing is its answer, not its failure."""
    if args.action == "cat":
        return _cat(args)
    if args.action == "export":
        return _export(args)
    return _check(args)


def _cat(args: argparse.Namespace) -> int:
    from backrun_pi.errors import BadInput
    from backrun_pi.record import codec
    from backrun_pi.record.reader import read_session

    recording = read_session(args.session)
    kinds = args.kind or sorted(codec.KINDS)
    unknown = [kind for kind in kinds if kind not in codec.KINDS]
    if unknown:
        raise BadInput(f"--kind {unknown[0]}: known are {', '.join(sorted(codec.KINDS))}")
    write = sys.stdout.buffer.write
    for record in recording.only(*(codec.KINDS[kind] for kind in kinds)):
        write(codec.as_line(record.boot, record.message))
        write(b"\n")
    sys.stdout.flush()
    return 0


def _check(args: argparse.Namespace) -> int:
    from backrun_pi.record.reader import read_session

    check = read_session(args.session).check()
    print(json.dumps(dataclasses.asdict(check)))
    for line in _words(check):
        print(line, file=sys.stderr)
    return 0


def _words(check: LogCheck) -> list[str]:
    head = (
        f"{check.session_id}: {check.duration_s:.1f} s in {check.files} file(s), "
        f"{check.lines} whole lines, {check.records} records"
    )
    if check.is_whole:
        return [f"{head}; nothing is missing"]
    lines = [f"{head}; {check.lost_s:.2f} s are lost"]
    if not check.is_closed:
        lines.append("  it has no end mark: what came after its last line is not known")
    lines += [
        f"  {one.file} byte {one.offset} (+{one.length}): {one.kind}: {one.text}"
        for one in check.injuries
    ]
    return lines


def _export(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import track

    from backrun_pi.cli.sessions import given_sessions
    from backrun_pi.review.exports.archive import to_mcap, to_parquet

    export = to_mcap if args.to == "mcap" else to_parquet
    sessions = given_sessions(args.sessions)
    for path in track(sessions, "exporting", console=Console(stderr=True), transient=True):
        for file in export(path, args.out):
            print(json.dumps({"written": str(file), "bytes": file.stat().st_size}))
    return 0
