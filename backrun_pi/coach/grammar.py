"""THE TABLE of the button: what each gesture does in each phase."""

from __future__ import annotations

from backrun_pi.messages import Phase, Press

PROGRAMME = (Phase.WARM_UP, Phase.BACKWARD, Phase.RECOVER, Phase.COOL_DOWN)

# What each gesture does in each phase. Everything else is answered by "unknown".
GRAMMAR: dict[tuple[Phase, Press], str] = {
    (Phase.IDLE, Press.SHORT): "start",
    (Phase.IDLE, Press.DOUBLE): "scout",
    (Phase.CHECKING, Press.LONG): "stop",
    (Phase.REFUSED, Press.SHORT): "again",
    (Phase.REFUSED, Press.LONG): "override",
    (Phase.STAND, Press.LONG): "stop",
    (Phase.FREE, Press.SHORT): "ask",
    (Phase.FREE, Press.LONG): "stop",
    (Phase.PAUSED, Press.SHORT): "go_on",
    (Phase.PAUSED, Press.DOUBLE): "go_on",
    (Phase.PAUSED, Press.LONG): "stop",
    (Phase.SCOUTING, Press.SHORT): "mark",
    (Phase.SCOUTING, Press.DOUBLE): "unmark",
    (Phase.SCOUTING, Press.LONG): "stop",
    **{(phase, Press.SHORT): "ask" for phase in PROGRAMME},
    **{(phase, Press.DOUBLE): "partner_or_pause" for phase in PROGRAMME},
    **{(phase, Press.LONG): "stop" for phase in PROGRAMME},
}
