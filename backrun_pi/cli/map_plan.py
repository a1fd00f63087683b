"""`backrun map check` and `backrun map suggest`: where a route suits, and which would."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backrun_pi.cli.places_given import place
from backrun_pi.errors import BadInput, MapError, RouteError
from backrun_pi.files import named_in_errors, write_atomic

if TYPE_CHECKING:
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.terrain.places.suggest import Suggestion
    from backrun_pi.terrain.places.whole_route import PlacedStretch

_FARTHEST_M = 5000
_LONGEST_M = 5000.0
_S_PER_DAY = 86_400.0

Parsers = Any  # argparse's own type for sub-parsers is private


def add_parsers(what: Parsers) -> Sequence[argparse.ArgumentParser]:
    """Declare the two sub-commands."""
    check = what.add_parser(
        "check", help="where a route is good, likely, bad or unknown, and why"
    )
    check.add_argument("map", type=Path)
    check.add_argument("route", type=Path, metavar="ROUTE.gpx")
    check.add_argument("--marks", type=Path, metavar="MARKS", help="marks file of a scouting")
    check.add_argument(
        "--out", type=Path, metavar="FILE.gpx", help="write the stretches as tracks with names"
    )
    check.add_argument(
        "--totals", action="store_true", help="end with one line of metres by verdict"
    )
    check.add_argument(
        "--plan", action="store_true", help="lay the bouts of a week over the longest part"
    )
    check.add_argument("--week", type=int, default=1, help="of the training plan, for --plan")
    suggest = what.add_parser("suggest", help="stretches nearby that suit backward running")
    suggest.add_argument("map", type=Path)
    suggest.add_argument("place", nargs="+", metavar="LAT LON")
    suggest.add_argument("--radius", type=float, default=1500.0, metavar="M")
    suggest.add_argument("--length", type=float, metavar="M", help="of the stretch, at least")
    suggest.add_argument("--most", type=int, default=5, help="how many to list")
    suggest.add_argument("--all", action="store_true", help="list every one")
    suggest.add_argument("--out", type=Path, metavar="DIR", help="write a GPX of each here")
    return check, suggest


def check(args: argparse.Namespace) -> int:
    """Judge a route."""
    from backrun_pi.app.loading import plan_in_force
    from backrun_pi.app.settings import load_settings
    from backrun_pi.cli.bout_lines import bout_lines
    from backrun_pi.hardware.clock import LinuxClock
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.terrain.places.gpx_route import read_gpx
    from backrun_pi.terrain.places.route_gpx import stretches_as_gpx
    from backrun_pi.terrain.places.whole_route import check_route
    from backrun_pi.terrain.scouting.marks import Notes, read_notes
    from backrun_pi.terrain.settings import TerrainSettings

    opened = MapFile.open(args.map)
    notes = Notes()
    if args.marks is not None:
        notes = read_notes(read_bytes(args.marks), str(args.marks))
        notes.today = int(LinuxClock().wall_utc_s() // _S_PER_DAY)
    route = read_gpx(args.route)
    for note in route.notes:
        _say(f"{args.route}: {note}")
    places = [place for segment in route.segments for place in segment.places]
    off = sum(not opened.holds(lat, lon, 0.0) for lat, lon in places)
    if off:
        text = f"{args.route}: {off} of {len(places)} places lie outside of"
        _say(f"{text} {args.map}; `backrun map info` shows its box")
    found = []
    for one in check_route(opened, route.segments, notes, TerrainSettings()):
        found.append(one)
        _print(_line(one))
    totals = _totals(found)
    if args.totals:
        _print({"total_m": round(sum(totals.values()), 1), **totals})
    _say(_in_words(totals))
    if args.plan:
        longest = max(route.segments, key=lambda segment: len(segment.places))
        plan = plan_in_force(load_settings(None))
        for line in bout_lines(opened, longest.places, notes, plan, args.week):
            _print(line)
    if args.out is not None:
        _write(args.out, stretches_as_gpx(found).encode())
    print(opened.attribution, file=sys.stderr)
    return 0


def _line(one: PlacedStretch) -> dict[str, Any]:
    stretch = one.stretch
    return {
        "segment": one.segment,
        "from_m": round(stretch.from_m, 1),
        "to_m": round(stretch.to_m, 1),
        "verdict": stretch.verdict.value,
        "because": list(stretch.because),
        "tagged_share": round(stretch.tagged_share, 2),
        "from": [round(value, 7) for value in one.start_deg],
        "to": [round(value, 7) for value in one.end_deg],
    }


def _totals(found: Iterable[PlacedStretch]) -> dict[str, float]:
    """Return metres by verdict."""
    totals: dict[str, float] = {}
    for one in found:
        name = f"{one.stretch.verdict.value}_m"
        totals[name] = totals.get(name, 0.0) + one.stretch.to_m - one.stretch.from_m
    return {name: round(metres, 1) for name, metres in totals.items()}


def _in_words(totals: dict[str, float]) -> str:
    whole = sum(totals.values())
    parts = (
        f"{name.removesuffix('_m')} {metres:.0f} m ({100.0 * metres / max(whole, 1e-9):.0f} %)"
        for name, metres in totals.items()
    )
    return f"{whole:.0f} m in all: {', '.join(parts)}"


def suggest(args: argparse.Namespace) -> int:
    """List stretches nearby."""
    from backrun_pi.maps.mapfile import MapFile
    from backrun_pi.terrain.places.suggest import LEAST_M, Wish

    lat, lon = place(args.place)
    if not 0 < args.radius <= _FARTHEST_M:
        raise BadInput(f"--radius {args.radius:g}: give metres between 0 and {_FARTHEST_M}")
    if args.most < 1:
        raise BadInput(f"--most {args.most}: give how many to list, 1 or more")
    if args.length is not None and not LEAST_M <= args.length <= _LONGEST_M:
        text = f"give metres between {LEAST_M:g} and {_LONGEST_M:g}"
        raise BadInput(f"--length {args.length:g}: {text}")
    opened = MapFile.open(args.map)
    if not opened.holds(lat, lon, 0.0):
        text = f"{lat} {lon} lies outside of {args.map}"
        raise MapError(f"{text}; `backrun map info` shows its box")
    found = _searched(opened, Wish(lat, lon, args.radius, args.length))
    if not found:
        least = LEAST_M if args.length is None else args.length
        text = f"no stretch of {least:g} m within {args.radius:g} m that is not bad"
        _say(f"{text}; try a larger --radius")
    for number, one in enumerate(found if args.all else found[: args.most], 1):
        _print(_suggested(number, one, args.out))
    print(opened.attribution, file=sys.stderr)
    return 0


def _searched(opened: MapFile, wish: Any) -> list[Suggestion]:
    """Look for stretches, with a bar while it takes its time."""
    from rich.console import Console
    from rich.progress import Progress

    from backrun_pi.terrain.places.suggest import suggestions
    from backrun_pi.terrain.settings import TerrainSettings

    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("looking", total=1.0)

        def show(share: float) -> None:
            bar.update(task, completed=share)

        return suggestions(opened, wish, TerrainSettings(), show)


def _suggested(number: int, one: Suggestion, folder: Path | None) -> dict[str, Any]:
    from backrun_pi.terrain.places.route_gpx import as_gpx

    line: dict[str, Any] = {
        "number": number,
        "length_m": round(one.length_m),
        "away_m": round(one.away_m),
        "score": round(one.score, 2),
        "verdict": one.verdict.value,
        "because": list(one.because),
        "ways": list(one.way_ids),
        "from": [round(value, 7) for value in one.places_deg[0]],
        "to": [round(value, 7) for value in one.places_deg[-1]],
    }
    if folder is not None:
        path = folder / f"stretch_{number}.gpx"
        _write(path, as_gpx(one.places_deg, f"stretch {number}").encode())
        line["gpx"] = str(path)
    return line


def read_bytes(path: Path) -> bytes:
    """Return what stands in a file. Raises RouteError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise RouteError(f"{path}: cannot be read: {error.strerror}") from error


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, in a folder that is made. Raises OutputError."""
    with named_in_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)


def _say(text: str) -> None:
    print(f"backrun: {text}", file=sys.stderr)


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
