"""From a recording to a review: one pass over the records, then the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from backrun_pi.errors import SessionError
from backrun_pi.messages import (
    Alert,
    ButtonPress,
    CoachState,
    Condition,
    Direction,
    Gait,
    OncomingHazard,
    Phase,
    Place,
    Press,
    RunnerState,
    SessionKind,
    SourceEvent,
    Stage,
)
from backrun_pi.record.format import RecordGap, SessionEnd, SessionHeader
from backrun_pi.record.injuries import LogCheck
from backrun_pi.record.reader import Recording
from backrun_pi.review import advice, events, programme
from backrun_pi.review.flow import Flow
from backrun_pi.review.model import (
    AlertPin,
    HazardSeen,
    LookBalance,
    PhaseRow,
    PressLine,
    SessionFacts,
    SessionReview,
    TrackPoint,
)
from backrun_pi.review.settings import ReviewSettings
from backrun_pi.review.way import Doing, Way

KINDS = (
    Alert,
    ButtonPress,
    CoachState,
    OncomingHazard,
    Place,
    RecordGap,
    RunnerState,
    SessionEnd,
    SourceEvent,
)
HAZARD_SHOWN_S = 3.0  # [s] a hazard without a time to contact is shown this long


@dataclass(slots=True)
class _Seen:
    """What one pass over the records brings."""

    states: list[tuple[float, RunnerState]] = field(default_factory=list)
    coach: list[tuple[float, CoachState]] = field(default_factory=list)
    places: list[tuple[float, Place]] = field(default_factory=list)
    hazards: list[tuple[float, OncomingHazard]] = field(default_factory=list)
    events: list[tuple[float, SourceEvent]] = field(default_factory=list)
    gaps: list[RecordGap] = field(default_factory=list)
    presses: list[PressLine] = field(default_factory=list)
    alerts: list[AlertPin] = field(default_factory=list)
    known: dict[str, HazardSeen] = field(default_factory=dict)
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
                self.gaps.append(message)
            case SessionEnd():
                self.end = message


def review_session(recording: Recording, settings: ReviewSettings) -> SessionReview:
    """Return everything that pages and exports say about a session.

    Raises:
        SessionError: Nothing of the log is readable.
    """
    flow = Flow(recording, *KINDS)
    check = recording.check()
    if not flow.boots:
        raise SessionError(f"{recording.path}: holds no record of a session")
    seen = _Seen()
    for t_s, message in flow:
        seen.take(t_s, message)
    duration_s = flow.duration_s
    way = Way(seen.states, duration_s)
    spans = programme.spans(seen.coach, duration_s)
    phases = programme.phase_rows(spans, way, seen.alerts, settings)
    facts = _facts(recording, flow, check, seen, way, phases)
    faults = events.faults(seen.events, seen.gaps, check, duration_s)
    looks = LookBalance(
        left=sum(pin.condition == Condition.LOOK_LEFT.value for pin in seen.alerts),
        right=sum(pin.condition == Condition.LOOK_RIGHT.value for pin in seen.alerts),
    )
    findings = advice.Findings(facts, phases, seen.alerts, faults, looks, settings)
    return SessionReview(
        facts=facts,
        phases=phases,
        laps=programme.laps(spans, way, settings),
        track=tuple(_track(seen, way, spans, duration_s)),
        alerts=tuple(seen.alerts),
        hazards=tuple(seen.known.values()),
        checks=events.start_checks(seen.coach, seen.alerts),
        faults=faults,
        presses=tuple(seen.presses),
        looks=looks,
        advice=advice.advise(findings),
    )


def _facts(
    recording: Recording,
    flow: Flow,
    check: LogCheck,
    seen: _Seen,
    way: Way,
    phases: tuple[PhaseRow, ...],
) -> SessionFacts:
    sums = way.sums(0.0, flow.duration_s)
    header = flow.header or SessionHeader(recording.session_id, "", "unknown", {})
    bouts = [row for row in phases if row.phase is Phase.BACKWARD]
    return SessionFacts(
        session_id=recording.session_id,
        kind=seen.coach[-1][1].kind if seen.coach else SessionKind.TRAINING,
        start_utc_s=flow.start_utc_s,
        duration_s=flow.duration_s,
        distance_m=sums.distance_m,
        backward_m=sums.way_m[Doing.BACKWARD],
        forward_m=sums.way_m[Doing.FORWARD],
        backward_s=sums.time_s[Doing.BACKWARD],
        forward_s=sums.time_s[Doing.FORWARD],
        still_s=sums.time_s[Doing.STILL],
        unknown_s=sums.time_s[Doing.UNKNOWN],
        bouts_planned=max((state.repeats for _, state in seen.coach), default=0),
        bouts_done=sum(not row.is_early_end for row in bouts),
        steps=round(sums.steps) if sums.stepping_s > 0.0 else None,
        is_whole=check.is_whole,
        lost_s=check.lost_s,
        end_because=seen.end.because if seen.end else "power lost",
        software_version=header.software_version,
        config_id=_identity(header),
        map_id=header.map_id,
        boot_ids=tuple(boot.boot_id for boot in flow.boots),
        start_wall_s=flow.start_wall_s,
    )


def _identity(header: SessionHeader) -> str:
    """Return a short name that two sessions share when their settings are the same."""
    text = msgspec.json.encode(dict(header.config), order="deterministic")
    return hashlib.sha256(text).hexdigest()[:8]


def _track(
    seen: _Seen, way: Way, spans: tuple[programme.Span, ...], duration_s: float
) -> Iterator[TrackPoint]:
    """Yield one point a second, and one at the very end: it carries the whole distance."""
    caps = [(t_s, state.speed_cap_mps) for t_s, state in seen.coach]
    guiding = [(t_s, place.is_guiding) for t_s, place in seen.places]
    hazards = [(t_s, hazard) for t_s, hazard in seen.hazards]
    span_at = cap_at = guiding_at = hazard_at = 0
    for t_s in _seconds(duration_s):
        while span_at + 1 < len(spans) and spans[span_at].to_s <= t_s:
            span_at += 1
        while cap_at < len(caps) and caps[cap_at][0] <= t_s:
            cap_at += 1
        while guiding_at < len(guiding) and guiding[guiding_at][0] <= t_s:
            guiding_at += 1
        while hazard_at < len(hazards) and hazards[hazard_at][0] <= t_s:
            hazard_at += 1
        piece = way.at(t_s)
        state = piece.state if piece else None
        yield TrackPoint(
            t_s=t_s,
            lat_deg=state.lat_deg if state else None,
            lon_deg=state.lon_deg if state else None,
            sigma_m=state.sigma_m if state else None,
            speed_mps=state.speed_mps if state else None,
            speed_cap_mps=caps[cap_at - 1][1] if cap_at else None,
            cadence_spm=state.cadence_spm if state else None,
            p_backward=state.p_backward if state else None,
            course_rad=state.course_rad if state else None,
            distance_m=way.distance_at_m(t_s),
            direction=state.direction if state else Direction.UNKNOWN,
            gait=state.gait if state else Gait.UNKNOWN,
            phase=spans[span_at].coach.phase,
            is_guiding=guiding[guiding_at - 1][1] if guiding_at else None,
            hazard=_hazard_at(hazards[max(0, hazard_at - 3) : hazard_at], t_s),
        )


def _seconds(duration_s: float) -> list[float]:
    """Return 0, 1, 2 ... and the end, which is at least half a second after the one before."""
    times_s = [float(second) for second in range(int(duration_s) + 1)]
    if duration_s - times_s[-1] < 0.5 and len(times_s) > 1:
        times_s.pop()
    return [*times_s, duration_s] if duration_s > times_s[-1] else times_s


def _hazard_at(lately: list[tuple[float, OncomingHazard]], t_s: float) -> str | None:
    """Return the kind of the most urgent hazard that is not passed yet."""
    near = [
        hazard
        for at_s, hazard in lately
        if t_s - at_s <= (HAZARD_SHOWN_S if hazard.contact_s is None else hazard.contact_s)
    ]
    worst = max(near, key=lambda one: (one.stage is Stage.STOP, one.severity), default=None)
    return worst.kind if worst else None
