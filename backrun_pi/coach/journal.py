"""The coach's journal: one JSON line for each event, never rewritten.

A line that a power cut tore is skipped; the next one starts on a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from backrun_pi.messages import StateChange, is_session_id
from backrun_pi.units import NS_PER_S

JOURNAL = "state/journal.jsonl"
# Times outside are nonsense: before the device existed, or a receiver's rolled-over week.
EARLIEST_UTC_S, LATEST_UTC_S = 1.7e9, 4.1e9
# What a line holds beyond these was written by nobody here.
_LONGEST_BOOT_NS = 10 * 366 * 86_400 * NS_PER_S
_FARTHEST_WALL_S = 1e11
_LONGEST_S, _MOST_COUNT = 1e6, 10_000


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event."""

    what: str
    """start, override, partner, began, bout, beyond, ready, suspect, fall, end, time or
    refused."""
    t_ns: int = 0
    """[ns] Time since boot."""
    boot: str = ""
    """Id of the boot that `t_ns` counts from."""
    utc_s: float | None = None
    """[s] UTC from a trusted source."""
    wall_s: float | None = None
    """[s] UTC by the operating system's clock."""
    id: str = ""
    """Session."""
    kind: str = ""
    """Kind of session (start)."""
    week: int = 0
    """[-] Week of the plan (start)."""
    repeats: int = 0
    """[-] Bouts planned (start) or done (end)."""
    is_override: bool = False
    """The weekly limit was overridden (start)."""
    number: int = 0
    """[-] Of the bout (bout)."""
    planned_s: float | None = None
    """[s] Planned length (bout)."""
    backward_s: float = 0.0
    """[s] Length that counted (bout), or went on in the rest after it (beyond)."""
    is_early: bool = False
    """The bout ended early (bout)."""
    zone: str = ""
    """[IANA name] Time zone there (began)."""
    took_s: float | None = None
    """[s] Fastest 3 m backward (ready); length of the session (end)."""
    because: tuple[str, ...] = ()
    """Why."""


class PastSession:
    """What the journal says about one session."""

    def __init__(self, start: JournalEntry) -> None:
        self.start = start
        self.has_begun = False
        self.bouts: list[JournalEntry] = []
        self.beyond_s: list[float] = []
        self.took_3m_s: float | None = None
        self.has_fall = False
        self.end: JournalEntry | None = None
        self.utc_s: float | None = None
        """[s] When it was, at the latest; None while no trusted time bounds it."""
        self.earliest_utc_s: float | None = None
        """[s] When it was, at the earliest; None before any trusted time."""

    @property
    def counts(self) -> bool:
        """Return whether it uses a place of the week: there was backward motion in it."""
        return self.has_begun or bool(self.bouts)

    @property
    def backward_beyond_s(self) -> float:
        """Return how long they went on backward in rests, in seconds."""
        return sum(self.beyond_s)


class Journal:
    """All lines so far, and the sessions they tell of."""

    def __init__(self, data: bytes | None, boot_id: str) -> None:
        self.boot_id = boot_id
        self._is_torn = bool(data) and not (data or b"").endswith(b"\n")
        self.lines: list[JournalEntry] = list(_lines(data or b""))
        own = [line for line in self.lines if line.boot == boot_id]
        self._is_undated = bool(own) and all(line.utc_s is None for line in own)
        self._is_dated = any(line.utc_s is not None for line in own)

    def append(
        self,
        line: JournalEntry,
        *,
        t_ns: int,
        utc_s: float | None,
        wall_s: float,
        session: str,
        because: tuple[str, ...],
    ) -> StateChange:
        """Add a dated line; return what has to be kept."""
        line = msgspec.structs.replace(
            line,
            t_ns=t_ns,
            boot=self.boot_id,
            utc_s=_sane(utc_s),
            wall_s=wall_s,
            id=session,
            because=because,
        )
        self.lines.append(line)
        self._is_dated = self._is_dated or line.utc_s is not None
        self._is_undated = not self._is_dated
        text = msgspec.json.encode(line) + b"\n"
        if self._is_torn:
            text, self._is_torn = b"\n" + text, False
        return StateChange(JOURNAL, text, is_append=True)

    def next_id(self) -> str:
        """Return an id for a new session: a running number and a piece of the boot id."""
        count = sum(line.what == "start" for line in self.lines)
        boot = "".join(c for c in self.boot_id if c.isalnum())[:4] or "0"
        return f"{count + 1:04d}-{boot}"

    def latest_utc_s(self) -> float | None:
        """Return the latest trusted time in the journal."""
        return max((line.utc_s for line in self.lines if line.utc_s is not None), default=None)

    def needs_time(self) -> bool:
        """Return whether a line of this boot still waits for a trusted time of this boot."""
        return self._is_undated

    def sessions(self) -> list[PastSession]:
        """Return all sessions, oldest first, each with its time as far as it is bounded.

        A start without UTC takes it from any trusted line of the same boot; otherwise the
        next trusted time in the journal is the latest it can have been, and is taken: a
        session is never thought to be older than it may be.
        """
        found: dict[str, PastSession] = {}
        for line in self.lines:
            if line.what == "start":
                found[line.id] = PastSession(line)
            elif line.id in found:
                _note(found[line.id], line)
        offsets = self._boot_utc_s()
        latest, earliest = self._latest_times(offsets), self._earliest_times(offsets)
        for n, line in enumerate(self.lines):
            if line.what == "start":
                found[line.id].utc_s = latest[n]
                found[line.id].earliest_utc_s = earliest[n]
        return list(found.values())

    def open_session(self) -> str | None:
        """Return the last session if it was never closed."""
        marks = [line for line in self.lines if line.what in {"start", "end"}]
        return marks[-1].id if marks and marks[-1].what == "start" else None

    def bouts_of(self, session_id: str) -> int:
        """Return how many bouts of a session were done to their end."""
        return sum(
            line.what == "bout" and line.id == session_id and not line.is_early
            for line in self.lines
        )

    def is_closed(self, session_id: str) -> bool:
        """Return whether a session has its end."""
        return any(line.what == "end" and line.id == session_id for line in self.lines)

    def latest_zone(self) -> str:
        """Return the time zone of the last session that had one, empty before the first."""
        return next((line.zone for line in reversed(self.lines) if line.zone), "")

    def _boot_utc_s(self) -> dict[str, float]:
        """Return the UTC of each boot that had a trusted time."""
        offsets: dict[str, float] = {}
        for line in self.lines:
            if line.utc_s is not None:
                offsets.setdefault(line.boot, line.utc_s - line.t_ns * 1e-9)
        return offsets

    def _earliest_times(self, offsets: Mapping[str, float]) -> list[float | None]:
        """Return for each line the earliest time it can have been."""
        times: list[float | None] = []
        before: float | None = None
        for line in self.lines:
            own = line.utc_s
            if own is None and line.boot in offsets:
                own = offsets[line.boot] + line.t_ns * 1e-9
            if own is not None:
                before = own if before is None else max(before, own)
            times.append(before if own is None else own)
        return times

    def _latest_times(self, offsets: Mapping[str, float]) -> list[float | None]:
        """Return for each line the latest time it can have been."""
        times: list[float | None] = []
        following: float | None = None
        for line in reversed(self.lines):
            if line.utc_s is not None:
                own: float | None = line.utc_s
            elif line.boot in offsets:
                own = offsets[line.boot] + line.t_ns * 1e-9
            else:
                own = following
            if own is not None and line.utc_s is not None:
                following = own if following is None else min(following, own)
            times.append(own)
        return times[::-1]


def number_of(session_id: str) -> int:
    """Return the running number in an id, 0 when there is none."""
    digits = session_id.partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


def _note(session: PastSession, line: JournalEntry) -> None:
    if line.what == "began":
        session.has_begun = True
    elif line.what == "bout":
        session.bouts.append(line)
    elif line.what == "beyond":
        session.beyond_s.append(line.backward_s)
    elif line.what == "ready":
        session.took_3m_s = line.took_s
    elif line.what == "fall":
        session.has_fall = True
    elif line.what == "end":
        session.end = line


def _lines(data: bytes) -> Iterator[JournalEntry]:
    for text in data.split(b"\n"):
        if not text.strip():
            continue
        line = _decoded(text)
        if line is not None:  # one torn by a power cut costs itself; the others still count
            yield msgspec.structs.replace(line, utc_s=_sane(line.utc_s))


def is_line(text: bytes) -> bool:
    """Return whether a line, without its line feed, is one of a journal."""
    return _decoded(text) is not None


def _decoded(text: bytes) -> JournalEntry | None:
    """Return a line, None when it is torn or holds what no journal holds."""
    try:
        entry = msgspec.json.decode(text, type=JournalEntry)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    counts = (entry.week, entry.repeats, entry.number)
    spans_s = (entry.planned_s or 0.0, entry.backward_s, entry.took_s or 0.0)
    is_sane = (
        0 <= entry.t_ns < _LONGEST_BOOT_NS
        and (not entry.id or is_session_id(entry.id))
        and all(0 <= count <= _MOST_COUNT for count in counts)
        and all(0.0 <= span_s <= _LONGEST_S for span_s in spans_s)
        and abs(entry.wall_s or 0.0) < _FARTHEST_WALL_S
    )
    return entry if is_sane else None


def _sane(utc_s: float | None) -> float | None:
    if utc_s is None or not EARLIEST_UTC_S < utc_s < LATEST_UTC_S:
        return None
    return utc_s
