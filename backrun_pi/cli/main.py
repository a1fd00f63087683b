"""The command `backrun`: finds the one file of the command asked for, and reports errors."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from backrun_pi import __version__
from backrun_pi.errors import BackrunError, BadInput

DONE, FAILED, BAD_USE = 0, 1, 2

COMMANDS: dict[str, str] = {
    "run": "the companion, on the real board",
    "simulate": "the same program on the twin, as fast as it goes",
    "replay": "re-decide a recording and show what differs",
    "selftest": "each part: found, working, how to fix it",
    "gnss": "decode a receiver's bytes",
    "motion": "direction, cadence and speed of IMU recordings",
    "map": "build, ask and check map files",
    "warn": "the look-behind alone, on a track",
    "log": "read and check a session's log",
    "review": "report, FIT, GPX and CSV of sessions",
    "cohort": "questions about many sessions, on one machine or a cluster",
    "atlas": "stretches that suit backward running, for whole regions",
    "drive": "the read-only USB image",
    "plan": "where I am in the plan, what the week still allows",
    "sessions": "the sessions on this device",
    "patterns": "the vocabulary of buzzes",
    "config": "check or show the settings",
}


class CommandFile(Protocol):
    """What each file in this folder offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit status."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 failed, 2 wrong usage or bad input."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = next((word for word in words if not word.startswith("-")), None)
    parser = parser_of(name if name in COMMANDS else None)
    try:
        args = parser.parse_args(words)
        return load(args.command).run(args)
    except SystemExit as error:  # argparse: --help or wrong usage
        return error.code if isinstance(error.code, int) else BAD_USE
    except BackrunError as error:
        if os.environ.get("BACKRUN_TRACEBACK"):
            raise
        print(f"backrun: {error}", file=sys.stderr)
        for line in getattr(error, "faults", ()):
            if line != str(error):
                print(f"  {line}", file=sys.stderr)
        return BAD_USE if isinstance(error, BadInput) else FAILED
    except BrokenPipeError:  # the reader of our output has gone: not our error
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print("backrun: interrupted", file=sys.stderr)
        return 130


def load(name: str) -> CommandFile:
    """Import the file of a command, and only that one."""
    return cast("CommandFile", importlib.import_module(f"backrun_pi.cli.{name}"))


def parser_of(name: str | None) -> argparse.ArgumentParser:
    """Return the whole parser; only the named command declares its arguments."""
    parser = argparse.ArgumentParser(
        prog="backrun",
        description="Looks behind a backward runner. Its silence never means clear.",
    )
    parser.add_argument("--version", action="version", version=f"backrun {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command, line in COMMANDS.items():
        sub = commands.add_parser(command, help=line, description=line)
        sub.add_argument("--json", action="store_true", help="JSON on stdout instead of tables")
        if command == name:
            load(command).add_arguments(sub)
    return parser


if __name__ == "__main__":
    sys.exit(main())
