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

    settings = load_settings(args.file)
    if args.action == "show":
        tables = as_tables(settings)
        print(json.dumps(tables) if args.json else as_toml(tables).rstrip("\n"))
        return 0
    installed = DEFAULT_FILE if DEFAULT_FILE.exists() else "the defaults"
    name = str(args.file or installed)
    print(json.dumps({"file": name, "faults": []}) if args.json else f"{name}: no faults")
    return 0


def as_toml(tables: dict[str, dict[str, object]]) -> str:
    """Return settings as the text of a settings file."""
    blocks = []
    for name, table in tables.items():
        rows = [f"{key} = {json.dumps(value)}" for key, value in table.items()]
        blocks.append("\n".join([f"[{name}]", *rows]) + "\n")
    return "\n".join(blocks)
