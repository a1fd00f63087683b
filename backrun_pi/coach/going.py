"""What the wearer has done for long enough to act on: a flicker of direction opens no gate."""

from __future__ import annotations

from backrun_pi.messages import Direction, Gait, MountState, RunnerState

MOVING = frozenset({Gait.WALK, Gait.RUN, Gait.TURNING})
_STRIDING = frozenset({Gait.WALK, Gait.RUN})
_HELD_S = 0.5  # about one step: a declared direction that is over sooner is a flicker
_SURE_S = 1.0  # what has lasted for so long is acted on before it is due
_TICK_S = 1e-6  # a sum of ticks is short of the sum by this much


class Going:
    """The wearer's motion, with how long it has lasted."""

    def __init__(self) -> None:
        self.state: RunnerState | None = None
        """The newest state, None before the first."""
        self.direction = Direction.UNKNOWN
        """Declared direction that has lasted `_HELD_S`."""
        self.direction_s = 0.0
        """[s] Since that direction was taken over."""
        self.still_s = 0.0
        """[s] Standing still, without a break."""
        self.quiet_s = 0.0
        """[s] Standing still or without any gait that is known."""
        self.moving_s = 0.0
        """[s] Walking or running, without a break."""
        self._candidate = Direction.UNKNOWN
        self._candidate_s = 0.0

    def step(self, dt_s: float, state: RunnerState | None) -> None:
        """Take in what the wearer does now, `dt_s` after the last time."""
        self.state = state
        gait = Gait.UNKNOWN if state is None else state.gait
        self.still_s = self.still_s + dt_s if gait is Gait.STILL else 0.0
        is_quiet = gait in {Gait.STILL, Gait.UNKNOWN}
        self.quiet_s = self.quiet_s + dt_s if is_quiet else 0.0
        self.moving_s = self.moving_s + dt_s if gait in _STRIDING else 0.0
        self._take_direction(dt_s, Direction.UNKNOWN if state is None else state.direction)

    def _take_direction(self, dt_s: float, declared: Direction) -> None:
        self.direction_s += dt_s
        if declared is self.direction:
            self._candidate_s = 0.0
            return
        if declared is not self._candidate:
            self._candidate, self._candidate_s = declared, 0.0
        self._candidate_s += dt_s
        if self._candidate_s >= _HELD_S - _TICK_S:
            self.direction, self.direction_s = declared, self._candidate_s
            self._candidate_s = 0.0

    @property
    def speed_mps(self) -> float | None:
        """Return the speed over ground, None when it is not known."""
        return None if self.state is None else self.state.speed_mps

    @property
    def is_backward(self) -> bool:
        """Return whether the wearer surely moves backward."""
        return self.direction is Direction.BACKWARD and self.still_s <= 0.0

    @property
    def is_surely_backward(self) -> bool:
        """Return whether they have gone backward for long enough to have meant it."""
        return self.is_backward and self.direction_s >= _SURE_S

    @property
    def is_surely_forward(self) -> bool:
        """Return whether they have walked forward for long enough to have meant it."""
        is_forward = self.direction is Direction.FORWARD and self.still_s <= 0.0
        return is_forward and self.direction_s >= _SURE_S

    @property
    def is_doubted(self) -> bool:
        """Return whether their steps contradict what was asked for."""
        state = self.state
        if state is None or state.direction is not Direction.UNKNOWN or self.still_s > 0.0:
            return False
        return state.mount is MountState.DOUBTED

    @property
    def may_be_backward(self) -> bool:
        """Return whether this may be backward motion: losing the sense of it stops no clock."""
        state = self.state
        if state is None:
            return True
        if state.direction is Direction.BACKWARD:
            return state.gait is not Gait.STILL
        return state.direction is Direction.UNKNOWN and state.gait in {*MOVING, Gait.UNKNOWN}
