"""Reviews to draw, made of arithmetic: a training in a park, and the odd ones around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from backrun_pi.messages import (
    Condition,
    Direction,
    Gait,
    Phase,
    Priority,
    RouteStretch,
    RouteVerdict,
    SessionKind,
    Source,
    Stage,
    Suitability,
)
from backrun_pi.review.drawn_map import DrawnLine, MapLayers, MapPoint
from backrun_pi.review.event_model import AlertPin, FaultLine, HazardSeen, StartCheck
from backrun_pi.review.index_model import PlanProgress, WeekLoad
from backrun_pi.review.model import (
    LookBalance,
    PhaseRow,
    SessionReview,
    SessionSummary,
    TrackPoint,
)
from backrun_pi.review.phrase import Phrase

UTC0_S = 1_795_253_525.0
_LAT_DEG, _LON_DEG = 60.1719, 24.9414
_M_DEG = 1.0 / 111_320.0
_EAST = _M_DEG / math.cos(math.radians(_LAT_DEG))


def park(bouts: int = 5, bout_s: float = 60.0, name: str = "20261121-103205") -> SessionReview:
    """Return a training session round a park: warm-up, bouts, recoveries, cool-down."""
    phases = _programme(bouts, bout_s)
    track = _track(phases)
    return SessionReview(
        facts=_facts(name, phases, track, bouts),
        phases=phases,
        laps=(),
        track=track,
        alerts=_alerts(phases, track),
        hazards=_hazards(track),
        checks=_checks(),
        faults=_faults(phases),
        presses=(),
        looks=LookBalance(left=bouts * 4, right=bouts * 4),
        advice=(
            Phrase("Part of the route was on a busy way. Choose a quiet one."),
            Phrase(
                "GPS was away for %(seconds)d s. Wait for a fix in the open before the start.",
                {"seconds": 20},
            ),
        ),
        route=RouteVerdict(
            t_ns=25 * 10**9,
            is_scouted=True,
            stretches=(
                RouteStretch(0.0, 288.0, Suitability.UNKNOWN, ("smoothness not tagged",)),
                RouteStretch(288.0, 300.0, Suitability.BAD, ("bend of 44 degrees", "<sett>")),
                RouteStretch(300.0, 420.0, Suitability.GOOD, ("surface asphalt", "lit")),
            ),
        ),
    )


def treadmill() -> SessionReview:
    """Return a session without any position."""
    whole = park()
    track = tuple(
        replace(point, lat_deg=None, lon_deg=None, sigma_m=None, course_rad=None)
        for point in whole.track
    )
    alerts = tuple(replace(pin, lat_deg=None, lon_deg=None) for pin in whole.alerts[4:9])
    return replace(
        whole,
        facts=replace(whole.facts, kind=SessionKind.TREADMILL, map_id=None, start_utc_s=None),
        track=track,
        alerts=alerts,
        hazards=(),
        faults=(),
        route=None,
    )


def silent() -> SessionReview:
    """Return a session in which nothing was announced, checked or advised."""
    return replace(
        park(), alerts=(), hazards=(), faults=(), checks=(), advice=(), looks=LookBalance(0, 0)
    )


def torn() -> SessionReview:
    """Return a session that a power cut ended in its second bout."""
    whole = park()
    end_s = 200.0
    phases = [row for row in whole.phases if row.start_s < end_s]
    phases[-1] = replace(phases[-1], end_s=end_s, is_early_end=True)
    return replace(
        whole,
        facts=replace(
            whole.facts,
            duration_s=end_s,
            is_whole=False,
            lost_s=0.8,
            end_because="power lost",
            bouts_done=1,
            boot_ids=("a", "b"),
        ),
        phases=tuple(phases),
        track=tuple(point for point in whole.track if point.t_s <= end_s),
        alerts=tuple(pin for pin in whole.alerts if pin.t_s <= end_s),
    )


def blink() -> SessionReview:
    """Return a session of one second, with nothing known."""
    point = TrackPoint(
        t_s=0.0,
        lat_deg=None,
        lon_deg=None,
        sigma_m=None,
        speed_mps=None,
        speed_cap_mps=None,
        cadence_spm=None,
        p_backward=None,
        course_rad=None,
        distance_m=0.0,
        direction=Direction.UNKNOWN,
        gait=Gait.UNKNOWN,
        phase=Phase.STAND,
        is_guiding=None,
        hazard=None,
    )
    facts = replace(
        park().facts,
        start_utc_s=None,
        duration_s=1.0,
        distance_m=0.0,
        backward_m=0.0,
        forward_m=0.0,
        backward_s=0.0,
        forward_s=0.0,
        still_s=0.0,
        unknown_s=1.0,
        bouts_done=0,
        steps=None,
        end_because="",
        map_id=None,
    )
    return replace(silent(), facts=facts, phases=(), track=(point,))


def scouting() -> SessionReview:
    """Return a lap that was walked to learn the route."""
    whole = park()
    lap = replace(
        whole.phases[1], phase=Phase.SCOUTING, start_s=0.0, end_s=whole.facts.duration_s
    )
    facts = replace(whole.facts, kind=SessionKind.SCOUTING, bouts_planned=0, bouts_done=0)
    marks = tuple(
        _pin(whole.track, t_s, "Marked obstacle", Priority.INFO, "press")
        for t_s in (90.0, 300.0)
    )
    return replace(whole, facts=facts, phases=(lap,), alerts=marks, faults=(), hazards=())


def second() -> SessionReview:
    """Return a session of one second in which everything is known."""
    whole = park()
    track = tuple(replace(point, t_s=float(n)) for n, point in enumerate(whole.track[20:22]))
    facts = replace(whole.facts, duration_s=1.0, backward_s=0.0, backward_m=0.0)
    return replace(
        silent(), facts=facts, phases=(replace(whole.phases[0], end_s=1.0),), track=track
    )


def layers() -> MapLayers:
    """Return a small invented park: paths, a road, a cycleway, a pond, benches, a step."""
    square = [(-40, -30), (-40, 130), (90, 130), (90, -30), (-40, -30)]
    return MapLayers(
        lines=(
            DrawnLine("road3", _line([(-55, -120), (-55, 240)]), is_closed=False),
            DrawnLine("cycleway", _line([(-46, -120), (-46, 240)]), is_closed=False),
            DrawnLine("path", _line(square), is_closed=False),
            DrawnLine("path", _line([(-40, 50), (90, 60)]), is_closed=False),
            DrawnLine("steps", _line([(90, 40), (110, 40)]), is_closed=False),
            DrawnLine("water", _line([(10, 0), (40, 10), (35, 40), (8, 35)]), is_closed=True),
            DrawnLine("building", _line([(60, 80), (80, 80), (80, 110), (60, 110)]), True),
            DrawnLine("fence", _line([(100, -30), (100, 130)]), is_closed=False),
        ),
        points=(
            _point("bench", "n1", 2, 88, 20, "Bench beside the path"),
            _point("bench", "n2", 2, 88, 70, "Bench beside the path"),
            _point("bollard", "n3", 2, -40, 60, "Bollard in the middle of the way"),
            _point("kerb", "n4", 3, -44, 50, "Kerb to the road"),
            _point("mark", None, 2, 40, 130, "Marked on the scouting lap of 14 Nov"),
        ),
        attribution="© OpenStreetMap contributors",
    )


def progress() -> PlanProgress:
    """Return a plan in its third week."""
    monday_s = 1_792_972_800.0
    minutes = (5.0, 9.8, 10.1, 0.0, 12.3, 14.9)
    return PlanProgress(
        plan="Eight weeks",
        week=3,
        weeks=8,
        sessions_left=1,
        text=(
            "Next: 8 bouts of 60 s backward, up to 0.8 m/s.",
            "Not before Tuesday 24 November.",
        ),
        load=tuple(
            WeekLoad(
                start_utc_s=monday_s + n * 604_800.0,
                sessions=0 if m == 0.0 else 2,
                backward_s=m * 60.0,
                backward_m=m * 48.0,
            )
            for n, m in enumerate(minutes)
        ),
    )


def _line(points_m: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((_LAT_DEG + n * _M_DEG, _LON_DEG + e * _EAST) for n, e in points_m)


def _point(
    kind: str, osm_id: str | None, severity: int, north_m: float, east_m: float, text: str
) -> MapPoint:
    ((lat, lon),) = _line([(north_m, east_m)])
    return MapPoint(kind, osm_id, severity, lat, lon, text)


def _programme(bouts: int, bout_s: float) -> tuple[PhaseRow, ...]:
    plan = [(Phase.STAND, 0, 6.0), (Phase.WARM_UP, 0, 90.0)]
    for bout in range(1, bouts + 1):
        plan.append((Phase.BACKWARD, bout, bout_s))
        plan.append((Phase.RECOVER, bout, 60.0))
    plan[-1] = (Phase.COOL_DOWN, 0, 70.0)
    rows, now_s = [], 0.0
    for phase, bout, length_s in plan:
        is_back, is_early = phase is Phase.BACKWARD, phase is Phase.BACKWARD and bout == 3
        took_s = length_s - 18.0 if is_early else length_s
        moved_mps = 0.0 if phase is Phase.STAND else (0.82 if is_back else 1.31)
        rows.append(
            PhaseRow(
                start_s=now_s,
                end_s=now_s + took_s,
                phase=phase,
                bout=bout,
                planned_s=length_s,
                distance_m=moved_mps * took_s,
                mean_speed_mps=moved_mps or None,
                max_speed_mps=moved_mps * 1.25 if moved_mps else None,
                speed_cap_mps=0.9 if is_back else None,
                cadence_spm=104.0 if is_back else (112.0 if moved_mps else None),
                asymmetry_p=0.034 if is_back else None,
                backward_s=took_s - 2.0 if is_back else 0.0,
                backward_m=0.82 * (took_s - 2.0) if is_back else 0.0,
                looks_left=4 if is_back else 0,
                looks_right=4 if is_back else 0,
                alerts=2 if is_back and bout in {2, 4} else 0,
                is_early_end=is_early,
            )
        )
        now_s += took_s
    return tuple(rows)


def _around(way_m: float) -> tuple[float, float]:
    corners = [(-40.0, -30.0), (-40.0, 130.0), (90.0, 130.0), (90.0, -30.0)]
    left_m = way_m % 580.0
    for n, (north, east) in enumerate(corners):
        to_north, to_east = corners[(n + 1) % 4]
        side_m = math.hypot(to_north - north, to_east - east)
        if left_m <= side_m:
            part = left_m / side_m
            wobble = 1.6 * math.sin(way_m / 17.0)
            return (
                north + part * (to_north - north) + wobble,
                east + part * (to_east - east) + 1.3 * math.cos(way_m / 13.0),
            )
        left_m -= side_m
    return corners[0]


def _track(phases: tuple[PhaseRow, ...]) -> tuple[TrackPoint, ...]:
    points, way_m = [], 0.0
    for second in range(int(phases[-1].end_s) + 1):
        row = next((row for row in phases if row.start_s <= second < row.end_s), phases[-1])
        is_back, is_still = row.phase is Phase.BACKWARD, row.phase is Phase.STAND
        since_s = second - row.start_s
        is_unsure = 0.0 <= since_s < 2.0
        wave = math.sin(second / 5.3) * 0.07 + math.sin(second / 1.7) * 0.04
        speed = 0.0 if is_still else max(0.0, (0.82 if is_back else 1.31) + wave)
        way_m += speed
        north, east = _around(way_m)
        is_lost = 290 <= second < 310
        sigma_m = 2.2 + 1.2 * abs(math.sin(second / 61.0)) + (second - 290) * 0.4 * is_lost
        ((lat, lon),) = _line([(north, east)])
        points.append(
            TrackPoint(
                t_s=float(second),
                lat_deg=lat,
                lon_deg=lon,
                sigma_m=sigma_m,
                speed_mps=speed,
                speed_cap_mps=0.9 if is_back else None,
                cadence_spm=None if is_still else (104.0 if is_back else 112.0) + 30.0 * wave,
                p_backward=0.5
                if is_unsure
                else (0.97 + wave / 5 if is_back else 0.03 - wave / 5),
                course_rad=1.0,
                distance_m=way_m,
                direction=_direction(is_still or is_unsure, is_back),
                gait=Gait.STILL if is_still else Gait.WALK,
                phase=row.phase,
                is_guiding=not is_lost,
                hazard="bench" if 250 <= second < 258 else None,
            )
        )
    return tuple(points)


def _direction(is_unsure: bool, is_back: bool) -> Direction:
    if is_unsure:
        return Direction.UNKNOWN
    return Direction.BACKWARD if is_back else Direction.FORWARD


_CONDITIONS = {
    "Ready": Condition.READY,
    "Marked": Condition.MARK_SET,
    "Turn": Condition.SWITCH_BACKWARD,
    "Look": Condition.LOOK_LEFT,
    "Obstacle": Condition.CAUTION_HAZARD,
    "Stop:": Condition.STOP_HAZARD,
    "GPS": Condition.GNSS_LOST,
    "Faster": Condition.TOO_FAST,
    "Crossing": Condition.CAUTION_HAZARD,
}
"""Begin of a title -> condition."""


def _pin(
    track: tuple[TrackPoint, ...],
    t_s: float,
    title: str,
    priority: Priority,
    because: str,
    hazard_id: str | None = None,
) -> AlertPin:
    here = track[min(int(t_s), len(track) - 1)]
    return AlertPin(
        t_s=t_s,
        condition=_CONDITIONS[title.partition(" ")[0]].value,
        title=title,
        priority=priority,
        pattern="stop" if priority is Priority.STOP else "look",
        because=(because,),
        lat_deg=here.lat_deg,
        lon_deg=here.lon_deg,
        hazard_id=hazard_id,
    )


def _alerts(
    phases: tuple[PhaseRow, ...], track: tuple[TrackPoint, ...]
) -> tuple[AlertPin, ...]:
    pins = [_pin(track, 6.0, "Ready", Priority.INFO, "all checks passed")]
    for row in phases:
        if row.phase is not Phase.BACKWARD:
            continue
        pins.append(
            _pin(track, row.start_s, "Turn and run backward", Priority.COACH, "programme")
        )
        for n in range(1, 6):
            if row.start_s + n * 9.0 < row.end_s:
                side = "left" if n % 2 else "right"
                why = "9 s since the last look"
                pins.append(
                    _pin(track, row.start_s + n * 9.0, f"Look {side}", Priority.COACH, why)
                )
        pins.append(
            _pin(track, row.end_s, "Turn and walk forward", Priority.COACH, "programme")
        )
    bench = "bench 6 m down the course, 7.1 s to contact"
    pins += [
        _pin(track, 250.0, "Obstacle on your course", Priority.CAUTION, bench, "n1"),
        _pin(
            track, 254.0, "Stop: obstacle close", Priority.STOP, "bench 2.4 m away, 2.9 s", "n1"
        ),
        _pin(track, 292.0, "GPS lost: map warnings are off", Priority.BLIND, "no fix for 2 s"),
        _pin(track, 311.0, "GPS is back", Priority.NOTICE, "fix with 9 satellites"),
        _pin(
            track, 455.0, "Faster than the plan", Priority.NOTICE, "1.02 m/s, the cap is 0.90"
        ),
        _pin(
            track, 480.0, "Crossing a cycleway", Priority.CAUTION, "cycleway <w2> in 5 m & busy"
        ),
    ]
    return tuple(sorted(pins, key=lambda pin: pin.t_s))


def _hazards(track: tuple[TrackPoint, ...]) -> tuple[HazardSeen, ...]:
    near = track[min(257, len(track) - 1)]
    return (
        HazardSeen(
            hazard_id="n1",
            kind="bench",
            osm_id="n1",
            severity=2,
            stage=Stage.STOP,
            first_s=249.0,
            last_s=258.0,
            contact_s=2.9,
            distance_m=2.4,
            lat_deg=near.lat_deg,
            lon_deg=near.lon_deg,
            because=("bench 2.4 m away on the course", "2.9 s to contact at 0.8 m/s"),
        ),
        HazardSeen(
            hazard_id="bend-1",
            kind="bend",
            osm_id=None,
            severity=1,
            stage=Stage.CAUTION,
            first_s=120.0,
            last_s=124.0,
            contact_s=None,
            distance_m=5.0,
            lat_deg=track[min(130, len(track) - 1)].lat_deg,
            lon_deg=track[min(130, len(track) - 1)].lon_deg,
            because=("the path bends to the left",),
        ),
    )


def _checks() -> tuple[StartCheck, ...]:
    return (
        StartCheck(1.0, True, "Motion sensor MPU-6500 answers at 100 Hz"),
        StartCheck(1.2, True, "GPS fix with 9 satellites, sigma 2.4 m"),
        StartCheck(1.4, True, "Map helsinki, 12 days old, covers this place"),
        StartCheck(1.6, False, "Battery at 24 %: enough for this session, not for the next"),
        StartCheck(2.0, True, "Second session of this week; the plan allows two"),
    )


def _faults(phases: tuple[PhaseRow, ...]) -> tuple[FaultLine, ...]:
    if phases[-1].end_s < 310.0:
        return ()
    return (
        FaultLine(
            start_s=290.0,
            end_s=310.0,
            source=Source.GNSS,
            text="No position for 20 s: the map could not warn. Cause: no fix.",
        ),
    )


def _facts(
    name: str, phases: tuple[PhaseRow, ...], track: tuple[TrackPoint, ...], bouts: int
) -> SessionSummary:
    backward = [point for point in track if point.direction is Direction.BACKWARD]
    forward = [point for point in track if point.direction is Direction.FORWARD]
    backward_m = sum(point.speed_mps or 0.0 for point in backward)
    return SessionSummary(
        session_id=name,
        kind=SessionKind.TRAINING,
        start_utc_s=UTC0_S,
        duration_s=phases[-1].end_s,
        distance_m=track[-1].distance_m,
        backward_m=backward_m,
        forward_m=track[-1].distance_m - backward_m,
        backward_s=float(len(backward)),
        forward_s=float(len(forward)),
        still_s=6.0,
        unknown_s=20.0,
        bouts_planned=bouts,
        bouts_done=max(0, bouts - 1),
        steps=1188,
        is_whole=True,
        lost_s=0.0,
        end_because="button",
        software_version="0.1.0",
        config_id="c0ffee12",
        map_id="helsinki 2026-11-09",
        boot_ids=("a",),
    )
