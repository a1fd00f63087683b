"""`backrun selftest`: each part of the real board: found, working, how to mend it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, metavar="F", help="a settings file")


def run(args: argparse.Namespace) -> int:
    """Ask each part; 1 when one does not work."""
    from rich.console import Console

    from backrun_pi.app.loading import map_in_force
    from backrun_pi.app.selftest import selftest
    from backrun_pi.app.settings import load_settings
    from backrun_pi.hardware.raspberry import RaspberryBoard

    settings = load_settings(args.config)
    _, map_fault = map_in_force(settings.files.map)
    board = RaspberryBoard(settings.board, Path(settings.files.root))
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    is_whole = True
    print("The button is asked last: press it when the motor has buzzed.", file=sys.stderr)
    try:
        for report in selftest(board, settings, map_fault):
            is_whole = is_whole and report.is_working
            if args.json:
                row = {
                    "part": report.part,
                    "is_working": report.is_working,
                    "found": report.found,
                    "mend": report.mend,
                }
                print(json.dumps(row), flush=True)
                continue
            mark = "[green]works  [/]" if report.is_working else "[red]MISSING[/]"
            console.print(f"{mark} {report.part:<7} {report.found}")
            if report.mend:
                console.print(f"                to mend it: {report.mend}")
    finally:
        board.close()
    return 0 if is_whole else 1
