"""Cues while moving backward: too fast for the plan, and looks over the shoulder."""

from __future__ import annotations

from backrun_pi.coach.effects import Effects
from backrun_pi.coach.going import Going
from backrun_pi.coach.inputs import CoachInput
from backrun_pi.coach.journal import JournalEntry, number_of
from backrun_pi.coach.session import Session
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.coach.shoulder import LookBasis, Shoulder
from backrun_pi.coach.speed import Readiness, SpeedCap
from backrun_pi.coach.walked import WalkedGround
from backrun_pi.messages import Direction, Phase, SessionKind

_READINESS_S = 8.0  # after longer for 3 m the cap counts again: the check is failed anyway
_FRESH_FIX_S = 2.0  # steps alone give the speed only to 20 %: too little to blame anyone
_RIGHT_AFTER_S = 5.0  # going on backward for longer after a switch brings the looks back
_RESTS = frozenset({Phase.WARM_UP, Phase.RECOVER, Phase.COOL_DOWN})
_UNSURE_S = 5.0  # a direction unknown for longer is announced, and looks go on


class Cues:
    """Speed cap, readiness check and look schedule of one session."""

    def __init__(self, settings: CoachSettings, session_id: str | None) -> None:
        """Begin a session; the first side changes with its number."""
        is_left_first = number_of(session_id or "") % 2 == 1
        self._shoulder = Shoulder(settings, is_left_first=is_left_first)
        self._speed = SpeedCap(settings)
        self._readiness = Readiness()
        self._walked = WalkedGround()

    def step(
        self,
        given: CoachInput,
        dt_s: float,
        going: Going,
        session: Session,
        effects: Effects,
    ) -> None:
        """State what is due now."""
        self._walked.step(given.state, going.direction)
        self._time_three_metres(given, session, effects)
        too_fast = self._speed.step(
            given.now_ns,
            _speed_mps(given, session),
            cap_mps(session) if self._is_capped(session) else None,
            from_steps=session.kind is SessionKind.TREADMILL,
        )
        if too_fast is not None:
            effects.add(too_fast)
        if session.kind is SessionKind.TRAINING and _looks(going, session):
            look = self._shoulder.step(given.now_ns, dt_s, self._basis(given, session))
            if look is not None:
                effects.add(look)

    def begin_bout(self) -> None:
        """Take in that a bout begins."""
        self._shoulder.begin_bout()

    def _basis(self, given: CoachInput, session: Session) -> LookBasis:
        programme = session.programme
        is_bout = session.phase is Phase.BACKWARD and programme is not None
        return LookBasis(
            speed_mps=None if given.state is None else given.state.speed_mps,
            remaining_s=programme.remaining_s if programme is not None and is_bout else None,
            last_alert_ns=given.last_alert_ns,
            last_caution_ns=given.last_caution_ns,
            last_look_ns=given.last_look_ns,
            is_scouted=given.place is not None and given.place.is_scouted,
            is_walked=self._walked.covers(given.state),
            is_partner=session.is_partner,
        )

    def _time_three_metres(self, given: CoachInput, session: Session, effects: Effects) -> None:
        """Time 3 m backward in the first bout, and write it down at its end."""
        is_first = session.phase is Phase.BACKWARD and session.bout == 1
        if is_first and session.kind is SessionKind.TRAINING:
            self._readiness.step(given.now_ns, given.state, is_fresh=_is_fresh(given))
        bout = session.new_bout
        if bout is not None and bout.number == 1 and self._readiness.best_s is not None:
            entry = JournalEntry("ready", took_s=round(self._readiness.best_s, 2))
            effects.write(session.id, entry, "3 m backward in the first bout, timed by GPS")
            self._readiness = Readiness()

    def _is_capped(self, session: Session) -> bool:
        """Return whether the cap counts: in a bout, not while three metres are timed."""
        programme = session.programme
        if programme is None or not programme.has_begun:
            return False
        is_timed = (
            session.kind is SessionKind.TRAINING
            and session.bout == 1
            and programme.elapsed_s < _READINESS_S
            and self._readiness.best_s is None
        )
        return not is_timed


def cap_mps(session: Session) -> float | None:
    """Return the speed cap in force, None outside a bout or without one."""
    if session.phase is not Phase.BACKWARD or session.programme is None:
        return None
    return session.programme.cap_mps


def _looks(going: Going, session: Session) -> bool:
    """Return whether looks are due: nobody walking forward is asked to look round."""
    programme = session.programme
    if going.is_backward:
        if session.phase not in _RESTS or programme is None:
            return True
        return programme.beyond_s > _RIGHT_AFTER_S
    is_bout = session.phase is Phase.BACKWARD and programme is not None and programme.has_begun
    is_unsure = going.direction is Direction.UNKNOWN and going.direction_s >= _UNSURE_S
    return is_bout and is_unsure and going.may_be_backward


def _speed_mps(given: CoachInput, session: Session) -> float | None:
    """Return the speed as far as it can be judged: outdoors only with a fresh fix."""
    is_indoor = session.kind is SessionKind.TREADMILL
    if given.state is None or not (is_indoor or _is_fresh(given)):
        return None
    return given.state.speed_mps


def _is_fresh(given: CoachInput) -> bool:
    age_s = None if given.state is None else given.state.position_age_s
    return age_s is not None and age_s <= _FRESH_FIX_S
