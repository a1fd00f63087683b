"""The checks of a start: wait, go, or refuse and say why; and what may be overridden."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.coach.checks import Missing, missing
from backrun_pi.coach.effects import Effects
from backrun_pi.coach.guard import week_so_far
from backrun_pi.coach.inputs import CoachInput
from backrun_pi.coach.journal import Journal, JournalEntry
from backrun_pi.coach.local_days import local_days, zone_of
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, Condition, Freshness, SessionKind, Source

_FIX_CLASS = 2  # a position is worth a longer wait than anything else
_UNDATED = "the weekly limit was not checked: no trusted date"


@dataclass(frozen=True, slots=True)
class StartDecision:
    """What the checks found."""

    is_ready: bool
    """Nothing is missing."""
    refusal: ActiveCondition | None = None
    """Why it is refused; None while it is worth waiting."""
    override: str | None = None
    """What was overridden."""
    without: tuple[str, ...] = ()
    """What it goes without."""
    waits_for: str = ""
    """What may still come."""


class Start:
    """One start, from the press to ready or refused."""

    def __init__(self, kind: SessionKind, limit: int, settings: CoachSettings) -> None:
        self._kind = kind
        self._limit = limit
        self._settings = settings
        self._lacks: tuple[Missing, ...] = ()
        self._is_waived = False
        self._is_override = False
        self._ticks = 0
        self.is_over_limit = False

    def waive(self) -> None:
        """Go without what is only useful: pressed again after a refusal."""
        self._is_waived = all(lack.is_soft for lack in self._lacks)
        self._ticks = 0

    def override(self) -> None:
        """Go in spite of the weekly limit: a long press after a refusal."""
        self._is_override = True
        self._ticks = 0

    def step(
        self,
        given: CoachInput,
        journal: Journal,
        waited_s: float,
        session_id: str | None,
        effects: Effects,
    ) -> StartDecision:
        """Check; state and write down what came of it, or tick while it waits."""
        decision = self.check(given, journal, waited_s)
        if decision.refusal is not None:
            effects.add(decision.refusal)
            effects.write(session_id, JournalEntry("refused"), *decision.refusal.because)
        elif decision.is_ready and decision.override is not None:
            entry = JournalEntry("override", is_override=True)
            effects.write(session_id, entry, decision.override)
        elif not decision.is_ready and waited_s >= self._settings.search_tick_s * (
            self._ticks + 1
        ):
            self._ticks += 1
            waits = f"{decision.waits_for}, for {waited_s:.0f} s"
            effects.state(Condition.SEARCHING, waits)
        return decision

    def check(self, given: CoachInput, journal: Journal, waited_s: float) -> StartDecision:
        """Judge what is there now."""
        lacks = missing(given, self._kind, self._settings)
        without: tuple[str, ...] = ()
        if self._is_waived:
            without = tuple(lack.because for lack in lacks if lack.is_soft)
            lacks = tuple(lack for lack in lacks if not lack.is_soft)
        if lacks:
            return self._lacking(lacks, waited_s)
        if self._kind is SessionKind.SCOUTING:
            return StartDecision(is_ready=True, without=without)
        return self._within_week(given, journal, waited_s, without)

    def _within_week(
        self, given: CoachInput, journal: Journal, waited_s: float, without: tuple[str, ...]
    ) -> StartDecision:
        """Apply the weekly limit: by a trusted date, which is waited for where it matters."""
        days = local_days(zone_of(self._settings.zone, given.state, journal.latest_zone()))
        week = week_so_far(journal, self._limit, given.now_ns, given.utc_s, days)
        because = f"{week.done} sessions in 7 days"
        if self._is_override:
            return StartDecision(is_ready=True, override=because, without=without)
        self.is_over_limit = week.is_full
        if week.is_full:
            refusal = ActiveCondition(Condition.WEEKLY_LIMIT, (because,))
            return StartDecision(is_ready=False, refusal=refusal)
        if week.wants_date:
            receiver = given.health.sources.get(Source.GNSS, Freshness.ABSENT)
            may_come = receiver is not Freshness.ABSENT and not self._is_waived
            if may_come and waited_s < self._settings.fix_wait_s:
                return StartDecision(is_ready=False, waits_for="no trusted date")
            without = (*without, _UNDATED)
        return StartDecision(is_ready=True, without=without)

    def _lacking(self, lacks: tuple[Missing, ...], waited_s: float) -> StartDecision:
        settings = self._settings
        is_only_fix = all(lack.reason_class == _FIX_CLASS for lack in lacks)
        wait_s = settings.fix_wait_s if is_only_fix else settings.check_wait_s
        if waited_s < wait_s and all(lack.may_come for lack in lacks):
            return StartDecision(is_ready=False, waits_for=lacks[0].because)
        self._lacks = lacks
        self.is_over_limit = False
        because = tuple(lack.because for lack in lacks)
        first = lacks[0].reason_class
        return StartDecision(
            is_ready=False,
            refusal=ActiveCondition(Condition.REFUSED, because, str(first), first),
        )
