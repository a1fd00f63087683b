"""`backrun selftest`: each part of the real board: found, working, how to fix it."""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from backrun_pi.errors import RecordError

if TYPE_CHECKING:
    from backrun_pi.app.selftest import PartReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, metavar="F", help="a settings file")
    parser.add_argument(
        "--no-questions", action="store_true", help="do not ask the wearer what was felt"
    )


class Terminal:
    """The wearer at the keyboard: words on stderr, answers from a stream."""

    def __init__(self, answers: TextIO) -> None:
        self._answers = answers

    def show(self, text: str) -> None:
        """Show a line."""
        print(text, file=sys.stderr, flush=True)

    def ask(self, question: str) -> str | None:
        """Return the answer; None at the end of the input."""
        print(question, end="", file=sys.stderr, flush=True)
        line = self._answers.readline()
        if not line:
            print(file=sys.stderr)
            return None
        return line


def wearer(answers: TextIO, *, is_quiet: bool) -> Terminal | None:
    """Return the wearer at the keyboard; None where nobody can type."""
    return None if is_quiet or not answers.isatty() else Terminal(answers)


def run(args: argparse.Namespace) -> int:
    """Ask each part, then the wearer; 1 when a part does not work or a pattern is not felt."""
    from backrun_pi.app.loading import map_in_force
    from backrun_pi.app.selftest import keep, selftest
    from backrun_pi.app.settings import load_settings
    from backrun_pi.hardware.raspberry import RaspberryBoard

    settings = load_settings(args.config)
    map_error = map_in_force(settings.files.map).error
    board = RaspberryBoard(settings.board, Path(settings.files.root))
    person = wearer(sys.stdin, is_quiet=args.no_questions or args.json)
    print("Press the button when it is asked for.", file=sys.stderr)
    reports: list[PartReport] = []
    try:
        for report in selftest(board, settings, map_error, person, random.SystemRandom()):
            reports.append(report)
            show(report, is_json=args.json)
        keep(board, reports)
    except RecordError as error:
        print(f"the result could not be kept: {error}", file=sys.stderr)
    finally:
        board.close()
    return 0 if all(report.is_working for report in reports) else 1


def show(report: PartReport, *, is_json: bool) -> None:
    """Print one part."""
    if is_json:
        row = {
            "part": report.part,
            "is_working": report.is_working,
            "found": report.found,
            "remedy": report.remedy,
        }
        print(json.dumps(row), flush=True)
        return
    mark = "works  " if report.is_working else "MISSING"
    print(f"{mark} {report.part:<7} {report.found}", flush=True)
    if report.remedy:
        print(f"                to fix it: {report.remedy}", flush=True)
