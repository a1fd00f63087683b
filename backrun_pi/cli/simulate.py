"""`backrun simulate [SCENARIO...]`: the program on the twin, as fast as it goes."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from backrun_pi.units import NS_PER_S

if TYPE_CHECKING:
    from backrun_pi.cli.timeline import Timeline
    from backrun_pi.cli.twin_day import TwinDay
    from backrun_pi.hardware.ports import Clock
    from backrun_pi.sim.scenario import Scenario

MARKER = ".backrun-simulate"  # a folder with this file may be replaced by the next run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("scenario", nargs="*", type=Path, metavar="SCENARIO", help="TOML file")
    parser.add_argument("--out", type=Path, default=Path("out/simulate"), metavar="DIR")
    parser.add_argument("--realtime", action="store_true", help="at the pace of real life")
    parser.add_argument("--quiet", action="store_true", help="no timeline, only what matters")
    parser.add_argument(
        "--seeds", type=_count, default=1, metavar="N", help="each scenario with N seeds"
    )
    parser.add_argument(
        "--jobs", type=_count, default=1, metavar="N", help="days lived at a time"
    )


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise ValueError(text)
    return count


def run(args: argparse.Namespace) -> int:
    """Simulate, review, check what the scenarios expect; 1 when an expectation is broken."""
    from backrun_pi.app.resources import shipped
    from backrun_pi.cli.twin_day import scenario_of
    from backrun_pi.errors import BadInput

    paths: list[Path] = args.scenario or [shipped("scenarios/park.toml")]
    is_one = len(paths) == 1 and args.seeds == 1
    if args.realtime and not is_one:
        raise BadInput("--realtime: only one day can be lived at the pace of real life")
    scenarios = [scenario_of(path) for path in paths]  # bad input leaves nothing behind
    _make_room(args.out)
    return _one(scenarios[0], args) if is_one else _many(paths, args)


def _one(scenario: Scenario, args: argparse.Namespace) -> int:
    from backrun_pi.cli.timeline import Timeline
    from backrun_pi.cli.twin_day import lived
    from backrun_pi.hardware.clock import LinuxClock

    pace = real_pace(LinuxClock()) if args.realtime else None
    with Timeline(scenario.title, scenario.duration_s, is_quiet=args.quiet) as timeline:
        day = lived(scenario, args.out, timeline, pace)
        for finding in day.findings:
            timeline.note(f"expectation {finding.line}")
        _say_where(args.out, timeline)
    print(json.dumps(day.summary))
    return 0 if day.is_as_expected else 1


def _many(paths: list[Path], args: argparse.Namespace) -> int:
    """Live several days, some at a time; print a line each in their order, and one for all."""
    from concurrent.futures import ProcessPoolExecutor

    from backrun_pi.app.experience_totals import total

    jobs = [
        (path, seed, args.out / f"{number:02d}-{path.stem}-{seed}")
        for number, path in enumerate(paths, 1)
        for seed in range(args.seeds)
    ]
    summaries, as_expected = [], 0
    with ProcessPoolExecutor(max_workers=args.jobs) as pool:
        for (path, seed, _), day in zip(jobs, pool.map(_live, jobs), strict=True):
            name = f"{path.stem}, seed +{seed}"
            if isinstance(day, str):  # the other days are lived all the same
                print(f"{name}: {day}", file=sys.stderr)
                print(json.dumps({"scenario": str(path), "failed": day}), flush=True)
                continue
            summaries.append(day.summary)
            as_expected += day.is_as_expected
            for finding in day.findings:
                if not finding.is_met or not args.quiet:
                    print(f"{name}: expectation {finding.line}", file=sys.stderr)
            print(json.dumps(day.summary), flush=True)
    failed = len(jobs) - len(summaries)
    print(json.dumps(total(summaries) | {"as_expected": as_expected, "failed": failed}))
    return 0 if as_expected == len(jobs) else 1


def _live(job: tuple[Path, int, Path]) -> TwinDay | str:
    """Live a day; return why it could not be lived to its end."""
    from backrun_pi.cli.twin_day import Silent, lived, scenario_of
    from backrun_pi.errors import BackrunError

    path, seed, out = job
    try:
        out.mkdir(parents=True)
        return lived(scenario_of(path, seed), out, Silent())
    except (BackrunError, OSError) as error:
        return f"{type(error).__name__}: {error}"


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


def real_pace(clock: Clock) -> Callable[[float], None]:
    """Return a pacer that lets scenario seconds pass no faster than those of a clock."""
    began_ns = clock.now_ns()

    def pace(elapsed_s: float) -> None:
        clock.sleep_until_ns(began_ns + round(elapsed_s * NS_PER_S))

    return pace


def _say_where(out: Path, timeline: Timeline) -> None:
    """Name every file of the drive that a person opens first."""
    drive = out / "drive"
    for path in sorted(drive.rglob("*")):
        if path.suffix in {".html", ".fit", ".gpx", ".csv", ".json"}:
            timeline.note(f"  {path}")
