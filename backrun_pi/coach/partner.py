"""The forward-running partner's button: press STOP, double caution, held all right again.

One press is distinguished from two by waiting `partner_decides_s`: it is a STOP, and so are
three. A hold takes back what was pressed before it, also a STOP that was obeyed meanwhile, but
only when it begins calmly, `partner_calm_s` after the press before: somebody who hammers on the
button in fright, or clutches it, means STOP.
"""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ActiveCondition, ButtonEdge, Condition

_CAUTION_NS = 5_000_000_000  # a caution stands this long
_STOP_NS = 60_000_000_000  # a STOP stands this long unless it is obeyed or taken back
_ANNOUNCED_NS = 1_000_000_000  # a STOP stands at least this long: it has begun by then


class PartnerMode:
    """Whether a partner watches: from the link, and as the wearer wants it."""

    def __init__(self, *, is_on: bool = False) -> None:
        self.is_on = is_on
        self._is_refused = False

    def toggle(self) -> None:
        """Switch it on or off by the wearer's own press; then the link has no say in it."""
        self.is_on = not self.is_on
        self._is_refused = not self.is_on

    def joins(self, *, is_linked: bool | None) -> bool:
        """Return whether a link switches it on now."""
        if self.is_on or self._is_refused or not is_linked:
            return False
        self.is_on = True
        return True


class Partner:
    """What the partner's presses mean."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self._pressed_ns: int | None = None
        self._down_ns: int | None = None
        self._undecided_ns: int | None = None
        self._may_clear = False
        self._stop_ns: int | None = None
        self._caution_ns: int | None = None
        self._open_ns: int | None = None
        self._stops = 0
        self._cautions = 0

    def step(
        self,
        now_ns: int,
        edges: Sequence[ButtonEdge],
        *,
        is_linked: bool,
        is_standing: bool,
    ) -> tuple[ActiveCondition, ...]:
        """Return what holds now: STOP until it is taken back or the runner stands.

        The edges come from a radio or a USB line and are clean; a click may be as short as it
        likes.
        """
        for edge in edges:
            self._decide(edge.t_ns)
            if not edge.is_pressed:
                self._down_ns = None
            elif self._is_new(edge.t_ns):
                self._press(edge.t_ns)
        if not is_linked:
            self._down_ns = None  # nobody can tell whether it is still held
        self._decide(now_ns)
        is_cleared = self._is_held_to_clear(now_ns)
        if is_cleared:
            self._stop_ns = self._caution_ns = self._undecided_ns = self._open_ns = None
            self._may_clear = False
        self._expire(now_ns, is_standing=is_standing)
        return tuple(self._holding(is_cleared=is_cleared))

    def _holding(self, *, is_cleared: bool) -> list[ActiveCondition]:
        found: list[ActiveCondition] = []
        if is_cleared:
            because = ("the partner held the button",)
            found.append(ActiveCondition(Condition.PARTNER_CLEAR, because))
        if self._stop_ns is not None:
            because = ("the partner pressed stop",)
            found.append(ActiveCondition(Condition.PARTNER_STOP, because, str(self._stops)))
        if self._caution_ns is not None:
            because = ("the partner pressed twice",)
            key = str(self._cautions)
            found.append(ActiveCondition(Condition.PARTNER_CAUTION, because, key))
        return found

    def _is_new(self, t_ns: int) -> bool:
        """Return whether this is no echo of the last press: a remote that sends two keys."""
        last_ns = self._pressed_ns
        return last_ns is None or t_ns - last_ns >= self._settings.partner_echo_s * 1e9

    def _press(self, t_ns: int) -> None:
        self._down_ns = t_ns
        last_ns, self._pressed_ns = self._pressed_ns, t_ns
        is_calm = last_ns is None or t_ns - last_ns >= self._settings.partner_calm_s * 1e9
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
            self._caution_ns = self._open_ns = t_ns
            self._cautions += 1
            return
        self._undecided_ns = t_ns
        is_open = self._open_ns is not None and t_ns - self._open_ns <= _STOP_NS
        self._may_clear = is_calm and is_open

    def _decide(self, now_ns: int) -> None:
        """Turn a single press into STOP; one that may be a hold waits to be let go."""
        at_ns = self._undecided_ns
        if at_ns is None or now_ns - at_ns < self._settings.partner_decides_s * 1e9:
            return
        if self._may_clear and self._down_ns is not None:
            return
        self._stop(now_ns)

    def _stop(self, t_ns: int) -> None:
        """Begin a STOP; one that stands already goes on."""
        self._undecided_ns = None
        if self._stop_ns is None:
            self._stops += 1
        self._stop_ns = self._open_ns = t_ns

    def _is_held_to_clear(self, now_ns: int) -> bool:
        down_ns = self._down_ns
        is_long = (
            down_ns is not None and now_ns - down_ns >= self._settings.partner_held_s * 1e9
        )
        return is_long and self._may_clear

    def _expire(self, now_ns: int, *, is_standing: bool) -> None:
        if self._caution_ns is not None and now_ns - self._caution_ns > _CAUTION_NS:
            self._caution_ns = None
        if self._stop_ns is None:
            return
        is_obeyed = is_standing and now_ns - self._stop_ns > _ANNOUNCED_NS
        if is_obeyed or now_ns - self._stop_ns > _STOP_NS:
            self._stop_ns = None
