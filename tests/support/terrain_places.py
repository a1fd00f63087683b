"""A tiny hand-drawn place and walks over it, for the tests of the terrain room."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path

from backrun_pi.geo import LocalFrame
from backrun_pi.messages import Direction, Gait, MountState, RunnerState

EXTRACT = Path(__file__).parents[1] / "data" / "crossroads.osm"
START = (50.0, 8.0)


def state(
    t_s: float,
    place: tuple[float, float] | None,
    speed_mps: float = 2.5,
    course_rad: float | None = 0.0,
    sigma_m: float | None = 2.0,
    age_s: float | None = 0.1,
) -> RunnerState:
    """Return what motion would say at a place."""
    return RunnerState(
        t_ns=round(t_s * 1e9),
        direction=Direction.BACKWARD,
        gait=Gait.RUN,
        p_backward=0.99,
        because=("test",),
        cadence_spm=None,
        speed_mps=speed_mps,
        course_rad=course_rad,
        facing_rad=None,
        lat_deg=None if place is None else place[0],
        lon_deg=None if place is None else place[1],
        sigma_m=sigma_m,
        position_age_s=age_s,
        distance_m=0.0,
        mount=MountState.CALIBRATED,
        turn_rps=None,
        impact_mps2=None,
    )


def walk(
    corners: list[tuple[float, float]],
    speed_mps: float = 2.5,
    start_s: float = 0.0,
    off_m: tuple[float, float] = (0.0, 0.0),
) -> Iterator[RunnerState]:
    """Run along corners given in metres east and north of START, at 5 Hz, with a GNSS error."""
    frame = LocalFrame(*START)
    t_s = start_s
    for (ax, ay), (bx, by) in itertools.pairwise(corners):
        length = math.hypot(bx - ax, by - ay)
        course = math.atan2(bx - ax, by - ay) % (2.0 * math.pi)
        gone = 0.0
        while gone < length:
            x, y = ax + (bx - ax) * gone / length, ay + (by - ay) * gone / length
            place = frame.to_deg(x + off_m[0], y + off_m[1])
            yield state(t_s, place, speed_mps, course)
            t_s += 0.2
            gone += 0.2 * speed_mps
