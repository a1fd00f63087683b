"""The programme as it was run: phases and laps, both without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backrun_pi.messages import CoachState, Condition, Direction, Phase, Priority, SessionKind
from backrun_pi.review.analysis.segments import Doing, Sums, WayCovered
from backrun_pi.review.event_model import AlertPin
from backrun_pi.review.model import Lap, PhaseRow
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.units import NS_PER_S

LEAST_WAY_M = 1.0  # [m] of a lap: less is the noise of a runner who stands
NO_REST_SHARE = 0.5  # [-] of a recovery: backward for longer than this was no rest
_DIRECTIONS = {Doing.BACKWARD: Direction.BACKWARD, Doing.FORWARD: Direction.FORWARD}

_NO_PROGRAMME = CoachState(
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
    because=("the log holds no programme",),
)


@dataclass(frozen=True, slots=True)
class Span:
    """One phase: when, and what the coach wanted."""

    from_s: float
    """[s] Begin."""
    to_s: float
    """[s] End."""
    coach: CoachState
    """The coach's first state in it."""
    planned_s: float | None
    """[s] Length the programme wanted."""
    is_whole: bool | None = None
    """The programme counted the bout as done; None where the log does not have it."""


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
        starts.append((0.0, _NO_PROGRAMME))
    ends = [*(at_s for at_s, _ in starts[1:]), duration_s]
    after = [*(state for _, state in starts[1:]), starts[-1][1]]
    found = [
        Span(from_s, to_s, state, _planned_s(state), _is_whole(state, following))
        for (from_s, state), to_s, following in zip(starts, ends, after, strict=True)
    ]
    return tuple(span for span in found if span.to_s > span.from_s) or (found[-1],)


def phase_rows(
    programme: Sequence[Span],
    way: WayCovered,
    alerts: Sequence[AlertPin],
    settings: ReviewSettings,
) -> tuple[PhaseRow, ...]:
    """Return the table of phases."""
    return tuple(_row(span, way, alerts, settings) for span in programme)


def laps(programme: Sequence[Span], way: WayCovered) -> tuple[Lap, ...]:
    """Cut a session into laps, one for each step of the programme.

    A pause belongs to the step that it interrupts. Laps begin and end on whole seconds, as FIT
    wants them, except the last end.
    """
    starts: list[tuple[float, Span]] = []
    for span in programme:
        is_pause = span.coach.phase is Phase.PAUSED
        if starts and (is_pause or _key(span.coach) == _key(starts[-1][1].coach)):
            continue
        whole_s = float(round(span.from_s))
        if starts and whole_s <= starts[-1][0]:
            starts[-1] = (starts[-1][0], span)  # a lap under a second gives way to the next
        elif whole_s < programme[-1].to_s:
            starts.append((whole_s, span))
    if not starts:
        return ()
    ends = [*(at_s for at_s, _ in starts[1:]), programme[-1].to_s]
    return tuple(
        _lap(at_s, to_s, span, way) for (at_s, span), to_s in zip(starts, ends, strict=True)
    )


def bouts_done(rows: Sequence[PhaseRow]) -> int:
    """Return how many bouts were run to their end; the rest after them belongs to it.

    A runner who goes on backward through the recovery has done one long bout, not several.
    """
    done = 0
    for index, row in enumerate(rows):
        if row.phase is not Phase.BACKWARD or row.is_early_end:
            continue
        rest = next(
            (after for after in rows[index + 1 :] if after.phase is Phase.RECOVER), None
        )
        done += rest is None or not rest.is_without_rest
    return done


def _key(state: CoachState) -> tuple[object, ...]:
    return state.phase, state.step, state.bout


def _planned_s(state: CoachState) -> float | None:
    if state.remaining_s is None:
        return None
    return state.remaining_s + (state.t_ns - state.since_ns) / NS_PER_S


def _is_whole(state: CoachState, following: CoachState) -> bool | None:
    """Return whether the count of bouts rose at the end of a phase."""
    if state.bouts_done is None or following.bouts_done is None or following is state:
        return None
    return following.bouts_done > state.bouts_done


def _is_early_end(span: Span, counted_s: float, settings: ReviewSettings) -> bool:
    """Return whether a phase ended early: as the programme has it, else by the time."""
    if span.coach.phase is Phase.BACKWARD and span.is_whole is not None:
        return not span.is_whole
    return span.planned_s is not None and counted_s < settings.bout_whole_p * span.planned_s


def _row(
    span: Span, way: WayCovered, alerts: Sequence[AlertPin], settings: ReviewSettings
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
        bout=span.coach.bout,
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
        is_early_end=_is_early_end(span, counted_s, settings),
        step=span.coach.step,
        is_without_rest=span.coach.phase is Phase.RECOVER
        and sums.time_s[Doing.BACKWARD] > NO_REST_SHARE * (span.to_s - span.from_s),
    )


def _mean_speed_mps(sums: Sums, time_s: float) -> float | None:
    if sums.max_speed_mps is None or time_s <= 0.0:
        return None
    return sums.distance_m / time_s


def _count(pins: Sequence[AlertPin], condition: Condition) -> int:
    return sum(pin.condition == condition.value for pin in pins)


def _lap(from_s: float, to_s: float, span: Span, way: WayCovered) -> Lap:
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
        bout=span.coach.bout,
        direction=_DIRECTIONS[moving] if is_known else Direction.UNKNOWN,
        is_moving=is_moving,
        is_running=sums.running_s > 0.5 * sums.moving_s,
        distance_m=way.distance_at_m(to_s) - way.distance_at_m(from_s),
        mean_speed_mps=_mean_speed_mps(sums, to_s - from_s),
        max_speed_mps=sums.max_speed_mps,
        cadence_spm=sums.cadence_spm,
    )
