"""`backrun config check|show`: all faults of a settings file, or the settings in force."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for action, line in (("check", "name every fault"), ("show", "the settings in force")):
        sub = actions.add_parser(action, help=line, description=line)
        sub.add_argument("file", nargs="?", type=Path, help="a settings file")
        sub.add_argument("--json", action="store_true", help="JSON on stdout")


def run(args: argparse.Namespace) -> int:
    """Check or show; a fault ends with status 2."""
    from backrun_pi.app.settings import DEFAULT_FILE, as_tables, load_settings
    from backrun_pi.app.settings_file import commented

    settings = load_settings(args.file)
    if args.action == "show":
        tables = as_tables(settings)
        print(json.dumps(tables) if args.json else commented(settings).rstrip("\n"))
        return 0
    installed = DEFAULT_FILE if DEFAULT_FILE.exists() else "the defaults"
    name = str(args.file or installed)
    print(json.dumps({"file": name, "faults": []}) if args.json else f"{name}: no faults")
    return 0
