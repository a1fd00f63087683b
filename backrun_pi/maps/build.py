"""OSM extract -> map file: streams the extract, cuts lines, sorts by cell, writes by rename."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium

from backrun_pi.errors import MapError, OutputError, clipped
from backrun_pi.maps.builder import Builder
from backrun_pi.maps.collect import Nodes, Ways, rims_of
from backrun_pi.maps.coverage import ASKED, Coverage
from backrun_pi.maps.header import MapSource
from backrun_pi.maps.osm_extract import Extract

Progress = Callable[[str, int], None]
"""Takes the name of the stage and how many objects it has seen."""

_CHUNK_POINTS = 50_000  # points of lines held before they are cut and spilled
_LOOK_EVERY = 100  # objects
_ROOM_BYTES, _ROOM_FACTOR = 40_000_000, 16  # measured: 17 MB of places and 12 to 15 times


@dataclass(frozen=True, slots=True)
class Built:
    """What a build found."""

    nodes: int
    """[-] Nodes that are hazards."""
    ways: int
    """[-] Ways a person can be on."""
    capsules: int
    """[-] Pieces of hazards."""
    bytes: int
    """[B] Size of the map file."""
    left_out: Mapping[str, int]
    """What of the extracts could not be used, and how often."""


def build_map(
    extracts: Sequence[Path],
    out: Path,
    progress: Progress = lambda _stage, _count: None,
    asked: Coverage | None = None,
) -> Built:
    """Make a map file from extracts; the same input gives the same bytes.

    Args:
        extracts: What to read; an object in several of them counts once.
        out: Written by rename.
        progress: Takes how far it is.
        asked: Where the map may warn; None for what the extracts declare, or their data say.

    Raises:
        MapError: An extract is missing, cut short or not OpenStreetMap data, or holds
            nothing that a map could say.
        OutputError: The map cannot be written.
    """
    for extract in extracts:
        if not extract.is_file():
            what = "is not a file" if extract.exists() else "there is no such extract"
            raise MapError(f"{extract}: {what}")
    if out.exists() and not out.is_file():
        raise OutputError(f"{out}: is there already and is not a file; name a file to write")
    try:
        _need_room(extracts, out)
        with tempfile.TemporaryDirectory(prefix=".backmap-", dir=out.parent) as scratch:
            return _built(extracts, out, Path(scratch), progress, asked)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from error


def _built(
    paths: Sequence[Path], out: Path, folder: Path, progress: Progress, asked: Coverage | None
) -> Built:
    with ExitStack() as stack:
        extracts = []
        for number, path in enumerate(paths):
            place = folder / str(number)
            place.mkdir()
            progress(path.name, 0)
            extract = stack.enter_context(closing(Extract(path, place)))
            with _naming(path):
                extract.read()
            extracts.append(extract)
        work = stack.enter_context(closing(Builder(folder, _shared_ways(extracts))))
        boxes = []
        for extract in extracts:
            with _naming(extract.path):
                _take(extract, work, progress)
            boxes.append(work.coverage(extract.boxes))
            extract.close()
        if work.is_empty:
            names = ", ".join(map(str, paths))
            lost = "".join(f"; {count} {what}" for what, count in work.left_out.items())
            raise MapError(f"{names}: no way a person can be on and no obstacle in it{lost}")
        progress("sorting", work.pieces)
        covered = _together(boxes) if asked is None else asked
        sources = [MapSource(one.path, one.newest or None, one.data_until) for one in extracts]
        work.write(sources, covered, out)
        return Built(
            work.nodes, work.way_count, work.pieces, out.stat().st_size, dict(work.left_out)
        )


def _together(parts: Sequence[Coverage]) -> Coverage:
    """Return what several extracts hold; one that had to be inferred makes the whole so."""
    source = max((part.source for part in parts), key=_CARE.index)
    return Coverage(tuple(box for part in parts for box in part.boxes), source=source)


_CARE = (ASKED, "declared", "inferred")


def _shared_ways(extracts: Sequence[Extract]) -> frozenset[int] | None:
    """Return the ways that stand in several extracts; None of a single one."""
    if len(extracts) < 2:
        return None
    ids, counts = np.unique(
        np.concatenate([np.unique(one.way_ids()) for one in extracts]), return_counts=True
    )
    return frozenset(ids[counts > 1].tolist())


def _take(extract: Extract, work: Builder, progress: Progress) -> None:
    """Take every hazard and way of an extract."""
    rims = rims_of(extract)
    places = extract.places()
    nodes, lines = Nodes(), Ways()
    for seen, (is_way, osm, text, refs) in enumerate(extract.objects()):
        if is_way:
            lines.take(osm, text, refs, rims.get(osm, ()))
        else:
            nodes.take(osm, text)
        if seen % _LOOK_EVERY == 0 and len(nodes.ids) + lines.points > _CHUNK_POINTS:
            progress(extract.path.name, seen)
            work.put(nodes, lines, places)
            nodes, lines = Nodes(), Ways()
    work.put(nodes, lines, places)
    work.leave_out(
        {"nodes off the earth": places.off_earth, "deleted objects": extract.deleted}
    )


def _need_room(extracts: Sequence[Path], out: Path) -> None:
    """Refuse to begin what the disk cannot hold: a mapped file on a full disk is fatal."""
    need = _ROOM_BYTES + _ROOM_FACTOR * sum(extract.stat().st_size for extract in extracts)
    free = shutil.disk_usage(out.parent).free
    if free < need:
        raise OutputError(
            f"{out}: building needs {need / 1e6:.0f} MB beside it for a while, "
            f"{free / 1e6:.0f} MB are free"
        )


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the extract in what libosmium raises."""
    try:
        yield
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        why = clipped(str(error))
        if "coordinate" in why:
            raise MapError(f"{path}: a node lies off the earth: {why}") from error
        raise MapError(
            f"{path}: cut short or not an OpenStreetMap extract ({why}); fetch it again; "
            "its name must end in .osm.pbf, .osm, .osm.gz or .osm.bz2"
        ) from error
