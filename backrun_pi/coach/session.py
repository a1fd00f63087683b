"""The state machine of a session: from the press that starts it to the one that ends it."""

from __future__ import annotations

from collections.abc import Callable

from backrun_pi.coach.grammar import GRAMMAR, PROGRAMME
from backrun_pi.coach.inputs import CoachInput, Request
from backrun_pi.coach.intervals import Bout, Programme, flatten
from backrun_pi.coach.journal import Journal, JournalEntry, write
from backrun_pi.coach.plan import Plan
from backrun_pi.coach.progress import position
from backrun_pi.coach.resume import Saved, Saver, clear
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.start import Start
from backrun_pi.messages import (
    ActiveCondition,
    Condition,
    Freshness,
    Gait,
    Phase,
    Press,
    SessionKind,
    Source,
    StateChange,
)

_MOVING = (Gait.WALK, Gait.RUN)
_UP_S = 1.0  # moving for this long ends a pause that standing still began


class Session:
    """Where the wearer is in his session, and what follows from a press or from time."""

    def __init__(self, plan: Plan, journal: Journal, settings: CoachSettings) -> None:
        self._plan = plan
        self._journal = journal
        self._settings = settings
        self.kind = SessionKind.TRAINING
        self.phase = Phase.IDLE
        self.since_ns = 0
        self.id: str | None = None
        self.because: tuple[str, ...] = ("waiting for a press",)
        self.programme: Programme | None = None
        self.week = 0
        self.bouts_done = 0
        self.is_partner = False
        self.new_bouts: tuple[Bout, ...] = ()
        self._started_ns = 0
        self._begun_start: Start | None = None
        self._still_s = 0.0
        self._moving_s = 0.0
        self._is_reminded = False
        self._ticks = 0
        self._saver = Saver(journal.boot_id, settings.resume_save_s)
        self._facts: list[ActiveCondition] = []
        self._changes: list[StateChange] = []
        self._requests: list[Request] = []
        self._actions: dict[str, Callable[[CoachInput], None]] = {
            "start": self._start,
            "scout": self._scout,
            "stop": self._stop,
            "again": self._again,
            "override": self._override,
            "ask": self._ask,
            "go_on": self._go_on,
            "mark": self._mark,
            "unmark": self._unmark,
            "partner_or_pause": self._partner_or_pause,
        }

    def step(
        self, given: CoachInput, dt_s: float, presses: tuple[Press, ...]
    ) -> tuple[tuple[ActiveCondition, ...], tuple[StateChange, ...], tuple[Request, ...]]:
        """Advance by one tick and take the gestures of the tick."""
        self._facts, self._changes, self._requests = [], [], []
        self.new_bouts = ()
        for press in presses:
            self._press(given, press)
        self._count_stillness(given, dt_s)
        if self.phase is Phase.CHECKING:
            self._check(given)
        elif self.phase is Phase.REFUSED:
            self._wait_refused(given)
        elif self.phase is Phase.STAND:
            self._stand(given)
        elif self.phase in PROGRAMME:
            self._run(given, dt_s)
        elif self.phase is Phase.PAUSED and self._moving_s >= _UP_S and self._is_auto_paused():
            self._go_on(given)
        self._saver.step(given, self, self._changes)
        return tuple(self._facts), tuple(self._changes), tuple(self._requests)

    def resume(self, given: CoachInput, saved: Saved) -> tuple[ActiveCondition, ...]:
        """Go on with a session that a power cut interrupted."""
        self.kind, self.id, self.week = saved.kind, saved.id, saved.week
        self.bouts_done, self.is_partner = saved.bouts, saved.is_partner
        self._started_ns = given.now_ns
        if saved.kind is not SessionKind.SCOUTING:
            self.programme = self._new_programme(saved.week)
            self.programme.restore(saved.index, saved.elapsed_s)
        because = ("resumed after a power cut",)
        phase = saved.phase
        if phase in PROGRAMME and self.programme is not None:
            phase = self.programme.phase
        self._enter(given, phase, because)
        return (ActiveCondition(Condition.RESUMED, because, saved.id),)

    def close(
        self, given: CoachInput, because: str
    ) -> tuple[tuple[StateChange, ...], tuple[Request, ...]]:
        """End the open session from outside; return what follows."""
        self._facts, self._changes, self._requests = [], [], []
        self.end(given, because)
        return tuple(self._changes), tuple(self._requests)

    def end(self, given: CoachInput, because: str) -> None:
        """Close the open session."""
        if self.id is not None:
            took_s = (given.now_ns - self._started_ns) * 1e-9
            self._note(
                given, JournalEntry("end", repeats=self.bouts_done, took_s=took_s), because
            )
            self._changes.append(clear())
            self._requests.append(Request.END_RECORD)
        self.id = None
        self.programme = None
        self.is_partner = False
        self._enter(given, Phase.IDLE, (because,))

    def _press(self, given: CoachInput, press: Press) -> None:
        if press is Press.VERY_LONG:
            self.end(given, "switched off by the button")
            return
        action = GRAMMAR.get((self.phase, press))
        if action is None:
            self._unknown(press)
        else:
            self._actions[action](given)

    def _unknown(self, press: Press) -> None:
        because = f"{press.value} press means nothing in phase {self.phase.value}"
        self._facts.append(ActiveCondition(Condition.PRESS_UNKNOWN, (because,)))

    def _start(self, given: CoachInput) -> None:
        word = given.health.sources.get(Source.GNSS, Freshness.ABSENT)
        is_treadmill = self._settings.mode == "treadmill" or word is Freshness.ABSENT
        self._begin(given, SessionKind.TREADMILL if is_treadmill else SessionKind.TRAINING)

    def _scout(self, given: CoachInput) -> None:
        self._begin(given, SessionKind.SCOUTING)

    def _stop(self, given: CoachInput) -> None:
        stopped = ActiveCondition(Condition.SESSION_END, ("stopped",), "stop", self.bouts_done)
        self._facts.append(stopped)
        self.end(given, "stopped by the button")

    def _again(self, given: CoachInput) -> None:
        if self._begun().is_over_limit:
            self._unknown(Press.SHORT)
            return
        self._begun().waive()
        self._enter(given, Phase.CHECKING, ("button",))

    def _override(self, given: CoachInput) -> None:
        if not self._begun().is_over_limit:
            self._stop(given)
            return
        self._begun().override()
        self._enter(given, Phase.CHECKING, ("the weekly limit was overridden",))

    def _ask(self, given: CoachInput) -> None:
        current = None if self.programme is None else self.programme.current
        if current is not None and current.step.is_open:
            self._take(given, *self._programme().skip())
        else:
            count = max(1, self.repeat)
            self._facts.append(
                ActiveCondition(Condition.REPEAT_NUMBER, (f"bout {count}",), "", count)
            )

    def _mark(self, _given: CoachInput) -> None:
        self._requests.append(Request.MARK)
        self._facts.append(ActiveCondition(Condition.MARK_SET, ("obstacle here",)))

    def _unmark(self, _given: CoachInput) -> None:
        self._requests.append(Request.UNMARK)
        self._facts.append(ActiveCondition(Condition.MARK_UNDONE, ("the last mark was wrong",)))

    def _partner_or_pause(self, given: CoachInput) -> None:
        if given.is_partner_linked is None:
            self._pause(given, "button")
            return
        self.is_partner = not self.is_partner
        because = f"partner mode {'on' if self.is_partner else 'off'}"
        answer = Condition.PARTNER_MODE if self.is_partner else Condition.PARTNER_OFF
        self._facts.append(ActiveCondition(answer, (because,)))
        self._note(given, JournalEntry("partner"), because)

    @property
    def repeat(self) -> int:
        """Return the number of the present bout, 0 before the first."""
        if self.programme is None:
            return 0
        current = self.programme.current
        return self.programme.repeats if current is None else current.repeat

    def _begin(self, given: CoachInput, kind: SessionKind) -> None:
        self.kind = kind
        self.id = self._journal.next_id()
        self._started_ns = given.now_ns
        self.bouts_done = 0
        self._begun_start = Start(kind, self._plan.sessions_per_week, self._settings)
        self.week = self._settings.week or position(self._plan, self._journal).week
        self._note(
            given,
            JournalEntry("start", kind=kind.value, week=self.week, repeats=self._repeats()),
            "button",
        )
        self._requests.append(Request.START_RECORD)
        self._enter(given, Phase.CHECKING, ("button",))

    def _check(self, given: CoachInput) -> None:
        waited_s = (given.now_ns - self.since_ns) * 1e-9
        verdict = self._begun().check(given, self._journal, waited_s)
        if verdict.refusal is not None:
            because = verdict.refusal.because
            self._facts.append(verdict.refusal)
            self._note(given, JournalEntry("refused"), *because)
            self._enter(given, Phase.REFUSED, because)
        elif verdict.is_ready:
            if verdict.override is not None:
                self._note(given, JournalEntry("override", is_override=True), verdict.override)
            self._get_ready(given, verdict.without)
        elif waited_s >= self._settings.search_tick_s * (self._ticks + 1):
            self._ticks += 1
            waits = f"{verdict.waits_for}, for {waited_s:.0f} s"
            self._facts.append(ActiveCondition(Condition.SEARCHING, (waits,)))

    def _get_ready(self, given: CoachInput, without: tuple[str, ...]) -> None:
        because = tuple(f"goes without: {lack}" for lack in without) or ("all checks passed",)
        self._facts.append(ActiveCondition(Condition.READY, because))
        if self.kind is SessionKind.SCOUTING:
            self._enter(given, Phase.SCOUTING, ("button",))
            return
        self.programme = self._new_programme(self.week)
        self.is_partner = bool(given.is_partner_linked)
        if self.is_partner:
            self._note(given, JournalEntry("partner"), "partner mode on")
        if self.kind is SessionKind.TREADMILL:
            because = ("hold the handrail, clip on the safety cord",)
            self._facts.append(ActiveCondition(Condition.HANDRAIL, because))
        self._is_reminded = False
        self._enter(given, Phase.STAND, ("ready",))

    def _wait_refused(self, given: CoachInput) -> None:
        if given.now_ns - self.since_ns >= self._settings.refused_s * 1e9:
            self.end(given, "refused")

    def _stand(self, given: CoachInput) -> None:
        settings = self._settings
        stood_s = (given.now_ns - self.since_ns) * 1e-9
        if self._still_s >= settings.stand_s or stood_s >= settings.stand_most_s:
            self._facts.append(
                ActiveCondition(Condition.WALK_FORWARD, ("walk forward to warm up",))
            )
            self._enter(given, self._programme().phase, ("stood still",))
        elif stood_s >= settings.stand_s and self._still_s < 1.0 and not self._is_reminded:
            self._is_reminded = True
            self._facts.append(
                ActiveCondition(Condition.STAND_STILL, ("stand still for a moment",))
            )

    def _run(self, given: CoachInput, dt_s: float) -> None:
        is_bout = self.phase is Phase.BACKWARD
        if is_bout and self._still_s >= self._settings.lapse_s:
            self._pause(given, "standing still")
            return
        programme = self._programme()
        had_begun, index = programme.has_begun, programme.index
        # Nobody is sent backward by a device that cannot feel it.
        can_feel = given.health.sources.get(Source.IMU) is not Freshness.LOST
        facts, bouts = programme.step(dt_s, given.state, may_go_back=can_feel)
        if facts or programme.index != index:
            self._take(given, facts, bouts)
        if programme.has_begun and not had_begun:
            self._note(given, JournalEntry("began", number=self.repeat), "moves backward")

    def _take(
        self, given: CoachInput, facts: tuple[ActiveCondition, ...], bouts: tuple[Bout, ...]
    ) -> None:
        """Take over what the programme says: cues, bouts that are over, the next phase."""
        programme = self._programme()
        self._facts += facts
        self.new_bouts = bouts
        for bout in bouts:
            self.bouts_done += not bout.is_early
            line = JournalEntry(
                "bout",
                number=bout.number,
                planned_s=bout.planned_s,
                backward_s=round(bout.backward_s, 2),
                is_early=bout.is_early,
            )
            self._note(given, line, "ended early" if bout.is_early else "programme")
        if programme.is_done:
            because = ("the programme is complete",)
            end = ActiveCondition(Condition.SESSION_END, because, "programme", self.bouts_done)
            self._facts.append(end)
            self._enter(given, Phase.FREE, because)
        elif programme.phase is not self.phase or bouts:
            self._enter(given, programme.phase, ("programme",))

    def _pause(self, given: CoachInput, because: str) -> None:
        self._facts.append(ActiveCondition(Condition.PAUSED, (because,)))
        self._enter(given, Phase.PAUSED, (because,))

    def _is_auto_paused(self) -> bool:
        return self.because == ("standing still",)

    def _go_on(self, given: CoachInput) -> None:
        self._still_s = 0.0
        self._facts.append(ActiveCondition(Condition.RESUMED, ("goes on",), "pause"))
        self._enter(given, self._programme().phase, ("resumed",))

    def _count_stillness(self, given: CoachInput, dt_s: float) -> None:
        gait = Gait.UNKNOWN if given.state is None else given.state.gait
        is_still = gait is Gait.STILL or (gait is Gait.UNKNOWN and self.phase is Phase.STAND)
        self._still_s = self._still_s + dt_s if is_still else 0.0
        self._moving_s = self._moving_s + dt_s if gait in _MOVING else 0.0

    def _enter(self, given: CoachInput, phase: Phase, because: tuple[str, ...]) -> None:
        self.phase, self.since_ns, self.because = phase, given.now_ns, because
        self._still_s, self._ticks = 0.0, 0
        self._saver.ask()

    def _new_programme(self, week: int) -> Programme:
        planned = flatten(self._plan, self._plan.week(week), self._settings.repeats)
        is_treadmill = self.kind is SessionKind.TREADMILL
        return Programme(
            planned, self._settings, self._plan.treadmill if is_treadmill else None
        )

    def _begun(self) -> Start:
        if self._begun_start is None:
            raise RuntimeError(f"no start in {self.phase.value}")
        return self._begun_start

    def _programme(self) -> Programme:
        if self.programme is None:
            raise RuntimeError(f"no programme in {self.phase.value}")
        return self.programme

    def _repeats(self) -> int:
        return self._settings.repeats or self._plan.week(self.week).repeats

    def _note(self, given: CoachInput, line: JournalEntry, *because: str) -> None:
        self._changes.append(write(self._journal, given, self.id, line, because))
