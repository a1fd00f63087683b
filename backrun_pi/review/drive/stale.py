"""Finds sessions whose report is missing, older than their log, or drawn with other settings.

Logs are compared by length: a device without a clock cannot trust the times of files.
"""

from __future__ import annotations

from pathlib import Path

from backrun_pi.record.reader import LOG_GLOB
from backrun_pi.review import layout
from backrun_pi.review.exports import summary_json
from backrun_pi.review.settings import ReviewSettings


def due(root: Path, settings: ReviewSettings) -> list[Path]:
    """Return the session folders of a storage root that have to be reviewed, oldest first.

    Args:
        root: What holds `sessions/` and `drive/`.
        settings: In force: what was drawn with others, as for another language or with
            positions that may not be shown any more, is drawn again.
    """
    folders = sorted({file.parent for file in (root / "sessions").glob(f"*/{LOG_GLOB}")})
    return [folder for folder in folders if _is_due(folder, root / "drive", settings)]


def _is_due(folder: Path, drive: Path, settings: ReviewSettings) -> bool:
    line = summary_json.line_in(drive / layout.summary(layout.folder_name(folder.name)))
    log_bytes = sum(file.stat().st_size for file in folder.glob(LOG_GLOB))
    if line is None or line.facts.log_bytes != log_bytes:
        return True
    # A report of a release that kept no identity is left as it is: there may be thousands.
    return line.drawn_with not in {"", settings.identity()}
