"""The forward-running partner's button: press STOP, double caution, held all right again.

One press is told apart from two by waiting `partner_decides_s`, not longer: it is a STOP, and
so are three. A hold takes back only what was said before it began; somebody who clutches the
button in fright, or hammers on it, therefore says STOP.
"""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, ButtonEdge, Condition

_CAUTION_NS = 5_000_000_000  # a caution stands this long
_STOP_NS = 60_000_000_000  # a STOP that nobody takes back, and that was not obeyed


class Partner:
    """What the partner says."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self._pressed_ns: int | None = None
        self._down_ns: int | None = None
        self._undecided_ns: int | None = None
        self._may_clear = False
        self._stop_ns: int | None = None
        self._caution_ns: int | None = None
        self._number = 0

    def step(
        self,
        now_ns: int,
        edges: Sequence[ButtonEdge],
        *,
        is_linked: bool,
        is_standing: bool,
    ) -> tuple[ActiveCondition, ...]:
        """Return what holds now: STOP until it is taken back or he stands.

        The edges come from a radio or a USB line and are clean; a click may be as short as it
        likes.
        """
        facts: list[ActiveCondition] = []
        for edge in edges:
            self._decide(edge.t_ns)
            if not edge.is_pressed:
                self._down_ns = None
            elif self._is_new(edge.t_ns):
                self._press(edge.t_ns)
        if not is_linked:
            self._down_ns = None  # nobody can tell whether it is still held
        self._decide(now_ns)
        if self._is_held_to_clear(now_ns):
            self._stop_ns = self._caution_ns = self._undecided_ns = None
            self._may_clear = False
            facts.append(
                ActiveCondition(Condition.PARTNER_CLEAR, ("the partner held the button",))
            )
        self._expire(now_ns, is_standing)
        if self._stop_ns is not None:
            because = ("the partner pressed stop",)
            facts.append(ActiveCondition(Condition.PARTNER_STOP, because, str(self._number)))
        if self._caution_ns is not None:
            because = ("the partner pressed twice",)
            facts.append(ActiveCondition(Condition.PARTNER_CAUTION, because, str(self._number)))
        return tuple(facts)

    def _is_new(self, t_ns: int) -> bool:
        """Return whether this is no echo of the last press: a remote that sends two keys."""
        last_ns = self._pressed_ns
        return last_ns is None or t_ns - last_ns >= self._settings.partner_echo_s * 1e9

    def _press(self, t_ns: int) -> None:
        self._down_ns = t_ns
        last_ns, self._pressed_ns = self._pressed_ns, t_ns
        is_third = (
            self._caution_ns is not None
            and last_ns == self._caution_ns
            and t_ns - last_ns < self._settings.partner_decides_s * 1e9
        )
        if is_third:
            self._caution_ns = None
            self._stop(t_ns)
            return
        if self._undecided_ns is not None:
            self._undecided_ns = None
            self._may_clear = False
            self._caution_ns = t_ns
            self._number += 1
            return
        self._undecided_ns = t_ns
        self._may_clear = self._stop_ns is not None or self._caution_ns is not None

    def _decide(self, now_ns: int) -> None:
        """Turn a single press into STOP; one that may be a hold waits to be let go."""
        at_ns = self._undecided_ns
        if at_ns is None or now_ns - at_ns < self._settings.partner_decides_s * 1e9:
            return
        if self._may_clear and self._down_ns is not None:
            return
        self._stop(now_ns)

    def _stop(self, t_ns: int) -> None:
        self._undecided_ns = None
        self._stop_ns = t_ns
        self._number += 1

    def _is_held_to_clear(self, now_ns: int) -> bool:
        down_ns = self._down_ns
        is_long = (
            down_ns is not None and now_ns - down_ns >= self._settings.partner_held_s * 1e9
        )
        return is_long and self._may_clear

    def _expire(self, now_ns: int, is_standing: bool) -> None:
        if self._caution_ns is not None and now_ns - self._caution_ns > _CAUTION_NS:
            self._caution_ns = None
        if self._stop_ns is None:
            return
        # Told at least once, then until he stands.
        is_told = now_ns - self._stop_ns > 1_000_000_000
        if (is_standing and is_told) or now_ns - self._stop_ns > _STOP_NS:
            self._stop_ns = None
