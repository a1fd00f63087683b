"""Finds the sessions whose report is missing or older than their log: after a power cut.

Compared by length: a device without a clock of its own cannot trust the times of files.
"""

from __future__ import annotations

from pathlib import Path

from backrun_pi.record.reader import LOG_GLOB
from backrun_pi.review import layout
from backrun_pi.review.exports import summary_json


def due(root: Path) -> list[Path]:
    """Return the session folders of a storage root that have to be reviewed, oldest first."""
    folders = sorted({file.parent for file in (root / "sessions").glob(f"*/{LOG_GLOB}")})
    return [folder for folder in folders if _is_due(folder, root / "drive")]


def _is_due(folder: Path, drive: Path) -> bool:
    line = summary_json.line_in(drive / layout.summary(folder.name))
    log_bytes = sum(file.stat().st_size for file in folder.glob(LOG_GLOB))
    return line is None or line.facts.log_bytes != log_bytes
