"""THE TABLE of the button: what each press means in each phase."""

from __future__ import annotations

from enum import Enum

from backrun_pi.messages import Phase, Press

PROGRAMME = (Phase.WARM_UP, Phase.BACKWARD, Phase.RECOVER, Phase.COOL_DOWN)


class Gesture(Enum):
    """What the wearer wants with a press."""

    START = "begin a session"
    SCOUT = "begin a scouting lap"
    STOP = "end the session"
    AGAIN = "go without what is only useful"
    OVERRIDE = "go in spite of the weekly limit"
    ASK = "which bout is this; ends an open step"
    GO_ON = "end a pause"
    MARK = "an obstacle is here"
    UNMARK = "the last mark was wrong"
    PARTNER_OR_PAUSE = "partner mode on or off; a pause where no partner's button was paired"


# Everything that is not in the table is answered by "unknown".
GRAMMAR: dict[tuple[Phase, Press], Gesture] = {
    (Phase.IDLE, Press.SHORT): Gesture.START,
    (Phase.IDLE, Press.DOUBLE): Gesture.SCOUT,
    (Phase.CHECKING, Press.LONG): Gesture.STOP,
    (Phase.REFUSED, Press.SHORT): Gesture.AGAIN,
    (Phase.REFUSED, Press.LONG): Gesture.OVERRIDE,
    (Phase.STAND, Press.LONG): Gesture.STOP,
    (Phase.FREE, Press.SHORT): Gesture.ASK,
    (Phase.FREE, Press.LONG): Gesture.STOP,
    (Phase.PAUSED, Press.SHORT): Gesture.GO_ON,
    (Phase.PAUSED, Press.DOUBLE): Gesture.GO_ON,
    (Phase.PAUSED, Press.LONG): Gesture.STOP,
    (Phase.SCOUTING, Press.SHORT): Gesture.MARK,
    (Phase.SCOUTING, Press.DOUBLE): Gesture.UNMARK,
    (Phase.SCOUTING, Press.LONG): Gesture.STOP,
    **{(phase, Press.SHORT): Gesture.ASK for phase in PROGRAMME},
    **{(phase, Press.DOUBLE): Gesture.PARTNER_OR_PAUSE for phase in PROGRAMME},
    **{(phase, Press.LONG): Gesture.STOP for phase in PROGRAMME},
}
