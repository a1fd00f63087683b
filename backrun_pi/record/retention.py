"""Makes room on the card: the raw logs of the oldest sessions give way, reports never do."""

from __future__ import annotations

from backrun_pi.errors import SessionError
from backrun_pi.hardware.ports import Storage
from backrun_pi.record.format import FOLDER

REPORTS = "drive"


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
