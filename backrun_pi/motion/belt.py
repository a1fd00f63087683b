"""Speed and way on a belt that the wearer set by hand: exact, where steps only suggest."""

from __future__ import annotations

from dataclasses import replace

from backrun_pi.messages import Gait, RunnerState

_MOVING = (Gait.WALK, Gait.RUN)


class Belt:
    """Puts the belt's speed in the place of the one that was estimated from steps."""

    def __init__(self) -> None:
        self._before: RunnerState | None = None
        self._extra_m = 0.0

    def step(self, state: RunnerState, belt_mps: float | None) -> RunnerState:
        """Return the state with the belt's speed while they move, and the distance it made.

        Args:
            state: as motion estimated it.
            belt_mps: [m/s] speed of the belt now; None when it is not known.
        """
        before, self._before = self._before, state
        is_on = belt_mps is not None and state.gait in _MOVING
        if is_on and belt_mps is not None and before is not None:
            dt_s = max(0, state.t_ns - before.t_ns) * 1e-9
            self._extra_m += belt_mps * dt_s - (state.distance_m - before.distance_m)
        if not is_on and self._extra_m == 0.0:
            return state
        return replace(
            state,
            speed_mps=belt_mps if is_on else state.speed_mps,
            distance_m=state.distance_m + self._extra_m,
        )
