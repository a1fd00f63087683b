"""The state machine of a session: from the press that starts it to the one that ends it."""

from __future__ import annotations

from backrun_pi.coach.bout import Bout, Progress
from backrun_pi.coach.effects import Effects
from backrun_pi.coach.going import Going
from backrun_pi.coach.grammar import GRAMMAR, PROGRAMME, Gesture
from backrun_pi.coach.inputs import CoachInput, Request
from backrun_pi.coach.intervals import Programme
from backrun_pi.coach.journal import Journal, JournalEntry
from backrun_pi.coach.local_days import zone_of
from backrun_pi.coach.notes import note_beyond, note_bout, note_onset
from backrun_pi.coach.partner import PartnerMode
from backrun_pi.coach.plan import Plan
from backrun_pi.coach.progress import position
from backrun_pi.coach.resume import Saved, Saver, clear
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.start import Start
from backrun_pi.coach.steps import flatten
from backrun_pi.messages import (
    Condition,
    Freshness,
    Phase,
    Press,
    SessionKind,
    Source,
)

_UP_S = 2.0  # moving for this long ends a pause that standing still began
_PAUSES = frozenset({Phase.WARM_UP, Phase.BACKWARD, Phase.RECOVER})


class Session:
    """Where the wearer is in their session, and what follows from a press or from time."""

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
        self.partner = PartnerMode()
        self.new_bout: Bout | None = None
        self._started_ns = 0
        self._begun_start: Start | None = None
        self._is_auto_pause = False
        self._is_reminded = False
        self._saver = Saver(journal.boot_id, settings.resume_save_s)

    @property
    def bout(self) -> int:
        """Return the number of the present bout, 0 before the first."""
        if self.programme is None:
            return 0
        current = self.programme.current
        return self.programme.bouts if current is None else current.bout

    @property
    def is_partner(self) -> bool:
        """Return whether partner mode is on."""
        return self.partner.is_on

    def step(
        self,
        given: CoachInput,
        dt_s: float,
        going: Going,
        presses: tuple[Press, ...],
        effects: Effects,
    ) -> None:
        """Advance by one tick and take the gestures of the tick."""
        self.new_bout = None
        for press in presses:
            self._press(given, press, effects)
        if self.phase in PROGRAMME and self.partner.joins(is_linked=given.is_partner_linked):
            self._answer_partner("the link came", effects)
        if self.phase is Phase.CHECKING:
            self._check(given, effects)
        elif self.phase is Phase.REFUSED:
            if given.now_ns - self.since_ns >= self._settings.refused_s * 1e9:
                self.end(given, "refused", effects)
        elif self.phase is Phase.STAND:
            self._stand(given, going, effects)
        elif self.phase in PROGRAMME:
            self._run(given, dt_s, going, effects)
        elif self.phase is Phase.PAUSED and self._is_auto_pause and going.moving_s >= _UP_S:
            self._go_on(given, effects)
        kept = self._saver.step(given, self)
        if kept is not None:
            effects.keep(kept)

    def resume(self, given: CoachInput, saved: Saved, effects: Effects) -> None:
        """Go on with a session that a power cut interrupted."""
        self.kind, self.id, self.week = saved.kind, saved.id, saved.week
        self.bouts_done = saved.bouts
        self.partner = PartnerMode(is_on=saved.is_partner)
        self._started_ns = given.now_ns
        if saved.kind is not SessionKind.SCOUTING:
            self.programme = self._new_programme(saved.week)
            self.programme.restore(saved.index, saved.elapsed_s)
        because = "resumed after a power cut"
        phase = saved.phase
        if phase in PROGRAMME and self.programme is not None:
            phase = self.programme.phase
        self._enter(given, phase, because)
        effects.state(Condition.RESUMED, because, key=saved.id)

    def end(self, given: CoachInput, because: str, effects: Effects) -> None:
        """Close the open session."""
        if self.id is not None:
            if self.programme is not None:
                self._note_rest(self.programme.beyond_s, effects)
            took_s = (given.now_ns - self._started_ns) * 1e-9
            entry = JournalEntry("end", repeats=self.bouts_done, took_s=took_s)
            effects.write(self.id, entry, because)
            effects.keep(clear())
            effects.ask(Request.END_RECORD)
        self.id = None
        self.programme = None
        self.partner = PartnerMode()
        self._enter(given, Phase.IDLE, because)

    # --- presses ------------------------------------------------------------------------

    def _press(self, given: CoachInput, press: Press, effects: Effects) -> None:
        match GRAMMAR.get((self.phase, press)):
            case _ if press is Press.VERY_LONG:
                self.end(given, "switched off by the button", effects)
            case Gesture.START:
                self._begin(given, self._kind_of_start(given), effects)
            case Gesture.SCOUT:
                self._begin(given, SessionKind.SCOUTING, effects)
            case Gesture.STOP:
                self._stop(given, effects)
            case Gesture.AGAIN if not self._begun().is_over_limit:
                self._begun().waive()
                self._enter(given, Phase.CHECKING, "button")
            case Gesture.OVERRIDE:
                self._override(given, effects)
            case gesture:
                self._press_underway(given, gesture, press, effects)

    def _press_underway(
        self, given: CoachInput, gesture: Gesture | None, press: Press, effects: Effects
    ) -> None:
        match gesture:
            case Gesture.ASK:
                self._ask(given, effects)
            case Gesture.GO_ON:
                self._go_on(given, effects)
            case Gesture.PARTNER_OR_PAUSE:
                self._partner_or_pause(given, effects)
            case Gesture.MARK | Gesture.UNMARK:
                _mark(gesture, effects)
            case _:
                because = f"{press.value} press means nothing in phase {self.phase.value}"
                effects.state(Condition.PRESS_UNKNOWN, because)

    def _kind_of_start(self, given: CoachInput) -> SessionKind:
        receiver = given.health.sources.get(Source.GNSS, Freshness.ABSENT)
        if self._settings.mode == "treadmill" or receiver is Freshness.ABSENT:
            return SessionKind.TREADMILL
        return SessionKind.TRAINING

    def _stop(self, given: CoachInput, effects: Effects) -> None:
        effects.state(Condition.SESSION_END, "stopped", key="stop", count=self.bouts_done)
        self.end(given, "stopped by the button", effects)

    def _override(self, given: CoachInput, effects: Effects) -> None:
        if not self._begun().is_over_limit:
            self._stop(given, effects)
            return
        self._begun().override()
        self._enter(given, Phase.CHECKING, "the weekly limit was overridden")

    def _ask(self, given: CoachInput, effects: Effects) -> None:
        current = None if self.programme is None else self.programme.current
        if current is not None and current.step.is_open:
            self._take(given, self._programme().skip(), effects)
            return
        count = max(1, self.bout)
        effects.state(Condition.REPEAT_NUMBER, f"bout {count}", count=count)

    def _partner_or_pause(self, given: CoachInput, effects: Effects) -> None:
        if given.is_partner_linked is None:
            self._pause(given, "button", effects)
            return
        self.partner.toggle()
        self._answer_partner("button", effects)

    def _answer_partner(self, why: str, effects: Effects) -> None:
        because = f"partner mode {'on' if self.is_partner else 'off'}: {why}"
        answer = Condition.PARTNER_MODE if self.is_partner else Condition.PARTNER_OFF
        effects.state(answer, because)
        effects.write(self.id, JournalEntry("partner"), because)

    # --- the start ----------------------------------------------------------------------

    def _begin(self, given: CoachInput, kind: SessionKind, effects: Effects) -> None:
        self.kind = kind
        self.id = self._journal.next_id()
        self._started_ns = given.now_ns
        self.bouts_done = 0
        self._begun_start = Start(kind, self._plan.sessions_per_week, self._settings)
        self.week = self._settings.week or position(self._plan, self._journal).week
        bouts = self._settings.repeats or self._plan.week(self.week).repeats
        entry = JournalEntry("start", kind=kind.value, week=self.week, repeats=bouts)
        effects.write(self.id, entry, "button")
        effects.ask(Request.START_RECORD)
        self._enter(given, Phase.CHECKING, "button")

    def _check(self, given: CoachInput, effects: Effects) -> None:
        waited_s = (given.now_ns - self.since_ns) * 1e-9
        decision = self._begun().step(given, self._journal, waited_s, self.id, effects)
        if decision.refusal is not None:
            self._enter(given, Phase.REFUSED, *decision.refusal.because)
        elif decision.is_ready:
            self._get_ready(given, decision.without, effects)

    def _get_ready(self, given: CoachInput, without: tuple[str, ...], effects: Effects) -> None:
        because = tuple(f"goes without: {lack}" for lack in without) or ("all checks passed",)
        effects.state(Condition.READY, *because)
        if self.kind is SessionKind.SCOUTING:
            self._enter(given, Phase.SCOUTING, "button")
            return
        self.programme = self._new_programme(self.week)
        self.partner = PartnerMode(is_on=bool(given.is_partner_linked))
        if self.is_partner:
            effects.write(self.id, JournalEntry("partner"), "partner mode on")
        if self.kind is SessionKind.TREADMILL:
            effects.state(Condition.HANDRAIL, "hold the handrail, clip on the safety cord")
        self._is_reminded = False
        self._enter(given, Phase.STAND, "ready")

    def _stand(self, given: CoachInput, going: Going, effects: Effects) -> None:
        settings = self._settings
        stood_s = (given.now_ns - self.since_ns) * 1e-9
        quiet_s = min(stood_s, going.quiet_s)
        if quiet_s >= settings.stand_s or stood_s >= settings.stand_most_s:
            effects.state(Condition.WALK_FORWARD, "walk forward to warm up")
            self._enter(given, self._programme().phase, "stood still")
        elif stood_s >= settings.stand_s and quiet_s < 1.0 and not self._is_reminded:
            self._is_reminded = True
            effects.state(Condition.STAND_STILL, "stand still for a moment")

    # --- the programme ------------------------------------------------------------------

    def _run(self, given: CoachInput, dt_s: float, going: Going, effects: Effects) -> None:
        programme = self._programme()
        stood_s = min(going.still_s, (given.now_ns - self.since_ns) * 1e-9)
        if self.phase in _PAUSES and stood_s >= self._settings.lapse_s:
            self._pause(given, "standing still", effects)
            self._is_auto_pause = True
            return
        had_begun, index, beyond_s = programme.has_begun, programme.index, programme.beyond_s
        held = programme.held_because
        # Nobody is sent backward by a device that cannot feel it.
        can_feel = given.health.sources.get(Source.IMU) is not Freshness.LOST
        limits = given.limits if self.kind is SessionKind.TRAINING else ()
        progress = programme.step(dt_s, going, limits, may_go_back=can_feel)
        if programme.index != index:
            self._note_rest(beyond_s, effects)
        if progress.conditions or programme.index != index:
            self._take(given, progress, effects)
        if programme.has_begun and not had_begun:
            last = self._journal.latest_zone()
            zone = zone_of(self._settings.zone, given.state, last)
            note_onset(self.bout, zone, self.id, effects)
        if programme.held_because != held and programme.index == index:
            why = programme.held_because
            self.because = ("programme",) if why is None else (f"waits for a place: {why}",)

    def _take(self, given: CoachInput, progress: Progress, effects: Effects) -> None:
        """Take over what the programme brought: cues, a bout that is over, the next phase."""
        programme = self._programme()
        effects.add(*progress.conditions)
        bout = self.new_bout = progress.bout
        if bout is not None:
            self.bouts_done += not bout.is_early
            note_bout(bout, self.id, effects)
        if programme.is_done:
            done = "the programme is complete"
            effects.state(Condition.SESSION_END, done, key="programme", count=self.bouts_done)
            self._enter(given, Phase.FREE, done)
        elif programme.phase is not self.phase or bout is not None:
            self._enter(given, programme.phase, "programme")

    def _note_rest(self, beyond_s: float, effects: Effects) -> None:
        if beyond_s >= self._settings.rest_late_s:
            note_beyond(self.bout, beyond_s, self.id, effects)

    def _pause(self, given: CoachInput, because: str, effects: Effects) -> None:
        effects.state(Condition.PAUSED, because)
        self._is_auto_pause = False
        self._enter(given, Phase.PAUSED, because)

    def _go_on(self, given: CoachInput, effects: Effects) -> None:
        self._programme().go_on()
        effects.state(Condition.RESUMED, "goes on", key="pause")
        self._enter(given, self._programme().phase, "resumed")

    def _enter(self, given: CoachInput, phase: Phase, *because: str) -> None:
        self.phase, self.since_ns, self.because = phase, given.now_ns, because
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


def _mark(gesture: Gesture, effects: Effects) -> None:
    """Set a mark, or take back the last one."""
    if gesture is Gesture.MARK:
        effects.ask(Request.MARK)
        effects.state(Condition.MARK_SET, "obstacle here")
    else:
        effects.ask(Request.UNMARK)
        effects.state(Condition.MARK_UNDONE, "the last mark was wrong")
