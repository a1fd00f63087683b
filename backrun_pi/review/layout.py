"""Where each file lies on the drive, relative to its root; the pages link by these names.

    index.html  README.txt
    ID/index.html  ID/ID.fit  ID/ID.gpx  ID/ID.csv  ID/summary.json

One folder per session, so that a person can hand on or delete one session as a whole. Names
keep to what FAT32 and every operating system allow.
"""

from __future__ import annotations

import re
import zlib

INDEX = "index.html"
README = "README.txt"
PAGE = "index.html"
SUMMARY = "summary.json"

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)  # in Windows


def folder_name(session_id: str) -> str:
    """Return a session's id as the name of its folder and files, whatever a log calls it.

    An id that no recorder of ours gives (a path, a reserved name, an hour of text) keeps its
    plain characters and gets a checksum, so that two such ids stay apart.
    """
    if _PLAIN_NAME.fullmatch(session_id) and not _RESERVED.fullmatch(session_id):
        return session_id
    plain = re.sub(r"[^A-Za-z0-9]+", "-", session_id)[:24].strip("-")
    return f"x-{plain}-{zlib.crc32(session_id.encode(errors='replace')):08x}"


def page(session_id: str) -> str:
    """Return where the page of a session is."""
    return f"{session_id}/{PAGE}"


def export(session_id: str, kind: str) -> str:
    """Return where an export of a session is.

    Args:
        session_id: Name of the session.
        kind: `fit`, `gpx` or `csv`.
    """
    return f"{session_id}/{session_id}.{kind}"


def summary(session_id: str) -> str:
    """Return where the summary of a session is."""
    return f"{session_id}/{SUMMARY}"
