"""The checks of a start: wait, go, or refuse and say why; and what may be overridden."""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.coach.checks import Missing, missing
from backrun_pi.coach.guard import week_so_far
from backrun_pi.coach.inputs import CoachInput
from backrun_pi.coach.journal import Journal
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, Condition, SessionKind

_FIX_CLASS = 2  # a position is worth a longer wait than anything else


@dataclass(frozen=True, slots=True)
class StartDecision:
    """What the checks say now."""

    is_ready: bool
    """Nothing is missing."""
    refusal: ActiveCondition | None = None
    """Why it is refused; None while it is worth waiting."""
    override: str | None = None
    """What was overridden."""
    without: tuple[str, ...] = ()
    """What it goes without, because the wearer pressed again."""
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
        self.is_over_limit = False

    def waive(self) -> None:
        """Go without what is only useful: pressed again after a refusal."""
        self._is_waived = all(lack.is_soft for lack in self._lacks)

    def override(self) -> None:
        """Go in spite of the weekly limit: a long press after a refusal."""
        self._is_override = True

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
        week = week_so_far(journal, self._limit, given.utc_s, given.wall_utc_s)
        because = f"{week.done} sessions in 7 days"
        self.is_over_limit = week.is_full and not self._is_override
        if self.is_over_limit:
            return StartDecision(
                is_ready=False, refusal=ActiveCondition(Condition.WEEKLY_LIMIT, (because,))
            )
        override = because if self._is_override else None
        return StartDecision(is_ready=True, override=override, without=without)

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
