"""The lists of the session page: bouts, alerts, start check, faults, the record itself."""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.messages import Phase, RouteStretch, SessionKind
from backrun_pi.review.model import AlertPin, FaultLine, PhaseRow, SessionReview, StartCheck
from backrun_pi.review.report import markup, words
from backrun_pi.vocabulary import SOURCES, phase_name

_BOUT_HEADS = (
    ("Part", ""),
    ("From", "number"),
    ("Time", "number"),
    ("Distance", "number"),
    ("Mean", "number"),
    ("Fastest", "number"),
    ("Cap", "number"),
    ("Cadence", "number"),
    ("Legs differ", "number"),
    ("Looks L/R", "number"),
    ("Alerts", "number"),
    ("Note", ""),
)
_ALERT_HEADS = (("What you felt", ""), ("Because", ""))
_ROUTE_HEADS = (("Verdict", ""), ("From", "number"), ("Length", "number"), ("Because", ""))
_FILE_NAMES = {"fit": "FIT", "gpx": "GPX", "csv": "CSV", "json": "Summary (JSON)"}
_MOSTLY = 0.8
"""[-] Part of a bout below which the table says how much of it was backward."""


def bouts(review: SessionReview) -> str:
    """Return the table of the programme as it was run."""
    rows = [row for row in review.phases if row.end_s > row.start_s]
    if not rows:
        return markup.card("bouts", "Bouts", markup.plain("No programme was begun."))
    hint = "Choose a part to see it on the map and in the charts."
    under = f'<p class="under" data-scripted hidden>{hint}</p>'
    body = under + markup.table("Bouts", _BOUT_HEADS, [_bout(row) for row in rows])
    return markup.card("bouts", "Bouts", body)


def _bout(row: PhaseRow) -> str:
    is_bout = row.phase is Phase.BACKWARD
    way = [words.UNKNOWN] * 3
    if row.phase is not Phase.STAND:
        way = [
            words.distance(row.distance_m),
            words.number(row.mean_speed_mps, 2, "m/s"),
            words.number(row.max_speed_mps, 2, "m/s"),
        ]
    cells = [
        words.clock(row.start_s),
        words.duration(row.end_s - row.start_s),
        *way,
        words.number(row.speed_cap_mps, 2, "m/s"),
        words.number(row.cadence_spm, 0, "/min"),
        words.percent(row.asymmetry_p),
        f"{row.looks_left} / {row.looks_right}" if is_bout else words.UNKNOWN,
        str(row.alerts),
    ]
    name = words.text(phase_name(row.phase, row.repeat))
    note = _note(row)
    note_css = "remark" if note else ""
    return (
        f'<tr class="{"is-backward" if is_bout else "is-other"}">'
        f'<th scope="row">{markup.stretch(row.start_s, row.end_s, name)}</th>'
        f'{markup.numbers(cells)}<td class="{note_css}">{note}</td></tr>'
    )


def _note(row: PhaseRow) -> str:
    notes = []
    length_s = row.end_s - row.start_s
    if row.is_early_end:
        planned_s = words.known(row.planned_s) or 0.0
        planned = f" of {words.duration(planned_s)}" if planned_s > length_s else ""
        notes.append(f"ended early, after {words.duration(length_s)}{planned}")
    if row.phase is Phase.BACKWARD and row.backward_s < _MOSTLY * length_s:
        notes.append(f"backward for {words.duration(row.backward_s)} of it")
    cap, mean = words.known(row.speed_cap_mps), words.known(row.mean_speed_mps)
    if cap is not None and mean is not None and mean > cap:
        notes.append("faster than the plan")
    return words.text("; ".join(notes))


def alerts(review: SessionReview) -> str:
    """Return what was warned of, each with its reason, and the cues folded away."""
    start_s = words.trusted_utc(review.facts.start_utc_s)
    heads = (("At" if start_s is None else "At<br><small>UTC</small>", ""), *_ALERT_HEADS)
    warnings = [_alert(pin, start_s) for pin in review.alerts if not words.is_cue(pin)]
    cues = [_alert(pin, start_s) for pin in review.alerts if words.is_cue(pin)]
    body = (
        markup.table("Alerts", heads, warnings)
        if warnings
        else markup.plain("No warning was given. That says nothing about the place.")
    )
    if cues:
        told = words.count(len(cues), "cue") + " of the programme"
        folded = markup.table("Cues of the programme", heads, cues)
        body += f"<details><summary>{told}</summary>{folded}</details>"
    return markup.card("alerts", "Alerts, and why", body)


def _alert(pin: AlertPin, start_utc_s: float | None) -> str:
    rank, kind = words.rank(pin)
    utc = ""
    if start_utc_s is not None:
        utc = f"<br><small>{words.utc_clock(start_utc_s + pin.t_s)}</small>"
    felt = f"{markup.icon(rank)}<span>{words.text(pin.title)}<br><small>{kind}</small></span>"
    because = words.text(words.sentence(pin.because)) or words.UNKNOWN
    when = markup.moment(pin.t_s, words.clock(pin.t_s), words.text(pin.title))
    return (
        f"<tr><td>{when}{utc}</td>"
        f'<td><span class="what">{felt}</span></td><td class="because">{because}</td></tr>'
    )


def checks(review: SessionReview) -> str:
    """Return the check before the start."""
    if not review.checks:
        return markup.card("checks", "Start check", markup.plain("No start check is recorded."))
    lines = "".join(_check(check) for check in review.checks)
    return markup.card("checks", "Start check", f'<ul class="checks">{lines}</ul>')


def _check(check: StartCheck) -> str:
    shape, told = ("check", "Passed") if check.is_passed else ("cross", "Not passed")
    return (
        f'<li>{markup.icon(shape)}<span><span class="visually-hidden">{told}: </span>'
        f"{words.text(check.text)} <small>at {words.clock(check.t_s)}</small></span></li>"
    )


def route(review: SessionReview) -> str:
    """Return how well the way from the start suits, stretch by stretch; empty if not judged."""
    if review.route is None:
        return ""
    rows = [_stretch(one) for one in review.route.stretches]
    line = (
        "The walked line of your scouting lap"
        if review.route.is_scouted
        else "The way you stood on, in both directions"
    )
    under = (
        f'<p class="under">{line}, judged by the map before the first bout. '
        "<em>Unknown</em> is no praise: what it names is not on the map.</p>"
    )
    table = markup.table("The way from the start", _ROUTE_HEADS, rows)
    return markup.card("route", "The way from the start", under + table)


def _stretch(one: RouteStretch) -> str:
    length = words.distance(one.to_m - one.from_m)
    because = words.text(words.sentence(one.because).replace("_", " "))
    return (
        f'<tr><th scope="row">{one.verdict.value.capitalize()}</th>'
        f"{markup.numbers([words.distance(one.from_m), length])}"
        f'<td class="because">{because}</td></tr>'
    )


def faults(review: SessionReview) -> str:
    """Return what did not work, in plain words."""
    if not review.faults:
        nothing = markup.plain("No fault was noticed.")
        return markup.card("faults", "What did not work", nothing)
    lines = "".join(f"<li>{fault_line(fault)}</li>" for fault in review.faults)
    return markup.card("faults", "What did not work", f'<ul class="plain-list">{lines}</ul>')


def fault_line(fault: FaultLine) -> str:
    """Return one fault as a sentence, HTML."""
    until = "to the end" if fault.end_s is None else f"to {words.clock(fault.end_s)}"
    begin = markup.moment(fault.start_s, words.clock(fault.start_s))
    name = SOURCES[fault.source]
    return f"<strong>{name}</strong>, {begin} {until}. {words.text(fault.text)}"


def record(review: SessionReview, files: Sequence[str]) -> str:
    """Return what the recording is: identity, completeness, files."""
    facts = review.facts
    start_s = words.trusted_utc(facts.start_utc_s)
    began = "not known: no trusted date was received"
    if start_s is not None:
        began = f"{words.date(start_s)}, {words.utc_clock(start_s)} UTC"
    whole = "complete" if facts.is_whole else "not complete"
    if facts.lost_s > 0:
        whole += f", {words.number(facts.lost_s, 1, 's')} lost"
    kept = {
        "Session": facts.session_id,
        "Began": began,
        "Length": words.duration(facts.duration_s),
        "Ended by": facts.end_because,
        "Recording": whole,
        "Standing": words.duration(facts.still_s),
        "Direction unknown": words.duration(facts.unknown_s),
        "Steps": words.UNKNOWN if facts.steps is None else str(facts.steps),
        "Map": facts.map_id or "none",
        "Settings": facts.config_id,
        "Software": facts.software_version,
    }
    if facts.kind is SessionKind.TREADMILL:
        del kept["Map"]
    if len(facts.boot_ids) > 1:
        kept["Starts of the device"] = str(len(facts.boot_ids))
    rows = "".join(
        f"<dt>{name}</dt><dd>{words.text(value) or words.UNKNOWN}</dd>"
        for name, value in kept.items()
    )
    body = f'<dl class="facts">{rows}</dl>{_files(files)}'
    return markup.card("record", "This recording", body)


def _files(files: Sequence[str]) -> str:
    links = "".join(
        f'<a class="button" href="{words.text(name)}" download>{_file_name(name)}</a>'
        for name in files
    )
    return f'<h3 class="files-head">Files</h3><p class="files">{links}</p>' if links else ""


def _file_name(name: str) -> str:
    ending = name.rsplit(".", 1)[-1].lower()
    return _FILE_NAMES.get(ending) or words.text(name)
