"""Where each file lies on the drive, relative to its root; the pages link by these names.

    index.html  README.txt
    ID/index.html  ID/ID.fit  ID/ID.gpx  ID/ID.csv  ID/summary.json

One folder per session, so that a person can hand on or delete one session as a whole. Names
keep to what FAT32 and every operating system allow.
"""

from __future__ import annotations

INDEX = "index.html"
README = "README.txt"
PAGE = "index.html"
SUMMARY = "summary.json"
EXPORTS = ("fit", "gpx", "csv")


def page(session_id: str) -> str:
    """Return where the page of a session is."""
    return f"{session_id}/{PAGE}"


def export(session_id: str, kind: str) -> str:
    """Return where an export of a session is.

    Args:
        session_id: Name of the session.
        kind: One of `EXPORTS`.
    """
    return f"{session_id}/{session_id}.{kind}"


def summary(session_id: str) -> str:
    """Return where the summary of a session is."""
    return f"{session_id}/{SUMMARY}"
