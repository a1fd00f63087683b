"""The programme as it was run: phases and laps, both without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.messages import CoachState, Condition, Direction, Phase, Priority, SessionKind
from backrun_pi.review.analysis.segments import Doing, Sums, Way
from backrun_pi.review.model import AlertPin, Lap, PhaseRow
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.units import NS_PER_S

LEAST_WAY_M = 1.0  # of a lap: less is the trembling of one who stands
_DIRECTIONS = {Doing.BACKWARD: Direction.BACKWARD, Doing.FORWARD: Direction.FORWARD}

_UNTOLD = CoachState(
    t_ns=0,
    kind=SessionKind.TRAINING,
    phase=Phase.FREE,
    since_ns=0,
    step=0,
    bout=0,
    bouts=0,
    remaining_s=None,
    speed_cap_mps=None,
    is_recording=True,
    session_id=None,
    because=("the log does not tell the programme",),
)


@dataclass(frozen=True, slots=True)
class Span:
    """One phase: when, and what the coach wanted."""

    from_s: float
    """[s] Begin."""
    to_s: float
    """[s] End."""
    coach: CoachState
    """The coach's first word in it."""
    planned_s: float | None
    """[s] Length the programme wanted."""


def spans(states: Sequence[tuple[float, CoachState]], duration_s: float) -> tuple[Span, ...]:
    """Cut a session into phases; the first reaches back to its begin, the last to its end."""
    starts: list[tuple[float, CoachState]] = []
    for t_s, state in states:
        before = starts[-1][1] if starts else None
        if before is not None and _key(before) == _key(state):
            continue
        since_s = t_s - (state.t_ns - state.since_ns) / NS_PER_S
        at_s = max(since_s, starts[-1][0]) if starts else 0.0
        starts.append((min(at_s, duration_s), state))
    if not starts:
        starts.append((0.0, _UNTOLD))
    ends = [*(at_s for at_s, _ in starts[1:]), duration_s]
    found = [
        Span(from_s, to_s, state, _planned_s(state))
        for (from_s, state), to_s in zip(starts, ends, strict=True)
    ]
    return tuple(span for span in found if span.to_s > span.from_s) or (found[-1],)


def phase_rows(
    programme: Sequence[Span], way: Way, alerts: Sequence[AlertPin], settings: ReviewSettings
) -> tuple[PhaseRow, ...]:
    """Return the table of phases."""
    return tuple(_row(span, way, alerts, settings) for span in programme)


def laps(programme: Sequence[Span], way: Way, settings: ReviewSettings) -> tuple[Lap, ...]:
    """Cut a session into laps: by phase, and by direction where it lasts.

    Laps begin and end on whole seconds, as FIT wants them, except the last end.
    """
    cuts: list[tuple[float, Span]] = []
    for span in programme:
        cuts += [(cut_s, span) for cut_s in _turns(span, way, settings.lap_turn_s)]
    end_s = programme[-1].to_s if programme else 0.0
    starts: list[tuple[float, Span]] = []
    for cut_s, span in cuts:
        whole_s = float(round(cut_s))
        if starts and whole_s <= starts[-1][0]:
            starts[-1] = (starts[-1][0], span)  # a lap under a second gives way to the next
        elif whole_s < end_s:
            starts.append((whole_s, span))
    if not starts:
        return ()
    ends = [*(at_s for at_s, _ in starts[1:]), end_s]
    return tuple(
        _lap(at_s, to_s, span, way) for (at_s, span), to_s in zip(starts, ends, strict=True)
    )


def _key(state: CoachState) -> tuple[object, ...]:
    return state.phase, state.step, state.bout


def _planned_s(state: CoachState) -> float | None:
    if state.remaining_s is None:
        return None
    return state.remaining_s + (state.t_ns - state.since_ns) / NS_PER_S


def _row(
    span: Span, way: Way, alerts: Sequence[AlertPin], settings: ReviewSettings
) -> PhaseRow:
    sums = way.sums(span.from_s, span.to_s)
    inside = [pin for pin in alerts if span.from_s <= pin.t_s < span.to_s]
    planned_s = span.planned_s
    counted_s = span.to_s - span.from_s
    mean_mps, max_mps = _mean_speed_mps(sums, sums.moving_s), sums.max_speed_mps
    if span.coach.phase is Phase.BACKWARD:
        counted_s -= sums.time_s[Doing.STILL] + sums.time_s[Doing.FORWARD]
        # A bout begins forward and is left forward: its speeds are those of going backward.
        max_mps = sums.fastest_mps.get(Doing.BACKWARD)
        backward_s = sums.time_s[Doing.BACKWARD]
        mean_mps = None
        if max_mps is not None and backward_s > 0.0:
            mean_mps = sums.way_m[Doing.BACKWARD] / backward_s
    return PhaseRow(
        start_s=span.from_s,
        end_s=span.to_s,
        phase=span.coach.phase,
        repeat=span.coach.bout,
        planned_s=planned_s,
        distance_m=sums.distance_m,
        mean_speed_mps=mean_mps,
        max_speed_mps=max_mps,
        speed_cap_mps=span.coach.speed_cap_mps,
        cadence_spm=sums.cadence_spm,
        asymmetry_p=sums.asymmetry_p,
        backward_s=sums.time_s[Doing.BACKWARD],
        backward_m=sums.way_m[Doing.BACKWARD],
        looks_left=_count(inside, Condition.LOOK_LEFT),
        looks_right=_count(inside, Condition.LOOK_RIGHT),
        alerts=sum(pin.priority.value >= Priority.CAUTION.value for pin in inside),
        is_early_end=planned_s is not None and counted_s < settings.bout_whole_p * planned_s,
        step=span.coach.step,
    )


def _mean_speed_mps(sums: Sums, time_s: float) -> float | None:
    if sums.max_speed_mps is None or time_s <= 0.0:
        return None
    return sums.distance_m / time_s


def _count(pins: Sequence[AlertPin], condition: Condition) -> int:
    return sum(pin.condition == condition.value for pin in pins)


def _turns(span: Span, way: Way, least_s: float) -> list[float]:
    """Return where laps begin in a phase: at its begin, and where a new direction lasts."""
    cuts = [span.from_s]
    now: Doing | None = None
    new: Doing | None = None
    new_s = span.from_s
    for piece in way.pieces:
        if piece.to_s <= span.from_s or piece.doing is Doing.UNKNOWN:
            continue
        if piece.from_s >= span.to_s:
            break
        if piece.doing is not new:
            new, new_s = piece.doing, max(piece.from_s, span.from_s)
        if new is not now and min(piece.to_s, span.to_s) - new_s > least_s:
            if now is not None and new_s - cuts[-1] > least_s:
                cuts.append(new_s)
            now = new
    return cuts


def _lap(from_s: float, to_s: float, span: Span, way: Way) -> Lap:
    sums = way.sums(from_s, to_s)
    most = max(sums.time_s, key=lambda doing: sums.time_s[doing])
    moving = max(_DIRECTIONS, key=lambda doing: sums.time_s[doing])
    is_moving = most is not Doing.STILL and sums.distance_m >= LEAST_WAY_M
    is_known = is_moving and sums.time_s[moving] > 0.0
    return Lap(
        start_s=from_s,
        end_s=to_s,
        phase=span.coach.phase,
        step=span.coach.step,
        repeat=span.coach.bout,
        direction=_DIRECTIONS[moving] if is_known else Direction.UNKNOWN,
        is_moving=is_moving,
        distance_m=way.distance_at_m(to_s) - way.distance_at_m(from_s),
        mean_speed_mps=_mean_speed_mps(sums, to_s - from_s),
        max_speed_mps=sums.max_speed_mps,
        cadence_spm=sums.cadence_spm,
    )
