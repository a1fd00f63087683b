"""After a session: the drive folder of a storage root, drawn on its map, beside its plan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from backrun_pi.app.loading import plan_in_force
from backrun_pi.app.settings import Settings
from backrun_pi.coach.journal import JOURNAL, Journal
from backrun_pi.coach.plan_status import plan_status
from backrun_pi.errors import RouteError
from backrun_pi.maps.mapfile import MapFile
from backrun_pi.review.analysis.weekly_load import PlanOverview
from backrun_pi.review.drive.build import Layers, Progress, Unreadable, build
from backrun_pi.review.map_layers import layers_for
from backrun_pi.terrain.scouting.marks import read_notes
from backrun_pi.terrain.terrain import MARKS_FILE


def build_drive(
    sessions: Sequence[Path],
    out: Path,
    settings: Settings,
    map_file: MapFile | None,
    wall_utc_s: float,
    *,
    progress: Progress | None = None,
    unreadable: Unreadable | None = None,
) -> list[Path]:
    """Write or rewrite the drive of sessions: on the device, at a desk and on the twin.

    Args:
        sessions: Session folders or log files.
        out: The drive folder. What lies beside it, marks and journal, is read where it is
            the one of a storage root.
        settings: Of the run.
        map_file: Drawn under the routes; None draws no map.
        wall_utc_s: [s] What the clock says now.
        progress: Called with what is done.
        unreadable: Called for each session that holds nothing readable; the others go on.
            None ends at the first.

    Returns:
        All files that were written.

    Raises:
        SessionError: A session holds nothing readable, and there is no `unreadable`.
        OutputError: The drive folder could not be written.
    """
    root = out.resolve().parent
    return build(
        sessions,
        out,
        settings.review,
        progress,
        layers=None if map_file is None else _layers(map_file, marks_of(root)),
        plan=plan_overview(root, settings, wall_utc_s) if (root / "state").is_dir() else None,
        unreadable=unreadable,
    )


def _layers(map_file: MapFile, marks: list[tuple[float, float]]) -> Layers:
    return lambda review: layers_for(review, map_file, marks)


def marks_of(root: Path) -> list[tuple[float, float]]:
    """Return where scouting laps marked obstacles; none when the file is missing or spoilt."""
    path = root / MARKS_FILE
    try:
        notes = read_notes(path.read_bytes(), str(path))
    except (FileNotFoundError, RouteError):
        return []
    return [(mark.lat_deg, mark.lon_deg) for mark in notes.marks]


def plan_overview(root: Path, settings: Settings, wall_utc_s: float) -> PlanOverview:
    """Say where in the plan the wearer of a storage root is."""
    path = root / JOURNAL
    journal = Journal(path.read_bytes() if path.exists() else None, boot_id="")
    view = plan_status(plan_in_force(settings), journal, wall_utc_s, settings.coach.zone)
    return PlanOverview(
        plan=view.plan,
        week=view.week,
        weeks=view.weeks,
        sessions_left=max(0, view.allowed_in_7_days - view.done_in_7_days),
        text=(*view.because, f"Next: {view.next}"),
    )
