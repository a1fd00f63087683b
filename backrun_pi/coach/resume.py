"""The place in an open session, kept so that a power cut does not end it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from backrun_pi.coach.inputs import CoachInput
from backrun_pi.coach.intervals import Programme
from backrun_pi.messages import Phase, SessionKind, StateChange, is_session_id

RESUME = "state/resume.json"
_NOT_YET = (Phase.IDLE, Phase.CHECKING, Phase.REFUSED)
# What a place holds beyond these was written by nobody here.
_MOST_COUNT, _LONGEST_S, _FARTHEST_S = 10_000, 1e6, 1e11
_LONGEST_OFF_S = 30 * 86_400.0


class Saved(msgspec.Struct, frozen=True):
    """An open session as it was last saved."""

    id: str
    """Session."""
    kind: SessionKind
    """Its kind."""
    phase: Phase
    """What the wearer was to do."""
    week: int
    """[-] Week of the plan."""
    index: int
    """[-] Step of the programme."""
    elapsed_s: float
    """[s] Of that step."""
    bouts: int
    """[-] Bouts done."""
    is_partner: bool
    """Partner mode was on."""
    boot: str
    """Boot that `t_ns` counts from."""
    t_ns: int
    """[ns] When it was saved."""
    utc_s: float | None
    """[s] Trusted time of saving."""
    wall_s: float
    """[s] Time of the operating system. Untrusted."""

    def gap_s(self, boot: str, now_ns: int, utc_s: float | None, wall_s: float) -> float:
        """Return how long ago it was saved, as far as the clocks can tell.

        Within a boot its own clock counts, else the trusted time where both have one. The
        wall clock alone is no evidence when it jumped: without a battery it goes on from the
        last shutdown, and a wrong date moves it by years. What it says is taken up to a
        month; beyond that, or backward, it says nothing, and a session goes on until a
        trusted time shows that it was of long ago. Where the trusted time of saving is known,
        the wall clock has to be late by that, too: one that was slow and was set right since
        has jumped, while the session was open a moment ago.
        """
        if boot == self.boot:
            return max(0.0, (now_ns - self.t_ns) * 1e-9)
        if utc_s is not None and self.utc_s is not None:
            return max(0.0, utc_s - self.utc_s)
        kept_s = [self.wall_s] if self.utc_s is None else [self.wall_s, self.utc_s]
        gap_s = min(wall_s - saved_s for saved_s in kept_s)
        return gap_s if 0.0 <= gap_s <= _LONGEST_OFF_S else 0.0


def read_saved(data: bytes | None) -> Saved | None:
    """Return the open session, None when there is none or the file cannot be read."""
    if not data:
        return None
    try:
        saved = msgspec.json.decode(data, type=Saved)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # written by another version, or torn
    is_scouting = saved.kind is SessionKind.SCOUTING
    is_sane = (
        is_session_id(saved.id)
        and saved.phase not in _NOT_YET
        and (saved.phase is Phase.SCOUTING) is is_scouting
        and saved.t_ns >= 0
        and all(0 <= count <= _MOST_COUNT for count in (saved.week, saved.index, saved.bouts))
        and 0.0 <= saved.elapsed_s <= _LONGEST_S
        and abs(saved.wall_s) < _FARTHEST_S
        and abs(saved.utc_s or 0.0) < _FARTHEST_S
    )
    return saved if is_sane else None


def is_readable(data: bytes) -> bool:
    """Return whether a content is a place in a session."""
    return read_saved(data) is not None


class SessionState(Protocol):
    """What of a session has to be kept."""

    id: str | None
    kind: SessionKind
    phase: Phase
    week: int
    bouts_done: int
    programme: Programme | None

    @property
    def is_partner(self) -> bool:
        """Return whether partner mode is on."""


class Saver:
    """Keeps the place in the session: at every change of phase, and now and then."""

    def __init__(self, boot: str, every_s: float) -> None:
        self._boot = boot
        self._every_ns = round(every_s * 1e9)
        self._due_ns: int | None = None

    def ask(self) -> None:
        """Save at the next step."""
        self._due_ns = None

    def step(self, given: CoachInput, place: SessionState) -> StateChange | None:
        """Return the change that keeps the place, when it is due and a session runs."""
        if place.id is None or place.phase in _NOT_YET:
            return None
        if self._due_ns is not None and given.now_ns < self._due_ns:
            return None
        self._due_ns = given.now_ns + self._every_ns
        programme = place.programme
        saved = Saved(
            id=place.id,
            kind=place.kind,
            phase=place.phase,
            week=place.week,
            index=0 if programme is None else programme.index,
            elapsed_s=0.0 if programme is None else round(programme.elapsed_s, 2),
            bouts=place.bouts_done,
            is_partner=place.is_partner,
            boot=self._boot,
            t_ns=given.now_ns,
            utc_s=given.utc_s,
            wall_s=given.wall_utc_s,
        )
        return StateChange(RESUME, msgspec.json.encode(saved) + b"\n", is_append=False)


def clear() -> StateChange:
    """Return the change that says no session is open."""
    return StateChange(RESUME, b"", is_append=False)
