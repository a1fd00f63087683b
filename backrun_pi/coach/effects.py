"""What follows from one tick of the coach, collected on its way through the room."""

from __future__ import annotations

from backrun_pi.coach.inputs import CoachInput, Request
from backrun_pi.coach.journal import Journal, JournalEntry
from backrun_pi.messages import ActiveCondition, Condition, StateChange


class Effects:
    """Conditions, changes to keep and requests of one tick, in the order they came up."""

    def __init__(self, given: CoachInput, journal: Journal) -> None:
        self._given = given
        self._journal = journal
        self._conditions: list[ActiveCondition] = []
        self._changes: list[StateChange] = []
        self._requests: list[Request] = []

    @property
    def now_ns(self) -> int:
        """Return the time of the tick."""
        return self._given.now_ns

    @property
    def conditions(self) -> tuple[ActiveCondition, ...]:
        """Return the cues and answers that hold on this tick."""
        return tuple(self._conditions)

    @property
    def changes(self) -> tuple[StateChange, ...]:
        """Return what has to be kept across restarts."""
        return tuple(self._changes)

    @property
    def requests(self) -> tuple[Request, ...]:
        """Return what the pipeline is asked to do."""
        return tuple(self._requests)

    def state(self, condition: Condition, *because: str, key: str = "", count: int = 1) -> None:
        """State a condition that holds now, with its reasons."""
        self._conditions.append(ActiveCondition(condition, because, key, count))

    def add(self, *conditions: ActiveCondition) -> None:
        """Take over conditions that were stated elsewhere in the room."""
        self._conditions += conditions

    def write(self, session_id: str | None, entry: JournalEntry, *because: str) -> None:
        """Date an entry and add it to the journal."""
        given = self._given
        change = self._journal.append(
            entry,
            t_ns=given.now_ns,
            utc_s=given.utc_s,
            wall_s=given.wall_utc_s,
            session=session_id or "",
            because=because,
        )
        self._changes.append(change)

    def keep(self, change: StateChange) -> None:
        """Have a small file kept."""
        self._changes.append(change)

    def ask(self, request: Request) -> None:
        """Ask the pipeline for something."""
        self._requests.append(request)
