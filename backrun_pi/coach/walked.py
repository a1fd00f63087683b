"""Ground that the wearer walked forward in this session: they saw it a moment ago."""

from __future__ import annotations

import math

from backrun_pi.messages import Direction, RunnerState

_CELL_M = 8.0
_SIGMA_M = 6.0  # a position worse than this tells no ground from another
_M_PER_DEG = 111_200.0


class WalkedGround:
    """Cells of about 8 m that were walked over forward."""

    def __init__(self) -> None:
        self._cells: set[tuple[int, int]] = set()
        self._east_m_per_deg = 0.0

    def step(self, state: RunnerState | None, direction: Direction) -> None:
        """Take in where the wearer is, going in a direction that has lasted."""
        cell = self._cell(state)
        if cell is not None and direction is Direction.FORWARD:
            self._cells.add(cell)

    def covers(self, state: RunnerState | None) -> bool:
        """Return whether the wearer is on such ground, or within a cell of it."""
        cell = self._cell(state)
        if cell is None:
            return False
        east, north = cell
        near = ((east + i, north + k) for i in (-1, 0, 1) for k in (-1, 0, 1))
        return any(one in self._cells for one in near)

    def _cell(self, state: RunnerState | None) -> tuple[int, int] | None:
        if state is None or state.lat_deg is None or state.lon_deg is None:
            return None
        if state.sigma_m is None or state.sigma_m > _SIGMA_M:
            return None
        if not self._east_m_per_deg:  # once: cells must not shift
            self._east_m_per_deg = _M_PER_DEG * math.cos(math.radians(state.lat_deg))
        east_m = state.lon_deg * self._east_m_per_deg
        return math.floor(east_m / _CELL_M), math.floor(state.lat_deg * _M_PER_DEG / _CELL_M)
