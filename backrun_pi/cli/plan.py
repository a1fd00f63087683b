"""`backrun plan`: past, present and next of the training, from a state folder."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from backrun_pi.errors import BadInput

if TYPE_CHECKING:
    from backrun_pi.coach.plan_status import Past, PlanStatus

DAY_S = 86400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--state", type=Path, metavar="DIR", help="state folder of a device (or of a run)"
    )
    parser.add_argument("--plan", type=Path, metavar="FILE", help="another plan; checked too")
    parser.add_argument(
        "--at", metavar="TIME", help="judge as of this moment (2026-05-01T18:00, UTC)"
    )


def run(args: argparse.Namespace) -> int:
    """Show it; a plan with faults ends with status 2 and names them all."""
    from backrun_pi.app.loading import plan_in_force
    from backrun_pi.app.settings import load_settings
    from backrun_pi.coach.journal import Journal
    from backrun_pi.coach.plan import load_plan
    from backrun_pi.coach.plan_status import as_builtins, plan_status
    from backrun_pi.hardware.clock import LinuxClock

    settings = load_settings(None)
    plan = plan_in_force(settings) if args.plan is None else load_plan(args.plan)
    folder = args.state or Path(settings.files.root) / "state"
    at_s = None if args.at is None else _moment(args.at)
    journal = Journal(_journal_of(folder, is_asked=args.state is not None), boot_id="")
    now_s = LinuxClock().wall_utc_s() if at_s is None else at_s
    found = plan_status(plan, journal, now_s, settings.coach.zone)
    print(json.dumps(as_builtins(found)) if args.json else _as_text(found))
    return 0


def _journal_of(folder: Path, *, is_asked: bool) -> bytes | None:
    if is_asked and not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder")
    path = folder / "journal.jsonl"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from error


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--at {text}: not a time like 2026-05-01T18:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _as_text(found: PlanStatus) -> str:
    lines = [f"Plan: {found.plan}", "", "Past"]
    lines += [_past(past) for past in found.past] or ["  no session yet"]
    lines += [
        "",
        "Present",
        f"  week {found.week} of {found.weeks} ({', '.join(found.because)})",
        f"  {found.done_in_7_days} of {found.allowed_in_7_days} sessions in the last 7 days; "
        + _allowance(found.next_in_s),
        "",
        "Next",
        f"  week {found.week}: {found.next}",
        *_belts(found.belt_mps),
        *[f"  {line}" for line in found.coming],
    ]
    return "\n".join(lines)


def _past(past: Past) -> str:
    when = "undated        "
    if past.utc_s is not None:
        when = datetime.fromtimestamp(past.utc_s, UTC).strftime("%Y-%m-%d %H:%M")
    ready = "" if past.took_3m_s is None else f", 3 m in {past.took_3m_s:.1f} s"
    return (
        f"  {past.session:10} {when}  week {past.week}  {past.bouts}/{past.planned} bouts, "
        f"{past.backward_s / 60:.1f} min backward{ready}: {past.verdict}"
    )


def _belts(belt_mps: tuple[float, ...]) -> list[str]:
    if not belt_mps:
        return []
    speeds = ", ".join(f"{3.6 * speed:.1f}" for speed in belt_mps)
    return [f"  on a treadmill: set the belt to {speeds} km/h, one for each bout"]


def _allowance(next_in_s: float | None) -> str:
    if next_in_s is None:
        return "the next one when a trusted clock says so"
    if next_in_s <= 0.0:
        return "one more is fine now"
    return f"the next one in {next_in_s / DAY_S:.1f} days"
