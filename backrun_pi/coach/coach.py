"""The door of the room: what the wearer should do now, tick by tick."""

from __future__ import annotations

from backrun_pi.coach.button import Button
from backrun_pi.coach.fall import FallWatch
from backrun_pi.coach.grammar import PROGRAMME
from backrun_pi.coach.inputs import CoachInput, CoachOutput, Request
from backrun_pi.coach.journal import Journal, JournalEntry, number_of, write
from backrun_pi.coach.partner import Partner
from backrun_pi.coach.plan import Plan
from backrun_pi.coach.resume import clear, read_saved
from backrun_pi.coach.session import Session
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.shoulder import Shoulder
from backrun_pi.coach.speed import Readiness, SpeedCap
from backrun_pi.messages import (
    ActiveCondition,
    ButtonPress,
    CoachState,
    Condition,
    Direction,
    Gait,
    Phase,
    Press,
    SessionKind,
    StateChange,
)

__all__ = ["Coach", "CoachInput", "CoachOutput", "Request"]

_OPEN = (Phase.STAND, *PROGRAMME, Phase.FREE, Phase.SCOUTING)
_FALL_LINE = {Condition.FALL_SUSPECTED: "suspect", Condition.FALL_ALARM: "fall"}
_READINESS_S = 8.0  # who took longer for 3 m is told the cap again: the check is failed anyway
_FRESH_FIX_S = 2.0  # steps alone give the speed only to 20 %: too little to blame anyone
_MOST_TICK_S = 1.0  # a longer pause between two ticks is a hang: it is no time of the programme
_POWER_OFF_S = 4.0  # the pattern is felt to its end before the power goes


class Coach:
    """Button, session, look cues, speed cap, partner and fall, in one step."""

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
        self._button = Button(settings)
        self._forget()
        self._last_ns: int | None = None
        self._is_first = True
        self._resumed_ns: int | None = None
        self._is_swallowed = False
        self._power_off_ns: int | None = None

    def step(self, given: CoachInput) -> CoachOutput:
        """Advance to now."""
        facts: list[ActiveCondition] = []
        changes: list[StateChange] = []
        requests: list[Request] = []
        if self._is_first:
            self._is_first = False
            self._resume(given, facts, changes, requests)
        self._doubt_resume(given, changes, requests)
        dt_s = self._elapsed_s(given.now_ns)
        presses = self._button.step(given.now_ns, given.edges)
        gestures = self._gestures(given, presses, facts)
        was_phase = self._session.phase
        new_facts, new_changes, new_requests = self._session.step(given, dt_s, gestures)
        facts += new_facts
        changes += new_changes
        requests += new_requests
        if Request.START_RECORD in new_requests:
            self._forget()
        changes += self._measure(given, was_phase)
        facts += self._cues(given, dt_s)
        facts += self._watch(given, changes)
        if self._power_off_ns is not None and given.now_ns >= self._power_off_ns:
            self._power_off_ns = None
            requests.append(Request.POWER_OFF)
        return CoachOutput(
            self._state(given), tuple(facts), presses, tuple(changes), tuple(requests)
        )

    def _forget(self) -> None:
        """Begin a session with nothing left of the one before; sides change with its number."""
        settings, name = self._settings, self._session.id or ""
        self._partner = Partner(settings)
        self._fall = FallWatch(settings)
        self._shoulder = Shoulder(settings, is_left_first=number_of(name) % 2 == 1)
        self._speed = SpeedCap(settings)
        self._readiness = Readiness()

    def _elapsed_s(self, now_ns: int) -> float:
        last_ns, self._last_ns = self._last_ns, now_ns
        dt_s = 0.0 if last_ns is None else (now_ns - last_ns) * 1e-9
        return min(max(0.0, dt_s), _MOST_TICK_S)

    def _resume(
        self,
        given: CoachInput,
        facts: list[ActiveCondition],
        changes: list[StateChange],
        requests: list[Request],
    ) -> None:
        saved = self._saved
        if saved is None:
            return
        gap_s = saved.gap_s(self._journal.boot_id, given.now_ns, given.utc_s, given.wall_utc_s)
        if gap_s > self._settings.resume_most_s:
            because = (f"interrupted {gap_s / 60:.0f} min ago",)
            line = JournalEntry("end", repeats=saved.bouts)
            changes += [write(self._journal, given, saved.id, line, because), clear()]
            return
        facts += self._session.resume(given, saved)
        self._forget()
        requests.append(Request.START_RECORD)
        self._resumed_ns = given.now_ns

    def _doubt_resume(
        self, given: CoachInput, changes: list[StateChange], requests: list[Request]
    ) -> None:
        """Close a resumed session when a trusted time says that it was of long ago.

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
            because = f"interrupted {gap_s / 60:.0f} min ago, as the trusted time says"
            more_changes, more_requests = self._session.close(given, because)
            changes += more_changes
            requests += more_requests

    def _gestures(
        self, given: CoachInput, presses: tuple[ButtonPress, ...], facts: list[ActiveCondition]
    ) -> tuple[Press, ...]:
        """Answer each press with a tick; hold back those that only cancel a fall alarm."""
        gestures: list[Press] = []
        for press in presses:
            if press.press is Press.DOWN:
                facts.append(ActiveCondition(Condition.PRESS_TICK, ("press felt",)))
                if self._fall.is_asking:
                    self._fall.cancel()
                    self._is_swallowed = True
            elif press.press is Press.VERY_LONG:
                facts.append(ActiveCondition(Condition.POWER_OFF, ("very long press",)))
                self._power_off_ns = given.now_ns + round(_POWER_OFF_S * 1e9)
                gestures.append(press.press)
            elif self._is_swallowed:
                self._is_swallowed = False
            else:
                gestures.append(press.press)
        return tuple(gestures)

    def _measure(self, given: CoachInput, was_phase: Phase) -> list[StateChange]:
        """Time 3 m backward in the first bout; keep the date once a source is trusted."""
        session = self._session
        changes: list[StateChange] = []
        if session.phase is Phase.BACKWARD and was_phase is not Phase.BACKWARD:
            self._shoulder.begin_bout()
        is_first = session.phase is Phase.BACKWARD and session.repeat == 1
        if is_first and session.kind is SessionKind.TRAINING:
            self._readiness.step(given.now_ns, given.state, is_fresh=self._is_fresh(given))
        for bout in session.new_bouts:
            if bout.number == 1 and self._readiness.best_s is not None:
                line = JournalEntry("ready", took_s=round(self._readiness.best_s, 2))
                because = ("3 m backward in the first bout, timed by GPS",)
                changes.append(write(self._journal, given, session.id, line, because))
                self._readiness = Readiness()
        if given.utc_s is not None and self._journal.needs_time():
            line = JournalEntry("time")
            changes.append(write(self._journal, given, None, line, ("a trusted time",)))
        return changes

    def _cues(self, given: CoachInput, dt_s: float) -> list[ActiveCondition]:
        session = self._session
        facts: list[ActiveCondition] = []
        fast = self._speed.step(
            given.now_ns,
            self._speed_mps(given),
            self._cap_mps() if self._is_cap_told() else None,
            from_steps=session.kind is SessionKind.TREADMILL,
        )
        if fast is not None:
            facts.append(fast)
        if session.kind is not SessionKind.TRAINING or not self._is_backward(given):
            return facts
        programme = session.programme
        look = self._shoulder.step(
            given.now_ns,
            dt_s,
            None if given.state is None else given.state.speed_mps,
            None if programme is None else programme.remaining_s,
            given.last_alert_ns,
            given.last_caution_ns,
            is_scouted=given.place is not None and given.place.is_scouted,
            is_partner=session.is_partner,
        )
        return facts if look is None else [*facts, look]

    def _speed_mps(self, given: CoachInput) -> float | None:
        """Return the speed as far as it can be judged: outdoors only with a fresh fix."""
        is_indoor = self._session.kind is SessionKind.TREADMILL
        if given.state is None or not (is_indoor or self._is_fresh(given)):
            return None
        return given.state.speed_mps

    def _is_fresh(self, given: CoachInput) -> bool:
        age_s = None if given.state is None else given.state.position_age_s
        return age_s is not None and age_s <= _FRESH_FIX_S

    def _is_cap_told(self) -> bool:
        """Return whether he runs backward, and is not being timed over three metres."""
        session, programme = self._session, self._session.programme
        if programme is None or not programme.has_begun:
            return False
        is_timed = (
            session.kind is SessionKind.TRAINING
            and session.repeat == 1
            and programme.elapsed_s < _READINESS_S
            and self._readiness.best_s is None
        )
        return not is_timed

    def _is_backward(self, given: CoachInput) -> bool:
        """Return whether he runs backward in a bout or after the programme."""
        session, state = self._session, given.state
        if session.phase is Phase.BACKWARD:
            is_going = session.programme is not None and session.programme.has_begun
            return is_going and (state is None or state.gait is not Gait.STILL)
        if session.phase is not Phase.FREE or state is None or state.gait is Gait.STILL:
            return False
        return state.direction is Direction.BACKWARD

    def _cap_mps(self) -> float | None:
        session = self._session
        if session.phase is not Phase.BACKWARD or session.programme is None:
            return None
        return session.programme.cap_mps

    def _watch(self, given: CoachInput, changes: list[StateChange]) -> list[ActiveCondition]:
        """State what the partner says, a suspected fall, a stuck button."""
        session, state = self._session, given.state
        facts: list[ActiveCondition] = []
        if given.is_partner_linked is not None:
            is_standing = state is not None and state.gait is Gait.STILL
            facts += self._partner.step(
                given.now_ns,
                given.partner_edges,
                is_linked=given.is_partner_linked,
                is_standing=is_standing,
            )
            if session.is_partner and not given.is_partner_linked:
                facts.append(
                    ActiveCondition(Condition.PARTNER_LOST, ("the partner's link is gone",))
                )
        is_lying = session.phase is Phase.PAUSED and self._fall.is_asking
        if session.phase in _OPEN or is_lying:
            before = self._fall.condition
            fall = self._fall.step(given.now_ns, state)
            if fall is not None:
                facts.append(fall)
                if fall.condition is not before:
                    line = JournalEntry(_FALL_LINE[fall.condition])
                    write_line = write(self._journal, given, session.id, line, fall.because)
                    changes.append(write_line)
        else:
            self._fall.cancel()
        if self._button.is_stuck(given.now_ns):
            facts.append(ActiveCondition(Condition.BUTTON_FAULT, ("the button is held down",)))
        return facts

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
            bout=session.repeat,
            bouts=0 if programme is None else programme.repeats,
            remaining_s=programme.remaining_s if programme is not None and is_running else None,
            speed_cap_mps=self._cap_mps(),
            is_recording=session.id is not None,
            session_id=session.id,
            because=session.because,
            is_partner_mode=session.is_partner,
            belt_mps=self._belt_mps(),
        )

    def _belt_mps(self) -> float | None:
        """Return the belt's speed where the wearer sets it as the plan says."""
        session = self._session
        is_set = self._settings.treadmill_speed == "belt" and session.phase in PROGRAMME
        return session.programme.belt_mps if is_set and session.programme else None
