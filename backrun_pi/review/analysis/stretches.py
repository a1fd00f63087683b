"""Where the backward running was: sums for each way and for scouted ground."""

from __future__ import annotations

import bisect
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from backrun_pi.messages import Condition, Place, Priority
from backrun_pi.review.analysis.segments import Doing, WayCovered
from backrun_pi.review.event_model import AlertPin
from backrun_pi.review.model import Stretch

SCOUTED = "scouted"
"""Name of scouted ground that no mapped way explains."""
LEAST_S = 10.0  # [s] backward on a way: less is a crossing of it, not a stretch
_LOOKS = {Condition.LOOK_LEFT.value, Condition.LOOK_RIGHT.value}


@dataclass(slots=True)
class _Sums:
    time_s: float = 0.0
    way_m: float = 0.0
    looks: int = 0
    alerts: int = 0
    speeds_mps: list[float] = field(default_factory=list)


def stretches(
    way: WayCovered, places: Sequence[tuple[float, Place]], alerts: Sequence[AlertPin]
) -> tuple[Stretch, ...]:
    """Return the backward running of a session by way, longest first.

    Args:
        way: What the runner did.
        places: Where they were on the map, with session times, rising.
        alerts: What they felt.
    """
    times_s = [t_s for t_s, _ in places]

    def way_at(t_s: float) -> str | None:
        index = bisect.bisect_right(times_s, t_s) - 1
        if index < 0:
            return None
        place = places[index][1]
        return place.way_id or (SCOUTED if place.is_scouted else None)

    found: dict[str, _Sums] = {}
    for piece in way.pieces:
        name = way_at(piece.to_s) if piece.doing is Doing.BACKWARD else None
        if name is None:
            continue
        sums = found.setdefault(name, _Sums())
        sums.time_s += piece.to_s - piece.from_s
        sums.way_m += piece.way_m
        if piece.state is not None and piece.state.speed_mps is not None:
            sums.speeds_mps.append(piece.state.speed_mps)
    for pin in alerts:
        name = way_at(pin.t_s)
        if name in found:
            found[name].looks += pin.condition in _LOOKS
            found[name].alerts += pin.priority.value >= Priority.CAUTION.value
    rows = [_stretch(name, sums) for name, sums in found.items() if sums.time_s >= LEAST_S]
    return tuple(sorted(rows, key=lambda row: -row.backward_s))


def _stretch(name: str, sums: _Sums) -> Stretch:
    return Stretch(
        way_id=name,
        backward_s=sums.time_s,
        backward_m=sums.way_m,
        speed_sd_mps=statistics.stdev(sums.speeds_mps) if len(sums.speeds_mps) > 1 else None,
        looks=sums.looks,
        alerts=sums.alerts,
    )
