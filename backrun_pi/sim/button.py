"""Fingers: the board's button and the partner's, with bounce."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backrun_pi.messages import ButtonEdge
from backrun_pi.sim.clock import SimClock
from backrun_pi.sim.faults import FaultBook
from backrun_pi.sim.scenario_tables import PressEntry

_HOLDS_S = {"long": 2.4, "very_long": 5.5}
_SHORT_S = 0.15
_TIMES = {"double": 2, "triple": 3}
_EACH_S = 0.28  # from one press of a double to the next
_BOUNCE_S = 0.008
_BOUNCES = 4


class SimButton:
    """Implements hardware.ports.Button; edges come at their scripted times."""

    def __init__(
        self, clock: SimClock, faults: FaultBook, presses: Iterable[PressEntry]
    ) -> None:
        self._clock = clock
        edges: list[tuple[float, bool]] = []
        for press in presses:
            hold_s = press.hold_s or _HOLDS_S.get(press.kind, _SHORT_S)
            bounce_s = faults.value("button_bounce", press.at_s)
            width_s = _BOUNCE_S if press.kind == "bouncing" else 0.0
            width_s = width_s if bounce_s is None else bounce_s / 1e3
            times = 1 if press.hold_s is not None else _TIMES.get(press.kind, 1)
            starts = [press.at_s + _EACH_S * k for k in range(times)]
            for start_s in starts:
                edges += _contact(start_s, True, width_s)
                edges += _contact(start_s + hold_s, False, width_s)
        for from_s, until_s, _ in faults.windows("button_stuck"):
            edges = [e for e in edges if not from_s <= e[0] < until_s]
            edges += [(from_s, True), (until_s, False)]
        self._edges = sorted(edges)

    def edges(self) -> Sequence[ButtonEdge]:
        """Return the edges since the last call."""
        due = []
        while self._edges and self._edges[0][0] <= self._clock.elapsed_s:
            at_s, is_pressed = self._edges.pop(0)
            due.append(ButtonEdge(self._clock.board_ns(at_s), is_pressed))
        return due

    def forget(self) -> None:
        """Lose the edges that came while there was no power."""
        self._edges = [e for e in self._edges if e[0] > self._clock.elapsed_s]


class SimPartner:
    """Implements hardware.ports.PartnerLink."""

    def __init__(
        self,
        clock: SimClock,
        faults: FaultBook,
        presses: Iterable[PressEntry],
        connects_at_s: float,
    ) -> None:
        self._clock, self._faults = clock, faults
        self._button = SimButton(clock, FaultBook(()), presses)
        self._connects_at_s = connects_at_s

    def poll(self) -> tuple[Sequence[ButtonEdge], bool]:
        """Return edges, and whether the link stands."""
        t_s = self._clock.elapsed_s
        edges = self._button.edges()
        stands = t_s >= self._connects_at_s and not self._faults.holds("partner_gone", t_s)
        return (edges if stands else ()), stands


def _contact(at_s: float, is_pressed: bool, bounce_s: float) -> list[tuple[float, bool]]:
    """Return the edges of one change of a contact; a bouncing one chatters first."""
    if bounce_s == 0.0:
        return [(at_s, is_pressed)]
    step_s = bounce_s / (2 * _BOUNCES)
    chatter = [(at_s + k * step_s, is_pressed == (k % 2 == 0)) for k in range(2 * _BOUNCES)]
    return [*chatter, (at_s + bounce_s, is_pressed)]
