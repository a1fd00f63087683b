"""The way of a session: short pieces of time, each with what the runner did in it."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from backrun_pi.messages import Direction, FastEnum, Gait, RunnerState

LONGEST_PIECE_S = 2.0  # a longer time without a state is a gap: nothing is known of it


class Doing(FastEnum):
    """What the runner did, as far as it was known."""

    UNKNOWN = "unknown"
    STILL = "still"
    FORWARD = "forward"
    BACKWARD = "backward"


_DOING = {
    Direction.UNKNOWN: Doing.UNKNOWN,
    Direction.FORWARD: Doing.FORWARD,
    Direction.BACKWARD: Doing.BACKWARD,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """From one recorded state to the next; the state at its end holds for it."""

    from_s: float
    """[s] Begin."""
    to_s: float
    """[s] End."""
    doing: Doing
    """What the runner did."""
    way_m: float
    """[m] Way covered in it."""
    end_m: float
    """[m] Way covered since the start, at its end."""
    state: RunnerState | None
    """The state at its end. None in a gap."""


@dataclass(slots=True)
class Sums:
    """Sums over a span of time."""

    time_s: dict[Doing, float]
    """[s] By what the runner did."""
    way_m: dict[Doing, float]
    """[m] By what the runner did."""
    steps: float = 0.0
    """[-] Cadence times time."""
    stepping_s: float = 0.0
    """[s] Time in which steps were felt."""
    uneven_s: float = 0.0
    """[s] Difference of the legs times time."""
    compared_s: float = 0.0
    """[s] Time in which the legs could be compared."""
    running_s: float = 0.0
    """[s] Time in which the gait was running."""
    fastest_mps: dict[Doing, float] = field(default_factory=dict)
    """[m/s] By what the runner did; missing where the speed was never known."""

    @property
    def distance_m(self) -> float:
        """Return the way covered."""
        return sum(self.way_m.values())

    @property
    def moving_s(self) -> float:
        """Return the time that was not spent standing."""
        return sum(self.time_s.values()) - self.time_s[Doing.STILL]

    @property
    def max_speed_mps(self) -> float | None:
        """Return the fastest of all, None when the speed was never known."""
        return max(self.fastest_mps.values(), default=None)

    @property
    def cadence_spm(self) -> float | None:
        """Return the mean cadence while steps were felt."""
        return 60.0 * self.steps / self.stepping_s if self.stepping_s > 0.0 else None

    @property
    def asymmetry_p(self) -> float | None:
        """Return the mean difference of the two legs while they could be compared."""
        return self.uneven_s / self.compared_s if self.compared_s > 0.0 else None


class WayCovered:
    """All pieces of a session, in order, without a gap from 0 to its end.

    Args:
        states: (t_s, state), rising.
        duration_s: Length of the session.
    """

    def __init__(self, states: Sequence[tuple[float, RunnerState]], duration_s: float) -> None:
        self.pieces = _pieces(states, duration_s)
        self._ends = [piece.to_s for piece in self.pieces]

    def sums(self, from_s: float, to_s: float) -> Sums:
        """Return the sums over a span; a piece that reaches across counts by its share."""
        sums = Sums(dict.fromkeys(Doing, 0.0), dict.fromkeys(Doing, 0.0))
        first = bisect.bisect_right(self._ends, from_s)
        for piece in self.pieces[first:]:
            if piece.from_s >= to_s:
                break
            _add(sums, piece, from_s, to_s)
        return sums

    def at(self, t_s: float) -> Piece | None:
        """Return the piece that a moment lies in, None outside the session."""
        index = bisect.bisect_left(self._ends, t_s)
        return self.pieces[index] if index < len(self.pieces) else None

    def distance_at_m(self, t_s: float) -> float:
        """Return the way covered since the start."""
        piece = self.at(t_s)
        if piece is None:
            return self.pieces[-1].end_m if self.pieces else 0.0
        share = (piece.to_s - t_s) / (piece.to_s - piece.from_s)
        return piece.end_m - piece.way_m * min(1.0, max(0.0, share))


def _add(sums: Sums, piece: Piece, from_s: float, to_s: float) -> None:
    time_s = min(piece.to_s, to_s) - max(piece.from_s, from_s)
    sums.time_s[piece.doing] += time_s
    sums.way_m[piece.doing] += piece.way_m * time_s / (piece.to_s - piece.from_s)
    state = piece.state
    if state is None:
        return
    if state.gait is Gait.RUN:
        sums.running_s += time_s
    if state.cadence_spm is not None:
        sums.steps += state.cadence_spm * time_s / 60.0
        sums.stepping_s += time_s
    if state.asymmetry_p is not None:
        sums.uneven_s += state.asymmetry_p * time_s
        sums.compared_s += time_s
    if state.speed_mps is not None:
        fastest_mps = sums.fastest_mps.get(piece.doing, 0.0)
        sums.fastest_mps[piece.doing] = max(state.speed_mps, fastest_mps)


def _pieces(states: Sequence[tuple[float, RunnerState]], duration_s: float) -> list[Piece]:
    pieces: list[Piece] = []
    at_s = total_m = 0.0
    before: RunnerState | None = None
    for t_s, state in states:
        if t_s <= at_s:
            continue
        # A state that begins again (a power cut) counts its way from zero again.
        way_m = state.distance_m
        if before is not None and state.distance_m >= before.distance_m:
            way_m = state.distance_m - before.distance_m
        way_m = way_m if math.isfinite(way_m) else 0.0
        total_m += way_m
        doing = Doing.STILL if state.gait is Gait.STILL else _DOING[state.direction]
        if t_s - at_s > LONGEST_PIECE_S:
            pieces.append(
                Piece(
                    from_s=at_s,
                    to_s=t_s,
                    doing=Doing.UNKNOWN,
                    way_m=way_m,
                    end_m=total_m,
                    state=None,
                )
            )
        else:
            pieces.append(
                Piece(
                    from_s=at_s, to_s=t_s, doing=doing, way_m=way_m, end_m=total_m, state=state
                )
            )
        at_s, before = t_s, state
    if duration_s <= at_s:
        return pieces
    if duration_s - at_s > LONGEST_PIECE_S or not pieces:
        pieces.append(
            Piece(
                from_s=at_s,
                to_s=duration_s,
                doing=Doing.UNKNOWN,
                way_m=0.0,
                end_m=total_m,
                state=None,
            )
        )
    else:  # the session ended between two states
        pieces.append(replace(pieces[-1], from_s=at_s, to_s=duration_s, way_m=0.0))
    return pieces
