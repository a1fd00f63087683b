"""The command `backrun map get`: from a place's name to its map file, on a computer."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from backrun_pi import __version__
from backrun_pi.cli.map_build import make_map
from backrun_pi.cli.places_given import place
from backrun_pi.errors import BadInput, MapError, OutputError
from backrun_pi.units import NS_PER_S

if TYPE_CHECKING:
    import httpx

    from backrun_pi.maps.coverage import Box
    from backrun_pi.maps.fetch.download import Pause
    from backrun_pi.maps.fetch.index import Offer

INDEX = "https://download.geofabrik.de/index-v1.json"
GEOCODER = "https://nominatim.openstreetmap.org/search"
RADIUS_KM = 5.0
MOST_RADIUS_KM = 100.0
_MOST_INDEX_BYTES = 256 << 20
_TIMEOUT_S = 30.0


def add_parser(what: Any) -> argparse.ArgumentParser:
    """Declare the command and return its parser."""
    parser: argparse.ArgumentParser = what.add_parser(
        "get", help="download the extract of a place and make its map (needs backrun-pi[get])"
    )
    parser.add_argument("place", nargs="+", metavar="PLACE", help="a name, or LAT,LON")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="MAP")
    parser.add_argument(
        "--radius",
        type=float,
        metavar="KM",
        help=f"how far around the place; {RADIUS_KM:g} unless the name is a whole extract's",
    )
    parser.add_argument(
        "--index", default=INDEX, metavar="URL", help="GeoJSON index of extracts"
    )
    parser.add_argument(
        "--geocoder", default=GEOCODER, metavar="URL", help="where names are looked up"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where extracts are kept")
    return parser


def get(args: argparse.Namespace) -> dict[str, Any]:
    """Download, cut and build; return what is in the map and what it was made of."""
    if args.radius is not None and not 0.0 < args.radius <= MOST_RADIUS_KM:
        text = f"give kilometres above 0 and up to {MOST_RADIUS_KM:g}"
        raise BadInput(f"--radius {args.radius:g}: {text}")
    if not args.out.parent.is_dir():
        raise OutputError(f"{args.out.parent}: there is no such folder")
    folder = (
        args.keep or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "backrun"
    )
    folder.mkdir(parents=True, exist_ok=True)
    with _client() as client:
        pause = _pause()
        offers, boxes = _choose(client, args, pause)
        extracts = [_download(client, offer, folder, pause) for offer in offers]
    made = _make([path for path, _ in extracts], args.out, boxes)
    sources = [
        {"name": offer.name, "url": offer.url, "md5": md5, "kept": str(path)}
        for offer, (path, md5) in zip(offers, extracts, strict=True)
    ]
    return made | {"extracts": sources}


def _client() -> httpx.Client:
    try:
        import httpx
    except ImportError:
        text = "pip install 'backrun-pi[get]', or build from an extract: backrun map build"
        raise BadInput(f"map get: the package httpx is missing; {text}") from None
    # the services ask that a program names itself
    headers = {"User-Agent": f"backrun-pi/{__version__}"}
    return httpx.Client(follow_redirects=True, timeout=_TIMEOUT_S, headers=headers)


def _pause() -> Pause:
    from backrun_pi.hardware.clock import LinuxClock
    from backrun_pi.maps.fetch.download import Pause

    clock = LinuxClock()
    return Pause(lambda wait_s: clock.sleep_until_ns(clock.now_ns() + round(wait_s * NS_PER_S)))


def _choose(
    client: httpx.Client, args: argparse.Namespace, pause: Pause
) -> tuple[tuple[Offer, ...], tuple[Box, ...]]:
    """Return what to download, and what to cut out of it; no boxes: all of it."""
    from backrun_pi.maps.fetch.download import get_text
    from backrun_pi.maps.fetch.geocode import find_place
    from backrun_pi.maps.fetch.index import around, named, read_index, smallest

    name = " ".join(args.place)
    has_letters = any(letter.isalpha() and letter not in "NSEWnsew" for letter in name)
    at = None if has_letters else place(args.place)
    text = get_text(client, args.index, _MOST_INDEX_BYTES, pause)
    offers = read_index(text, args.index)
    whole = named(offers, name) if at is None and args.radius is None else None
    if whole is not None:
        print(f"backrun: {name}: the extract {whole.name}", file=sys.stderr)
        return (whole,), ()
    if at is None:
        lat, lon, shown = find_place(client, args.geocoder, name, pause)
        print(f"backrun: {name}: {shown} ({lat:.5f}, {lon:.5f})", file=sys.stderr)
        at = lat, lon
    radius_m = (args.radius or RADIUS_KM) * 1000.0
    return smallest(offers, *at, radius_m), around(*at, radius_m)


def _download(
    client: httpx.Client, offer: Offer, folder: Path, pause: Pause
) -> tuple[Path, str]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from backrun_pi.maps.fetch.download import download
    from backrun_pi.maps.fetch.index import file_name

    path = folder / file_name(offer)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    quiet = not console.is_terminal
    if quiet:
        print(f"backrun: {offer.name}: {offer.url}", file=sys.stderr)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=quiet) as bar:
        task = bar.add_task(offer.name, total=None)

        def show(there: int, total: int | None) -> None:
            bar.update(task, completed=there, total=total)

        return path, download(client, offer.url, path, show, pause)


def _make(extracts: list[Path], out: Path, boxes: tuple[Box, ...]) -> dict[str, Any]:
    from backrun_pi.maps.coverage import ASKED, Coverage
    from backrun_pi.maps.fetch.cut import cut

    if not boxes:
        return make_map(extracts, out, None)
    with TemporaryDirectory(dir=out.parent, prefix=".backrun-cut-") as folder:
        parts: list[Path] = []
        for at, extract in enumerate(extracts):
            part = Path(folder) / f"{at}.osm.pbf"
            if cut(extract, part, boxes):
                parts.append(part)
        if not parts:
            raise MapError(f"{extracts[0]}: holds nothing around this place")
        return make_map(parts, out, Coverage(boxes, source=ASKED))
