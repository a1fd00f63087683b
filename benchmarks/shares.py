"""Shares of CPU time by room and function, from a profile: where to look, not what to report.

What a function calls outside the project (builtins, numpy) counts as its own. A profile costs
time for each call, so that what makes many small calls looks larger than it is.
"""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

PACKAGE = "backrun_pi/"
Function = tuple[str, int, str]
"""File, line, name, as cProfile has it."""
_DEEPEST = 8  # calls from one library to another, until one of ours is found


def profiled(run: Callable[[], None]) -> pstats.Stats:
    """Run something under the profiler, by CPU time."""
    profile = cProfile.Profile(time.process_time)
    profile.runcall(run)
    return pstats.Stats(profile)


def by_function(stats: pstats.Stats) -> dict[Function, float]:
    """Return the seconds of each function of the project, its libraries' included."""
    table: dict[Function, Any] = vars(stats)["stats"]
    known: dict[Function, dict[Function, float]] = {}

    def owners(function: Function, depth: int) -> dict[Function, float]:
        """Return the shares of those whose time this is."""
        if PACKAGE in function[0] or depth > _DEEPEST:
            return {function: 1.0}
        if function not in known:
            known[function] = {function: 1.0}
            callers = table[function][4]
            total = sum(call[2] for call in callers.values())
            found: dict[Function, float] = defaultdict(float)
            for caller, call in callers.items():
                for owner, share in owners(caller, depth + 1).items():
                    found[owner] += share * call[2] / total if total else 0.0
            known[function] = found or known[function]
        return known[function]

    seconds: dict[Function, float] = defaultdict(float)
    for function, (_, _, own_s, _, _) in table.items():
        for owner, share in owners(function, 0).items():
            seconds[owner] += own_s * share
    return seconds


def by_room(functions: dict[Function, float]) -> dict[str, float]:
    """Return the seconds of each room; sensors, terrain and review by folder."""
    rooms: dict[str, float] = defaultdict(float)
    for (path, _, _), seconds in functions.items():
        parts = path.split(PACKAGE)[-1].split("/")
        room = "/".join(parts[:-1]) or parts[0]
        rooms[room if PACKAGE in path else "outside"] += seconds
    return rooms
