"""Appends numbered lines to the files of one session, begins new files, and never loses a line.

Bytes that the card refused are kept and written again as they were, after a line feed: what of
them did arrive is distinguished from its duplicate by the line's number.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from backrun_pi.hardware.ports import Clock, Storage
from backrun_pi.record import codec
from backrun_pi.record.format import (
    FOLDER,
    SessionHeader,
    boot_tag_of,
    file_name,
    tag_of,
    write_line,
)
from backrun_pi.record.settings import RecordSettings
from backrun_pi.units import NS_PER_S

Span = tuple[int, int, Sequence[object]]
"""(from_ns, to_ns, messages) of one line."""


class LogFile:
    """The end of a session's log. Used by one thread at a time."""

    def __init__(
        self, storage: Storage, clock: Clock, settings: RecordSettings, header: SessionHeader
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._settings = settings
        self._header = header
        self._tags = tag_of(header.session_id), boot_tag_of(header.boot_id)
        self._part: int | None = None
        self._name = ""
        self._number = 0
        self._bytes = 0
        self._began_ns = 0
        self._refused = b""

    def make_ready(self) -> None:
        """Find the end of what is there; write again what the card refused.

        Raises:
            RecordError: It refuses, or refuses again.
        """
        if self._part is None:
            self._part = _last_part(self._storage, self._header.session_id)
        if self._refused:
            self._append(b"\n" + self._refused.lstrip(b"\n"))

    def write(self, spans: Sequence[Span]) -> None:
        """Encode, append and sync; returns when all is on the medium.

        Raises:
            RecordError: The card refused. The data are kept for `make_ready`.
        """
        if spans:
            header = [self._begin(spans[0][0])] if self._is_due() else []
            self._append(b"".join([*header, *(self._line(*span) for span in spans)]))

    def _is_due(self) -> bool:
        age_ns = self._clock.now_ns() - self._began_ns
        return (
            not self._name
            or self._bytes >= self._settings.rotate_bytes
            or age_ns >= self._settings.rotate_s * NS_PER_S
        )

    def _begin(self, from_ns: int) -> bytes:
        self._part = (self._part or 0) + 1
        self._name = file_name(self._header.session_id, self._part)
        self._number, self._bytes, self._began_ns = 0, 0, self._clock.now_ns()
        header = dataclasses.replace(
            self._header,
            part=self._part,
            t_ns=self._began_ns,
            wall_utc_s=self._clock.wall_utc_s(),
        )
        return self._line(from_ns, from_ns, [header])

    def _line(self, from_ns: int, to_ns: int, messages: Sequence[object]) -> bytes:
        encoded = [codec.encode(message) for message in messages]
        line = write_line(self._tags, self._part or 0, self._number, (from_ns, to_ns), encoded)
        self._number += 1
        return line

    def _append(self, data: bytes) -> None:
        self._refused = data
        self._storage.append(self._name, data)
        self._storage.sync(self._name)
        self._refused = b""
        self._bytes += len(data)


def _last_part(storage: Storage, session_id: str) -> int:
    """Return the number of the last file of a session that goes on after a power cut."""
    names = storage.names(f"{FOLDER}/{session_id}")
    parts = [
        name[4:-6] for name in names if name.startswith("log-") and name.endswith(".jsonl")
    ]
    return max((int(part) for part in parts if part.isdigit()), default=0)
