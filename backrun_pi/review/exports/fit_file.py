"""A session as a FIT activity: what a watch would have written, so that any platform takes it.

Laps tile the session, one a step of the programme; their intensity is the direction: interval
is backward, recovery forward, rest standing. Who walks is not running: the sport follows the
gait. Developer fields stand on records and on the session only: programs
have misread laps that carry them.
"""

from __future__ import annotations

import zlib

from backrun_pi.messages import Direction, Phase, SessionKind
from backrun_pi.review.exports import fit_encoding as fit
from backrun_pi.review.exports.fit_encoding import (
    ENUM,
    S32,
    U8,
    U16,
    U32,
    U32Z,
    FitFile,
    Layout,
)
from backrun_pi.review.model import Lap, PhaseRow, SessionReview, TrackPoint

APPLICATION = bytes.fromhex("6261636b72756e5f70692d7265766965")  # ours: 16 bytes, never changes
DEVELOPMENT = 255  # manufacturer id until one is assigned
RUNNING, WALKING = 1, 11
GENERIC, TREADMILL = 0, 1
ACTIVE, REST, WARM_UP, COOL_DOWN, RECOVERY, INTERVAL = 0, 1, 2, 3, 4, 5
TIMER, SESSION_EVENT, LAP_EVENT, ACTIVITY_EVENT = 0, 8, 9, 26
START, STOP, STOP_ALL = 0, 1, 4
MANUAL = 0
BY_TIME, OPEN = 0, 5
OPEN_TARGET = 2
SEMICIRCLES = 2**31 / 180.0
NAME_SIZE = 24

STEP_INTENSITY = {
    Phase.WARM_UP: WARM_UP,
    Phase.BACKWARD: INTERVAL,
    Phase.RECOVER: RECOVERY,
    Phase.COOL_DOWN: COOL_DOWN,
}
"""Phases that are steps of the workout."""
DIRECTIONS = {Direction.UNKNOWN: 0, Direction.FORWARD: 1, Direction.BACKWARD: 2}

_T = (253, U32)
_INDEX = (254, U16)
FILE_ID = Layout(0, ((0, ENUM), (1, U16), (2, U16), (3, U32Z), (4, U32)))
DEVELOPER = Layout(207, ((1, fit.raw(16)), (3, U8), (4, U32)))
FIELD = Layout(206, ((0, U8), (1, U8), (2, U8), (3, fit.text(NAME_SIZE)), (8, fit.text(8))))
DEVICE = Layout(23, (_T, (0, U8), (2, U16), (4, U16), (27, fit.text(16))))
EVENT = Layout(21, (_T, (0, ENUM), (1, ENUM)))
WORKOUT = Layout(26, ((4, ENUM), (6, U16), (8, fit.text(NAME_SIZE))))
STEP = Layout(27, (_INDEX, (0, fit.text(NAME_SIZE)), (1, ENUM), (2, U32), (3, ENUM), (7, ENUM)))
_MOTION = (_T, (5, U32), (73, U32), (4, U8), (53, U8))
_RECORD_OWN = ((0, U8), (1, U8))
RECORD_STILL = Layout(20, _MOTION, _RECORD_OWN)
RECORD = Layout(20, (*_MOTION, (0, S32), (1, S32), (31, U8)), _RECORD_OWN)
LAP = Layout(
    19,
    (
        *(_INDEX, _T, (2, U32), (0, ENUM), (1, ENUM), (7, U32), (8, U32), (9, U32)),
        *((110, U32), (111, U32), (17, U8), (80, U8), (23, ENUM), (24, ENUM), (25, ENUM)),
        *((39, ENUM), (71, U16)),
    ),
)
SESSION = Layout(
    18,
    (
        *(_INDEX, _T, (2, U32), (0, ENUM), (1, ENUM), (5, ENUM), (6, ENUM), (7, U32)),
        *((8, U32), (9, U32), (10, U32), (124, U32), (125, U32), (18, U8), (92, U8)),
        *((25, U16), (26, U16), (28, ENUM)),
    ),
    ((2, U8), (3, U32)),
)
ACTIVITY = Layout(34, (_T, (0, U32), (1, U16), (2, ENUM), (3, ENUM), (4, ENUM), (5, U32)))
OWN_FIELDS = (
    (0, U8, "direction", ""),
    (1, U8, "hazard", ""),
    (2, U8, "backward_pct", "%"),
    (3, U32, "backward_distance", "cm"),
)


def encode(review: SessionReview) -> bytes:
    """Return the FIT file of a session.

    The start is the trusted UTC, else the operating system's, else the begin of FIT time: the
    durations are right in any case.
    """
    facts = review.facts
    start_utc_s = facts.start_utc_s if facts.start_utc_s is not None else facts.start_wall_s
    start = max(0, round(start_utc_s - fit.EPOCH_UTC_S)) if start_utc_s is not None else 0
    end = start + round(facts.duration_s)
    file = FitFile()
    _head(file, review, start)
    steps = _workout(file, review)
    file.add(EVENT, start, TIMER, START)
    has_positions = any(point.lat_deg is not None for point in review.track)
    for point in review.track:
        _record(file, point, start, has_positions=has_positions)
    file.add(EVENT, end, TIMER, STOP_ALL)
    for index, lap in enumerate(review.laps):
        step = steps.get(lap.step) if _is_step(lap) else None
        _lap(file, index, lap, start=start, step=step, review=review)
    _session(file, review, start, end)
    duration_ms = round(facts.duration_s * 1000.0)
    file.add(ACTIVITY, end, duration_ms, 1, 0, ACTIVITY_EVENT, STOP, end)
    return file.to_bytes()


def _head(file: FitFile, review: SessionReview, start: int) -> None:
    serial = zlib.crc32(review.facts.session_id.encode()) or 1  # the same at every export
    activity = 4
    file.add(FILE_ID, activity, DEVELOPMENT, 1, serial, start)
    file.add(DEVELOPER, APPLICATION, 0, 1)
    for number, base, name, unit in OWN_FIELDS:
        file.add(FIELD, 0, number, base.code, name, unit)
    file.add(DEVICE, start, 0, DEVELOPMENT, 1, "backrun_pi")


def _workout(file: FitFile, review: SessionReview) -> dict[int, int]:
    """Write the programme as far as it was run; return step of the plan -> index here."""
    rows: dict[int, PhaseRow] = {}
    for row in review.phases:
        if row.phase in STEP_INTENSITY:
            rows.setdefault(row.step, row)
    if not rows:
        return {}
    file.add(WORKOUT, _sport(review), len(rows), "Backward running")
    indices = {step: index for index, step in enumerate(sorted(rows))}
    for step, index in indices.items():
        row = rows[step]
        name = row.phase.value.replace("_", " ") + (f" {row.bout}" if row.bout else "")
        is_timed = row.planned_s is not None
        length_ms = round(row.planned_s * 1000.0) if row.planned_s is not None else None
        kind = BY_TIME if is_timed else OPEN
        file.add(STEP, index, name, kind, length_ms, OPEN_TARGET, STEP_INTENSITY[row.phase])
    return indices


def _is_step(lap: Lap) -> bool:
    return lap.phase in STEP_INTENSITY


def _strides(cadence_spm: float | None) -> tuple[int | None, int | None]:
    """Return cadence as strides a minute and 1/128 of one: FIT counts one leg."""
    if cadence_spm is None:
        return None, None
    whole, part = divmod(round(cadence_spm * 64.0), 128)
    return whole, part


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _record(file: FitFile, point: TrackPoint, start: int, *, has_positions: bool) -> None:
    motion = (
        start + round(point.t_s),
        point.distance_m * 100.0,
        _times(point.speed_mps, 1000.0),
        *_strides(point.cadence_spm),
    )
    own = DIRECTIONS[point.direction], int(point.hazard is not None)
    if not has_positions:
        file.add(RECORD_STILL, *motion, *own)
        return
    place = _times(point.lat_deg, SEMICIRCLES), _times(point.lon_deg, SEMICIRCLES)
    file.add(
        RECORD, *motion, *place, point.sigma_m if point.lat_deg is not None else None, *own
    )


def _lap(
    file: FitFile, index: int, lap: Lap, *, start: int, step: int | None, review: SessionReview
) -> None:
    length_ms = (lap.end_s - lap.start_s) * 1000.0
    if not lap.is_moving:
        intensity = REST
    elif lap.direction is Direction.UNKNOWN:
        intensity = ACTIVE
    else:
        intensity = INTERVAL if lap.direction is Direction.BACKWARD else RECOVERY
    file.add(
        LAP,
        *(index, start + round(lap.end_s), start + round(lap.start_s), LAP_EVENT, STOP),
        *(length_ms, length_ms, lap.distance_m * 100.0),
        *(_times(lap.mean_speed_mps, 1000.0), _times(lap.max_speed_mps, 1000.0)),
        *_strides(lap.cadence_spm),
        *(intensity, MANUAL, RUNNING if lap.is_running else WALKING, _sub_sport(review), step),
    )


def _sport(review: SessionReview) -> int:
    """Return what most of the way backward was, of a session without any of all its way."""
    backward = [lap for lap in review.laps if lap.direction is Direction.BACKWARD]
    laps = backward or review.laps
    running_m = sum(lap.distance_m for lap in laps if lap.is_running)
    return RUNNING if running_m > 0.5 * sum(lap.distance_m for lap in laps) else WALKING


def _sub_sport(review: SessionReview) -> int:
    return TREADMILL if review.facts.kind is SessionKind.TREADMILL else GENERIC


def _session(file: FitFile, review: SessionReview, start: int, end: int) -> None:
    facts = review.facts
    duration_ms = facts.duration_s * 1000.0
    has_speed = any(lap.mean_speed_mps is not None for lap in review.laps)
    mean_mps = facts.distance_m / facts.duration_s if has_speed and facts.duration_s else None
    fastest = [lap.max_speed_mps for lap in review.laps if lap.max_speed_mps is not None]
    cadences = [point.cadence_spm for point in review.track if point.cadence_spm is not None]
    cadence_spm = sum(cadences) / len(cadences) if cadences else None
    moving_m = facts.backward_m + facts.forward_m
    share = 100.0 * facts.backward_m / moving_m if moving_m > 0.0 else None
    file.add(
        SESSION,
        *(0, end, start, SESSION_EVENT, STOP, _sport(review), _sub_sport(review), duration_ms),
        *(duration_ms, facts.distance_m * 100.0, _times(facts.steps, 0.5)),
        *(_times(mean_mps, 1000.0), _times(max(fastest, default=None), 1000.0)),
        *_strides(cadence_spm),
        *(0, len(review.laps), MANUAL, share, facts.backward_m * 100.0),
    )
