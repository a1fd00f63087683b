"""The session page before its lists: what happened, in a sentence, in numbers, in warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backrun_pi.messages import Condition, Phase, Priority, SessionKind
from backrun_pi.review.event_model import FaultLine
from backrun_pi.review.index_model import obstacles
from backrun_pi.review.model import SessionReview
from backrun_pi.review.report import legend
from backrun_pi.review.report.locale import (
    Locale,
    known,
    mean_speed_mps,
    sentence,
    trusted_utc,
    zone_label,
)
from backrun_pi.timezone import zone
from backrun_pi.vocabulary import KINDS, PHASES, SOURCES


@dataclass(frozen=True, slots=True)
class Stat:
    """One of the few big numbers."""

    name: str
    value: str
    unit: str
    notes: tuple[str, ...]
    is_main: bool


def values(review: SessionReview, show: Locale) -> dict[str, Any]:
    """Return what the upper half of the page shows."""
    return {
        "title": title(review, show),
        "eyebrow": _eyebrow(review, show),
        "story": _story(review, show),
        "stats": [] if review.facts.is_refused else _stats(review, show),
        "faults": [_fault(fault, show) for fault in review.faults],
        "torn": _torn(review, show),
        "advice": [show.phrase(phrase).replace("`", "") for phrase in review.advice],
    }


def title(review: SessionReview, show: Locale) -> str:
    """Return the title of the page."""
    facts = review.facts
    start_s = trusted_utc(facts.start_utc_s)
    if start_s is not None:
        return show.date(start_s, zone(facts.time_zone))
    return f"{show.text(KINDS[facts.kind])} {facts.session_id}"


def _eyebrow(review: SessionReview, show: Locale) -> str:
    facts = review.facts
    kind = show.text(PHASES[Phase.REFUSED] if facts.is_refused else KINDS[facts.kind])
    start_s, when = trusted_utc(facts.start_utc_s), show.text("date not known")
    if start_s is not None:
        local = zone(facts.time_zone)
        begin = show.time_of_day(start_s, local)[:5]
        end = show.time_of_day(start_s + (known(facts.duration_s) or 0.0), local)[:5]
        label = zone_label(start_s, local)
        when = f"{begin} {label}"
        if begin != end:
            when = show.text("%(begin)s to %(end)s", begin=begin, end=end) + f" {label}"
    return f"{kind} · {when} · {show.duration(facts.duration_s)}"


def _story(review: SessionReview, show: Locale) -> str:
    """Return the sentence that the numbers below do not make superfluous."""
    facts = review.facts
    if facts.is_refused:
        why = sentence(tuple(c.text for c in review.checks if not c.is_passed))
        text = show.text("The start was refused, so nothing was trained.")
        return f"{text} {why}." if why else text
    if facts.kind is SessionKind.SCOUTING:
        return show.text("You walked the route to learn it.")
    if facts.backward_s < 1.0:
        return show.text("No backward running was felt in this session.")
    begun = sum(row.phase is Phase.BACKWARD for row in review.phases)
    if facts.bouts_planned:
        story = show.text(
            "%(done)d of %(planned)d bouts run to their end.",
            done=facts.bouts_done,
            planned=facts.bouts_planned,
        )
    elif begun:
        story = show.text("%(bouts)s run backward.", bouts=show.count(begun, "bout", "bouts"))
    else:
        story = show.text("Backward running without a programme.")
    missed = sum(row.is_without_rest for row in review.phases)
    if missed:
        rests = show.count(missed, "rest was skipped", "rests were skipped")
        story = f"{story} {rests}."
    return story


def _stats(review: SessionReview, show: Locale) -> list[Stat]:
    facts = review.facts
    forward = _stat(
        show.text("Forward"), show.duration(facts.forward_s), show.distance(facts.forward_m)
    )
    if facts.kind is SessionKind.SCOUTING:
        undone = sum(pin.condition == Condition.MARK_UNDONE.value for pin in review.alerts)
        marks = max(0, sum(legend.is_mark(pin) for pin in review.alerts) - undone)
        return [
            _stat(show.text("Distance"), show.distance(facts.distance_m), is_main=True),
            _stat(show.text("Marks"), str(marks), show.text("obstacles marked by a press")),
            _warned(review, show),
        ]
    return [
        *_backward_stats(review, show),
        forward,
        _warned(review, show),
        _looks(review, show),
    ]


def _warned(review: SessionReview, show: Locale) -> Stat:
    """Return the obstacles that were announced: each once, however often it was felt."""
    stop = obstacles(review.alerts, Priority.STOP)
    caution = obstacles(review.alerts, Priority.CAUTION) - stop
    notes = [
        show.text("%(count)d near enough for stop", count=len(stop)),
    ]
    blind = sum(pin.priority is Priority.BLIND for pin in review.alerts)
    if blind:
        notes.append(show.count(blind, "time without warning", "times without warning"))
    return _stat(show.text("Obstacles"), str(len(stop | caution)), *notes)


def _backward_stats(review: SessionReview, show: Locale) -> list[Stat]:
    facts = review.facts
    bouts = [row for row in review.phases if row.phase is Phase.BACKWARD]
    speed = mean_speed_mps(facts.backward_m, facts.backward_s)
    caps = [mps for row in bouts if (mps := known(row.speed_cap_mps)) is not None]
    felt = [spm for row in bouts if (spm := known(row.cadence_spm)) is not None]
    cap = [show.text("plan: at most %(cap)s", cap=show.speed(max(caps)))] if caps else []
    cadence = sum(felt) / len(felt) if felt else None
    return [
        _stat(
            show.text("Backward"),
            show.duration(facts.backward_s),
            show.distance(facts.backward_m),
            is_main=True,
        ),
        _stat(show.text("Mean backward speed"), show.speed(speed), *cap),
        _stat(
            show.text("Backward cadence"),
            show.number(cadence, 0),
            *([] if cadence is None else [show.text("steps a minute")]),
        ),
    ]


def _looks(review: SessionReview, show: Locale) -> Stat:
    left, right = review.looks.left, review.looks.right
    note = show.text("%(left)d left, %(right)d right", left=left, right=right)
    return _stat(show.text("Shoulder looks"), str(left + right), note)


def _stat(name: str, value: str, *notes: str, is_main: bool = False) -> Stat:
    main, _, unit = value.partition("\u00a0")
    if " " in value:
        main, unit = value, ""
    return Stat(name, main, unit, notes, is_main)


def _fault(fault: FaultLine, show: Locale) -> dict[str, Any]:
    until = show.text("to the end")
    if fault.end_s is not None:
        until = show.text("to %(clock)s", clock=show.clock(fault.end_s))
    return {
        "name": show.text(SOURCES[fault.source]),
        "start_s": fault.start_s,
        "until": until,
        "text": show.text(fault.text),
        "cause": sentence((fault.cause,)),
    }


def _torn(review: SessionReview, show: Locale) -> str:
    facts = review.facts
    if facts.is_whole and facts.lost_s <= 0:
        return ""
    ended = facts.end_because or show.text("cause unknown")
    parts = [show.text("It ended by: %(cause)s.", cause=ended)]
    if facts.lost_s > 0:
        parts.append(show.text("%(lost)s are lost.", lost=show.number(facts.lost_s, 1, "s")))
    parts.append(show.text("What is shown was read from its whole parts."))
    return " ".join(parts)
