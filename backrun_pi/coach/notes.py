"""What the journal keeps of the bouts of a session."""

from __future__ import annotations

from backrun_pi.coach.bout import Bout
from backrun_pi.coach.effects import Effects
from backrun_pi.coach.journal import JournalEntry


def note_onset(number: int, zone: str, session_id: str | None, effects: Effects) -> None:
    """Write down that a bout really began."""
    entry = JournalEntry("began", number=number, zone=zone)
    effects.write(session_id, entry, "moves backward")


def note_bout(bout: Bout, session_id: str | None, effects: Effects) -> None:
    """Write down a bout that is over."""
    entry = JournalEntry(
        "bout",
        number=bout.number,
        planned_s=bout.planned_s,
        backward_s=round(bout.backward_s, 2),
        is_early=bout.is_early,
    )
    because = "programme" if bout.cut_because is None else f"ends before: {bout.cut_because}"
    effects.write(session_id, entry, "ended early" if bout.is_early else because)


def note_beyond(number: int, beyond_s: float, session_id: str | None, effects: Effects) -> None:
    """Write down how long a rest was gone on backward: it was none."""
    entry = JournalEntry("beyond", number=number, backward_s=round(beyond_s, 1))
    effects.write(session_id, entry, "backward after the switch")
