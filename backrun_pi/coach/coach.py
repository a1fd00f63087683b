"""The door of the room: what the wearer should do now, tick by tick."""

from __future__ import annotations

from backrun_pi.coach.button import ButtonGrammar
from backrun_pi.coach.cues import Cues, cap_mps
from backrun_pi.coach.effects import Effects
from backrun_pi.coach.going import Going
from backrun_pi.coach.grammar import PROGRAMME
from backrun_pi.coach.inputs import CoachInput, CoachOutput, Request
from backrun_pi.coach.journal import Journal, JournalEntry
from backrun_pi.coach.plan import Plan
from backrun_pi.coach.planner import Planner
from backrun_pi.coach.resume import clear, read_saved
from backrun_pi.coach.session import Session
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.watch import RunnerWatch
from backrun_pi.messages import (
    ActiveCondition,
    BoutPlan,
    ButtonPress,
    CoachState,
    Condition,
    Phase,
    Press,
    SessionKind,
)
from backrun_pi.units import NS_PER_S

_MOST_TICK_S = 1.0  # a longer pause between two ticks is a hang: it is no time of the programme
_LOST_S = 10.0  # so long it holds that an open session is over: past the busy first ticks
_POWER_OFF_S = 4.0  # the pattern is felt to its end before the power goes


class Coach:
    """Button, session, cues, partner and fall, in one step."""

    def __init__(
        self,
        plan: Plan,
        journal: bytes | None,
        resume: bytes | None,
        settings: CoachSettings,
        boot_id: str,
    ) -> None:
        """Take over what was kept.

        Args:
            plan: The training plan.
            journal: Content of the journal, None when there is none.
            resume: The open session of before, None when there is none.
            settings: Of the room.
            boot_id: Id of this boot.
        """
        self._settings = settings
        self._journal = Journal(journal, boot_id)
        self._session = Session(plan, self._journal, settings)
        self._saved = read_saved(resume)
        self._button = ButtonGrammar(settings)
        self._going = Going()
        self._forget()
        self._last_ns: int | None = None
        self._is_first = True
        self._resumed_ns: int | None = None
        self._is_swallowed = False
        self._lost: ActiveCondition | None = None
        self._lost_until_ns = 0
        self._power_off_ns: int | None = None

    def step(self, given: CoachInput) -> CoachOutput:
        """Advance to now."""
        effects = Effects(given, self._journal)
        if self._is_first:
            self._is_first = False
            self._resume(given, effects)
        self._doubt_resume(given, effects)
        if self._lost is not None and given.now_ns < self._lost_until_ns:
            effects.add(self._lost)
        dt_s = self._elapsed_s(given.now_ns)
        self._going.step(dt_s, given.state)
        presses = self._button.step(given.now_ns, given.edges)
        gestures = self._gestures(given, presses, effects)
        was_phase, had_asked = self._session.phase, len(effects.requests)
        plan = self._planned(given, dt_s)
        self._session.step(given, dt_s, self._going, gestures, effects)
        if Request.START_RECORD in effects.requests[had_asked:]:
            self._forget()
        if self._session.phase is Phase.BACKWARD and was_phase is not Phase.BACKWARD:
            self._cues.begin_bout()
        if given.utc_s is not None and self._journal.needs_time():
            effects.write(None, JournalEntry("time"), "a trusted time")
        self._cues.step(given, dt_s, self._going, self._session, effects)
        self._watch.step(given, self._session, self._button, effects)
        if self._power_off_ns is not None and given.now_ns >= self._power_off_ns:
            self._power_off_ns = None
            effects.ask(Request.POWER_OFF)
        return CoachOutput(
            state=self._state(given),
            conditions=effects.conditions,
            presses=presses,
            changes=effects.changes,
            requests=effects.requests,
            plan=plan,
        )

    def _planned(self, given: CoachInput, dt_s: float) -> BoutPlan | None:
        """Lay the bouts to come over the line, where there is one."""
        session = self._session
        is_outdoor = session.kind is SessionKind.TRAINING and session.phase in PROGRAMME
        if session.programme is None or not is_outdoor:
            return None
        return self._planner.step(given, dt_s, session.programme)

    def _forget(self) -> None:
        """Begin a session with nothing left of the one before."""
        self._watch = RunnerWatch(self._settings)
        self._planner = Planner(self._settings)
        self._cues = Cues(self._settings, self._session.id)

    def _elapsed_s(self, now_ns: int) -> float:
        last_ns, self._last_ns = self._last_ns, now_ns
        dt_s = 0.0 if last_ns is None else (now_ns - last_ns) * 1e-9
        return min(max(0.0, dt_s), _MOST_TICK_S)

    def _resume(self, given: CoachInput, effects: Effects) -> None:
        """Go on with the session that was open, or announce that it cannot go on.

        Never in silence: a runner moving backward relies on the device to warn.
        """
        saved = self._saved
        if saved is None:
            open_id = self._journal.open_session()
            if open_id is not None:
                bouts = self._journal.bouts_of(open_id)
                self._give_up(open_id, bouts, "its place could not be read", effects)
            return
        if self._journal.is_closed(saved.id):  # the power went between its end and this file
            effects.keep(clear())
            return
        gap_s = saved.gap_s(self._journal.boot_id, given.now_ns, given.utc_s, given.wall_utc_s)
        if gap_s > self._settings.resume_most_s:
            because = f"interrupted {gap_s / 60:.0f} min ago"
            self._give_up(saved.id, saved.bouts, because, effects)
            return
        self._session.resume(given, saved, effects)
        self._forget()
        effects.ask(Request.START_RECORD)
        self._resumed_ns = given.now_ns

    def _give_up(self, session_id: str, bouts: int, because: str, effects: Effects) -> None:
        """Close a session that was open and cannot go on."""
        effects.write(session_id, JournalEntry("end", repeats=bouts), because)
        effects.keep(clear())
        self._announce_lost(session_id, because, effects)

    def _announce_lost(self, session_id: str, because: str, effects: Effects) -> None:
        self._lost = ActiveCondition(Condition.NOT_RESUMED, (because,), session_id)
        self._lost_until_ns = effects.now_ns + round(_LOST_S * NS_PER_S)

    def _doubt_resume(self, given: CoachInput, effects: Effects) -> None:
        """Close a resumed session when a trusted time shows that it was of long ago.

        Right after a restart the wall clock may only go on from the last shutdown.
        """
        saved, resumed_ns = self._saved, self._resumed_ns
        if resumed_ns is None or saved is None or given.utc_s is None:
            return
        self._resumed_ns = None
        here_s = (given.now_ns - resumed_ns) * 1e-9
        if saved.utc_s is None or self._session.id != saved.id:
            return
        gap_s = given.utc_s - here_s - saved.utc_s
        if gap_s > self._settings.resume_most_s:
            because = f"interrupted {gap_s / 60:.0f} min ago by the trusted time"
            self._session.end(given, because, effects)
            self._announce_lost(saved.id, because, effects)

    def _gestures(
        self, given: CoachInput, presses: tuple[ButtonPress, ...], effects: Effects
    ) -> tuple[Press, ...]:
        """Answer each press with a tick; hold back those that only cancel a fall alarm."""
        gestures: list[Press] = []
        for press in presses:
            if press.press is Press.DOWN:
                effects.state(Condition.PRESS_TICK, "press felt")
                if self._watch.fall.is_asking:
                    self._watch.fall.cancel()
                    self._is_swallowed = True
            elif press.press is Press.VERY_LONG:
                effects.state(Condition.POWER_OFF, "very long press")
                self._power_off_ns = given.now_ns + round(_POWER_OFF_S * 1e9)
                gestures.append(press.press)
            elif self._is_swallowed:
                self._is_swallowed = False
            else:
                gestures.append(press.press)
        return tuple(gestures)

    def _state(self, given: CoachInput) -> CoachState:
        session = self._session
        programme = session.programme
        is_running = session.phase in PROGRAMME and programme is not None
        return CoachState(
            t_ns=given.now_ns,
            kind=session.kind,
            phase=session.phase,
            since_ns=session.since_ns,
            step=0 if programme is None else programme.index,
            bout=session.bout,
            bouts=0 if programme is None else programme.bouts,
            remaining_s=programme.remaining_s if programme is not None and is_running else None,
            speed_cap_mps=cap_mps(session),
            is_recording=session.id is not None,
            session_id=session.id,
            because=session.because,
            is_partner_mode=session.is_partner,
            belt_mps=self._belt_mps(),
            bouts_done=session.bouts_done,
        )

    def _belt_mps(self) -> float | None:
        """Return the belt's speed where the wearer sets it as the plan says."""
        session = self._session
        is_set = self._settings.treadmill_speed == "belt" and session.phase in PROGRAMME
        return session.programme.belt_mps if is_set and session.programme else None
