"""Follows a run tick by tick and describes it in lines a person can read.

Everything comes from the messages; the same story is shown live, on the twin and in replay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backrun_pi.app.pipeline import Inputs, Outputs
from backrun_pi.messages import (
    Alert,
    CoachState,
    Direction,
    Gait,
    Phase,
    RouteVerdict,
    SourceEvent,
    Suitability,
)
from backrun_pi.units import NS_PER_S
from backrun_pi.vocabulary import PHASES, condition_name

SETTLED_NS = NS_PER_S  # a direction that holds this long is worth a line


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the narration."""

    t_s: float
    """[s] Since the start of the run."""
    mark: str
    """Kind of line: coach, felt, fault, body, button, way."""
    text: str
    """What happened, in plain words."""


class Narration:
    """Turns ticks into lines and keeps what a summary needs."""

    def __init__(self, tell: Callable[[Entry], None], start_ns: int) -> None:
        self._tell = tell
        self.start_ns = start_ns
        self._coach: CoachState | None = None
        self._direction = Direction.UNKNOWN
        self._announced_direction = Direction.UNKNOWN
        self._since_ns = start_ns
        self.alerts: list[tuple[float, Alert]] = []
        self.faults: list[tuple[float, SourceEvent]] = []
        self.felt: list[tuple[float, str]] = []
        self.session_id: str | None = None
        self.session_ids: list[str] = []

    def __call__(self, inputs: Inputs, outputs: Outputs) -> None:
        """See one tick."""
        now_ns = inputs.now_ns
        for press in outputs.coach.presses:
            if press.press.value != "down":
                self._say(now_ns, "button", f"{press.press.value} press".replace("_", " "))
        for event in inputs.events:
            self.faults.append((self._t_s(now_ns), event))
            verb = {"lost": "LOST", "ok": "back", "late": "late"}.get(
                event.freshness.value, event.freshness.value
            )
            self._say(now_ns, "fault", f"{event.source.value} {verb}: {event.because}")
        self._follow_coach(now_ns, outputs.coach.state)
        if outputs.route is not None:
            self._say(now_ns, "way", _way(outputs.route))
        self._follow_body(now_ns, outputs)
        if outputs.alert is not None:
            self._follow_alert(now_ns, outputs.alert)
        for pulse in outputs.haptics.pulses:
            self.felt.append((self._t_s(pulse.t_ns), pulse.pattern))

    def _follow_coach(self, now_ns: int, coach: CoachState) -> None:
        before = self._coach
        self._coach = coach
        if coach.session_id is not None and coach.session_id not in self.session_ids:
            self.session_ids.append(coach.session_id)
        if before is not None and (before.phase, before.step, before.bout) == (
            coach.phase,
            coach.step,
            coach.bout,
        ):
            return
        text = PHASES[coach.phase]
        if coach.phase is Phase.BACKWARD:
            text += f", bout {coach.bout} of {coach.bouts}"
        if coach.speed_cap_mps is not None and coach.phase is Phase.BACKWARD:
            text += f", at most {coach.speed_cap_mps:.1f} m/s"
        if coach.phase in {Phase.REFUSED, Phase.PAUSED} or before is None:
            text += f" ({'; '.join(coach.because)})" if coach.because else ""
        self._say(now_ns, "coach", text)

    def _follow_body(self, now_ns: int, outputs: Outputs) -> None:
        state = outputs.state
        direction = Direction.UNKNOWN if state.gait is Gait.STILL else state.direction
        if direction is not self._direction:
            self._direction, self._since_ns = direction, now_ns
        if (
            direction is self._announced_direction
            or direction is Direction.UNKNOWN
            or now_ns - self._since_ns < SETTLED_NS
        ):
            return
        self._announced_direction = direction
        speed = "" if state.speed_mps is None else f" at {state.speed_mps:.1f} m/s"
        because = f" ({state.because[0]})" if state.because else ""
        text = f"moves {direction.value}{speed}{because}"
        self._say(self._since_ns, "body", text)

    def _follow_alert(self, now_ns: int, alert: Alert) -> None:
        self.alerts.append((self._t_s(now_ns), alert))
        if alert.condition.value == "press_tick":
            return
        because = "; ".join(alert.because)
        name = condition_name(alert.condition)
        self._say(now_ns, "felt", f"{name} [{alert.pattern}] {because}".rstrip())

    def _say(self, now_ns: int, mark: str, text: str) -> None:
        self._tell(Entry(self._t_s(now_ns), mark, text))

    def _t_s(self, t_ns: int) -> float:
        return (t_ns - self.start_ns) / NS_PER_S


def _way(route: RouteVerdict) -> str:
    """Return a line such as `scouted, 306 m: 12 m bad (a bend); 294 m unknown (not lit)`."""
    kind = "scouted" if route.is_scouted else "from here, both ways"
    parts = []
    for verdict in (Suitability.BAD, Suitability.UNKNOWN, Suitability.LIKELY, Suitability.GOOD):
        these = [one for one in route.stretches if one.verdict is verdict]
        if these:
            length_m = sum(one.to_m - one.from_m for one in these)
            reasons = dict.fromkeys(one.because[0] for one in these if one.because)
            parts.append(f"{length_m:.0f} m {verdict.value} ({', '.join(reasons)})")
    whole_m = route.stretches[-1].to_m if route.stretches else 0.0
    return f"{kind}, {whole_m:.0f} m: {'; '.join(parts)}"
