"""From a recording to a review: one pass over the records, then the tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import msgspec

from backrun_pi.errors import SessionError
from backrun_pi.messages import (
    Alert,
    BoutPlan,
    ButtonPress,
    CoachState,
    Condition,
    GnssFix,
    OncomingHazard,
    Phase,
    Place,
    Press,
    RouteVerdict,
    RunnerState,
    SessionKind,
    SourceEvent,
    Tick,
)
from backrun_pi.record.damage import Examination, LogCheck
from backrun_pi.record.format import RecordGap, SessionEnd, SessionHeader
from backrun_pi.record.reader import ReadRecord, Recording
from backrun_pi.review import layout
from backrun_pi.review.analysis import advice, events, phases_and_laps
from backrun_pi.review.analysis.planned_bouts import planned_bouts
from backrun_pi.review.analysis.segments import Doing, WayCovered
from backrun_pi.review.analysis.session_clock import SessionClock
from backrun_pi.review.analysis.stretches import stretches
from backrun_pi.review.analysis.track_points import track_points
from backrun_pi.review.event_model import AlertPin, HazardSeen, PressLine
from backrun_pi.review.model import LookBalance, PhaseRow, SessionReview, SessionSummary
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.timezone import zone_name

KINDS = (
    Alert,
    BoutPlan,
    ButtonPress,
    CoachState,
    OncomingHazard,
    Place,
    RecordGap,
    RouteVerdict,
    RunnerState,
    SessionEnd,
    SourceEvent,
)
OF_THE_CLOCK = (SessionHeader, GnssFix)


@dataclass(slots=True)
class _Seen:
    """What one pass over the records brings."""

    states: list[tuple[float, RunnerState]] = field(default_factory=list)
    coach: list[tuple[float, CoachState]] = field(default_factory=list)
    plans: list[tuple[float, BoutPlan]] = field(default_factory=list)
    places: list[tuple[float, Place]] = field(default_factory=list)
    hazards: list[tuple[float, OncomingHazard]] = field(default_factory=list)
    events: list[tuple[float, SourceEvent]] = field(default_factory=list)
    gaps: list[tuple[float, RecordGap]] = field(default_factory=list)
    presses: list[PressLine] = field(default_factory=list)
    alerts: list[AlertPin] = field(default_factory=list)
    known: dict[str, HazardSeen] = field(default_factory=dict)
    route: RouteVerdict | None = None
    end: SessionEnd | None = None

    def take(self, t_s: float, message: Any) -> None:
        """Take one record."""
        state = self.states[-1][1] if self.states else None
        match message:
            case RunnerState():
                self.states.append((t_s, message))
            case CoachState():
                self.coach.append((t_s, message))
            case Place():
                self.places.append((t_s, message))
            case OncomingHazard():
                self.hazards.append((t_s, message))
                events.see_hazard(self.known, t_s, message, state)
            case Alert():
                self.alerts.append(events.alert_pin(t_s, message, state, self.known))
            case SourceEvent():
                self.events.append((t_s, message))
            case ButtonPress() if message.press is not Press.DOWN:
                self.presses.append(PressLine(t_s, message.press.value))
            case RecordGap():
                self.gaps.append((t_s, message))
            case RouteVerdict() | SessionEnd() | BoutPlan():
                self._take_rare(t_s, message)

    def _take_rare(self, t_s: float, message: RouteVerdict | SessionEnd | BoutPlan) -> None:
        """Take what a session has one of, or one a rest."""
        if isinstance(message, RouteVerdict):
            self.route = message
        elif isinstance(message, BoutPlan):
            self.plans.append((t_s, message))
        else:
            self.end = message


def review_session(recording: Recording, settings: ReviewSettings) -> SessionReview:
    """Return everything that pages and exports show of a session.

    Raises:
        SessionError: Nothing of the log is readable.
    """
    clock, examination = SessionClock(), Examination(recording.session_id)
    kept: list[ReadRecord] = []
    for record in recording.examine(examination, (*KINDS, *OF_THE_CLOCK), Tick):
        if isinstance(record.message, KINDS):
            kept.append(record)
        else:
            clock.see(record)
    clock.close()
    check = examination.result()
    if not clock.boots:
        raise SessionError(f"{recording.path}: holds no record of a session")
    seen = _Seen()
    for record in kept:
        if record.boot >= len(clock.boots):
            continue  # of a boot without any tick: nothing places it
        seen.take(clock.moment_s(record), record.message)
    duration_s = clock.duration_s
    way = WayCovered(seen.states, duration_s)
    spans = phases_and_laps.spans(seen.coach, duration_s)
    phases = phases_and_laps.phase_rows(spans, way, seen.alerts, settings)
    facts = _facts(recording, clock, check, seen, way=way, phases=phases, settings=settings)
    faults = events.faults(seen.events, seen.gaps, check, clock.boot_ends_s)
    looks = LookBalance(
        left=sum(pin.condition == Condition.LOOK_LEFT.value for pin in seen.alerts),
        right=sum(pin.condition == Condition.LOOK_RIGHT.value for pin in seen.alerts),
    )
    hazards = tuple(seen.known.values())
    checks = events.start_checks(seen.coach, seen.alerts)
    findings = advice.Findings(
        facts=facts,
        phases=phases,
        alerts=seen.alerts,
        hazards=hazards,
        checks=checks,
        faults=faults,
        looks=looks,
        settings=settings,
    )
    return SessionReview(
        facts=facts,
        phases=phases,
        laps=phases_and_laps.laps(spans, way),
        track=track_points(way, spans, seen.coach, seen.places, seen.hazards),
        alerts=tuple(seen.alerts),
        hazards=hazards,
        checks=checks,
        faults=faults,
        presses=tuple(seen.presses),
        looks=looks,
        advice=advice.advise(findings),
        route=seen.route,
        stretches=stretches(way, seen.places, seen.alerts),
        planned=planned_bouts(seen.plans, phases, way),
    )


def _facts(
    recording: Recording,
    clock: SessionClock,
    check: LogCheck,
    seen: _Seen,
    *,
    way: WayCovered,
    phases: tuple[PhaseRow, ...],
    settings: ReviewSettings,
) -> SessionSummary:
    sums = way.sums(0.0, clock.duration_s)
    header = clock.header or SessionHeader(recording.session_id, "", "unknown", {})
    return SessionSummary(
        session_id=layout.folder_name(recording.session_id),
        kind=seen.coach[-1][1].kind if seen.coach else SessionKind.TRAINING,
        start_utc_s=clock.start_utc_s,
        duration_s=clock.duration_s,
        distance_m=sums.distance_m,
        backward_m=sums.way_m[Doing.BACKWARD],
        forward_m=sums.way_m[Doing.FORWARD],
        backward_s=sums.time_s[Doing.BACKWARD],
        forward_s=sums.time_s[Doing.FORWARD],
        still_s=sums.time_s[Doing.STILL],
        unknown_s=sums.time_s[Doing.UNKNOWN],
        bouts_planned=max((state.bouts for _, state in seen.coach), default=0),
        bouts_done=phases_and_laps.bouts_done(phases),
        steps=round(sums.steps) if sums.stepping_s > 0.0 else None,
        is_whole=check.is_whole,
        lost_s=check.lost_s,
        end_because=seen.end.because if seen.end else "broken off",
        software_version=header.software_version,
        config_id=_identity(header),
        map_id=header.map_id,
        boot_ids=tuple(boot.boot_id for boot in clock.boots),
        start_wall_s=clock.start_wall_s,
        log_bytes=check.bytes,
        time_zone=settings.time_zone or _time_zone(seen),
        is_refused=_is_refused(phases),
    )


def _time_zone(seen: _Seen) -> str | None:
    """Return the zone of the first position."""
    for _, state in seen.states:
        if state.lat_deg is not None and state.lon_deg is not None:
            return zone_name(state.lat_deg, state.lon_deg)
    return None


def _is_refused(phases: tuple[PhaseRow, ...]) -> bool:
    """Return whether a start was refused and nothing else was begun."""
    begun = {row.phase for row in phases} - {Phase.IDLE, Phase.CHECKING}
    return begun == {Phase.REFUSED}


def _identity(header: SessionHeader) -> str:
    """Return a short name that two sessions share when their settings are the same."""
    text = msgspec.json.encode(dict(header.config), order="deterministic")
    return hashlib.sha256(text).hexdigest()[:8]
