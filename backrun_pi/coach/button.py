"""The press grammar: raw edges of one button -> short, double, long, very long, unknown.

A press that has settled is answered at once (DOWN). Short presses are counted until the pause
after them is longer than a double press allows; a long press counts when it is let go; a very
long one acts while it is still held. Everything else is UNKNOWN and is answered as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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

    def step(self, now_ns: int, edges: Sequence[ButtonEdge]) -> Iterator[ButtonEdge]:
        """Yield what settled up to now."""
        for edge in edges:
            yield from self._settled(edge.t_ns)
            if edge.is_pressed != self._raw:
                is_quiet = edge.t_ns - self._changed_ns >= self._settle_ns
                if self._raw == self._is_down and is_quiet:
                    self._left_ns = edge.t_ns
                self._raw = edge.is_pressed
                self._changed_ns = edge.t_ns
        yield from self._settled(now_ns)

    def _settled(self, now_ns: int) -> Iterator[ButtonEdge]:
        if self._raw != self._is_down and now_ns - self._changed_ns >= self._settle_ns:
            self._is_down = self._raw
            yield ButtonEdge(self._left_ns, self._is_down)


class ButtonGrammar:
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
        return tuple(self._presses(now_ns, edges))

    def _presses(self, now_ns: int, edges: Sequence[ButtonEdge]) -> Iterator[ButtonPress]:
        for edge in self._debounce.step(now_ns, edges):
            yield from self._complete(edge.t_ns)
            if edge.is_pressed:
                self._down_ns = edge.t_ns
                self._is_used_up = False
                yield ButtonPress(edge.t_ns, Press.DOWN)
            else:
                yield from self._release(edge.t_ns)
        yield from self._complete(now_ns)

    def _release(self, t_ns: int) -> Iterator[ButtonPress]:
        down_ns, self._down_ns = self._down_ns, None
        if down_ns is None or self._is_used_up:
            return
        held_ns = t_ns - down_ns
        self._up_ns = t_ns
        if held_ns <= _ns(self._settings.short_s):
            self._shorts += 1
        elif held_ns >= _ns(self._settings.long_s) and not self._shorts:
            yield ButtonPress(t_ns, Press.LONG)
        else:
            self._is_odd = True

    def _complete(self, now_ns: int) -> Iterator[ButtonPress]:
        """Close a count of short presses; act on a very long press."""
        if self._down_ns is not None:
            is_very_long = now_ns - self._down_ns >= _ns(self._settings.very_long_s)
            if is_very_long and not self._is_used_up:
                self._is_used_up = True
                self._shorts, self._is_odd = 0, False
                yield ButtonPress(now_ns, Press.VERY_LONG)
            return
        is_open = self._shorts or self._is_odd
        if not is_open or now_ns - self._up_ns < _ns(self._settings.double_s):
            return
        counted = {1: Press.SHORT, 2: Press.DOUBLE}.get(self._shorts, Press.UNKNOWN)
        yield ButtonPress(now_ns, Press.UNKNOWN if self._is_odd else counted)
        self._shorts, self._is_odd = 0, False


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)
