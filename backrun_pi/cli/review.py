"""`backrun review SESSION... --out DIR`: report, FIT, GPX, CSV and summary.json of sessions."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backrun_pi.errors import SessionError
    from backrun_pi.review.analysis.weekly_load import PlanWords
    from backrun_pi.review.drive.build import Layers
    from backrun_pi.review.settings import ReviewSettings


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

    from backrun_pi.review.drive.build import build

    sessions = _sessions(args)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reviewing", total=len(sessions))

        def report(done: int, count: int, what: str) -> None:
            bar.update(task, completed=done, total=count, description=what)

        is_alone = len(sessions) == 1 and not args.due
        written = build(
            sessions,
            args.out,
            _settings(args),
            report,
            layers=_layers(args),
            plan=_plan(args),
            unreadable=None if is_alone else _left_out,
        )
    for path in written:
        print(json.dumps({"written": str(path), "bytes": path.stat().st_size}))
    return 0


def _left_out(_path: Path, fault: SessionError) -> None:
    print(f"backrun: left out: {fault}", file=sys.stderr)


def _sessions(args: argparse.Namespace) -> list[Path]:
    from backrun_pi.cli.sessions import given_sessions
    from backrun_pi.review.drive.stale import due

    if args.due:
        return [session for root in args.sessions for session in due(root, _settings(args))]
    return given_sessions(args.sessions)


def _plan(args: argparse.Namespace) -> PlanWords | None:
    """Return where the wearer is in the plan, when OUT is the drive of a storage root."""
    from backrun_pi.app.post_session import plan_words
    from backrun_pi.cli.sessions import settings_of
    from backrun_pi.hardware.clock import LinuxClock

    root: Path = args.out.resolve().parent
    if not (root / "state").is_dir():
        return None
    return plan_words(root, settings_of(args), LinuxClock().wall_utc_s())


def _settings(args: argparse.Namespace) -> ReviewSettings:
    import msgspec

    from backrun_pi.cli.sessions import settings_of

    settings = settings_of(args).review
    if args.whole:
        settings = msgspec.structs.replace(settings, is_trimmed=False)
    if args.no_positions:
        settings = msgspec.structs.replace(settings, has_positions=False)
    return settings


def _layers(args: argparse.Namespace) -> Layers | None:
    """Return the drawing of the map that was named, else of the installed one if it opens."""
    from backrun_pi.app.loading import map_in_force
    from backrun_pi.app.post_session import marks_of
    from backrun_pi.cli.sessions import settings_of
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.review.map_layers import layers_for

    if args.map is not None:
        drawn: MapFile | None = MapFile.open(args.map)
    else:
        drawn = map_in_force(settings_of(args).files.map).file
    if drawn is None:
        return None
    map_file, marks = drawn, marks_of(args.out.resolve().parent)
    return lambda review: layers_for(review, map_file, marks)
