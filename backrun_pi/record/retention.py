"""Makes room on the card: the raw logs of the oldest sessions give way, after years reports.

A card that is full stays so for ever when nothing gives way: no start, no record, no report.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from backrun_pi.errors import SessionError
from backrun_pi.hardware.ports import Storage
from backrun_pi.messages import is_session_id
from backrun_pi.record.format import FOLDER

REPORTS = "drive"
LEAST_REPORTS = 500
"""[-] So many reports stay whatever fills the card: nearly five years of two a week."""


def prune(storage: Storage, keep_free_bytes: int, keep: str | None = None) -> tuple[str, ...]:
    """Delete raw logs, oldest session first, until enough of the card is free.

    A log whose report was not written yet is kept: it is all there is of that session. Names
    of sessions sort by age.

    Args:
        storage: The card.
        keep_free_bytes: Room that is wanted.
        keep: A session that is never touched: the open one.

    Returns:
        The sessions whose logs were deleted.

    Raises:
        RecordError: The card refuses.
    """
    gone: list[str] = []
    reported = set(storage.names(REPORTS))
    for name in storage.names(FOLDER):
        if storage.free_bytes() >= keep_free_bytes:
            break
        if name != keep and name in reported:
            storage.delete(f"{FOLDER}/{name}")
            gone.append(name)
    return tuple(gone)


def prune_reports(storage: Storage, wanted_bytes: Callable[[], int]) -> tuple[str, ...]:
    """Delete the oldest reports when no raw log is left to give way, down to the last 500.

    Args:
        storage: The card.
        wanted_bytes: Room that is wanted; less with each report that the image need not hold.

    Returns:
        The sessions whose reports were deleted; the journal still counts them.

    Raises:
        RecordError: The card refuses.
    """
    if storage.free_bytes() >= wanted_bytes():
        return ()
    logs = set(storage.names(FOLDER))
    names = storage.names(REPORTS)
    newest = (name for name in reversed(names) if is_session_id(name))
    kept = set(islice(newest, LEAST_REPORTS))
    gone: list[str] = []
    for name in names:
        if storage.free_bytes() >= wanted_bytes():
            break
        if name in logs or name in kept or not is_session_id(name):
            continue
        storage.delete(f"{REPORTS}/{name}")
        gone.append(name)
    return tuple(gone)


def forget(storage: Storage, session_id: str) -> None:
    """Delete a session: raw log, page and exports.

    Raises:
        SessionError: There is no such session.
        RecordError: The card refuses.
    """
    if not session_id or "/" in session_id or session_id.startswith("."):
        raise SessionError(f"{session_id!r} is not the name of a session")
    places = [f"{folder}/{session_id}" for folder in (FOLDER, REPORTS)]
    found = [place for place in places if session_id in storage.names(place.split("/")[0])]
    if not found:
        raise SessionError(f"{session_id}: there is no such session on this device")
    for place in found:
        storage.delete(place)
