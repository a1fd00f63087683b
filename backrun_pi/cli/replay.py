"""`backrun replay SESSION`: re-decide a recording; every alert, and what differs."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("session", type=Path, metavar="SESSION", help="its folder or log")
    parser.add_argument(
        "--config", type=Path, metavar="F", help="decide with other settings than recorded"
    )
    parser.add_argument("--map", type=Path, metavar="MAP", help="the map the session ran on")


def run(args: argparse.Namespace) -> int:
    """Replay each boot of the session; 1 when this version decides otherwise than it did."""
    from backrun_pi import __version__
    from backrun_pi.app.loading import map_in_force, plan_of
    from backrun_pi.app.replay import count, replay
    from backrun_pi.app.settings import load_settings, recorded_settings
    from backrun_pi.errors import SessionError
    from backrun_pi.record.format import SessionHeader
    from backrun_pi.record.reader import read_session

    recording = read_session(args.session)
    if recording.header is None:
        raise SessionError(f"{args.session}: no header is left in this log to replay with")
    header = recording.header
    recorded, lost = recorded_settings(header.config, f"{args.session} (recorded settings)")
    for line in lost:
        print(f"not as recorded: {line}", file=sys.stderr)
    settings = recorded if args.config is None else load_settings(args.config)
    installed = map_in_force(str(args.map or settings.files.map))
    if installed.id != header.map_id:
        words = installed.error or f"it is {installed.id}"
        print(f"not the map of the recording ({header.map_id}): {words}", file=sys.stderr)
    plan = plan_of(header.plan)
    boots: dict[int, list[object]] = {}
    for record in recording:
        boots.setdefault(record.boot, []).append(record.message)
    totals: dict[str, Any] = dict.fromkeys(("same", "moved", "new", "gone"), 0)
    totals |= {"ticks": 0, "states_compared": 0, "states_different": 0}
    for boot, messages in sorted(boots.items()):
        own = (item for item in messages if isinstance(item, SessionHeader))
        boot_id = next(own, header).boot_id
        result = replay(messages, settings, plan, installed.file, boot_id)
        differences = result.differences()
        for difference in differences:
            alert = difference.alert
            row = {
                "t_s": round(difference.t_s, 3),
                "boot": boot,
                "verdict": difference.verdict,
                "condition": alert.condition.value,
                "priority": alert.priority.name.lower(),
                "pattern": alert.pattern,
                "key": alert.key,
                "because": list(alert.because),
            }
            print(json.dumps(row))
        for verdict, number in count(differences).items():
            totals[verdict] += number
        totals["ticks"] += result.ticks
        totals["states_compared"] += result.states_compared
        totals["states_different"] += result.states_different
    print(json.dumps(totals))
    is_older = header.software_version != __version__
    if is_older:
        print(
            f"recorded by version {header.software_version}: its inputs are decided again by "
            f"the rules of {__version__}; `backrun review` shows what was announced",
            file=sys.stderr,
        )
    is_alike = not (totals["moved"] or totals["new"] or totals["gone"])
    is_alike = is_alike and not totals["states_different"]
    words = "decides the same" if is_alike else "decides differently"
    print(f"{recording.session_id}: {totals['ticks']} ticks, {words}", file=sys.stderr)
    return 0 if is_alike or is_older or args.config is not None else 1
