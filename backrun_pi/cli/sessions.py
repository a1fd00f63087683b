"""`backrun sessions`: the sessions on this device; `forget` and `prune` make room."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backrun_pi.app.settings import Settings
    from backrun_pi.errors import SessionError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--config", type=Path, metavar="F", help="settings, as for run")
    parser.add_argument("--root", type=Path, metavar="DIR", help="what holds sessions/, drive/")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    forget = actions.add_parser("forget", help="delete a session: raw log, report, exports")
    forget.add_argument("session_id", nargs="+", metavar="ID")
    prune = actions.add_parser("prune", help="delete the oldest raw logs until there is room")
    prune.add_argument("--free", type=int, metavar="BYTES", help="room to make")


def run(args: argparse.Namespace) -> int:
    """List, forget or prune."""
    settings = settings_of(args)
    root = args.root or Path(settings.files.root)
    if args.action == "forget":
        return _forget(root, args.session_id, settings)
    if args.action == "prune":
        return _prune(root, args.free, settings)
    rows = _rows(root)
    if args.json or not sys.stdout.isatty():
        for row in rows:
            print(json.dumps(row))
    else:
        _show(rows, root)
    return 0


def settings_of(args: argparse.Namespace) -> Settings:
    """Return the settings that --config names, or those in force."""
    from backrun_pi.app.settings import load_settings

    return load_settings(args.config)


def given_sessions(paths: Sequence[Path]) -> list[Path]:
    """Return sessions for what was given: a session, a log, or a folder that holds sessions.

    Raises:
        SessionError: A path is none of these.
    """
    from backrun_pi.record.reader import find_sessions, read_session

    found: list[Path] = []
    for path in paths:
        inside = (
            [] if any(path.glob("log-*.jsonl")) or not path.is_dir() else find_sessions(path)
        )
        for session in inside or [path]:
            read_session(session)
            if session not in found:
                found.append(session)
    return found


def _rows(root: Path) -> list[dict[str, Any]]:
    from backrun_pi.record.session_index import summaries
    from backrun_pi.review import layout
    from backrun_pi.review.exports import summary_json

    reports = {path.parent.name: path for path in (root / "drive").glob(f"*/{layout.SUMMARY}")}
    logs = summaries(root, _left_out)
    rows = []
    for name in sorted({*reports, *logs}):
        row: dict[str, Any] = {"session": name, "log_bytes": None, "report": None}
        if name in logs:
            check = logs[name]
            row |= {
                "log_bytes": check.bytes,
                "duration_s": round(check.duration_s, 1),
                "is_whole": check.is_whole,
                "lost_s": round(check.lost_s, 2),
            }
        line = summary_json.line_in(reports[name]) if name in reports else None
        if line is not None:
            facts = line.facts
            row |= {
                "report": str(reports[name].with_name(layout.PAGE)),
                "start_utc_s": facts.start_utc_s,
                "kind": facts.kind.value,
                "duration_s": round(facts.duration_s, 1),
                "backward_s": round(facts.backward_s, 1),
                "distance_m": round(facts.distance_m, 1),
                "bouts": facts.bouts_done,
            }
        rows.append(row)
    return rows


def _left_out(error: SessionError) -> None:
    print(f"backrun: left out: {error}", file=sys.stderr)


def _show(rows: list[dict[str, Any]], root: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    if not rows:
        print(f"{root}: no session yet", file=sys.stderr)
        return
    table = Table()
    names = ("session", "kind", "duration_s", "backward_s", "distance_m", "bouts", "log_bytes")
    for name in (*names, "is_whole"):
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in (*names, "is_whole")))
    Console().print(table)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _forget(root: Path, names: Sequence[str], settings: Settings) -> int:
    from backrun_pi.hardware.file_storage import FileStorage
    from backrun_pi.record.retention import forget
    from backrun_pi.review.drive.build import write_index

    storage = FileStorage(root)
    for name in names:
        forget(storage, name)
        print(json.dumps({"forgotten": name}))
    if (root / "drive").is_dir():
        write_index(root / "drive", settings.review)
    print("the drive image still holds it: run `backrun drive build`", file=sys.stderr)
    return 0


def _prune(root: Path, free: int | None, settings: Settings) -> int:
    from backrun_pi.hardware.file_storage import FileStorage
    from backrun_pi.record.retention import prune, prune_reports

    storage = FileStorage(root)

    def room_bytes() -> int:
        if free is not None:
            return free
        return settings.record.keep_free_bytes + _growth_bytes(root, settings)

    for name in prune(storage, room_bytes()):
        print(json.dumps({"log_deleted": name}))
    for name in prune_reports(storage, room_bytes):
        print(json.dumps({"report_deleted": name}))
    left, wanted = storage.free_bytes(), room_bytes()
    print(json.dumps({"free_bytes": left, "wanted_bytes": wanted}))
    return 0 if left >= wanted else 1


def _growth_bytes(root: Path, settings: Settings) -> int:
    """Return by how much the next image is larger than the one that is shown."""
    from backrun_pi.review.drive import image

    drive, shown = root / "drive", root / "drive.img"
    if not drive.is_dir():
        return 0
    size = image.needed_bytes(drive, settings.review.image_spare_bytes)
    return max(0, size - (shown.stat().st_size if shown.is_file() else 0))
