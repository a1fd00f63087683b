"""The press grammar: raw edges of one button -> short, double, long, very long, unknown.

A press that has settled is answered at once (DOWN). Short presses are counted until the pause
after them is longer than a double press allows; a long press counts when it is let go; a very
long one acts while it is still held. Everything else is UNKNOWN and says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.coach.settings import CoachSettings
from backrun_pi.messages import ButtonEdge, ButtonPress, Press


class Debounce:
    """Raw edges -> settled edges, each with the time of the first raw one."""

    def __init__(self, settle_s: float) -> None:
        self._settle_ns = round(settle_s * 1e9)
        self._is_down = False
        self._raw = False
        self._changed_ns = -self._settle_ns
        self._left_ns = 0

    def step(self, now_ns: int, edges: Sequence[ButtonEdge]) -> list[ButtonEdge]:
        """Return what settled up to now."""
        settled: list[ButtonEdge] = []
        for edge in edges:
            self._settle(edge.t_ns, settled)
            if edge.is_pressed != self._raw:
                is_quiet = edge.t_ns - self._changed_ns >= self._settle_ns
                if self._raw == self._is_down and is_quiet:
                    self._left_ns = edge.t_ns
                self._raw = edge.is_pressed
                self._changed_ns = edge.t_ns
        self._settle(now_ns, settled)
        return settled

    def _settle(self, now_ns: int, settled: list[ButtonEdge]) -> None:
        if self._raw != self._is_down and now_ns - self._changed_ns >= self._settle_ns:
            self._is_down = self._raw
            settled.append(ButtonEdge(self._left_ns, self._is_down))


class Button:
    """Gestures of the wearer's button."""

    def __init__(self, settings: CoachSettings) -> None:
        self._settings = settings
        self._debounce = Debounce(settings.debounce_s)
        self._down_ns: int | None = None
        self._up_ns = 0
        self._shorts = 0
        self._is_odd = False
        self._is_used_up = False

    def is_stuck(self, now_ns: int) -> bool:
        """Return whether it is down for longer than any press."""
        down_ns = self._down_ns
        return down_ns is not None and now_ns - down_ns > _ns(self._settings.stuck_s)

    def step(self, now_ns: int, edges: Sequence[ButtonEdge]) -> tuple[ButtonPress, ...]:
        """Return the gestures that are complete now, DOWN of each press included."""
        presses: list[ButtonPress] = []
        for edge in self._debounce.step(now_ns, edges):
            self._close(edge.t_ns, presses)
            if edge.is_pressed:
                self._down_ns = edge.t_ns
                self._is_used_up = False
                presses.append(ButtonPress(edge.t_ns, Press.DOWN))
            else:
                self._release(edge.t_ns, presses)
        self._close(now_ns, presses)
        return tuple(presses)

    def _release(self, t_ns: int, presses: list[ButtonPress]) -> None:
        down_ns, self._down_ns = self._down_ns, None
        if down_ns is None or self._is_used_up:
            return
        held_ns = t_ns - down_ns
        self._up_ns = t_ns
        if held_ns <= _ns(self._settings.short_s):
            self._shorts += 1
        elif held_ns >= _ns(self._settings.long_s) and not self._shorts:
            presses.append(ButtonPress(t_ns, Press.LONG))
        else:
            self._is_odd = True

    def _close(self, now_ns: int, presses: list[ButtonPress]) -> None:
        """Close a count of short presses; act on a very long press."""
        if self._down_ns is not None:
            is_very_long = now_ns - self._down_ns >= _ns(self._settings.very_long_s)
            if is_very_long and not self._is_used_up:
                self._is_used_up = True
                self._shorts, self._is_odd = 0, False
                presses.append(ButtonPress(now_ns, Press.VERY_LONG))
            return
        is_open = self._shorts or self._is_odd
        if not is_open or now_ns - self._up_ns < _ns(self._settings.double_s):
            return
        word = {1: Press.SHORT, 2: Press.DOUBLE}.get(self._shorts, Press.UNKNOWN)
        presses.append(ButtonPress(now_ns, Press.UNKNOWN if self._is_odd else word))
        self._shorts, self._is_odd = 0, False


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
