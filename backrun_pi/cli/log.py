"""`backrun log`: read, check and export what was recorded."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable
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
    export.add_argument("--wearer", metavar="NAME", help="of all of them; parquet: a pseudonym")
    export.add_argument("--group", metavar="NAME", help="of the wearer, as it is")
    export.add_argument("--key", type=Path, metavar="FILE", help="makes pseudonyms; keep it")
    export.add_argument("--make-key", action="store_true", help="write a new key there first")
    export.add_argument(
        "--positions", action="store_true", help="parquet: with coordinates and ids of ways"
    )


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

    export = _to_mcap(args) if args.to == "mcap" else _to_parquet(args)
    sessions = given_sessions(args.sessions)
    for path in track(sessions, "exporting", console=Console(stderr=True), transient=True):
        for file in export(path):
            print(json.dumps({"written": str(file), "bytes": file.stat().st_size}))
    return 0


def _to_mcap(args: argparse.Namespace) -> Callable[[Path], list[Path]]:
    from backrun_pi.errors import BadInput
    from backrun_pi.review.exports.archive import to_mcap

    given = (args.wearer, args.group, args.key, args.make_key, args.positions)
    if any(given):
        raise BadInput(
            "--wearer, --group, --key and --positions are for --to parquet: MCAP holds all"
        )
    return lambda path: to_mcap(path, args.out)


def _to_parquet(args: argparse.Namespace) -> Callable[[Path], list[Path]]:
    import secrets

    from backrun_pi.errors import BadInput
    from backrun_pi.review.exports.archive_tables import Subject
    from backrun_pi.review.exports.parquet_archive import to_parquet
    from backrun_pi.review.exports.pseudonyms import make_key, read_key

    if args.key is None and (args.wearer is not None or args.make_key):
        raise BadInput("--wearer, --make-key: name the key by --key FILE")
    if args.make_key:
        make_key(args.key, secrets.token_bytes)
        print(f"backrun: {args.key}: keep it where the archive is not", file=sys.stderr)
    names = None if args.key is None else read_key(args.key)
    subject = Subject(args.wearer, args.group, names, args.positions)
    return lambda path: to_parquet(path, args.out, subject)
