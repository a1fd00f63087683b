"""The command `backrun atlas`: stretches that suit backward running, for whole regions."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from backrun_pi.errors import BadInput

_ENDINGS = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "extracts", nargs="*", type=Path, metavar="EXTRACT", help="files, or folders of them"
    )
    parser.add_argument("--list", type=Path, metavar="FILE", help="more extracts, one a line")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--engine", choices=("local", "spark"), default="local")
    parser.add_argument("--master", metavar="URL", help="of Spark; without it, this machine")


def run(args: argparse.Namespace) -> int:
    """Build what is not built yet, merge, and write the page; 1 when nothing could be used."""
    from rich.console import Console
    from rich.progress import track

    from backrun_pi.atlas.job import make_parts
    from backrun_pi.atlas.publish import publish
    from backrun_pi.files import named_in_errors
    from backrun_pi.maps.layout import ATTRIBUTION
    from backrun_pi.optional_library import imported

    for library in ("pyarrow", "h3"):
        imported(library, "atlas")
    if args.master is not None and args.engine != "spark":
        raise BadInput(f"--master {args.master}: is for --engine spark")
    extracts = _extracts(args)
    with named_in_errors(args.out):
        args.out.mkdir(parents=True, exist_ok=True)
    made = make_parts(extracts, args.out, args.engine, args.master)
    console = Console(stderr=True)
    reports = []
    for one in track(
        made,
        "building",
        total=len(extracts),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ):
        reports.append(one)
        if one.part is None:
            print(f"backrun: skipped: {one.because}", file=sys.stderr)
        print(
            json.dumps(
                {
                    "extract": one.extract,
                    "part": one.part,
                    "stretches": one.stretches,
                    "built": one.is_built,
                    "skipped": one.because or None,
                }
            ),
            flush=True,
        )
    summary = publish(reports, args.out)
    print(json.dumps({"atlas": str(args.out), **summary}, ensure_ascii=False))
    print(ATTRIBUTION, file=sys.stderr)
    return 0 if any(one.part is not None for one in reports) else 1


def _extracts(args: argparse.Namespace) -> list[Path]:
    given = list(args.extracts)
    if args.list is not None:
        try:
            lines = args.list.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{args.list}: cannot be read: {error}") from error
        given += [Path(line.strip()) for line in lines if line.strip()]
    found: list[Path] = []
    for one in given:
        inside = sorted(
            path for path in one.glob("*") if path.name.endswith(_ENDINGS) and path.is_file()
        )
        if one.is_dir() and not inside:
            raise BadInput(f"{one}: holds no extract; their names end in {', '.join(_ENDINGS)}")
        found += [path for path in inside or [one] if path not in found]
    if not found:
        raise BadInput("EXTRACT: name extracts, folders of them, or --list FILE")
    return found
