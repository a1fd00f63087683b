"""The radar's line: hunted, set up, and asked whether it lives when nothing is reported.

Some units send an empty report when nothing is there, some send nothing: silence is answered by
a question, and only a question without an answer is a loss.
"""

from __future__ import annotations

from dataclasses import dataclass

from backrun_pi.hardware.ports import ByteStream
from backrun_pi.sensors.rear.ld2451 import BAUDS, ENABLE, END, WISHES, RadarFramer, command

_ANSWER_NS = 300_000_000  # an answer comes within so long
_QUIET_NS = 700_000_000  # without a report for so long, it is asked
_TRIES = 2  # questions at one speed of the line


@dataclass(frozen=True, slots=True)
class RadarRead:
    """What one reading of the line gave."""

    reports: bytes
    """Each report as its number of targets and five bytes a target."""
    is_alive: bool
    """It reported something, or answered."""


class RadarLine:
    """Carries out hunting, set-up and questions while it passes on what arrives."""

    def __init__(self, line: ByteStream) -> None:
        self._line = line
        self._framer = RadarFramer()
        self._hunted = 0
        self._is_open = self._is_set_up = False
        self._heard_ns = 0
        self._asked_ns: int | None = None
        self._tries = 0
        self._wishes: list[tuple[int, bytes]] = []

    @property
    def baud(self) -> int:
        """Return the speed the line is open at."""
        return BAUDS[self._hunted % len(BAUDS)]

    @property
    def is_set_up(self) -> bool:
        """Return whether it took every wish."""
        return self._is_set_up

    def read(self, now_ns: int) -> RadarRead:
        """Return the reports that arrived. Raises StreamLost."""
        if not self._is_open:
            self._open(now_ns)
            return RadarRead(b"", is_alive=False)
        news = self._framer.feed(self._line.read())
        is_alive = bool(news.reports or news.answered)
        if is_alive:
            self._heard_ns = now_ns
        for word in news.answered:
            self._take_answer(word, now_ns)
        if self._asked_ns is not None:
            if now_ns - self._asked_ns >= _ANSWER_NS:
                self._miss(now_ns)
        elif not self._is_set_up:
            self._ask_for_all(now_ns)
        elif now_ns - self._heard_ns >= _QUIET_NS:
            self._wishes = [WISHES[0], WISHES[-1]]
            self._ask(now_ns)
        return RadarRead(news.reports, is_alive=is_alive)

    def close(self) -> None:
        """Close the line; the next read begins again. Closing twice is allowed."""
        self._line.close()
        self._is_open = self._is_set_up = False

    def _open(self, now_ns: int) -> None:
        self._line.open(self.baud)
        self._framer.forget()
        self._is_open, self._is_set_up, self._tries = True, False, 0
        self._ask_for_all(now_ns)

    def _ask_for_all(self, now_ns: int) -> None:
        self._wishes = list(WISHES)
        self._ask(now_ns)

    def _ask(self, now_ns: int) -> None:
        word, value = self._wishes[0]
        self._line.write(command(word, value))
        self._asked_ns = now_ns

    def _take_answer(self, word: int, now_ns: int) -> None:
        if not self._wishes or word != self._wishes[0][0]:
            return
        self._wishes.pop(0)
        self._asked_ns, self._tries = None, 0
        if self._wishes:
            self._ask(now_ns)
        elif word == END:
            self._is_set_up = True
            self._heard_ns = now_ns

    def _miss(self, now_ns: int) -> None:
        """Ask again, and after a while at another speed of the line."""
        self._tries += 1
        if self._tries < _TRIES:
            if self._wishes and self._wishes[0][0] != ENABLE:
                self._wishes.insert(0, WISHES[0])  # it may have been without power
            self._ask(now_ns)
            return
        self._asked_ns = None
        self._hunted += 1
        self._open(now_ns)
