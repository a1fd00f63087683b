"""After a session: the drive folder of a storage root, drawn on its map, beside its plan."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from backrun_pi.app.loading import plan_in_force
from backrun_pi.app.settings import Settings
from backrun_pi.coach.journal import JOURNAL, Journal
from backrun_pi.coach.plan_status import outlook
from backrun_pi.errors import OutputError, RouteError, SessionError
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.record.reader import find_sessions, read_session
from backrun_pi.review.analysis.session_review import review_session
from backrun_pi.review.analysis.weekly_load import PlanWords
from backrun_pi.review.drive.build import write_index, write_session
from backrun_pi.review.map_layers import layers_for
from backrun_pi.review.model import SessionReview
from backrun_pi.terrain.scouting.marks import read_notes
from backrun_pi.terrain.terrain import MARKS_FILE


def build_drive(
    root: Path,
    settings: Settings,
    map_file: MapFile | None,
    wall_utc_s: float,
    spoilt: Callable[[str], None],
) -> list[SessionReview]:
    """Write `drive/` of a storage root from all its sessions.

    Args:
        root: What holds `sessions/` and `state/`.
        settings: Of the run.
        map_file: Drawn under the routes.
        wall_utc_s: [s] What the clock said at the end.
        spoilt: Told of each session that holds nothing readable; the others go on.

    Raises:
        OutputError: The drive folder could not be written.
    """
    drive = root / "drive"
    try:
        drive.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{drive}: cannot be made: {error.strerror}") from error
    reviews: list[SessionReview] = []
    rng = random.SystemRandom()
    marks = marks_of(root)
    for path in find_sessions(root):
        try:
            review = review_session(read_session(path), settings.review)
        except SessionError as error:
            spoilt(str(error))
            continue
        layers = None if map_file is None else layers_for(review, map_file, marks)
        write_session(drive, review, settings.review, rng, layers)
        reviews.append(review)
    write_index(drive, settings.review, plan_words(root, settings, wall_utc_s))
    return reviews


def marks_of(root: Path) -> list[tuple[float, float]]:
    """Return where scouting laps marked obstacles; none when the file is missing or spoilt."""
    path = root / MARKS_FILE
    try:
        notes = read_notes(path.read_bytes(), str(path))
    except (FileNotFoundError, RouteError):
        return []
    return [(mark.lat_deg, mark.lon_deg) for mark in notes.marks]


def plan_words(root: Path, settings: Settings, wall_utc_s: float) -> PlanWords:
    """Say where in the plan the wearer of a storage root is."""
    path = root / JOURNAL
    journal = Journal(path.read_bytes() if path.exists() else None, boot_id="")
    view = outlook(plan_in_force(settings), journal, wall_utc_s, settings.coach.zone)
    return PlanWords(
        plan=view.plan,
        week=view.week,
        weeks=view.weeks,
        sessions_left=max(0, view.allowed_in_7_days - view.done_in_7_days),
        text=(*view.because, f"Next: {view.next}"),
    )
