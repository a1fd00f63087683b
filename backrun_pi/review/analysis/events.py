"""What happened at moments: alerts, hazards, faults, presses, start checks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from backrun_pi.geo import LocalFrame
from backrun_pi.messages import (
    Alert,
    CoachState,
    Condition,
    Freshness,
    OncomingHazard,
    Phase,
    RunnerState,
    Source,
    SourceEvent,
    Stage,
)
from backrun_pi.record.damage import LogCheck
from backrun_pi.record.format import RecordGap
from backrun_pi.review.event_model import AlertPin, FaultLine, HazardSeen, StartCheck
from backrun_pi.units import NS_PER_S
from backrun_pi.vocabulary import BROKEN_OFF, LOSSES, TORN, condition_name


def alert_pin(
    t_s: float, alert: Alert, state: RunnerState | None, hazards: dict[str, HazardSeen]
) -> AlertPin:
    """Return an alert with the place it was given at."""
    hazard_id = alert.key if alert.key in hazards else None
    return AlertPin(
        t_s=t_s,
        condition=alert.condition.value,
        title=condition_name(alert.condition),
        priority=alert.priority,
        pattern=alert.pattern,
        because=alert.because,
        lat_deg=state.lat_deg if state else None,
        lon_deg=state.lon_deg if state else None,
        hazard_id=hazard_id,
    )


def see_hazard(
    seen: dict[str, HazardSeen],
    t_s: float,
    hazard: OncomingHazard,
    state: RunnerState | None,
) -> None:
    """Add one answer of the look-behind to what is known of the hazard."""
    lat_deg, lon_deg = _place(hazard, state)
    now = HazardSeen(
        hazard_id=hazard.hazard_id,
        kind=hazard.kind,
        osm_id=hazard.osm_id,
        severity=hazard.severity,
        stage=hazard.stage,
        first_s=t_s,
        last_s=t_s,
        contact_s=hazard.contact_s,
        distance_m=hazard.distance_m,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        because=hazard.because,
    )
    before = seen.get(hazard.hazard_id)
    if before is None:
        seen[hazard.hazard_id] = now
        return
    contacts = [s for s in (before.contact_s, now.contact_s) if s is not None]
    is_worse = before.stage is Stage.CAUTION and now.stage is Stage.STOP
    base = now if is_worse or lat_deg is not None else before
    seen[hazard.hazard_id] = replace(
        base,
        first_s=before.first_s,
        last_s=t_s,
        stage=now.stage if is_worse else before.stage,
        contact_s=min(contacts, default=None),
        distance_m=min(before.distance_m, now.distance_m),
        lat_deg=lat_deg if lat_deg is not None else before.lat_deg,
        lon_deg=lon_deg if lon_deg is not None else before.lon_deg,
        because=now.because if is_worse else before.because,
    )


def _place(
    hazard: OncomingHazard, state: RunnerState | None
) -> tuple[float | None, float | None]:
    """Reckon where a hazard is, from where the runner was and went."""
    if (
        state is None
        or state.lat_deg is None
        or state.lon_deg is None
        or state.course_rad is None
    ):
        return None, None
    sin, cos = math.sin(state.course_rad), math.cos(state.course_rad)
    east_m = hazard.distance_m * sin - hazard.offset_m * cos
    north_m = hazard.distance_m * cos + hazard.offset_m * sin
    return LocalFrame(state.lat_deg, state.lon_deg).to_deg(east_m, north_m)


def start_checks(
    coach: Sequence[tuple[float, CoachState]], alerts: Sequence[AlertPin]
) -> tuple[StartCheck, ...]:
    """Return what the checks before the start found: refusals, then what was ready."""
    found = [
        StartCheck(t_s, False, text)
        for t_s, state in coach
        if state.phase is Phase.REFUSED
        for text in state.because
    ]
    found += [
        StartCheck(pin.t_s, pin.condition == Condition.READY.value, text)
        for pin in alerts
        if pin.condition == Condition.READY.value
        for text in pin.because
    ]
    found += [
        StartCheck(t_s, True, text)
        for t_s, state in coach
        if state.phase is Phase.CHECKING
        for text in state.because
    ]
    unique = {(check.is_passed, check.text): check for check in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda check: check.t_s))


def faults(
    events: Sequence[tuple[float, SourceEvent]],
    gaps: Sequence[tuple[float, RecordGap]],
    check: LogCheck,
    boot_ends_s: Sequence[float],
) -> tuple[FaultLine, ...]:
    """Return the times in which a part was lost, from loss to return, oldest first.

    Args:
        events: Losses and returns, with their session times.
        gaps: What the recorder left out, with session times of the account.
        check: What is missing in the log.
        boot_ends_s: Session time at which each boot's part ends.
    """
    lines: list[FaultLine] = []
    lost: dict[Source, FaultLine] = {}
    for t_s, event in events:
        if event.freshness is Freshness.LOST:
            line = FaultLine(t_s, None, event.source, LOSSES[event.source], event.because)
            lost.setdefault(event.source, line)
        elif event.freshness is Freshness.OK and event.source in lost:
            lines.append(replace(lost.pop(event.source), end_s=t_s))
    lines += lost.values()
    for t_s, gap in gaps:
        since_s = max(0.0, t_s - (gap.t_ns - gap.since_ns) / NS_PER_S)
        until_s = max(0.0, t_s - (gap.t_ns - gap.until_ns) / NS_PER_S)
        text = LOSSES[Source.RECORDER]
        lines.append(FaultLine(since_s, until_s, Source.RECORDER, text, gap.because))
    lines += _damage(check, boot_ends_s)
    return tuple(sorted(lines, key=lambda line: line.start_s))


def _damage(check: LogCheck, boot_ends_s: Sequence[float]) -> list[FaultLine]:
    """Return what the log itself has lost."""
    lines = [FaultLine(end_s, end_s, Source.RECORDER, BROKEN_OFF) for end_s in boot_ends_s[:-1]]
    if not check.is_closed:
        lines.append(FaultLine(boot_ends_s[-1], None, Source.RECORDER, BROKEN_OFF))
    torn = [one for one in check.injuries if one.kind not in {"left out", "cut"}]
    if torn:
        seconds = sum(injury.lost_s or 0.0 for injury in torn)
        what = "; ".join(f"{one.file} at byte {one.offset}: {one.text}" for one in torn[:3])
        cause = f"{seconds:.1f} s are lost ({what})"
        lines.append(FaultLine(0.0, None, Source.RECORDER, TORN, cause))
    return lines
