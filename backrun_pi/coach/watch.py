"""What is watched beside the programme: the partner, a fall, a stuck button."""

from __future__ import annotations

from backrun_pi.coach.button import ButtonGrammar
from backrun_pi.coach.effects import Effects
from backrun_pi.coach.fall import FallWatch
from backrun_pi.coach.grammar import PROGRAMME
from backrun_pi.coach.inputs import CoachInput
from backrun_pi.coach.journal import JournalEntry
from backrun_pi.coach.partner import Partner
from backrun_pi.coach.session import Session
from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import Condition, Gait, Phase

_OPEN = (Phase.STAND, *PROGRAMME, Phase.FREE, Phase.SCOUTING)
_FALL_ENTRY = {Condition.FALL_SUSPECTED: "suspect", Condition.FALL_ALARM: "fall"}


class RunnerWatch:
    """Partner and fall of one session."""

    def __init__(self, settings: CoachSettings) -> None:
        self._partner = Partner(settings)
        self.fall = FallWatch(settings)

    def step(
        self, given: CoachInput, session: Session, button: ButtonGrammar, effects: Effects
    ) -> None:
        """State what holds now."""
        self._watch_partner(given, session, effects)
        self._watch_fall(given, session, effects)
        if button.is_stuck(given.now_ns):
            effects.state(Condition.BUTTON_FAULT, "the button is held down")

    def _watch_partner(self, given: CoachInput, session: Session, effects: Effects) -> None:
        if given.is_partner_linked is None:
            return
        is_standing = given.state is not None and given.state.gait is Gait.STILL
        pressed = self._partner.step(
            given.now_ns,
            given.partner_edges,
            is_linked=given.is_partner_linked,
            is_standing=is_standing,
        )
        effects.add(*pressed)
        if session.is_partner and not given.is_partner_linked:
            effects.state(Condition.PARTNER_LOST, "the partner's link is gone")

    def _watch_fall(self, given: CoachInput, session: Session, effects: Effects) -> None:
        is_lying = session.phase is Phase.PAUSED and self.fall.is_asking
        if session.phase not in _OPEN and not is_lying:
            self.fall.cancel()
            return
        before = self.fall.condition
        fall = self.fall.step(given.now_ns, given.state)
        if fall is None:
            return
        effects.add(fall)
        if fall.condition is not before:
            entry = JournalEntry(_FALL_ENTRY[fall.condition])
            effects.write(session.id, entry, *fall.because)
