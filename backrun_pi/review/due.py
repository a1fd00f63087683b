"""Finds the sessions whose report is missing or older than their log: after a power cut."""

from __future__ import annotations

from pathlib import Path

from backrun_pi.record.reader import LOG_GLOB
from backrun_pi.review import layout


def due(root: Path) -> list[Path]:
    """Return the session folders of a storage root that have to be reviewed, oldest first."""
    folders = sorted({file.parent for file in (root / "sessions").glob(f"*/{LOG_GLOB}")})
    return [folder for folder in folders if _is_due(folder, root / "drive")]


def _is_due(folder: Path, drive: Path) -> bool:
    summary = drive / layout.summary(folder.name)
    if not summary.exists():
        return True
    newest = max(file.stat().st_mtime_ns for file in folder.glob(LOG_GLOB))
    return summary.stat().st_mtime_ns < newest
