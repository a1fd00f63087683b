"""The lists of the session page: bouts, stretches, alerts, start check, the record itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backrun_pi.messages import Phase, RouteStretch, SessionKind
from backrun_pi.review.analysis.stretches import SCOUTED
from backrun_pi.review.event_model import AlertPin
from backrun_pi.review.model import PhaseRow, PlannedRow, SessionReview, Stretch
from backrun_pi.review.report import legend
from backrun_pi.review.report.locale import (
    UNKNOWN,
    Locale,
    known,
    mean_speed_mps,
    sentence,
    trusted_utc,
    zone_label,
)
from backrun_pi.timezone import zone

Head = tuple[str, str]
"""(name, CSS class) of a column."""
BOUT_HEADS = (
    *("Part", "#From", "#Time", "#Distance", "#Mean", "#Fastest", "#Cap", "#Cadence"),
    *("#Legs differ", "#Looks L/R", "#Alerts", "Note"),
)
STRETCH_HEADS = ("#Backward", "#Distance", "#Mean", "#Variation", "#Looks", "#Alerts")
PLANNED_HEADS = (
    *("Bout", "#Planned from", "#Begun at", "#Planned backward", "#Run backward"),
    *("#Contacts expected", "#On traffic", "#Alerts"),
)
ALERT_HEADS = ("What you felt", "Because")
ROUTE_HEADS = ("Verdict", "#From", "#Length", "Because")
ROUTE_LINES = {
    True: "The walked line of your scouting lap, judged by the map before the first bout.",
    False: "The way you stood on, in both directions, judged before the first bout.",
}
_FILE_NAMES = {"fit": "FIT", "gpx": "GPX", "csv": "CSV", "json": "JSON"}
_MOSTLY = 0.8
"""[-] Part of a bout below which the table shows how much of it was backward."""


def values(review: SessionReview, files: Sequence[str], show: Locale) -> dict[str, Any]:
    """Return what the lower half of the page shows."""
    facts = review.facts
    warnings = [_alert(pin, review, show) for pin in review.alerts if not legend.is_cue(pin)]
    cues = [_alert(pin, review, show) for pin in review.alerts if legend.is_cue(pin)]
    rows = [row for row in review.phases if row.end_s > row.start_s]
    return {
        "bout_heads": _heads(show, *BOUT_HEADS),
        "bouts": [] if facts.is_refused else [_bout(row, show) for row in rows],
        "stretch_heads": stretch_heads(show, "Way"),
        "stretches": [
            {"name": stretch_name(one.way_id, show), "cells": stretch_cells(one, show)}
            for one in review.stretches
        ],
        "planned_heads": _heads(show, *PLANNED_HEADS),
        "planned": [_planned(one, show) for one in review.planned],
        "alert_heads": _alert_heads(review, show),
        "warnings": warnings,
        "cues": cues,
        "cue_count": show.count(len(cues), "cue of the programme", "cues of the programme"),
        "route_heads": _heads(show, *ROUTE_HEADS),
        "route": _route(review, show),
        "checks": review.checks,
        "record": _record(review, show),
        "files": [(name, _file_name(name)) for name in files],
    }


def stretch_heads(show: Locale, first: str) -> list[Head]:
    """Return the columns of a table of stretches."""
    return _heads(show, first, *STRETCH_HEADS)


def stretch_name(way_id: str, show: Locale) -> str:
    """Return what a page calls a way: the map file holds no names of streets."""
    if way_id == SCOUTED:
        return show.text("Your scouted line")
    return show.text("Way %(number)s", number=way_id.lstrip("w"))


def stretch_cells(one: Stretch, show: Locale) -> list[str]:
    """Return the numbers of a stretch."""
    mean = mean_speed_mps(one.backward_m, one.backward_s)
    deviation = None
    if one.speed_sd_mps is not None and mean:
        deviation = one.speed_sd_mps / mean
    return [
        show.duration(one.backward_s),
        show.distance(one.backward_m),
        show.speed(mean),
        show.percent(deviation),
        str(one.looks),
        str(one.alerts),
    ]


def _heads(show: Locale, *names: str) -> list[Head]:
    """Return the heads of a table; `#` stands before a column of numbers."""
    return [
        (show.text(name.lstrip("#")), "number" if name.startswith("#") else "")
        for name in names
    ]


def _bout(row: PhaseRow, show: Locale) -> dict[str, Any]:
    is_bout = row.phase is Phase.BACKWARD
    way = [UNKNOWN] * 3
    if row.phase is not Phase.STAND:
        way = [
            show.distance(row.distance_m),
            show.speed(row.mean_speed_mps),
            show.speed(row.max_speed_mps),
        ]
    return {
        "is_bout": is_bout,
        "start_s": row.start_s,
        "end_s": row.end_s,
        "name": show.phase(row.phase, row.bout),
        "cells": [
            show.clock(row.start_s),
            show.duration(row.end_s - row.start_s),
            *way,
            show.speed(row.speed_cap_mps),
            show.number(row.cadence_spm, 0, "/min"),
            show.percent(row.asymmetry_p),
            f"{row.looks_left} / {row.looks_right}" if is_bout else UNKNOWN,
            str(row.alerts),
        ],
        "note": _note(row, show),
    }


def _planned(one: PlannedRow, show: Locale) -> dict[str, Any]:
    done = [UNKNOWN, UNKNOWN]
    if one.done_from_m is not None and one.done_backward_s is not None:
        done = [show.distance(one.done_from_m), show.duration(one.done_backward_s)]
    return {
        "name": show.phase(Phase.BACKWARD, one.number),
        "cells": [
            show.distance(one.from_m),
            done[0],
            show.duration(one.backward_s),
            done[1],
            show.number(one.contacts, 1),
            show.distance(one.traffic_m),
            str(one.alerts),
        ],
    }


def _note(row: PhaseRow, show: Locale) -> str:
    notes = []
    length_s = row.end_s - row.start_s
    if row.is_early_end:
        planned_s = known(row.planned_s) or 0.0
        note = show.text("ended early, after %(time)s", time=show.duration(length_s))
        if planned_s > length_s:
            note = show.text(
                "ended early, after %(time)s of %(planned)s",
                time=show.duration(length_s),
                planned=show.duration(planned_s),
            )
        notes.append(note)
    if row.phase is Phase.BACKWARD and row.backward_s < _MOSTLY * length_s:
        notes.append(
            show.text("backward for %(time)s of it", time=show.duration(row.backward_s))
        )
    if row.is_without_rest:
        notes.append(show.text("no rest: went on backward"))
    cap, mean = known(row.speed_cap_mps), known(row.mean_speed_mps)
    if cap is not None and mean is not None and mean > cap:
        notes.append(show.text("faster than the plan"))
    return "; ".join(notes)


def _alert_heads(review: SessionReview, show: Locale) -> list[Head]:
    start_s = trusted_utc(review.facts.start_utc_s)
    at = show.text("At")
    if start_s is not None:
        at = f"{at} ({zone_label(start_s, zone(review.facts.time_zone))})"
    return [(at, ""), *_heads(show, *ALERT_HEADS)]


def _alert(pin: AlertPin, review: SessionReview, show: Locale) -> dict[str, Any]:
    shape, rank = legend.rank(pin)
    start_s, time = trusted_utc(review.facts.start_utc_s), ""
    if start_s is not None and known(pin.t_s) is not None:
        time = show.time_of_day(start_s + pin.t_s, zone(review.facts.time_zone))
    return {
        "t_s": pin.t_s,
        "time": time,
        "title": show.text(pin.title),
        "shape": shape,
        "rank": show.text(rank),
        "because": sentence(pin.because),
    }


def _route(review: SessionReview, show: Locale) -> dict[str, Any] | None:
    """Return how well the way from the start suits, stretch by stretch; None if not judged."""
    if review.route is None:
        return None
    line = ROUTE_LINES[review.route.is_scouted]
    rows = [_route_row(one, show) for one in review.route.stretches]
    return {"line": show.text(line), "rows": rows}


def _route_row(one: RouteStretch, show: Locale) -> dict[str, Any]:
    return {
        "verdict": show.text(one.verdict.value.capitalize()),
        "cells": [show.distance(one.from_m), show.distance(one.to_m - one.from_m)],
        "because": sentence(one.because).replace("_", " "),
    }


def _record(review: SessionReview, show: Locale) -> list[tuple[str, str]]:
    """Return what the recording is: what the page does not show elsewhere."""
    facts = review.facts
    kept = [(show.text("Session"), facts.session_id)]
    if facts.is_whole:
        kept.append((show.text("Ended by"), facts.end_because))
    kept += [
        (show.text("Standing"), show.duration(facts.still_s)),
        (show.text("Direction unknown"), show.duration(facts.unknown_s)),
        (show.text("Steps"), UNKNOWN if facts.steps is None else str(facts.steps)),
    ]
    if facts.kind is not SessionKind.TREADMILL:
        kept.append((show.text("Map"), facts.map_id or show.text("none")))
    kept += [
        (show.text("Settings"), facts.config_id),
        (show.text("Software"), facts.software_version),
    ]
    if len(facts.boot_ids) > 1:
        kept.append((show.text("Starts of the device"), str(len(facts.boot_ids))))
    return kept


def _file_name(name: str) -> str:
    ending = name.rsplit(".", 1)[-1].lower()
    return _FILE_NAMES.get(ending) or name
