"""`backrun review SESSION... --out DIR`: report, FIT, GPX, CSV and summary.json of sessions."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backrun_pi.app.settings import Settings
    from backrun_pi.errors import SessionError
    from backrun_pi.maps.mapfile import MapFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "sessions",
        nargs="+",
        type=Path,
        metavar="SESSION",
        help="a session's folder, a log file, or a folder with sessions/ in it",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="made when missing; others stay"
    )
    parser.add_argument("--config", type=Path, metavar="F", help="settings, as for run")
    parser.add_argument("--map", type=Path, metavar="MAP", help="drawn under the route")
    parser.add_argument(
        "--due", action="store_true", help="of storage roots: only what has no report yet"
    )
    parser.add_argument("--whole", action="store_true", help="exports keep all positions")
    parser.add_argument("--no-positions", action="store_true", help="exports without positions")


def run(args: argparse.Namespace) -> int:
    """Review all, with a progress bar on stderr; one JSON object per written file.

    A session among others that holds nothing readable is left out and named on stderr.
    """
    from rich.console import Console
    from rich.progress import Progress

    from backrun_pi.app.post_session import build_drive
    from backrun_pi.hardware.clock import LinuxClock

    settings = _settings(args)
    sessions = _sessions(args, settings)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reviewing", total=len(sessions))

        def report(done: int, count: int, what: str) -> None:
            bar.update(task, completed=done, total=count, description=what)

        is_alone = len(sessions) == 1 and not args.due
        written = build_drive(
            sessions,
            args.out,
            settings,
            _map_file(args, settings),
            LinuxClock().wall_utc_s(),
            progress=report,
            unreadable=None if is_alone else _left_out,
        )
    for path in written:
        print(json.dumps({"written": str(path), "bytes": path.stat().st_size}))
    return 0


def _left_out(_path: Path, error: SessionError) -> None:
    print(f"backrun: left out: {error}", file=sys.stderr)


def _sessions(args: argparse.Namespace, settings: Settings) -> list[Path]:
    from backrun_pi.cli.sessions import given_sessions
    from backrun_pi.review.drive.stale import due

    if args.due:
        return [session for root in args.sessions for session in due(root, settings.review)]
    return given_sessions(args.sessions)


def _settings(args: argparse.Namespace) -> Settings:
    """Return the settings in force, with the exports as the options ask for them."""
    import msgspec

    from backrun_pi.cli.sessions import settings_of

    settings = settings_of(args)
    review = settings.review
    if args.whole:
        review = msgspec.structs.replace(review, is_trimmed=False)
    if args.no_positions:
        review = msgspec.structs.replace(review, has_positions=False)
    return msgspec.structs.replace(settings, review=review)


def _map_file(args: argparse.Namespace, settings: Settings) -> MapFile | None:
    """Return the map that was named, else the installed one if it opens."""
    from backrun_pi.app.loading import map_in_force
    from backrun_pi.maps.mapfile import MapFile

    if args.map is not None:
        return MapFile.open(args.map)
    return map_in_force(settings.files.map).file
