"""The session second by second: what map, charts and exports draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from backrun_pi.messages import (
    CoachState,
    Direction,
    Gait,
    OncomingHazard,
    Place,
    Stage,
)
from backrun_pi.review.analysis.phases_and_laps import Span
from backrun_pi.review.analysis.segments import WayCovered
from backrun_pi.review.model import TrackPoint

HAZARD_SHOWN_S = 3.0  # [s] a hazard without a time to contact is shown this long
LEAST_STEP_S = 0.5  # [s] between the last whole second and the end: they must not fall together
LONGEST_TRACK_S = 86_400.0  # [s] a day; a longer session is drawn in steps of whole seconds
HAZARDS_AT_ONCE = 3  # [-] of the last hazards that are looked at

T = TypeVar("T")


class _Steps(Generic[T]):
    """Values that hold from a moment on; asked for at rising times."""

    def __init__(self, values: Sequence[tuple[float, T]]) -> None:
        self._values = values
        self._count = 0

    def until(self, t_s: float) -> int:
        """Return how many values began at or before a time."""
        while self._count < len(self._values) and self._values[self._count][0] <= t_s:
            self._count += 1
        return self._count

    def at(self, t_s: float) -> T | None:
        """Return the value that holds at a time, None before the first."""
        count = self.until(t_s)
        return self._values[count - 1][1] if count else None


def track_points(
    way: WayCovered,
    spans: Sequence[Span],
    coach: Sequence[tuple[float, CoachState]],
    places: Sequence[tuple[float, Place]],
    hazards: Sequence[tuple[float, OncomingHazard]],
) -> tuple[TrackPoint, ...]:
    """Return one point a second, and one at the very end: it carries the whole distance.

    Args:
        way: What the runner did.
        spans: The phases.
        coach: States of the coach, with session times.
        places: Where they were on the map, with session times.
        hazards: What was oncoming, with session times.
    """
    phases = _Steps([(span.from_s, span.coach.phase) for span in spans])
    programme, guidance, dangers = _Steps(coach), _Steps(places), _Steps(hazards)
    points = []
    for t_s in _seconds(spans[-1].to_s):
        piece = way.at(t_s)
        state = piece.state if piece else None
        state_now, place, count = programme.at(t_s), guidance.at(t_s), dangers.until(t_s)
        points.append(
            TrackPoint(
                t_s=t_s,
                lat_deg=state.lat_deg if state else None,
                lon_deg=state.lon_deg if state else None,
                sigma_m=state.sigma_m if state else None,
                speed_mps=state.speed_mps if state else None,
                speed_cap_mps=state_now.speed_cap_mps if state_now else None,
                cadence_spm=state.cadence_spm if state else None,
                p_backward=state.p_backward if state else None,
                course_rad=state.course_rad if state else None,
                distance_m=way.distance_at_m(t_s),
                direction=state.direction if state else Direction.UNKNOWN,
                gait=state.gait if state else Gait.UNKNOWN,
                phase=phases.at(t_s) or spans[0].coach.phase,
                is_guiding=place.is_guiding if place else None,
                hazard=_hazard(hazards[max(0, count - HAZARDS_AT_ONCE) : count], t_s),
            )
        )
    return tuple(points)


def _seconds(duration_s: float) -> list[float]:
    """Return 0, 1, 2 ... and the end; of a log with a wild clock not every second."""
    step = 1 + int(duration_s / LONGEST_TRACK_S)
    times_s = [float(second) for second in range(0, int(duration_s) + 1, step)]
    if duration_s - times_s[-1] < LEAST_STEP_S and len(times_s) > 1:
        times_s.pop()
    return [*times_s, duration_s] if duration_s > times_s[-1] else times_s


def _hazard(lately: Sequence[tuple[float, OncomingHazard]], t_s: float) -> str | None:
    """Return the kind of the most urgent hazard that is not passed yet."""
    near = [
        hazard
        for at_s, hazard in lately
        if t_s - at_s <= (HAZARD_SHOWN_S if hazard.contact_s is None else hazard.contact_s)
    ]
    worst = max(near, key=lambda one: (one.stage is Stage.STOP, one.severity), default=None)
    return worst.kind if worst else None
