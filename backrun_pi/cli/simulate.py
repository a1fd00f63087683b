"""`backrun simulate [SCENARIO]`: the program on the twin, as fast as it goes, and its drive."""

from __future__ import annotations

import argparse
import json
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backrun_pi.app.loading import InstalledMap
    from backrun_pi.app.narrator import Tale
    from backrun_pi.app.pipeline import Inputs, Outputs
    from backrun_pi.app.settings import Settings
    from backrun_pi.cli.timeline import Timeline
    from backrun_pi.review.model import SessionReview
    from backrun_pi.sim.scenario import Scenario

MARKER = ".backrun-simulate"  # a folder with this file may be replaced by the next run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("scenario", nargs="?", type=Path, metavar="SCENARIO", help="TOML file")
    parser.add_argument("--out", type=Path, default=Path("out/simulate"), metavar="DIR")
    parser.add_argument("--realtime", action="store_true", help="at the pace of real life")
    parser.add_argument("--quiet", action="store_true", help="no timeline, only what matters")


def run(args: argparse.Namespace) -> int:
    """Simulate, review, check what the scenario expects; 1 when an expectation is broken."""
    from backrun_pi.app.expect import check
    from backrun_pi.app.loading import map_in_force
    from backrun_pi.app.narrator import Tale
    from backrun_pi.app.post_session import build_drive
    from backrun_pi.app.resources import shipped
    from backrun_pi.app.settings import Settings, with_tables
    from backrun_pi.cli.timeline import Timeline
    from backrun_pi.sim.scenario import load

    path = args.scenario or shipped("scenarios/park.toml")
    scenario = load(path)
    settings = with_tables(Settings(), scenario.settings, f"{scenario.path}: settings")
    out: Path = args.out
    _make_room(out)
    began_s = time.perf_counter()
    with Timeline(scenario.title, scenario.duration_s, is_quiet=args.quiet) as timeline:
        tale = Tale(timeline.tell, 0)
        pace = _pace() if args.realtime else None
        installed_map = map_in_force(str(scenario.map_path or ""))
        wall_utc_s = _simulate(scenario, settings, installed_map, out, tale, timeline, pace)
        timeline.note("writing the drive: report, FIT, GPX, CSV")
        reviews = build_drive(out, settings, installed_map.file, wall_utc_s, timeline.note)
        findings = check(scenario.expect, tale.alerts, tale.felt)
        for finding in findings:
            timeline.note(f"expectation {finding.words}")
        _say_where(out, timeline)
    wall_s = time.perf_counter() - began_s
    print(json.dumps(_summary(scenario, tale, reviews, out, wall_s)))
    return 0 if all(finding.is_met for finding in findings) else 1


def _make_room(out: Path) -> None:
    from backrun_pi.errors import BadInput, OutputError

    if out.exists() and not (out / MARKER).exists() and any(out.iterdir()):
        raise BadInput(f"{out}: is not empty and not from an earlier simulation; name another")
    try:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        (out / MARKER).write_text("may be replaced by the next run\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror}") from error


def _simulate(
    scenario: Scenario,
    settings: Settings,
    installed_map: InstalledMap,
    out: Path,
    tale: Tale,
    timeline: Timeline,
    pace: Callable[[float], None] | None,
) -> float:
    """Run the program on the twin through every power cut; return what the clock says then."""
    from backrun_pi.app.loading import plan_in_force
    from backrun_pi.app.runtime import Companion
    from backrun_pi.sim.board import PowerCut, TwinBoard

    plan = plan_in_force(settings)
    board = TwinBoard(scenario, out, pace)

    def follow(inputs: Inputs, outputs: Outputs) -> None:
        tale(inputs, outputs)
        timeline.advance(board.elapsed_s)

    while not board.is_over():
        tale.start_ns = board.start_ns
        companion = Companion(board, settings, installed_map, plan, follow)
        try:
            companion.run(board.is_over)
        except PowerCut as cut:
            timeline.note(f"the power is cut at {board.elapsed_s:.1f} s: {cut}")
            board.reboot()
            continue
        if companion.is_power_off_asked:
            timeline.note("the wearer switched it off")
            break
    board.close()
    return board.clock.wall_utc_s()


def _pace() -> Callable[[float], None]:
    """Return a pacer that lets scenario time pass no faster than real time."""
    began_s = time.perf_counter()
    never = threading.Event()

    def pace(elapsed_s: float) -> None:
        early_s = elapsed_s - (time.perf_counter() - began_s)
        if early_s > 0.0:
            never.wait(early_s)

    return pace


def _say_where(out: Path, timeline: Timeline) -> None:
    """Name every file of the drive that a person opens first."""
    drive = out / "drive"
    for path in sorted(drive.rglob("*")):
        if path.suffix in {".html", ".fit", ".gpx", ".csv", ".json"}:
            timeline.note(f"  {path}")


def _summary(
    scenario: Scenario, tale: Tale, reviews: list[SessionReview], out: Path, wall_s: float
) -> dict[str, Any]:
    sessions = [str(out / "sessions" / review.facts.session_id) for review in reviews]
    return {
        "duration_s": scenario.duration_s,
        "wall_s": round(wall_s, 3),
        "session": sessions[-1] if sessions else None,
        "sessions": sessions,
        "drive": str(out / "drive"),
        "backward_s": round(sum(review.facts.backward_s for review in reviews), 1),
        "forward_s": round(sum(review.facts.forward_s for review in reviews), 1),
        "bouts": sum(review.facts.bouts_done for review in reviews),
        "alerts": [
            {
                "t_s": round(t_s, 2),
                "condition": alert.condition.value,
                "priority": alert.priority.name.lower(),
                "pattern": alert.pattern,
                "key": alert.key,
                "because": list(alert.because),
            }
            for t_s, alert in tale.alerts
        ],
        "faults": [
            {
                "t_s": round(t_s, 2),
                "source": event.source.value,
                "freshness": event.freshness.value,
                "because": event.because,
            }
            for t_s, event in tale.faults
        ],
    }
