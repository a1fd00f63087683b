"""After a session: the drive folder of a storage root, drawn on its map, beside its plan."""

from __future__ import annotations

from pathlib import Path

from backrun_pi.app.loading import plan_in_force
from backrun_pi.app.settings import Settings
from backrun_pi.coach.journal import JOURNAL, Journal
from backrun_pi.coach.outlook import outlook
from backrun_pi.record.reader import read_session
from backrun_pi.review.build import Progress, build
from backrun_pi.review.map_layers import layers_for
from backrun_pi.review.model import SessionReview
from backrun_pi.review.progress import PlanWords
from backrun_pi.review.summary import review_session
from backrun_pi.terrain.mapfile import MapFile


def build_drive(
    root: Path,
    settings: Settings,
    map_file: MapFile | None,
    wall_utc_s: float,
    report: Progress | None = None,
) -> list[SessionReview]:
    """Write `drive/` of a storage root from all its sessions.

    Raises:
        SessionError: A session holds nothing readable.
        OutputError: The drive folder could not be written.
    """
    folder = root / "sessions"
    sessions = sorted(path for path in folder.iterdir()) if folder.is_dir() else []
    build(
        sessions,
        root / "drive",
        settings.review,
        report,
        layers=None if map_file is None else lambda review: layers_for(review, map_file),
        plan=plan_words(root, settings, wall_utc_s),
    )
    return [review_session(read_session(path), settings.review) for path in sessions]


def plan_words(root: Path, settings: Settings, wall_utc_s: float) -> PlanWords:
    """Say where in the plan the wearer of a storage root is."""
    path = root / JOURNAL
    journal = Journal(path.read_bytes() if path.exists() else None, boot_id="")
    view = outlook(plan_in_force(settings), journal, None, wall_utc_s)
    return PlanWords(
        plan=view.plan,
        week=view.week,
        weeks=view.weeks,
        sessions_left=max(0, view.allowed_in_7_days - view.done_in_7_days),
        text=(*view.because, f"Next: {view.next}"),
    )
