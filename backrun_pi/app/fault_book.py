"""What in the program failed with an error that nobody foresaw; the rest goes on."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TypeVar

from backrun_pi.messages import ProgramFault
from backrun_pi.units import NS_PER_S

AGAIN_NS = 60 * NS_PER_S
"""[ns] A second failure within this time: it was no accident."""
_LONGEST_TRACEBACK = 4000  # characters: the last calls are what counts

ResultT = TypeVar("ResultT")


class FaultBook:
    """Collects faults; a traceback is kept once for each place they come from."""

    def __init__(self) -> None:
        self._failed_ns: dict[str, int] = {}
        self._again_ns: dict[str, int] = {}
        self._known: set[str] = set()
        self._faults: list[ProgramFault] = []

    def take(self) -> tuple[ProgramFault, ...]:
        """Return what failed since this was last asked."""
        if not self._faults:
            return ()
        faults, self._faults = tuple(self._faults), []
        return faults

    def guarded(
        self,
        room: str,
        now_ns: int,
        step: Callable[[], ResultT],
        otherwise: Callable[[], ResultT],
    ) -> ResultT:
        """Return what a step gives; note its failure and return the other."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others must go on
            self._note(room, now_ns, error)
            return otherwise()

    def has_failed_again(self, room: str, now_ns: int) -> bool:
        """Return whether a room failed a second time within the last minute."""
        again_ns = self._again_ns.get(room)
        return again_ns is not None and now_ns - again_ns <= AGAIN_NS

    def _note(self, room: str, now_ns: int, error: Exception) -> None:
        failed_ns = self._failed_ns.get(room)
        if failed_ns is not None and now_ns - failed_ns <= AGAIN_NS:
            self._again_ns[room] = now_ns
        self._failed_ns[room] = now_ns
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{room} {type(error).__name__} {frames[-1].filename}:{frames[-1].lineno}"
        text = ""
        if place not in self._known:
            self._known.add(place)
            text = "".join(traceback.format_exception(error))[-_LONGEST_TRACEBACK:]
        words = f"{type(error).__name__}: {error}"
        self._faults.append(ProgramFault(now_ns, room, words, text))
