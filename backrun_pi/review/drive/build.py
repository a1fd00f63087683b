"""Writes the folder that the drive shows: one folder a session, and the index over all.

Nothing is ever half written: a session's files are made in a folder of another name, synced,
and put in place by rename. What stands there already and is not rebuilt stays: a report
outlives its raw log.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from backrun_pi.errors import SessionError
from backrun_pi.files import named_in_errors, sync, write_atomic
from backrun_pi.record.reader import read_session
from backrun_pi.review import layout
from backrun_pi.review.analysis import weekly_load
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.drawn_map import MapLayers
from backrun_pi.review.drive import readme
from backrun_pi.review.exports import csv_file, fit_file, gpx_file, summary_json
from backrun_pi.review.exports.privacy import for_export, has_positions
from backrun_pi.review.exports.steady_track import steady
from backrun_pi.review.model import SessionReview
from backrun_pi.review.report.locale import Locale
from backrun_pi.review.report.page import render_index, render_session
from backrun_pi.review.settings import ReviewSettings

Layers = Callable[[SessionReview], MapLayers | None]
"""What is drawn under a session's route."""
Progress = Callable[[int, int, str], None]
"""(sessions done, sessions in all, what is done now)."""
Unreadable = Callable[[Path, SessionError], None]
"""Is given a session that holds nothing readable, and why."""


def build(
    sessions: Sequence[Path],
    out: Path,
    settings: ReviewSettings,
    report: Progress | None = None,
    *,
    layers: Layers | None = None,
    plan: weekly_load.PlanOverview | None = None,
    rng: random.Random | None = None,
    unreadable: Unreadable | None = None,
) -> list[Path]:
    """Review sessions and write or rewrite the drive folder.

    Args:
        sessions: Session folders or log files.
        out: Folder of the drive; made when missing. Sessions in it that are not named stay.
        settings: What to hide.
        report: Called with what is done, for a progress bar.
        layers: Gives what is drawn under a route. None draws no map.
        plan: Where the runner is in the plan, if known.
        rng: Draws the trim of the exports; the operating system's by default.
        unreadable: Called for a session that holds nothing readable, instead of an error: one
            spoilt session must not keep the others from the drive.

    Returns:
        All files that were written.

    Raises:
        SessionError: A path is no session, or holds nothing readable, and there is no
            `unreadable` to call.
        OutputError: A file could not be written.
    """
    rng = rng or random.SystemRandom()
    progress = report or (lambda _done, _all, _what: None)
    written: list[Path] = []
    with named_in_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        _recover(out)
    for number, path in enumerate(sessions):
        progress(number, len(sessions), f"reviewing {path.name}")
        try:
            review = review_session(read_session(path), settings)
        except SessionError as error:
            if unreadable is None:
                raise
            unreadable(path, error)
            continue
        drawn = layers(review) if layers is not None else None
        written += write_session(out, review, settings, rng, drawn)
    progress(len(sessions), len(sessions), "writing the index")
    return [*written, *write_index(out, settings, plan)]


def write_session(
    out: Path,
    review: SessionReview,
    settings: ReviewSettings,
    rng: random.Random,
    layers: MapLayers | None = None,
) -> list[Path]:
    """Write one session's folder, whole or not at all. Raises OutputError."""
    shared = steady(for_export(review, settings, rng))
    name = review.facts.session_id
    files = {
        layout.export(name, "fit"): fit_file.encode(shared),
        layout.export(name, "gpx"): gpx_file.encode(shared),
        layout.export(name, "csv"): csv_file.encode(shared),
        layout.summary(name): summary_json.encode(
            review, has_positions=has_positions(shared), drawn_with=settings.identity()
        ),
    }
    links = sorted(Path(file).name for file in files)
    files[layout.page(name)] = render_session(
        review, layers, links, Locale.of(settings)
    ).encode()
    _replace_folder(out, name, {Path(file).name: data for file, data in files.items()})
    return [out / file for file in files]


def write_index(
    out: Path, settings: ReviewSettings, plan: weekly_load.PlanOverview | None = None
) -> list[Path]:
    """Write the index over every session that the folder shows. Raises OutputError."""
    lines = [summary_json.line_in(path) for path in sorted(out.glob(f"*/{layout.SUMMARY}"))]
    known = [line for line in lines if line is not None]
    pages = {
        layout.INDEX: render_index(
            known, weekly_load.plan_progress(known, plan), Locale.of(settings)
        ).encode(),
        layout.README: readme.TEXT.replace("\n", "\r\n").encode(),
    }
    for name, data in pages.items():
        _replace_file(out / name, data)
    return [out / name for name in pages]


def _replace_folder(out: Path, name: str, files: dict[str, bytes]) -> None:
    new, old, final = out / f".{name}.new", out / f".{name}.old", out / name
    with named_in_errors(final):
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        try:
            new.mkdir()
            for file, data in files.items():
                write_atomic(new / file, data)
            if final.exists():
                final.rename(old)
            new.rename(final)
        except OSError:
            shutil.rmtree(new, ignore_errors=True)
            raise
        sync(out)
        shutil.rmtree(old, ignore_errors=True)


def _recover(out: Path) -> None:
    """Put back a session's folder that a power cut caught between its two renames."""
    for old in out.glob(".*.old"):
        final = out / old.name.removeprefix(".").removesuffix(".old")
        if not final.exists():
            old.rename(final)


def _replace_file(path: Path, data: bytes) -> None:
    with named_in_errors(path):
        write_atomic(path, data)
