"""The session page before its lists: what happened, in a sentence, in numbers, in warnings."""

from __future__ import annotations

from collections.abc import Sequence

from backrun_pi.messages import Condition, Phase, Priority, SessionKind
from backrun_pi.review.model import MapLayers, SessionReview
from backrun_pi.review.report import markup, session_study, session_tables, words
from backrun_pi.vocabulary import KINDS

_MOST_FAULTS = 4
"""[-] Faults named at the top; all of them are in the list below."""


def main_part(review: SessionReview, layers: MapLayers | None, files: Sequence[str]) -> str:
    """Return the main part of a session's page."""
    parts = [
        _hero(review),
        _stats(review),
        _columns([_faulty(review), _torn(review), _advice(review)]),
        session_study.study(review, layers),
        session_tables.bouts(review),
        session_tables.alerts(review),
        session_tables.route(review),
        _columns(
            [
                session_tables.checks(review),
                session_tables.faults(review),
                session_tables.record(review, files),
            ]
        ),
    ]
    return f'<main id="main">{"".join(parts)}</main>'


def title(review: SessionReview) -> str:
    """Return the title of the page, escaped."""
    start_s = words.trusted_utc(review.facts.start_utc_s)
    if start_s is not None:
        return words.date(start_s)
    return f"{KINDS[review.facts.kind]} {words.text(review.facts.session_id)}"


def _columns(parts: Sequence[str]) -> str:
    shown = "".join(parts)
    return f'<div class="columns">{shown}</div>' if shown else ""


def _hero(review: SessionReview) -> str:
    facts = review.facts
    start_s = words.trusted_utc(facts.start_utc_s)
    when = "date not known"
    if start_s is not None:
        begin, end = (
            words.utc_clock(start_s)[:5],
            words.utc_clock(start_s + facts.duration_s)[:5],
        )
        when = f"{begin} UTC" if begin == end else f"{begin} to {end} UTC"
    kind = KINDS[facts.kind]
    return (
        '<section class="hero">'
        f'<p class="eyebrow">{kind} · {when} · {words.duration(facts.duration_s)}</p>'
        f'<h1>{title(review)}</h1><p class="lead">{_story(review)}</p></section>'
    )


def _story(review: SessionReview) -> str:
    facts = review.facts
    if facts.kind is SessionKind.SCOUTING:
        return f"You walked {words.distance(facts.distance_m)} to learn the route."
    if facts.backward_s < 1.0:
        return "No backward running was felt in this session."
    begun = sum(row.phase is Phase.BACKWARD for row in review.phases)
    bouts = f"{words.count(begun, 'bout')}: " if begun else ""
    if facts.bouts_planned:
        bouts = f"{facts.bouts_done} of {facts.bouts_planned} bouts run to their end: "
    way = f" over {words.distance(facts.backward_m)}" if facts.backward_m >= 1.0 else ""
    stops = _given(review, Priority.STOP)
    told = f", {words.count(stops, 'stop alert')}" if stops else ""
    return f"{bouts}{words.duration(facts.backward_s)} backward{way}{told}."


def _given(review: SessionReview, priority: Priority) -> int:
    return sum(pin.priority is priority for pin in review.alerts)


def _stats(review: SessionReview) -> str:
    facts = review.facts
    stops, cautions = _given(review, Priority.STOP), _given(review, Priority.CAUTION)
    blind = _given(review, Priority.BLIND)
    told = f"{words.count(stops, 'stop')}, {words.count(cautions, 'caution')}"
    told += f",<br>{blind} times cannot warn" if blind > 1 else ",<br>once cannot warn" * blind
    forward = _stat("Forward", words.duration(facts.forward_s), words.distance(facts.forward_m))
    warned = _stat("Warnings", str(stops + cautions + blind), told)
    if facts.kind is SessionKind.SCOUTING:
        way, took = words.distance(facts.distance_m), words.duration(facts.duration_s)
        undone = sum(pin.condition == Condition.MARK_UNDONE.value for pin in review.alerts)
        marks = max(0, sum(words.is_mark(pin) for pin in review.alerts) - undone)
        cells = [
            _stat("Way", way, took, "is-main"),
            _stat("Marks", str(marks), "obstacles marked by a press"),
            warned,
        ]
    else:
        cells = [*_backward_stats(review), forward, warned, _looks(review)]
    return f'<dl class="stats">{"".join(cells)}</dl>'


def _backward_stats(review: SessionReview) -> list[str]:
    facts = review.facts
    bouts = [row for row in review.phases if row.phase is Phase.BACKWARD]
    speed = words.mean_speed(facts.backward_m, facts.backward_s)
    caps = [mps for row in bouts if (mps := words.known(row.speed_cap_mps)) is not None]
    felt = [spm for row in bouts if (spm := words.known(row.cadence_spm)) is not None]
    cap = f"cap {words.number(max(caps), 2, 'm/s')}" if caps else None
    note = "<br>".join(line for line in (words.pace(speed), cap) if line is not None)
    cadence = sum(felt) / len(felt) if felt else None
    steps = "" if cadence is None else "steps a minute"
    time, way = words.duration(facts.backward_s), words.distance(facts.backward_m)
    return [
        _stat("Backward", time, way, "is-main"),
        _stat("Mean backward speed", words.number(speed, 2, "m/s"), note),
        _stat("Backward cadence", words.number(cadence, 0, "/min"), steps),
    ]


def _looks(review: SessionReview) -> str:
    left, right = review.looks.left, review.looks.right
    return _stat("Shoulder looks", str(left + right), f"{left} left, {right} right")


def _stat(name: str, value: str, note: str = "", css: str = "") -> str:
    main, _, unit = value.partition("\u00a0")
    shown = f"{main} <small>{unit}</small>" if unit and " " not in value else value
    under = f'<dd class="note">{note}</dd>' if note else ""
    return f'<div class="stat {css}"><dt>{name}</dt><dd>{shown}</dd>{under}</div>'


def _faulty(review: SessionReview) -> str:
    if not review.faults:
        return ""
    lines = [session_tables.fault_line(fault) for fault in review.faults[:_MOST_FAULTS]]
    if len(review.faults) > _MOST_FAULTS:
        lines.append(f"and {len(review.faults) - _MOST_FAULTS} more, listed below")
    body = "".join(f"<li>{line}</li>" for line in lines)
    told = "For a time the device could not do all of its work"
    return markup.callout("blind", told, f"<ul>{body}</ul>")


def _torn(review: SessionReview) -> str:
    facts = review.facts
    if facts.is_whole and facts.lost_s <= 0:
        return ""
    lost = f" {words.number(facts.lost_s, 1, 's')} are lost." if facts.lost_s > 0 else ""
    ended = words.text(facts.end_because) or "cause unknown"
    body = f"<p>It ended by: {ended}.{lost} What is shown was read from its whole parts.</p>"
    return markup.callout("torn", "This recording is not complete", body, "is-torn")


def _advice(review: SessionReview) -> str:
    if not review.advice:
        return ""
    lines = "".join(f"<li>{words.text(line)}</li>" for line in review.advice)
    return markup.card("next", "Next time", f'<ol class="steps">{lines}</ol>', "next")
